from django.urls import path

from . import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-in/", views.SignIn.as_view(), name="account_login"),  # as the library calls it
    path("sign-out/", views.SignOut.as_view(), name="sign_out"),
    path("hats/", views.hats, name="hats"),
    path("hats/wear/", views.wear_hat, name="wear_hat"),
    path("roles/", views.roles, name="roles"),
]
