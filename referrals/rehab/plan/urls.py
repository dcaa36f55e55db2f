from django.urls import path

from offenders.steps import step_names, take_step
from referrals.rehab.models import Action, ActionLink, Plan, PlanDomain

from . import paper, views
from .forms import ACTION_FORMS, DOMAIN_FORMS, LINK_FORMS, PLAN_FORMS

STEPPED = [
    ("plans", "plan", Plan, PLAN_FORMS),
    ("domains", "domain", PlanDomain, DOMAIN_FORMS),
    ("actions", "action", Action, ACTION_FORMS),
    ("links", "link", ActionLink, LINK_FORMS),
]

urlpatterns = [
    path("cases/<uuid:pk>/plan/begin/", views.begin, name="plan_begin"),
    path("plans/<uuid:pk>/paper/", paper.Show.as_view(), name="plan_paper"),
    path("plans/<uuid:pk>/paper/print/", paper.Print.as_view(), name="plan_print"),
    path("domains/<uuid:pk>/add/", views.add, name="action_add"),
    path("actions/", views.ActionList.as_view(), name="actions"),
    path("actions/<uuid:pk>/", views.ActionPage.as_view(), name="action"),
    path("actions/<uuid:pk>/link/", views.send, name="action_link"),
    *(
        path(
            f"{folder}/<uuid:pk>/{verb}/",
            take_step,
            {"verb": verb, "model": model, "step_forms": step_forms},
            name=f"{name}_{verb}",
        )
        for folder, name, model, step_forms in STEPPED
        for verb in step_names(model).split("|")
    ),
]
