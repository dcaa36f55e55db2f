from django.urls import path

from offenders.steps import take_step

from . import journey_views, resolution_views, street_views, views
from .forms import STEP_FORMS
from .models import Referral, Resolution
from .resolution_forms import STEP_FORMS as RESOLUTION_FORMS

app_name = "referrals"

urlpatterns = [
    path("", views.ReferralList.as_view(), name="list"),
    path("new/", journey_views.new, name="new"),
    path("new/<uuid:key>/who/", journey_views.who, name="who"),
    path("new/<uuid:key>/match/", journey_views.match, name="match"),
    path("new/<uuid:key>/why/", journey_views.why, name="why"),
    path("new/<uuid:key>/check/", journey_views.check, name="check"),
    path("new/<uuid:key>/happened/", street_views.happened, name="happened"),
    path("new/<uuid:key>/fits/", street_views.fits, name="fits"),
    path("new/<uuid:key>/terms/", street_views.resolution_terms, name="resolution_terms"),
    path("new/<uuid:key>/discard/", journey_views.Discard.as_view(), name="discard"),
    path("resolutions/", resolution_views.ResolutionList.as_view(), name="resolutions"),
    path("resolutions/sample/", resolution_views.Sample.as_view(), name="sample"),
    path("resolutions/take-up/", resolution_views.TakeUp.as_view(), name="take_up"),
    path("resolutions/<uuid:pk>/", resolution_views.ResolutionPage.as_view(), name="resolution"),
    *[
        path(
            f"resolutions/<uuid:pk>/{verb}/",
            take_step,
            {"verb": verb, "model": Resolution, "step_forms": RESOLUTION_FORMS},
            name=f"resolution_{verb}",
        )
        for verb, step in Resolution.STEPS.items()
        if step.by_hand
    ],
    path("<uuid:pk>/", views.ReferralPage.as_view(), name="detail"),
    path("<uuid:pk>/sent/", views.Sent.as_view(), name="sent"),
    *[
        path(f"<uuid:pk>/{verb}/", take_step, {"verb": verb, "model": Referral, "step_forms": STEP_FORMS}, name=verb)
        for verb, step in Referral.STEPS.items()
        if step.by_hand
    ],
]
