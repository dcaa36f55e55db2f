"""The leaflet: a person's appointment on paper, what it means, their rights, what is kept.

Every word of it is here, for a reader of nine to eleven years. The page and the PDF print the same sections.
"""

import datetime as dt
import json
from pathlib import Path
from typing import NamedTuple

import typst
from django.utils import timezone
from icalendar import Alarm, Calendar, Event

from offenders.account import ICO
from partners.audit.models import Event as Recorded
from referrals.models import Offer

from .messages import phone_of
from .models import Mode
from .slots import when_and_how

TEMPLATE = Path(__file__).parent / "print" / "leaflet.typ"
TITLE = "Your appointment"
HOW = {
    Mode.PHONE: "The worker calls you. Be somewhere where you can talk.",
    Mode.VIDEO: "You talk by video. The worker sends you the link. Be somewhere where you can talk.",
    Mode.SURGERY: "Go to this place: {place}. Please be there a few minutes before.",
    Mode.CUSTODY: "The worker comes to see you there: {place}.",
}
NO_PHONE = "We have no phone number for you. Call and give us one, or tell us how to reach you."
OFFERED = {
    Offer.ONE_TO_ONE: "You meet a drug worker, only the two of you. It takes about half an hour.",
    Offer.COURSE: "First you meet a drug worker, only the two of you. After that there is a short group course.",
    Offer.YOUNG_ONE_TO_ONE: "You meet a worker for young people. An adult whom you trust can come too.",
    Offer.YOUNG_PEOPLE: (
        "First you meet a worker for young people. An adult whom you trust can come too. After that there is a short"
        " course for young people."
    ),
}  # fmt: skip
MEANS = [
    "The police dealt with this by a community resolution. You do not go to court for it. It is not a conviction.",
    "The police keep a record of it. It does not show on a basic check. On an enhanced check, which some jobs ask for,"
    " the police may tell of it.",
    "If you do not go to your appointment, you do not go to court for this. But you will not be offered this again.",
]
RIGHTS = [
    "You can ask for an interpreter, or for what else helps you to take part.",
    "You can ask to see what is written about you, and have it put right where it is wrong. It is free.",
    f"If you are not happy with how you were treated, tell the worker or the police. {ICO}",
]
KEPT = [
    "The police and the service keep your name, when you were born, how to reach you, what happened, and your"
    " appointments.",
    "What you tell the worker about your health or your drug use, the police do not see. They see only whether you"
    " came.",
    "If someone could be badly hurt, the worker may have to tell others. They will say so if they can.",
]  # fmt: skip
MESSAGES = [
    "We may send you a text message before your appointment. It does not say what it is about.",
    "If you do not want text messages, open the link in one, or tell the worker or the officer.",
]


class Section(NamedTuple):
    heading: str
    words: list


class Leaflet(NamedTuple):
    title: str
    name: str
    reference: str
    when: str
    phone: str
    made_on: dt.date
    sections: list


def tell(appointment, *, by):
    """The leaflet; recorded as shown."""
    phone, resolution = phone_of(appointment), getattr(appointment.referral, "resolution", None)
    how = [HOW[appointment.mode].format(place=appointment.place)]
    if not appointment.offender.phone and appointment.mode in (Mode.PHONE, Mode.VIDEO):
        how.append(NO_PHONE)
    change = "If you cannot come, tell us before. You get another time."
    call = f"Call {phone} and say this: {appointment.referral.reference}." if phone else "Ask the officer how."
    offered = [Section("What you are offered", [OFFERED[resolution.offer]])] if resolution else []
    sections = [
        Section("What to do", [*how, f"{change} {call}"]),
        *offered,
        Section("What this means", MEANS),
        Section("What is kept about you", KEPT),
        Section("Text messages", MESSAGES),
        Section("Your rights", RIGHTS),
    ]
    Recorded.objects.shown("appointment.leaflet", [appointment], by=by, subject=appointment)
    return Leaflet(
        TITLE, str(appointment.offender), appointment.referral.reference, when_and_how(appointment), phone,
        timezone.localdate(), sections,
    )  # fmt: skip


def disclose(appointment, *, by, how):
    """Record that the person is given this to take away."""
    Recorded.objects.record(
        Recorded.Kind.DISCLOSURE, "appointment.leaflet", by=by, subject=appointment,
        offenders=[appointment.offender_id], to="the person", how=how,
    )  # fmt: skip


def as_pdf(leaflet):
    """The leaflet as a tagged PDF; without that promise where no font has a letter of a name."""
    data = leaflet._asdict() | {"made_on": leaflet.made_on.isoformat()}
    data["sections"] = [section._asdict() for section in leaflet.sections]
    day = dt.datetime.combine(leaflet.made_on, dt.time(), dt.UTC)
    options = {"format": "pdf", "sys_inputs": {"leaflet": json.dumps(data)}, "timestamp": int(day.timestamp())}
    try:
        return typst.compile(str(TEMPLATE), pdf_standards="ua-1", **options)
    except typst.TypstError:
        return typst.compile(str(TEMPLATE), **options)


def as_calendar(appointment, *, by):
    """The appointment as an iCalendar file; recorded as shown.

    Whoever sees the person's calendar learns that there is an appointment, and no more.
    """
    Recorded.objects.shown("appointment.calendar", [appointment], by=by, subject=appointment)
    event = Event()
    event.add("summary", "Appointment")
    event.add("uid", f"{appointment.pk}@throughcare")
    event.add("dtstamp", appointment.recorded_at.astimezone(dt.UTC))
    event.add("dtstart", appointment.starts_at.astimezone(dt.UTC))
    event.add("dtend", appointment.ends_at.astimezone(dt.UTC))
    if appointment.place:
        event.add("location", appointment.place)
    if phone := phone_of(appointment):
        event.add("description", f"To change it, call {phone} and say {appointment.referral.reference}.")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Appointment")
    alarm.add("trigger", dt.timedelta(hours=-2))
    event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Throughcare//")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return calendar.to_ical()
