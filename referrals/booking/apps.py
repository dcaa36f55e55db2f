from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "referrals.booking"
    label = "booking"
    verbose_name = "Appointments"
