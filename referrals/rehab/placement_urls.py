from django.urls import path

from offenders.steps import step_names, take_step

from . import placement_views as views
from .absence_forms import ABSENCE_FORMS
from .absence_views import add_absence
from .models import Absence, Placement
from .placement_forms import PLACEMENT_FORMS

urlpatterns = [
    path("placements/", views.PlacementList.as_view(), name="placements"),
    path("placements/<uuid:pk>/", views.PlacementPage.as_view(), name="placement"),
    path("placements/<uuid:pk>/progress/add/", views.add_progress, name="progress_add"),
    *(
        path(
            f"placements/<uuid:pk>/{verb}/",
            take_step,
            {"verb": verb, "model": Placement, "step_forms": PLACEMENT_FORMS},
            name=f"placement_{verb}",
        )
        for verb in step_names(Placement).split("|")
    ),
    path("placements/<uuid:pk>/absences/add/", add_absence, name="absence_add"),
    path(
        "absences/<uuid:pk>/return/",
        take_step,
        {"verb": "return", "model": Absence, "step_forms": ABSENCE_FORMS},
        name="absence_return",
    ),
    path("units/", views.UnitList.as_view(), name="units"),
]
