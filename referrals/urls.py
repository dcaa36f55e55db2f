from django.urls import path

from offenders.steps import take_step

from . import resolution_views, views
from .forms import STEP_FORMS
from .models import Referral

app_name = "referrals"

urlpatterns = [
    path("", views.ReferralList.as_view(), name="list"),
    path("new/", views.new, name="new"),
    path("new/<uuid:key>/who/", views.who, name="who"),
    path("new/<uuid:key>/match/", views.match, name="match"),
    path("new/<uuid:key>/why/", views.why, name="why"),
    path("new/<uuid:key>/check/", views.check, name="check"),
    path("resolutions/<uuid:pk>/", resolution_views.ResolutionPage.as_view(), name="resolution"),
    path("<uuid:pk>/", views.ReferralPage.as_view(), name="detail"),
    path("<uuid:pk>/sent/", views.Sent.as_view(), name="sent"),
    *[
        path(f"<uuid:pk>/{verb}/", take_step, {"verb": verb, "model": Referral, "step_forms": STEP_FORMS}, name=verb)
        for verb, step in Referral.STEPS.items()
        if step.by_hand
    ],
]
