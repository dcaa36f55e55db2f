"""What is missing or odd in the records a team works on: a row for each thing looked for, and where it is mended."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from offenders.codes import Ethnicity
from offenders.models import Address, Consent, LikelyPair, Offender
from partners.settings import setting
from referrals.booking.diary import unsaid, unwritten
from referrals.booking.models import Appointment
from referrals.booking.workflow import Status as Meeting
from referrals.models import Referral
from referrals.rehab.case_forms import referrals_to_assess
from referrals.rehab.models import Assessment, Case, FollowUp, Funding, Placement
from referrals.rehab.workflow import Phase, Stay
from referrals.workflow import Status


class Check(NamedTuple):
    """One thing that is looked for.

    `rows` gives, of a user who holds the `permission`, the rows that lack it, with what a line shows of them; `order`
    is never null and ends in a unique field; `mend` is the address where it is put right, and `note` why a row is here.
    """

    title: str
    sentence: str
    permission: str
    rows: object
    order: tuple
    mend: object
    note: object = lambda row: ""
    about: object = lambda row: str(row.offender)


class Gap(NamedTuple):
    """One row of a check, as a line."""

    check: Check
    row: object

    @property
    def about(self):
        return self.check.about(self.row)

    @property
    def note(self):
        return self.check.note(self.row)

    @property
    def url(self):
        return self.check.mend(self.row)


def people(user):
    """Those whom the user's team works with now: referred to it or by it, or on an open case of its own."""
    referred = (Referral.objects.received_by(user) | Referral.objects.sent_by(user)).open()
    cases = Case.objects.held_by(user).open()
    ids = referred.order_by().values("offender").union(cases.order_by().values("offender"))
    return Offender.objects.worked_by(user).filter(pk__in=ids)


def lacking_consent(user, purpose):
    """Of people on open cases, those of whom no answer for this purpose is on record that the user may read."""
    answered = Consent.objects.visible_to(user).standing().filter(purpose=purpose, offender=OuterRef("pk"))
    cases = Case.objects.held_by(user).open().order_by().values("offender")
    return Offender.objects.worked_by(user).filter(~Exists(answered), pk__in=cases)


def lacking_address(user):
    today = Address.objects.on().filter(offender=OuterRef("pk"))
    return people(user).filter(~Exists(today), deceased_on=None)


def cases(user):
    return Case.objects.visible_to(user).held_by(user).open().with_names()


def stays(user):
    return Placement.objects.visible_to(user).held_by(user).with_names()


def without_stay(user):
    """Cases in rehab of which no stay says where."""
    there = Placement.objects.in_house().filter(case=OuterRef("pk"))
    return cases(user).filter(~Exists(there), phase=Phase.IN_REHAB)


def without_money(user):
    """Stays that cost something, booked or begun, for which nobody was asked to pay."""
    asked = Funding.objects.open().filter(placement=OuterRef("pk"))
    booked = stays(user).filter(status__in=[Stay.BOOKED, Stay.ARRIVED], weekly_price__isnull=False)
    return booked.filter(~Exists(asked))


def without_appointment(user):
    """Referrals that the team accepted, of someone who neither came nor is to come."""
    booked = Q(status=Meeting.BOOKED, ends_at__gt=timezone.now()) | Q(status=Meeting.ATTENDED)
    there = Appointment.objects.filter(booked, referral=OuterRef("pk"))
    rows = Referral.objects.visible_to(user).received_by(user).filter(status=Status.ACCEPTED)
    return rows.filter(~Exists(there)).with_names()


def long_ago():
    """What was begun before this moment and left is a gap."""
    (days,) = setting("left_days")
    return timezone.now() - dt.timedelta(days=int(days))


def late(queryset, field):
    return queryset.filter(**{f"{field}__lt": timezone.localdate()})


def since(words, field):
    """The note of a row: these words, and the day that this field says."""

    def note(row):
        value = getattr(row, field)
        value = timezone.localdate(value) if isinstance(value, dt.datetime) else value
        return f"{words} {date_format(value, 'j F Y')}"

    return note


def at(name, key="pk"):
    """Where a row is mended: the page of this name, of the row's own key or of another of its fields."""
    return lambda row: reverse(name, args=[getattr(row, key)])


def of_person(title, sentence, rows, mend, permission="offenders.change_offender"):
    """A check whose rows are people."""
    by_name = ("family_name", "given_names", "id")
    return Check(title, sentence, permission, rows, by_name, mend, note=lambda row: row.reference, about=str)


def facts(row):
    return reverse("offenders:amend", args=["person", row.pk])


def own_page(row):
    return row.get_absolute_url()


CHECKS = {
    "birth_date": of_person(
        "No date of birth", "Without one two records of one person are not found, and nobody knows who is a child.",
        lambda user: people(user).filter(date_of_birth=None), facts,
    ),
    "ethnicity": of_person(
        "No ethnicity", "Nobody asked. “Not stated” is an answer, and is not listed here.",
        lambda user: people(user).filter(ethnicity=Ethnicity.UNKNOWN), facts,
    ),
    "contact": of_person(
        "No way to reach them", "Neither phone nor e-mail, and no word on how it is safe to make contact.",
        lambda user: people(user).filter(phone="", email="", safe_contact="", deceased_on=None), facts,
    ),
    "address": of_person(
        "No address of today", "Where they live says which area they count in. No fixed abode is an address too.",
        lacking_address, lambda row: reverse("offenders:add_fact", args=[row.pk, "address"]), "offenders.add_address",
    ),
    "treatment_consent": of_person(
        "No answer about treatment", "Nobody recorded whether they consent to treatment, yes or no.",
        lambda user: lacking_consent(user, Consent.Purpose.TREATMENT), at("offenders:record_consent"),
        "rehab.begin_case",
    ),
    "sharing_consent": of_person(
        "No answer about sharing", "Nobody recorded whether an agency may read what others know of their health.",
        lambda user: lacking_consent(user, Consent.Purpose.SHARING), at("offenders:record_consent"),
        "rehab.begin_case",
    ),
    "risk": Check(
        "No risk set", "An open case that nobody has rated.", "rehab.begin_case",
        lambda user: cases(user).filter(risk=Case.Risk.UNKNOWN), ("opened_on", "id"), at("rehab:case_rate"),
        lambda row: f"{row.get_phase_display()}, {row.facilitator}",
    ),
    "next_action": Check(
        "No next action", "An open case of which nobody says what is done next, and by when.", "rehab.begin_case",
        lambda user: cases(user).filter(Q(next_action="") | Q(next_action_due=None)), ("opened_on", "id"),
        at("rehab:case_plan"), lambda row: f"{row.get_phase_display()}, {row.facilitator}",
    ),
    "stay": Check(
        "In rehab without a stay", "The case says that they are in rehab, and no stay says where.",
        "rehab.begin_case", without_stay, ("opened_on", "id"), at("rehab:case_rehab"),
        lambda row: str(row.facilitator),
    ),
    "arrival": Check(
        "Arrivals not recorded", "The day has passed, and nobody says whether they came.", "rehab.begin_case",
        lambda user: late(stays(user).filter(status=Stay.BOOKED), "expected_arrival"), ("expected_arrival", "id"),
        own_page, since("Expected on", "expected_arrival"),
    ),
    "departure": Check(
        "Departures not recorded", "They were to have left, and nobody says that they did or that they stay longer.",
        "rehab.begin_case", lambda user: late(stays(user).in_house(), "expected_departure"),
        ("expected_departure", "id"), own_page, since("Was to leave on", "expected_departure"),
    ),
    "money": Check(
        "Stays without money", "Booked or begun at a price, and no funder was asked.", "rehab.ask_funding",
        without_money, ("requested_on", "id"), at("rehab:funding_ask"), lambda row: f"{row.unit or 'Unit not known'}",
    ),
    "follow_up": Check(
        "Follow-ups overdue", "A check after rehab that nobody has made.", "rehab.begin_case",
        lambda user: late(FollowUp.objects.visible_to(user).planned(), "due_on").filter(
            case__in=Case.objects.held_by(user).values("pk")
        ).with_names(),
        ("due_on", "id"), own_page, since("Due on", "due_on"), lambda row: str(row.case.offender),
    ),
    "assessment": Check(
        "Assessments begun and left", "Nobody finished it; what is finished alone counts.", "rehab.begin_case",
        lambda user: Assessment.objects.visible_to(user).unfinished().filter(
            recorded_at__lt=long_ago(), case__in=Case.objects.held_by(user).values("pk")
        ).select_related("case__offender", "by"),
        ("recorded_at", "id"), own_page, since("Begun on", "recorded_at"), lambda row: str(row.case.offender),
    ),
    "case": Check(
        "Accepted without a case", "The referral was accepted, and no case is opened.", "rehab.begin_case",
        lambda user: referrals_to_assess(user).filter(status=Status.ACCEPTED).with_names(), ("referred_on", "id"),
        at("rehab:begin"), since("Referred on", "referred_on"),
    ),
    "outcome": Check(
        "Outcomes not recorded", "The appointment is over, and nobody says what came of it.",
        "booking.record_appointment", unsaid, ("starts_at", "id"), own_page, since("Of", "starts_at"),
    ),
    "write_up": Check(
        "Not written up", "They came, and nobody wrote what happened.", "booking.record_appointment", unwritten,
        ("starts_at", "id"), at("booking:write_up"), since("Of", "starts_at"),
    ),
    "appointment": Check(
        "Accepted without an appointment", "The referral was accepted; they neither came nor are to come.",
        "booking.record_appointment", without_appointment, ("referred_on", "id"), at("booking:contact"),
        since("Referred on", "referred_on"),
    ),
    "draft": Check(
        "Referrals begun and left", "Written, and not sent.", "referrals.submit_referral",
        lambda user: Referral.objects.visible_to(user).sent_by(user).filter(
            status=Status.DRAFT, recorded_at__lt=long_ago()
        ).with_names(),
        ("recorded_at", "id"), own_page, since("Begun on", "recorded_at"),
    ),
    "duplicate": Check(
        "Perhaps recorded twice", "Two records as alike as those of one person.", "offenders.merge_offender",
        lambda user: LikelyPair.objects.visible_to(user).open().with_names(), ("-score", "-found_at", "-id"), own_page,
        lambda row: f"Score {row.score} of 100", lambda row: f"{row.one} and {row.other}",
    ),
}  # fmt: skip


def checks_of(user):
    """What is looked for in the records of this user's team: {name: Check}."""
    return {name: check for name, check in CHECKS.items() if user.has_perm(check.permission)}
