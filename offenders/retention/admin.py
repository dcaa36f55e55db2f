"""Retention in the back office: to look up; what is to be decided is decided on its page, or by a button."""

from django.contrib import admin

from offenders.backoffice import StepAdmin
from partners.backoffice import RecordedAdmin

from .forms import DECISION_FORMS, HOLD_FORMS
from .models import Decision, Hold, Schedule


@admin.register(Schedule)
class ScheduleAdmin(RecordedAdmin):
    read_only = True
    list_display = ["offender", "group", "since", "due_on"]
    list_filter = ["group"]
    list_select_related = ["offender"]
    fields = [
        "offender", "group", "found", "found_why", "chosen", "chosen_why", "chosen_by", "since", "kept_until", "due_on",
    ]  # fmt: skip


@admin.register(Decision)
class DecisionAdmin(StepAdmin):
    list_display = ["caption", "what", "why", "status", "by", "at", "confirmed_by"]
    list_filter = ["status", "what"]
    list_select_related = ["offender", "by", "confirmed_by"]
    fields = [
        "caption", "what", "status", "group", "due_on", "next_on", "why", "by", "agency", "at", "confirmed_by",
        "confirmed_at", "why_not", "erased_at", "row_count",
    ]  # fmt: skip
    readonly_fields = ["caption", "row_count"]
    step_forms = DECISION_FORMS


@admin.register(Hold)
class HoldAdmin(StepAdmin):
    list_display = ["offender", "reference", "reason", "status", "by", "at"]
    list_filter = ["status"]
    list_select_related = ["offender", "by"]
    fields = ["offender", "reference", "reason", "status", "by", "agency", "at", "lifted_by", "lifted_at", "lifted_why"]
    readonly_fields = ["at"]
    step_forms = HOLD_FORMS
