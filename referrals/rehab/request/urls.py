from django.urls import path

from offenders.steps import take_step
from referrals.rehab.models import PlacementQuestion

from . import views
from .forms import QUESTION_FORMS

urlpatterns = [
    path("cases/<uuid:pk>/placements/request/", views.request_placement, name="placement_request"),
    path("placements/<uuid:pk>/ask/", views.ask_question, name="question_ask"),
    *(
        path(
            f"placements/questions/<uuid:pk>/{verb}/",
            take_step,
            {"verb": verb, "model": PlacementQuestion, "step_forms": QUESTION_FORMS},
            name=f"question_{verb}",
        )
        for verb in PlacementQuestion.STEPS
    ),
]
