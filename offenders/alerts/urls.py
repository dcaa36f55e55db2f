from django.urls import path

from . import views
from .models import Alert

app_name = "alerts"

urlpatterns = [
    path("", views.AlertList.as_view(), name="list"),
    path("<uuid:pk>/", views.AlertPage.as_view(), name="alert"),
    *(path(f"<uuid:pk>/{verb}/", views.step, {"verb": verb}, name=verb) for verb in Alert.STEPS),
]
