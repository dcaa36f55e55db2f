from django.contrib import admin
from django.utils import timezone

from offenders.backoffice import StepAdmin
from partners.admin import WhenFilter
from partners.backoffice import RecordedAdmin

from .forms import STEP_FORMS
from .models import Drug, Offence, Referral, Resolution, Task
from .resolution_forms import STEP_FORMS as RESOLUTION_FORMS
from .task_forms import TASK_FORMS


@admin.register(Referral)
class ReferralAdmin(StepAdmin):
    """Referrals to read; what they say and where they stand changes by their steps alone."""

    step_forms = STEP_FORMS
    exclude = ["summary"]  # it may be another agency's: read on the referral's own page, by those who may
    list_display = ["reference", "offender", "pathway", "status", "from_unit", "to_unit", "worker", "referred_on"]
    list_filter = ["status", "pathway", "source", "to_agency"]
    list_select_related = ["offender", "from_unit", "to_unit", "worker"]
    search_fields = ["reference", "offender__reference"]
    search_help_text = "A reference: of the referral or of the person."
    ordering = ["-referred_on", "-id"]


@admin.register(Resolution)
class ResolutionAdmin(StepAdmin):
    """Resolutions to read, for the side that recorded or oversees them."""

    step_forms = RESOLUTION_FORMS
    exclude = ["signature"]  # drawn on its own page
    list_display = ["referral", "offender", "kind", "drug", "drug_class", "gravity_score", "approval", "formal_outcome"]
    list_filter = ["approval", "kind", "drug_class", "formal_outcome", "formal_reason"]
    list_select_related = ["referral", "referral__offender", "drug"]
    search_fields = ["referral__reference", "crime_reference"]
    search_help_text = "The reference of the referral or of the crime."
    ordering = ["-recorded_at", "-id"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_leave(request.user).filter(may_read=True)


@admin.register(Task)
class TaskAdmin(StepAdmin):
    step_forms = TASK_FORMS
    list_display = ["text", "offender", "kind", "owner", "due_on", "status", "done_on"]
    list_filter = ["status", "kind", "due_on", ("owner", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["offender", "owner"]
    ordering = ["due_on", "id"]


class LawAdmin(RecordedAdmin):
    """Rows of the law: what has begun to hold is not rewritten, for resolutions rest on it. It ends, and another
    begins."""

    fixed = []

    def get_readonly_fields(self, request, obj=None):
        begun = obj and obj.valid_from <= timezone.localdate()
        return [*self.fixed, "valid_from"] if begun else []


@admin.register(Drug)
class DrugAdmin(LawAdmin):
    fixed = ["name", "drug_class"]
    list_display = ["name", "drug_class", "valid_from", "valid_to", "is_assumption"]
    list_filter = [WhenFilter, "drug_class", "is_assumption"]
    search_fields = ["name"]


@admin.register(Offence)
class OffenceAdmin(LawAdmin):
    fixed = ["code", "kind"]
    list_display = ["code", "title", "kind", "valid_from", "valid_to", "is_assumption"]
    list_filter = [WhenFilter, "kind", "is_assumption"]
    search_fields = ["code", "title"]
