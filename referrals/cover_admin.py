"""The register of covers, and what of them is still of someone who leaves."""

from django.contrib import admin
from django.db.models import Q

from offenders.backoffice import StepAdmin
from partners.leaving import STILL_THEIRS

from .cover_forms import COVER_FORMS
from .models import Cover


@admin.register(Cover)
class CoverAdmin(StepAdmin):
    """Who stood in for whom and when, for who arranges it: why someone is away is among it."""

    step_forms = COVER_FORMS
    list_display = ["absent", "covered_by", "valid_from", "valid_to", "reason", "status", "made_by"]
    list_filter = ["status", "reason", "valid_from"]
    list_select_related = ["absent", "covered_by", "made_by"]
    ordering = ["-valid_from", "-id"]

    def has_view_permission(self, request, obj=None):
        return Cover.may_arrange(request.user)


def covers_of(user):
    ahead = Cover.objects.ahead().filter(Q(absent=user) | Q(covered_by=user)).count()
    return ahead and ("Cover", f"{ahead} arranged with them. Their supervisor ends each, or has someone else stand in.")


STILL_THEIRS.append(covers_of)
