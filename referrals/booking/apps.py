from django.apps import AppConfig
from django.db import models
from django.urls import reverse


class BookingConfig(AppConfig):
    name = "referrals.booking"
    label = "booking"
    verbose_name = "Appointments"

    def ready(self):
        from referrals import colleagues, forms, views
        from referrals.models import ENDINGS, LEFT_BEHIND

        from . import amend_forms, told  # noqa: F401  (what may be amended)

        told.tell()
        views.OFFERS.extend([self.contact, self.appointment, self.completion])
        forms.TRIED.append(self.tried)
        ENDINGS.append(self.call_off)
        LEFT_BEHIND.append(self.worked)
        colleagues.AWAY.append(self.on_leave)
        colleagues.CARRIED.append(self.loads)

    def call_off(self, referral, *, verb, by, on):
        """What ends a referral cancels what is booked for it and still to come, and what was to be tried again; its
        sender hears who did not engage."""
        from referrals.pathways import ABOUT

        from . import messages, what_follows

        for appointment in self.get_model("Appointment").objects.filter(referral=referral).coming():
            appointment.cancel(by=by, asked_by="other", reason="The referral ended", follows=True)
        what_follows.ended(referral, by=by)
        if verb == "disengage" and ABOUT[referral.pathway].is_booked:
            messages.not_engaged(referral, by=by, on=on)

    def worked(self, cover):
        """The referrals under way of someone who is away, at the agency that covers them."""
        from referrals.workflow import UNDER_WAY

        rows = cover.absent.referrals_worked.filter(to_agency=cover.agency_id, status__in=UNDER_WAY)
        return rows.filter(to_unit=cover.unit_id) if cover.unit_id else rows

    def loads(self, user):
        """How many each of the team works with, for who manages them."""
        from .allocation import Workload

        if not user.has_perm(Workload.permission):
            return {}
        counts = dict(Workload.rows(user).order_by().values_list("worker").annotate(models.Count("pk")))
        people = Workload.people(user).values_list("pk", flat=True)
        return {pk: f"{counts.get(pk, 'no')} open referral{'' if counts.get(pk) == 1 else 's'}" for pk in people}

    def on_leave(self, user):
        """The last day of each of the user's agency who is on leave today."""
        leave = self.get_model("Leave").objects.on().filter(agency=user.membership.agency_id)
        return dict(leave.values_list("worker", "valid_to"))

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
