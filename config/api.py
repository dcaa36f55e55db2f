"""The API under /api/v1/: every app's view sets on one router, and the schema they describe."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from offenders.api import ROUTES as OFFENDERS
from partners.api import ROUTES as PARTNERS
from partners.audit.api import ROUTES as AUDIT
from referrals.api import ROUTES as REFERRALS
from referrals.booking.api import ROUTES as BOOKING
from referrals.insight.api import ROUTES as INSIGHT
from referrals.rehab.api import ROUTES as REHAB

app_name = "api"

router = SimpleRouter()
for prefix, view_set, basename in [*PARTNERS, *AUDIT, *OFFENDERS, *REFERRALS, *BOOKING, *REHAB, *INSIGHT]:
    router.register(prefix, view_set, basename)

urlpatterns = [path("schema/", SpectacularAPIView.as_view(http_method_names=["get"]), name="schema"), *router.urls]
