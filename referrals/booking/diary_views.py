"""A worker's day: diary, appointments, what happened in them, whom to reach."""

import datetime as dt
from functools import partial

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from offenders import panels
from offenders.amend import attach
from offenders.models import Entry
from offenders.steps import ask, steps_of, take_step
from offenders.workflow import IllegalStep, TooLate
from partners.audit.models import Event
from partners.frame.forms import DateField, FilterForm
from partners.frame.pages import ListPage, RecordPage
from partners.models import User
from partners.notices.models import Notice
from referrals.models import Deadline, Referral
from referrals.views import shown
from referrals.workflow import STEPS as REFERRAL_STEPS
from referrals.workflow import UNDER_WAY
from referrals.workflow import Status as Stands

from .diary import TO_WRITE, UNSAID, days_of, given, team_of, unsaid, unwritten
from .models import Appointment, ContactAttempt, Intervention
from .templatetags.appointments import is_unsaid, status_tag
from .waiting import not_engaging, tried_in_words, waiting
from .waiting_filters import WaitingFilters
from .worker_forms import (
    APPOINTMENT_FORMS,
    BookForm,
    CompleteForm,
    ContactForm,
    RescheduleForm,
    WriteUpForm,
)
from .workflow import Status

# what is done before an appointment, and so not once it began; and what only then
BEFORE, AFTER = {"reschedule", "cancel"}, {"record"}


class DiaryForm(FilterForm):
    """Which day, and of a manager's workers whose."""

    day = DateField(label="Day", required=False)
    worker = forms.ModelChoiceField(
        User.objects.none(), label="Worker", required=False, empty_label="Me", widget=forms.Select
    )

    def __init__(self, data, *, user):
        super().__init__(data)
        if user.has_perm("booking.change_availability"):
            self.fields["worker"].queryset = team_of(user)
        else:
            del self.fields["worker"]


def diary(request, *, week=False):
    """The day, or the week, of one worker: the user, or for a manager any of the agency's."""
    user, today = request.user, timezone.localdate()
    if not user.has_perm("booking.record_appointment"):
        raise PermissionDenied("The diary is for those who give appointments.")
    form = DiaryForm(request.GET, user=user)
    if form.problem:
        raise BadRequest(form.problem)
    day, worker = form.cleaned_data["day"] or today, form.cleaned_data.get("worker") or user
    first = day - dt.timedelta(days=day.weekday()) if week else day
    last = first + dt.timedelta(days=6 if week else 0)
    days = days_of(user, worker, first, last)
    if week:
        days = [one for one in days if one.day.weekday() < 5 or one.items]
    attended = unwritten(user, worker)
    to_say, to_write = list(unsaid(user, worker)[:UNSAID]), list(attended[:TO_WRITE])
    rows = [row for one in days for row in [*one.items, *one.gone] if isinstance(row, Appointment)]
    Event.objects.shown("appointment.diary", [*rows, *to_say, *to_write], by=user, day=str(first))
    step = dt.timedelta(days=7 if week else 1)
    whose = f"&worker={worker.pk}" if worker != user else ""
    name = "booking:diary_week" if week else "booking:diary"

    def address(name, day):
        return f"{reverse(name)}?day={day}{whose}"

    context = {
        "form": form,
        "week": week,
        "days": days,
        "worker": worker,
        "is_own": worker == user,
        "heading": _heading(first, last, week, today),
        "to_say": to_say,
        "to_write": to_write,
        "more_to_write": attended.count() - len(to_write) if len(to_write) == TO_WRITE else 0,
        "previous": address(name, first - step),
        "next": address(name, first + step),
        "today": None if first <= today <= last else address(name, today),
        "tabs": [
            ("Day", address("booking:diary", day), not week),
            ("Week", address("booking:diary_week", day), week),
        ],
        "hours_url": reverse("booking:hours", args=[worker.pk]) if "worker" in form.fields else "",
    }
    return TemplateResponse(request, "booking/diary.html", context)


def _heading(first, last, week, today):
    if week:
        return f"Week of {date_format(first, 'j F')} to {date_format(last, 'j F Y')}"
    return ("Today, " if first == today else "") + date_format(first, "l j F Y")


# one appointment


class AppointmentPage(RecordPage):
    """When, how and where; how it came to be so; what came of it; and for those who treat, what happened in it."""

    template_name = "booking/appointment.html"
    verb = "appointment"

    def scope(self):
        return Appointment.objects.visible_to(self.request.user).with_names()

    def get_context_data(self, **kwargs):
        row, user = self.object, self.request.user
        written = list(Intervention.objects.visible_to(user).filter(appointment=row).with_names().with_leave(user))
        attach(written, user)
        if written:
            Event.objects.shown("intervention.view", written, by=user, subject=written[0])
        others = versions(row)
        told = [one.get_absolute_url() for one in others or [row]]
        entries = Entry.objects.visible_to(user).filter(matters__contains=[row.referral_id], url__in=told)
        late = BEFORE if row.starts_at <= timezone.now() else AFTER
        steps = steps_of(row, user, "booking:appointment_", without=late)
        may_write = row.status == Status.ATTENDED and not written and Intervention.may_record(user, row)
        if may_write:
            steps.insert(0, ("Write up what happened", reverse("booking:write_up", args=[row.pk])))
        is_giver = Appointment.objects.given_by(user).filter(pk=row.pk).exists()
        is_open = row.referral.status in UNDER_WAY
        if row.status in {Status.MISSED, Status.CALLED_OFF} and is_open and ContactAttempt.may_log(user, row.referral):
            steps.insert(0, ("Contact and appointments", reverse("booking:contact", args=[row.referral_id])))
        return super().get_context_data(
            why=panels.why(user, row.offender),
            tags=[(row.get_status_display(), status_tag(row))],
            is_unsaid=is_unsaid(row),
            is_giver=is_giver,
            intervention=written[0] if written else None,
            may_acknowledge=is_giver
            and user.has_perm("booking.acknowledge_intervention")
            and not any(one.recorded_by == user for one in written),
            may_write=may_write,
            versions=others,
            notices=Notice.objects.visible_to(user).about(row),
            steps=steps,
            entries=[shown(entry) for entry in entries.with_names().newest_first()],
            **kwargs,
        )


def versions(appointment):
    """The appointment and those it took the place of, or that took its place, the latest first."""
    same = Appointment.objects.filter(referral=appointment.referral_id).select_related("worker", "replaced_by")
    rows = {row.pk: row for row in same}
    follows = {row.replaces_id: row for row in rows.values() if row.replaces_id}
    last = rows[appointment.pk]
    while last.pk in follows:
        last = follows[last.pk]
    chain = [last]
    while chain[-1].replaces_id:
        chain.append(rows[chain[-1].replaces_id])
    return chain if len(chain) > 1 else []


def step(request, pk, verb):
    """The page of a step of an appointment. What was attended is written up next."""
    step_forms = APPOINTMENT_FORMS | {"reschedule": partial(RescheduleForm, asked=request.GET)}
    response = take_step(request, pk, verb, model=Appointment, step_forms=step_forms, template=_template(verb))
    if response.status_code == 302 and verb in ("record", "correct"):
        row = given(request.user).filter(pk=pk, status=Status.ATTENDED, is_written_up=False).first()
        if row and Intervention.may_record(request.user, row):
            return redirect("booking:write_up", row.pk)
    return response


def _template(verb):
    return "booking/slots.html" if verb == "reschedule" else "frame/step.html"


def write_up(request, pk):
    """What happened in a 1:1, after it was attended."""
    row = get_object_or_404(Appointment.objects.visible_to(request.user).with_names(), pk=pk)
    if not Intervention.may_record(request.user, row):
        raise PermissionDenied("You may not write up this appointment.")
    if row.status != Status.ATTENDED or Intervention.objects.filter(appointment=row).exists():
        messages.error(request, "Only an appointment that was attended is written up, once.")
        return redirect(row)
    form = WriteUpForm(request.POST if request.method == "POST" else None, record=row, user=request.user)
    return ask(
        request, form, form.write, record=row, verb="write_up", heading="Write up what happened", button="Save",
        done="Written up.", template="booking/write_up.html", back=row.get_absolute_url(),
    )  # fmt: skip


def acknowledge(request, pk):
    """A manager has read the concern for someone's safety."""
    rows = Intervention.objects.visible_to(request.user).exclude(concern="").with_names()
    row = get_object_or_404(rows, pk=pk)
    if not request.user.has_perm("booking.acknowledge_intervention"):
        raise PermissionDenied("You may not acknowledge this concern.")
    if request.method == "POST":
        try:
            row.acknowledge(by=request.user)
        except TooLate as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Concern acknowledged.")
    return redirect(row)


# for a referral


def _referral(request, pk, permission, sentence):
    """A referral to the user's team, which gives appointments: 404 where it is not theirs to see, 403 where not theirs
    to do this with."""
    row = get_object_or_404(Referral.objects.visible_to(request.user).with_names(), pk=pk)
    theirs = Referral.objects.received_by(request.user).filter(pk=pk).exists()
    if not (theirs and request.user.has_perms(["booking.record_appointment", permission])):
        raise PermissionDenied(sentence)
    return row


def contact(request, pk):
    """Whom to reach and what was tried; and the form to log another attempt."""
    user = request.user
    referral = _referral(
        request, pk, "booking.add_contactattempt", "You may not log contact attempts on this referral."
    )
    is_open = referral.status in UNDER_WAY
    form = ContactForm(request.POST if request.method == "POST" else None, record=referral, user=user)
    if request.method == "POST" and not is_open:
        messages.error(request, f"This referral is {referral.get_status_display().lower()}: nobody is to be reached.")
        return redirect("booking:contact", referral.pk)
    attempts = attach(ContactAttempt.objects.visible_to(user).filter(referral=referral).with_names(), user)
    appointments = Appointment.objects.visible_to(user).filter(referral=referral).with_names().order_by("-starts_at")
    deadline = Deadline.objects.filter(referral=referral, kind=Deadline.Kind.FIRST_CONTACT).first()
    return ask(
        request, form, form.write, record=referral, verb="contact", heading="Contact", button="Log the attempt",
        done="Contact attempt logged.", template="booking/contact.html", back=reverse("booking:contact", args=[pk]),
        attempts=attempts, appointments=appointments, deadline=deadline, is_open=is_open,
        tries=_proposed(user, referral), cancel_url=referral.get_absolute_url(),
        steps=_offered(user, referral, deadline),
    )  # fmt: skip


def _proposed(user, referral):
    """Why “not engaged” is proposed, where it is."""
    row = not_engaging(user).filter(pk=referral.pk).first()
    return tried_in_words(row) if row else ""


def _offered(user, referral, deadline):
    """What else is done from here: buttons."""
    steps = []
    if may_book(user, referral):
        steps.append(("Book an appointment", reverse("booking:book", args=[referral.pk])))
    for verb, step in deadline.steps_for(user).items() if deadline else ():
        steps.append((step.label, reverse(f"deadlines:{verb}", args=[deadline.pk])))
    if "disengage" in referral.steps_for(user):
        steps.append((REFERRAL_STEPS["disengage"].label, reverse("referrals:disengage", args=[referral.pk])))
    return steps


def may_book(user, referral):
    """Whether this user may book an appointment for this person now: of the team that has them, none being booked."""
    if referral.status not in (Stands.ACCEPTED, Stands.ENGAGED) or not user.has_perm("booking.book_appointment"):
        return False
    theirs = Referral.objects.received_by(user).filter(pk=referral.pk).exists()
    return theirs and not Appointment.objects.filter(referral=referral, status=Status.BOOKED).exists()


def book(request, pk):
    """An appointment for someone who has none: the first after a phone call, or a follow-up."""
    referral = _referral(request, pk, "booking.book_appointment", "You may not book for this person.")
    if not may_book(request.user, referral):
        messages.error(request, "They have an appointment already, or the referral is not open. Reschedule instead.")
        return redirect(referral)
    form = BookForm(
        request.POST if request.method == "POST" else None, record=referral, user=request.user, asked=request.GET
    )
    return ask(
        request, form, form.write, record=referral, verb="book", heading="Book an appointment", done="Booked.",
        template="booking/slots.html",
    )  # fmt: skip


def complete(request, pk):
    """They did all that they were offered."""
    referral = _referral(request, pk, "referrals.complete_referral", "You may not complete this referral.")
    if referral.status != Stands.ENGAGED:
        messages.error(request, str(IllegalStep(referral, REFERRAL_STEPS["complete"])))
        return redirect(referral)
    form = CompleteForm(request.POST if request.method == "POST" else None, record=referral, user=request.user)
    return ask(
        request, form, lambda: form.take("complete"), record=referral, verb="complete", heading="Record completion",
        done="Referral completed.", back=referral.get_absolute_url(),
    )  # fmt: skip


# who waits


class Waiting(ListPage):
    """Referred, not yet contacted: who waits longest comes first."""

    template_name = "booking/waiting.html"
    permission_required = "booking.add_contactattempt"
    verb = "deadline"
    filterset_class = WaitingFilters
    orders = {
        "referred": ("referred_on", "id"),
        "-referred": ("-referred_on", "-id"),
        "due": ("due_on", "id"),
        "-due": ("-due_on", "-id"),
    }

    def scope(self):
        return waiting(self.request.user)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        today = timezone.localdate()
        rows = [(row, (today - row.referred_on).days) for row in context["page"].rows]
        return context | {"rows": rows}


class ToDecide(ListPage):
    """Those of whom enough was tried: whether to record them as not engaged."""

    template_name = "booking/to_decide.html"
    permission_required = "booking.add_contactattempt"
    verb = "referral.to_decide"
    orders = {"referred": ("referred_on", "id")}

    def scope(self):
        return not_engaging(self.request.user).select_related("offender", "worker")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        may = self.request.user.has_perm("referrals.disengage_referral")
        return context | {"rows": [(row, tried_in_words(row)) for row in context["page"].rows], "may_disengage": may}
