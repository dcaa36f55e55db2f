"""The site on one screen."""

from allauth.socialaccount.providers.openid_connect.views import callback as come_back
from django.contrib import admin
from django.urls import include, path

from partners.notices.views import stop_messages

from . import views
from .day import calendar
from .day import views as day

urlpatterns = [
    path("", views.home, name="home"),
    path("more/", views.more, name="more"),
    path("csp-report/", views.csp_report, name="csp_report"),
    path("", include("partners.urls")),
    path("notices/", include("partners.notices.urls")),
    path("stop/<slug:token>/", stop_messages, name="stop_messages"),
    path("audit/", include("partners.audit.urls")),
    path("day/", day.day, name="day"),
    path("day/team/", day.team_day, name="team_day"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/make/", calendar.make, name="calendar_make"),
    path("calendar/revoke/", calendar.revoke, name="calendar_revoke"),
    path("calendar/<str:token>.ics", calendar.feed, name="calendar_feed"),
    path("account/", include("partners.signin.urls")),
    path("account/", include("partners.signin.allauth_urls")),
    path("account/sso/<slug:provider_id>/callback/", come_back, name="openid_connect_callback"),  # the library's name
    path("people/", include("offenders.urls")),
    path("documents/", include("offenders.documents.urls")),
    path("retention/", include("offenders.retention.urls")),
    path("subject-access/", include("offenders.subject_access.urls")),
    path("alerts/", include("offenders.alerts.urls")),
    path("referrals/", include("referrals.urls")),
    path("tasks/", include("referrals.task_urls")),
    path("cover/", include("referrals.cover_urls")),
    path("deadlines/", include("referrals.deadline_urls")),
    path("o2r/", include("referrals.rehab.urls")),
    path("answer/", include("referrals.rehab.plan.answer_urls")),
    path("appointments/", include("referrals.booking.urls")),
    path("", include("referrals.oversight.urls")),
    path("reports/", include("referrals.insight.urls")),
    path("api/v1/", include("config.api")),
    path("admin/", admin.site.urls),
]

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"
