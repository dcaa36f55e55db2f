from django.contrib import admin

from offenders.backoffice import StepAdmin
from partners.admin import ColleagueFilter, WhenFilter, YesNoFilter
from partners.dated_admin import AFFECTED, DatedAdmin
from partners.frame.paging import capped_count
from partners.leaving import STILL_THEIRS

from . import cover_admin  # noqa: F401
from .deadline_forms import DEADLINE_FORMS
from .forms import STEP_FORMS
from .models import Deadline, Drug, Offence, Referral, Resolution, Task
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
    list_display = ["text", "offender", "kind", "owner", "due_on", "snoozed_until", "status", "done_on", "done_by"]
    list_filter = ["status", "kind", "due_on", ("owner", ColleagueFilter)]
    list_select_related = ["offender", "owner", "done_by"]
    ordering = ["due_on", "id"]


@admin.register(Deadline)
class DeadlineAdmin(StepAdmin):
    """Deadlines to read, with who paused them when; to pause them, and let them run again."""

    step_forms = DEADLINE_FORMS
    readonly_fields = [
        "referral", "kind", "worker", "set_on", "days", "due_on", "met_on", "days_taken", "dropped_on", "paused_on",
        "pause_reason", "paused_by", "paused_days", "pauses_before", "warned_at", "escalated_at",
    ]  # fmt: skip
    list_display = ["referral", "offender", "kind", "worker", "stands", "due_on", "paused_by", "escalated_at"]
    list_filter = ["status", "kind", "due_on", ("worker", ColleagueFilter), "pause_reason"]
    list_select_related = ["referral", "referral__offender", "worker", "paused_by"]
    search_fields = ["referral__reference"]
    search_help_text = "The reference of the referral."
    ordering = ["due_on", "id"]

    @admin.display(description="paused before", empty_value="Never")
    def pauses_before(self, row):
        return "\n".join(str(one) for one in row.pauses.select_related("by", "ended_by")) or None


@admin.register(Drug)
class DrugAdmin(DatedAdmin):
    fixed = ["name", "drug_class"]
    list_display = ["name", "drug_class", "valid_from", "valid_to", "is_assumption"]
    list_filter = [WhenFilter, "drug_class", ("is_assumption", YesNoFilter)]
    search_fields = ["name"]


@admin.register(Offence)
class OffenceAdmin(DatedAdmin):
    fixed = ["code", "kind"]
    list_display = ["code", "title", "kind", "valid_from", "valid_to", "is_assumption"]
    list_filter = [WhenFilter, "kind", ("is_assumption", YesNoFilter)]
    search_fields = ["code", "title"]


def referrals_of(user):
    count = Referral.objects.open().filter(worker=user).count()
    return count and ("Referrals", f"{count} open ones name them as the worker. Their team gives each another.")


def tasks_of(user):
    count = Task.objects.open().filter(owner=user).count()
    return count and ("Tasks", f"{count} to do. Their team hands them over, each on its page.")


STILL_THEIRS.extend([referrals_of, tasks_of])


def deadlines_of(setting):
    """How many deadlines were counted by other figures of this setting, and keep their day."""
    count = capped_count(Deadline.objects.counted_by(setting.key))
    return count and f"{count} open deadlines keep their day; only those set from then on are counted by it."


def referrals_to(service):
    """How many referrals are with a service that ends."""
    team = {"to_unit": service.unit_id} if service.unit_id else {"to_agency": service.agency_id}
    count = capped_count(Referral.objects.open().on_pathway(service.pathway).filter(**team))
    return count and f"{count} open referrals are with it. After its last day nobody can be referred to it."


AFFECTED["partners.setting"].append(deadlines_of)
AFFECTED.setdefault("partners.service", []).append(referrals_to)
