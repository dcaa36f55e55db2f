"""The questions of rehabs in the back office."""

from django.contrib import admin

from offenders.backoffice import StepAdmin
from referrals.rehab.models import PlacementQuestion

from .forms import QUESTION_FORMS


@admin.register(PlacementQuestion)
class PlacementQuestionAdmin(StepAdmin):
    # the answer is health: it is read on the placement's own page, by those who may
    exclude = ["answer_text"]
    step_forms = QUESTION_FORMS
    list_display = ["offender", "placement", "status", "asked_at", "answered_at"]
    list_filter = ["status"]
    list_select_related = ["placement__unit", "placement__offender"]
