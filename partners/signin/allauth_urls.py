"""The library's pages that there are, by the names that it calls them; of what is not here, there is no page."""

from django.urls import path

from . import views

urlpatterns = [
    path("security/", views.Security.as_view(), name="mfa_index"),
    path("second-step/", views.SecondStepPage.as_view(), name="mfa_authenticate"),
    path("app/add/", views.AddApp.as_view(), name="mfa_activate_totp"),
    path("app/remove/", views.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("passkeys/sign-in/", views.SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    path("passkeys/add/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/remove/", views.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
]
