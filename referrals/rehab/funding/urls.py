from django.urls import path

from offenders.steps import step_names, take_step
from referrals.rehab.models import Funding, Overspend

from . import views
from .forms import FUNDING_FORMS, OVERSPEND_FORMS

urlpatterns = [
    path("placements/<uuid:pk>/funding/ask/", views.ask_funding, name="funding_ask"),
    path("placements/fundings/", views.FundingList.as_view(), name="fundings"),
    path("placements/fundings/<uuid:pk>/", views.FundingPage.as_view(), name="funding"),
    *(
        path(
            f"placements/fundings/<uuid:pk>/{verb}/",
            take_step,
            {"verb": verb, "model": Funding, "step_forms": FUNDING_FORMS},
            name=f"funding_{verb}",
        )
        for verb in step_names(Funding).split("|")
    ),
    path("placements/<uuid:pk>/overspend/ask/", views.ask_overspend, name="overspend_ask"),
    *(
        path(
            f"placements/overspends/<uuid:pk>/{verb}/",
            take_step,
            {"verb": verb, "model": Overspend, "step_forms": OVERSPEND_FORMS},
            name=f"overspend_{verb}",
        )
        for verb in Overspend.STEPS
    ),
    path("placements/budgets/", views.BudgetList.as_view(), name="budgets"),
]
