"""A worker's day: diary, appointments, contact attempts, who waits."""

from django.urls import path

from . import diary_views as views
from .models import Appointment

urlpatterns = [
    path("", views.diary, name="diary"),
    path("week/", views.diary, {"week": True}, name="diary_week"),
    path("waiting/", views.Waiting.as_view(), name="waiting"),
    path("waiting/to-decide/", views.ToDecide.as_view(), name="to_decide"),
    path("referrals/<uuid:pk>/contact/", views.contact, name="contact"),
    path("referrals/<uuid:pk>/book/", views.book, name="book"),
    path("referrals/<uuid:pk>/complete/", views.complete, name="complete"),
    path("concerns/<uuid:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("<uuid:pk>/", views.AppointmentPage.as_view(), name="appointment"),
    path("<uuid:pk>/write-up/", views.write_up, name="write_up"),
    *[
        path(f"<uuid:pk>/{verb}/", views.step, {"verb": verb}, name=f"appointment_{verb}")
        for verb, step in Appointment.STEPS.items()
        if step.by_hand
    ],
]
