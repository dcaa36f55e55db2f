"""Placements, rehab units and follow-ups in the back office."""

from django import forms
from django.contrib import admin

from offenders.backoffice import StepAdmin
from partners.backoffice import RecordedAdmin, RecordedInline
from partners.dated_admin import AFFECTED, DatedAdmin
from partners.frame.paging import capped_count

from .absence_forms import ABSENCE_FORMS
from .board.admin import OutOfUseInline
from .matching import Circumstance
from .models import Absence, FollowUp, FollowUpAttempt, Placement, RehabUnit
from .placement_forms import PLACEMENT_FORMS
from .workflow import Stay


class RehabUnitForm(forms.ModelForm):
    cannot_take = forms.MultipleChoiceField(
        choices=Circumstance.choices, widget=forms.CheckboxSelectMultiple, required=False,
        help_text=RehabUnit._meta.get_field("cannot_take").help_text,
    )  # fmt: skip


@admin.register(RehabUnit)
class RehabUnitAdmin(DatedAdmin):
    form = RehabUnitForm
    inlines = [OutOfUseInline]
    list_display = ["name", "agency", "places", "takes", "has_detox", "valid_from", "valid_to"]
    list_filter = ["takes", "has_detox"]
    search_fields = ["name"]
    list_select_related = ["agency"]


@admin.register(Placement)
class PlacementAdmin(StepAdmin):
    exclude = ["needs", "needs_detox", "circumstances"]  # health: read on the placement's own page, by those who may
    step_forms = PLACEMENT_FORMS
    list_display = ["offender", "unit", "status", "requested_on", "expected_arrival", "arrived_on", "departed_on"]
    list_filter = ["status"]
    list_select_related = ["offender", "unit"]


@admin.register(Absence)
class AbsenceAdmin(StepAdmin):
    step_forms = ABSENCE_FORMS
    list_display = ["offender", "placement", "kind", "left_at", "due_back", "returned_at", "status"]
    list_filter = ["status", "kind"]
    list_select_related = ["placement__offender", "placement__unit"]


class AttemptInline(RecordedInline):
    model = FollowUpAttempt
    read_only = True
    readonly_fields = ["by", "agency", "recorded_at"]

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("rehab.view_followup")


@admin.register(FollowUp)
class FollowUpAdmin(RecordedAdmin):
    read_only = True
    # what was found is health: it is read on the follow-up's own page, by those who may
    fields = ["case", "placement", "weeks", "due_on", "done_on", "by", "agency"]
    list_display = ["offender", "weeks", "due_on", "done_on"]
    inlines = [AttemptInline]
    list_select_related = ["case__offender"]


def people_in(unit):
    """How many are in a unit, or expected there."""
    stays = Placement.objects.filter(unit=unit, status__in=[Stay.BOOKED, Stay.ARRIVED])
    count = capped_count(stays)
    return count and f"{count} people are there or expected. Their stays go on as they were booked, at their own price."


AFFECTED["rehab.rehabunit"] = [people_in]
