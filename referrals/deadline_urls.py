from django.urls import path

from offenders.steps import take_step

from . import deadline_views as views
from .deadline_forms import DEADLINE_FORMS
from .models import Deadline

app_name = "deadlines"

urlpatterns = [
    path("", views.DeadlineList.as_view(), name="list"),
    *(
        path(
            f"<uuid:pk>/{verb}/", take_step, {"verb": verb, "model": Deadline, "step_forms": DEADLINE_FORMS}, name=verb
        )
        for verb in DEADLINE_FORMS
    ),
]
