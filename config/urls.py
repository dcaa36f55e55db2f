"""The site on one screen."""

from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("partners.urls")),
    path("stop/", include("partners.notices.urls")),
    path("audit/", include("partners.audit.urls")),
    path("people/", include("offenders.urls")),
    path("referrals/", include("referrals.urls")),
    path("tasks/", include("referrals.task_urls")),
    path("o2r/", include("referrals.rehab.urls")),
    path("answer/", include("referrals.rehab.plan.answer_urls")),
    path("appointments/", include("referrals.booking.urls")),
    path("reports/", include("referrals.insight.urls")),
    path("api/v1/", include("config.api")),
    path("admin/", admin.site.urls),
]

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"
