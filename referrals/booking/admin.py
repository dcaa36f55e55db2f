"""Appointments, and when workers can be booked, in the back office: read, and moved by their steps."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from offenders.backoffice import StepAdmin
from partners.backoffice import RecordedAdmin
from partners.leaving import STILL_THEIRS

from .models import Appointment, Availability, ContactAttempt, Intervention, Leave
from .worker_forms import APPOINTMENT_FORMS


@admin.register(Appointment)
class AppointmentAdmin(StepAdmin):
    """Holds are nobody's, and are not among them."""

    step_forms = APPOINTMENT_FORMS
    exclude = ["late_minutes"]  # the giving team's: read on the appointment's own page
    list_display = ["offender", "starts_at", "mode", "worker", "kind", "status"]
    list_filter = ["status", "mode", "starts_at"]
    list_select_related = ["offender", "worker"]
    ordering = ["-starts_at", "-id"]


class OfWorkerAdmin(RecordedAdmin):
    """Read here; said on the page of the worker's hours."""

    read_only = True
    readonly_fields = ["said_on"]

    @admin.display(description="To change")
    def said_on(self, row):
        return format_html('<a href="{}">Hours and leave</a>', reverse("booking:hours", args=[row.worker_id]))


@admin.register(Availability)
class AvailabilityAdmin(OfWorkerAdmin):
    list_display = ["worker", "weekday", "starts", "ends", "mode", "place", "valid_from", "valid_to"]
    list_filter = ["weekday", "mode"]
    list_select_related = ["worker"]


@admin.register(Leave)
class LeaveAdmin(OfWorkerAdmin):
    list_display = ["worker", "valid_from", "valid_to"]
    list_select_related = ["worker"]

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("booking.view_availability")


@admin.register(ContactAttempt)
class ContactAttemptAdmin(RecordedAdmin):
    read_only = True
    list_display = ["offender", "occurred_at", "method", "result", "recorded_by"]
    list_filter = ["method", "result"]
    list_select_related = ["referral__offender", "recorded_by"]


@admin.register(Intervention)
class InterventionAdmin(RecordedAdmin):
    """That one was written up; what it says is health, read on the appointment's own page by those who may."""

    read_only = True
    fields = ["appointment", "recorded_at", "recorded_by", "acknowledged_at", "acknowledged_by"]
    list_display = ["offender", "appointment", "recorded_at", "recorded_by"]
    list_select_related = ["appointment__offender", "recorded_by"]


def appointments_of(user):
    count = Appointment.objects.coming().of_worker(user).count()
    return count and ("Appointments", f"{count} to come. Their team books each with someone else.")


def hours_of(user):
    count = Availability.objects.not_over().filter(worker=user).count()
    return count and ("Hours", "They can be booked still. A manager of theirs ends their hours.")


STILL_THEIRS.extend([appointments_of, hours_of])
