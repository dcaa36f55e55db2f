from django.urls import path

from offenders.steps import take_step

from . import cover_views as views
from .cover_forms import COVER_FORMS
from .models import Cover

app_name = "cover"

urlpatterns = [
    path("", views.CoverList.as_view(), name="list"),
    path("add/", views.add, name="add"),
    path("<uuid:pk>/", views.CoverPage.as_view(), name="cover"),
    *(
        path(f"<uuid:pk>/{verb}/", take_step, {"verb": verb, "model": Cover, "step_forms": COVER_FORMS}, name=verb)
        for verb in Cover.STEPS
    ),
]
