"""Cases and assessments in the back office: read, and moved by their steps."""

from django.contrib import admin

from offenders.backoffice import StepAdmin
from partners.admin import ColleagueFilter
from partners.backoffice import RecordedAdmin, RecordedInline
from partners.leaving import STILL_THEIRS

from .case_forms import STEP_FORMS
from .models import Allocation, AssessedSubstance, Assessment, Case
from .review.admin import CaseloadPages
from .templatetags.cases import ago


class AllocationInline(RecordedInline):
    model = Allocation
    read_only = True
    fk_name = "case"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("facilitator", "by")


@admin.register(Case)
class CaseAdmin(CaseloadPages, StepAdmin):
    step_forms = STEP_FORMS
    list_display = ["referral", "offender", "phase", "facilitator", "risk", "next_action", "next_action_due", "contact"]
    list_filter = ["phase", ("facilitator", ColleagueFilter), "risk", "decision"]
    list_select_related = ["referral", "offender", "facilitator"]
    ordering = ["-opened_on", "-id"]
    inlines = [AllocationInline]

    def get_queryset(self, request):
        return super().get_queryset(request).with_last_contact(by=request.user)

    @admin.display(description="Last contact", ordering="last_contact_at")
    def contact(self, case):
        return ago(case.last_contact_at)


class SubstanceInline(RecordedInline):
    model = AssessedSubstance
    read_only = True

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("rehab.view_assessment")


@admin.register(Assessment)
class AssessmentAdmin(RecordedAdmin):
    read_only = True
    list_display = ["offender", "part", "round", "assessed_on", "finished_at", "by", "agency", "pounds_a_day"]
    readonly_fields = ["part", "round", "asked", "finished_at"]
    list_filter = [
        "part",
        ("finished_at", admin.EmptyFieldListFilter),
        "assessed_on",
        "agency",
    ]
    list_select_related = ["case__offender", "by", "agency"]
    inlines = [SubstanceInline]

    def get_queryset(self, request):
        return super().get_queryset(request).with_spend()

    @admin.display(description="Person")
    def offender(self, assessment):
        return assessment.case.offender

    @admin.display(description="Pounds a day", ordering="daily_spend")
    def pounds_a_day(self, assessment):
        return "Not known" if assessment.daily_spend is None else assessment.daily_spend


def cases_of(user):
    count = Case.objects.open().filter(facilitator=user).count()
    return count and ("Cases", f"{count} open. A supervisor of their team allocates them to others.")


STILL_THEIRS.append(cases_of)
