from django.urls import path

from . import views
from .forms import ACTS
from .models import Decision, Hold

app_name = "retention"

urlpatterns = [
    path("", views.ScheduleList.as_view(), name="list"),
    path("decisions/", views.DecisionList.as_view(), name="decisions"),
    path("decisions/<uuid:pk>/", views.DecisionPage.as_view(), name="decision"),
    *(
        path(f"decisions/<uuid:pk>/{verb}/", views.decide, {"verb": verb}, name=f"decision_{verb}")
        for verb, step in Decision.STEPS.items()
        if step.by_hand
    ),
    *(path(f"holds/<uuid:pk>/{verb}/", views.lift, {"verb": verb}, name=f"hold_{verb}") for verb in Hold.STEPS),
    path("<uuid:pk>/", views.SchedulePage.as_view(), name="schedule"),
    *(path(f"<uuid:pk>/{verb}/", views.act, {"verb": verb}, name=verb) for verb in ACTS),
]
