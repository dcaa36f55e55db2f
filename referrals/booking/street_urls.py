"""Choosing a slot, checking and sending a referral, and the leaflet."""

from django.urls import path

from . import street_views as views

urlpatterns = [
    path("new/<uuid:key>/slot/", views.slot, name="slot"),
    path("new/<uuid:key>/check/", views.check, name="check"),
    path("referrals/<uuid:pk>/sent/", views.Sent.as_view(), name="sent"),
    path("<uuid:pk>/leaflet/", views.show_leaflet, name="leaflet"),
    path("<uuid:pk>/leaflet/pdf/", views.print_leaflet, name="leaflet_pdf"),
    path("<uuid:pk>/calendar/", views.calendar, name="calendar"),
]
