"""Courses and detoxes before the stay, in the back office."""

from django.contrib import admin

from offenders.backoffice import StepAdmin
from referrals.rehab.models import Preparation

from .forms import STEP_FORMS


@admin.register(Preparation)
class PreparationAdmin(StepAdmin):
    step_forms = STEP_FORMS
    list_display = ["offender", "kind", "status", "starts_on", "begun_on", "ended_on"]
    list_filter = ["status", "kind"]
    list_select_related = ["case__offender"]
