"""Choosing a slot, checking and sending a referral, and the leaflet."""

from django.urls import path

from . import street_views as views

urlpatterns = [
    path("new/<uuid:key>/slot/", views.slot, name="slot"),
    path("new/<uuid:key>/check/", views.check, name="check"),
    path("referrals/<uuid:pk>/sent/", views.Sent.as_view(), name="sent"),
    path("<uuid:pk>/leaflet/", views.LeafletPage.as_view(), name="leaflet"),
    path("<uuid:pk>/leaflet/pdf/", views.LeafletPDF.as_view(), name="leaflet_pdf"),
    path("<uuid:pk>/calendar/", views.CalendarFile.as_view(), name="calendar"),
]
