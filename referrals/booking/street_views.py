"""The end of a referral from the street: the slot, the check, and what the officer and the person take away."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.generic import View

from partners.dated import midnight
from partners.frame.pages import RecordPage
from partners.working_days import add_working_days
from referrals import terms
from referrals.eligibility import answers, not_met
from referrals.journey_views import identity, of_journey, page, show, standing
from referrals.models import Referral
from referrals.pathways import Pathway
from referrals.street import Asked, area_of
from referrals.workflow import Status as ReferralStatus

from . import leaflet, slots
from .models import Appointment, Mode
from .operations import send
from .slot_api import agency_of_slots
from .slots import SlotTaken
from .street_forms import NextFewForm
from .workflow import Status

AT_FIRST, MORE = 3, 18  # times offered; those that differ in time or mode


def ready(view):
    """A page that needs all the answers before it: the journey goes back to the first that is missing or wrong."""

    def checked(request, journey):
        asked = Asked(journey, user=request.user)
        if asked.lacks:
            return redirect(journey.address(asked.lacks))
        if not_met(answers(asked.referral)):
            return redirect(journey.address("fits"))
        return view(request, journey, asked)

    return checked


@of_journey("slot")
@ready
def slot(request, journey, asked):
    """The next few times that suit, others behind them; the one chosen is held while the rest is checked."""
    agency, held = agency_of_slots(), hold_of(request, journey)
    suitable = slots.modes_for(area_of(asked.person))
    mode = request.GET.get("mode")
    modes = [mode] if mode in suitable else suitable
    number = MORE if "more" in request.GET else AT_FIRST
    person = None if asked.is_new else asked.person.pk
    days = working_days_ahead() if number == MORE else []
    first = next((day for day in days if str(day) == request.GET.get("from")), None)
    after = first and midnight(first)
    offered = slots.next_few(agency, number=number, modes=modes, person=person, after=after)
    chosen = request.POST.get("slot") if request.method == "POST" else (journey.said("slot") or {}).get("slot")
    one = slots.find(chosen, agency, but=held)
    may_have_more = len(offered) == number < MORE
    if one and one.mode in suitable and one not in offered:  # the one held, or chosen among more of them
        offered = sorted([one, *offered], key=lambda one: one.starts_at)
    form = NextFewForm(request.POST if request.method == "POST" else None, offered=offered, initial={"slot": chosen})
    if request.method == "POST" and form.is_valid():
        try:
            Appointment.hold(one, by=request.user, key=journey.pk)
        except SlotTaken as error:
            form = NextFewForm(request.POST, offered=error.offered)
        else:
            journey.answer("slot", {"slot": chosen})
            return redirect(journey)
    show(request, "slot", asked.person)
    return page(
        request, journey, "booking/street/slot.html", form, "When will they be seen?", journey.address("terms"),
        record=asked.referral, mode=mode, modes=[(one, Mode(one).label) for one in suitable],
        may_have_more=may_have_more, days=days, first=first, is_outside=suitable != slots.modes_for(None),
    )  # fmt: skip


def working_days_ahead():
    """The days from which on other times can be asked for: two weeks of them."""
    today = timezone.localdate()
    return [add_working_days(today, number) for number in range(1, 11)]


def hold_of(request, journey):
    """What is held for this journey at the moment, or None."""
    held = Appointment.objects.held_by(request.user, journey.pk)
    return held.filter(held_until__gt=timezone.now()).first()


@of_journey("book")
@ready
def check(request, journey, asked):
    """Everything said, each with the way to change it, and the one press that sends and books it."""
    held = hold_of(request, journey)
    chosen = slots.find(journey.said("slot").get("slot"), agency_of_slots(), but=held)
    if chosen is None:
        messages.error(request, f"{slots.NOT_FREE} Choose another.")
        return redirect("booking:slot", journey.pk)
    problem = []
    if request.method == "POST":
        try:
            referral = send(
                by=request.user, person=asked.person, key=journey.pk, resolution=asked.resolution, slot=chosen,
                hold=held,
            )  # fmt: skip
        except SlotTaken as error:
            messages.error(request, str(error))
            return redirect("booking:slot", journey.pk)
        except ValidationError as error:
            problem = error.messages
        else:
            journey.end()
            return redirect("booking:sent", referral.pk)
    show(request, "check", asked.person)
    person = asked.referral.offender
    context = {
        "key": journey.pk,
        "back": journey.address("slot"),
        "record": asked.referral,
        "resolution": asked.referral.resolution,
        "person": whom(asked),
        "can_change_person": journey.said("who") is not None,
        "standing": [] if asked.is_new else standing(request.user, person, journey.pathway),
        "slot": chosen,
        "held_until": held and held.held_until,
        "happened": terms.happened(asked.referral.resolution),
        "agreed": terms.agreed(asked.referral.resolution),
        "problem": problem,
    }
    return TemplateResponse(request, "booking/street/check.html", context, status=422 if problem else 200)


def whom(asked):
    """Who it is, one fact a line; of someone new all that was typed."""
    person = asked.referral.offender
    if not asked.is_new:
        return identity(person)
    facts = dict(identity(person))
    facts.pop("Ethnicity")  # theirs to say, later, to the worker
    seen = [("As you see them", person.get_officer_ethnicity_display())] if asked.person.seen_as else []
    return [*facts.items(), ("Lives in", str(asked.referral.area or "")), *seen, *asked.person.in_words]


def standing_for(user):
    """The appointments that the user sees and that stand: of those something can be handed out."""
    return Appointment.objects.visible_to(user).filter(status=Status.BOOKED, is_day_only=False)


class Sent(RecordPage):
    """The appointment, large, and what happens next; on to the referral once that is past."""

    verb = "referral"

    def scope(self):
        rows = Referral.objects.visible_to(self.request.user).exclude(status=ReferralStatus.DRAFT)
        return rows.on_pathway(Pathway.DIVERT).with_names().select_related("resolution")

    def get(self, request, *args, **kwargs):
        referral = self.get_object()
        rows = standing_for(request.user).filter(referral=referral)
        appointment = rows.with_names().order_by("starts_at").first()
        if appointment is None:
            return redirect(referral)
        context = {
            "record": referral,
            "appointment": appointment,
            "phone": leaflet.phone_of(appointment),
            "resolution": getattr(referral, "resolution", None),
        }
        return TemplateResponse(request, "booking/street/sent.html", context)


# what the person takes away


class Paper(View):
    """Something about one appointment that stands, for the person. Gives `make(appointment)`: the response."""

    def get(self, request, pk):
        rows = standing_for(request.user)
        return self.make(get_object_or_404(rows.with_names().select_related("referral__resolution"), pk=pk))

    def download(self, content, kind, name):
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return HttpResponse(content, content_type=kind, headers=headers)


class LeafletPage(Paper):
    def make(self, appointment):
        context = {"appointment": appointment, "leaflet": leaflet.tell(appointment, by=self.request.user)}
        return TemplateResponse(self.request, "booking/leaflet.html", context)


class LeafletPDF(Paper):
    def make(self, appointment):
        pdf = leaflet.as_pdf(leaflet.tell(appointment, by=self.request.user))
        leaflet.disclose(appointment, by=self.request.user, how="PDF")
        return self.download(pdf, "application/pdf", "appointment.pdf")


class CalendarFile(Paper):
    """The appointment for the person's own calendar."""

    def make(self, appointment):
        content = leaflet.as_calendar(appointment, by=self.request.user)
        leaflet.disclose(appointment, by=self.request.user, how="calendar file")
        return self.download(content, "text/calendar; charset=utf-8", "appointment.ics")
