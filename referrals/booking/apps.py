from django.apps import AppConfig
from django.urls import reverse


class BookingConfig(AppConfig):
    name = "referrals.booking"
    label = "booking"
    verbose_name = "Appointments"

    def ready(self):
        from referrals import forms, views
        from referrals.models import ENDINGS

        from . import amend_forms  # noqa: F401  (what may be amended)

        views.OFFERS.extend([self.contact, self.appointment, self.completion])
        forms.TRIED.append(self.tried)
        ENDINGS.append(self.call_off)

    def call_off(self, referral, *, verb, by, on):
        """What ends a referral cancels what is booked for it and still to come; its sender hears who did not engage."""
        from referrals.pathways import ABOUT

        from . import messages

        for appointment in self.get_model("Appointment").objects.filter(referral=referral).coming():
            appointment.cancel(by=by, asked_by="other", reason="The referral ended", follows=True)
        if verb == "disengage" and ABOUT[referral.pathway].is_booked:
            messages.not_engaged(referral, by=by, on=on)

    def contact(self, user, referral):
        """The page of the team that is to reach the person: attempts, and the way to book."""
        from referrals.workflow import UNDER_WAY

        from .models import ContactAttempt

        if referral.status in UNDER_WAY and ContactAttempt.may_log(user, referral):
            return "Contact and appointments", reverse("booking:contact", args=[referral.pk])
        return None

    def appointment(self, user, referral):
        """What is booked and still to come, for who sent the person: to look it up, or to move it."""
        rows = self.get_model("Appointment").objects.visible_to(user).sent_by(user).filter(referral=referral).coming()
        if row := rows.order_by("starts_at").first():
            return "See the appointment", row.get_absolute_url()
        return None

    def completion(self, user, referral):
        """The way to say that they did all that they were offered."""
        booked = self.get_model("Appointment").objects.filter(referral=referral).exists()
        if referral.status == "engaged" and booked and referral.may(user, "complete"):
            return "Record completion", reverse("booking:complete", args=[referral.pk])
        return None

    def tried(self, user, referral):
        """What was tried to reach someone who is about to be recorded as not engaged."""
        from .waiting import tried

        return tried(user, referral)
