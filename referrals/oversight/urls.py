from django.urls import path

from . import views

app_name = "oversight"

urlpatterns = [
    path("approvals/", views.Approvals.as_view(), name="approvals"),
    path("quality/", views.Quality.as_view(), name="quality"),
    path("quality/<slug:name>/", views.Gaps.as_view(), name="gaps"),
]
