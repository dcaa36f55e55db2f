from django.urls import path

from offenders.steps import take_step

from . import task_views as views
from .models import Task
from .task_forms import TASK_FORMS

app_name = "tasks"

urlpatterns = [
    path("", views.TaskList.as_view(), name="list"),
    path("about/<uuid:matter>/add/", views.add, name="add"),
    path("<uuid:pk>/", views.TaskPage.as_view(), name="task"),
    *(
        path(f"<uuid:pk>/{verb}/", take_step, {"verb": verb, "model": Task, "step_forms": TASK_FORMS}, name=verb)
        for verb in Task.STEPS
    ),
]
