"""The API under /api/v1/: every app's view sets on one router, and the schema they describe."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from offenders.alerts.api import ROUTES as ALERTS
from offenders.api import ROUTES as OFFENDERS
from offenders.documents.api import ROUTES as DOCUMENTS
from offenders.retention.api import ROUTES as RETENTION
from offenders.subject_access.api import ROUTES as SUBJECT_ACCESS
from partners.api import ROUTES as PARTNERS
from partners.audit.api import ROUTES as AUDIT
from partners.notices.api import ROUTES as NOTICES
from partners.systems.api import ROUTES as SYSTEMS
from referrals.api import ROUTES as REFERRALS
from referrals.booking.api import ROUTES as BOOKING
from referrals.insight.api import ROUTES as INSIGHT
from referrals.oversight.api import ROUTES as OVERSIGHT
from referrals.rehab.api import ROUTES as REHAB

from .day.api import ROUTES as DAY

app_name = "api"

router = SimpleRouter()
ROUTES = [
    *PARTNERS, *AUDIT, *NOTICES, *SYSTEMS, *OFFENDERS, *DOCUMENTS, *RETENTION, *SUBJECT_ACCESS, *ALERTS,
    *REFERRALS, *BOOKING, *REHAB, *OVERSIGHT, *INSIGHT, *DAY,
]  # fmt: skip
for prefix, view_set, basename in ROUTES:
    router.register(prefix, view_set, basename)

urlpatterns = [path("schema/", SpectacularAPIView.as_view(http_method_names=["get"]), name="schema"), *router.urls]
