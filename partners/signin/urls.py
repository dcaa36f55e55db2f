from django.urls import path

from . import password, session_views, sso_views, views

app_name = "signin"

urlpatterns = [
    path("sessions/", session_views.sessions, name="sessions"),
    path("sessions/others/end/", session_views.end_others, name="end_others"),
    path("sessions/<uuid:handle>/end/", session_views.end_session, name="end_session"),
    path("sessions/left/", session_views.time_left, name="time_left"),
    path("sessions/stay/", session_views.stay, name="stay"),
    path("unsent/", session_views.unsent, name="unsent"),
    path("sso/<slug:slug>/", sso_views.begin, name="sso"),
    path("sso/<slug:slug>/ended/", sso_views.ended, name="sso_ended"),
    path("confirm/", session_views.confirm, name="confirm"),
    path("codes/", views.codes, name="codes"),
    path("password/", password.ChangePassword.as_view(), name="password"),
    path("forgotten/", password.Forgotten.as_view(), name="forgotten"),
    path("forgotten/sent/", password.sent, name="forgotten_sent"),
    path("forgotten/<uidb64>/<token>/", password.NewPassword.as_view(), name="new_password"),
]
