from django.urls import path

from offenders.steps import take_step
from referrals.rehab.models import Preparation

from . import views
from .forms import STEP_FORMS

urlpatterns = [
    path("preparations/", views.PreparationList.as_view(), name="preparations"),
    path("cases/<uuid:pk>/preparations/arrange/", views.arrange, name="preparation_arrange"),
    *(
        path(
            f"preparations/<uuid:pk>/{verb}/",
            take_step,
            {"verb": verb, "model": Preparation, "step_forms": STEP_FORMS},
            name=f"preparation_{verb}",
        )
        for verb in Preparation.STEPS
    ),
]
