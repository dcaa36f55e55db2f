"""Choosing a slot, checking and sending a referral, and the leaflet."""

urlpatterns = []
