from django.urls import path

from offenders.steps import take_step

from . import allocation, caseload_views
from . import case_views as views
from .case_forms import STEP_FORMS
from .models import Case

urlpatterns = [
    path("", caseload_views.Caseload.as_view(), name="caseload"),
    path("team/", caseload_views.TeamCaseload.as_view(), name="team_caseload"),
    path("caseload.csv", caseload_views.export, {"caseload": caseload_views.Caseload}, name="caseload_csv"),
    path("team.csv", caseload_views.export, {"caseload": caseload_views.TeamCaseload}, name="team_caseload_csv"),
    path("allocate/", allocation.ToAllocate.as_view(), name="to_allocate"),
    path("referrals/", caseload_views.ToAssess.as_view(), name="to_assess"),
    path("referrals/<uuid:pk>/begin/", caseload_views.begin, name="begin"),
    path("cases/<uuid:pk>/", views.Overview.as_view(), name="case"),
    path("cases/<uuid:pk>/timeline/", views.Timeline.as_view(), name="case_timeline"),
    path("cases/<uuid:pk>/assessment/", views.Assessments.as_view(), name="case_assessment"),
    path("cases/<uuid:pk>/rehab/", views.Stays.as_view(), name="case_rehab"),
    path("cases/<uuid:pk>/throughcare/", views.Throughcare.as_view(), name="case_throughcare"),
    path("cases/<uuid:pk>/notes/", views.Notes.as_view(), name="case_notes"),
    path("cases/<uuid:pk>/documents/", views.Documents.as_view(), name="case_documents"),
    path("cases/<uuid:pk>/sharing/", views.Sharing.as_view(), name="case_sharing"),
    *(
        path(
            f"cases/<uuid:pk>/{verb}/",
            take_step,
            {"verb": verb, "model": Case, "step_forms": STEP_FORMS},
            name=f"case_{verb}",
        )
        for verb, step in Case.STEPS.items()
        if step.by_hand
    ),
]
