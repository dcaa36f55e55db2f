"""A small world with every relation in it, in which each text says who wrote it, of whom and of what kind.

Records, each one person and what became of them:

    worked      sent by the officer's unit to the O2R team; shared with CGL; in the rehab now
    ended       the same, over for longer than partners keep sight
    elsewhere   sent by an officer of another unit to another team; shared with another agency; in another rehab
    diverted    sent by the officer's unit to Cranstoun with a resolution; came to the first 1:1, and has another booked
    drafted     begun by the officer, not sent
    restricted  as worked, and restricted: the facilitator alone is named
    consented   as worked, and the person consents to the police reading what others hold
    withdrawn   the same, and the consent was withdrawn today
    lapsed      as worked, under an agreement that ended yesterday
    merged      as worked, and another record was made part of it, which was reviewed
    unreviewed  the same, to be reviewed; of the other record only the team knew
    opened      as elsewhere, sent from there too; ours who may have opened it in an emergency
"""

import datetime as dt
import itertools
import re
import uuid
from types import SimpleNamespace
from typing import NamedTuple

from django.utils import timezone

from offenders.alerts.models import Alert
from offenders.documents.models import Document
from offenders.duplicates import pair_of
from offenders.merge import merge, review
from offenders.models import Consent, EmergencyAccess, Involvement, NamedUser, Note, Offender, Restriction
from offenders.retention.models import Decision, Hold, Schedule
from offenders.retention.rules import count
from offenders.subject_access.compile import compile_request
from offenders.subject_access.models import SubjectRequest
from partners.audit.models import Event
from partners.models import AccessReview, Agency, Agreement, Area, Membership, Service, Setting, Unit, User
from partners.notices.models import Notice
from partners.roles import Category
from partners.signin.sso import Provider
from partners.systems.models import Delivery, Hook, System, Token
from referrals.booking import slots
from referrals.booking.models import Appointment, Availability, ContactAttempt, Intervention, Leave
from referrals.models import CalendarLink, Cover, Drug, Offence, Referral, Resolution, Task
from referrals.rehab.models import (
    Absence,
    Action,
    ActionLink,
    Assessment,
    Budget,
    Case,
    FollowUp,
    FollowUpAttempt,
    Funder,
    Funding,
    OutOfUse,
    Overspend,
    Placement,
    PlacementQuestion,
    Plan,
    Preparation,
    Progress,
    RehabUnit,
    Review,
    Sample,
    UnitCost,
)
from referrals.rehab.questions import Part, names_of

RECORDS = (
    "worked", "ended", "elsewhere", "diverted", "drafted", "restricted", "consented", "withdrawn", "lapsed", "merged",
    "unreviewed", "opened",
)  # fmt: skip
LONG_AGO = dt.date(2018, 1, 1)


class Canary(NamedTuple):
    """A text of this world: whose record it is in, who wrote it, what it belongs to, and its category."""

    record: str
    agency: str
    matter: str  # name, person, referral, case, placement, part, action (what the rehab is to do), team or record
    category: str


class World:
    """Users by actor, rows by kind and record, and every canary by its number."""

    def __init__(self):
        self.users, self.rows, self.canaries = {}, {}, {}
        self._number = itertools.count(100)
        self.today = timezone.localdate()

    def canary(self, record, agency, matter, category, *, short=False):
        """A text to write: cnry-104-worked-cgl-case-health, or only cnry-104 where there is no room."""
        number = next(self._number)
        self.canaries[number] = Canary(record, agency, matter, category)
        return f"cnry-{number}" if short else f"cnry-{number}-{record}-{agency}-{matter}-{category}"

    def canaries_in(self, text):
        """The canaries whose marks are in this text."""
        return {self.canaries[int(number)] for number in re.findall(r"cnry[-_ ]?(\d{3,})", text, re.IGNORECASE)}

    def keep(self, record, **rows):
        for kind, row in rows.items():
            self.rows.setdefault(kind, {})[record] = row

    def pk(self, kind, record):
        """The key of this kind of row in this record; of a row that was never there for "unknown"."""
        rows = self.rows[kind]
        if record in rows:
            return rows[record].pk
        if record != "unknown":
            return next(iter(rows.values())).pk
        return uuid.uuid4() if isinstance(next(iter(rows.values())).pk, uuid.UUID) else 999_999_999

    def days_ago(self, n):
        return self.today - dt.timedelta(days=n)

    def user(self, name, role=None, agency=None, unit=None):
        email, names = f"{name}@throughcare.example", {"given_names": "Ama", "family_name": name.title()}
        user = self.users[name] = User.objects.create_user(email.replace("_", "."), None, **names)
        if role:
            Membership.objects.create(user=user, agency=agency, unit=unit, role=role, valid_from=LONG_AGO)
        return user


def build():
    """The world, walked through the real steps."""
    world = World()
    _people_who_work_here(world)
    users = world.users
    funder = Funder.objects.create(name="A fund", kind="commissioner", valid_from=LONG_AGO)
    world.keep("any", unit_cost=UnitCost.objects.first())
    world.keep("any", funder=funder, budget=Budget.objects.create(funder=funder, year=2025, amount=1000))
    # the other team takes the referrals first, then ours does
    there = _service(world.other_police, world.other_team)
    hands = (users["other_officer"], users["other_facilitator"], users["other_treatment"], users["other_provider"])
    _o2r(world, "elsewhere", hands, world.other_house, began=200)
    _o2r(world, "opened", (users["sender_there"], *hands[1:]), world.other_house, began=200)
    there.delete()
    _service(world.police, world.team)
    hands = (users["officer"], users["facilitator"], users["cgl_worker"], users["rehab_provider"])
    _o2r(world, "ended", hands, world.house, began=1400, ended=True)
    _o2r(world, "worked", hands, world.house, began=200)
    _o2r(world, "restricted", hands, world.house, began=200)
    _message(world, "worked", by=users["officer"])
    for record, by in (("worked", "custody"), ("restricted", "custody"), ("elsewhere", "other_custody")):
        reason = world.canary(record, world.names[users[by].membership.agency], "emergency", "reason")
        emergency = EmergencyAccess.open(world.rows["offender"][record], by=users[by], reason=reason)
        world.keep(record, emergency=emergency)
    _restrict(world, "restricted", to=users["facilitator"])
    for record, by in (("worked", "second_supervisor"), ("elsewhere", "other_supervisor")):
        reason = world.canary(record, world.names[users[by].membership.agency], "restriction", "reason")
        restriction = Restriction.propose(world.rows["offender"][record], by=users[by], what="restrict", reason=reason)
        world.keep(record, restriction=restriction)
    for record in ("consented", "withdrawn", "lapsed", "merged", "unreviewed"):
        _o2r(world, record, hands, world.house, began=200)
    _consent(world, "consented", by=users["facilitator"])
    _consent(world, "withdrawn", by=users["facilitator"]).withdraw(
        by=users["facilitator"], how="phone", reason=world.canary("withdrawn", "wmp", "case", "reason")
    )
    _lapse(world, "lapsed")
    _divert(world, "diverted", users["officer"], users["cranstoun_worker"], on=world.days_ago(30))
    _referral(world, "drafted", users["officer"], pathway="o2r", on=world.days_ago(3))
    _covers(world)
    _two_of_one(world, users)
    review(_merge_into(world, "merged", "gone"), by=users["supervisor"])
    _merge_into(world, "unreviewed", "gone_unreviewed")
    for record in ("worked", "elsewhere", "diverted", "restricted"):
        _undelivered(world, record)
    for by in ("facilitator", "supervisor", "custody_officer"):
        EmergencyAccess.open(world.rows["offender"]["opened"], by=users[by], reason="Unwell in a cell")
    _kept(world)
    sample = Sample.draw(by=users["supervisor"], size=2)
    world.keep("any", sample=sample, carrier=users["facilitator"])
    world.keep("worked", **_asked_what_is_held(world))
    read = list(Event.objects.filter(kind=Event.Kind.COLLECTION, agency=world.police)[:3])
    world.keep(
        "any", alert=Alert.found("many", user=users["officer"], agency_id=world.police.pk, day=world.today, events=read)
    )
    world.keep("any", calendar=SimpleNamespace(pk=CalendarLink.make(by=users["facilitator"])))
    world.keep(
        "any", service=Service.objects.get(pathway="o2r"), event=Event.objects.filter(verb="referral.return").last()
    )
    return world


def _covers(world):
    """Of those of whom no list asks whose work it is: of the roles that the table tries, nobody's is another's."""
    for kind, absent, stands_in in (
        ("cover", "supervisor", "second_supervisor"), ("treatment_cover", "cranstoun_manager", "cranstoun_worker"),
    ):  # fmt: skip
        absent, stands_in = world.users[absent], world.users[stands_in]
        cover = Cover.arrange(
            by=absent, absent=absent, covered_by=stands_in, first=world.today, last=world.today, reason="leave"
        )
        world.keep("any", **{kind: cover})


def _message(world, record, *, by):
    """A message to the person, and the token that it came with, as if that were its key."""
    text, person = world.canary(record, "wmp", "case", "case"), world.rows["offender"][record]
    notice = Notice.send(key="a message", channel="sms", to="07700 900123", text=text, about=[person.pk], by=by)
    world.keep("any", stop=SimpleNamespace(pk=notice.stop_token))


def _asked_what_is_held(world):
    """The person asked the police, and all that they hold is brought together."""
    by, person = world.users["auditor"], world.rows["offender"]["worked"]
    asked = SubjectRequest.receive(person, by=by, asked_on=world.today, how="post", answer_to="Their home")
    asked.identify(by=by, identity="Passport")
    asked.compile(by=by)
    compile_request(asked.pk)
    held = asked.lines.held().filter(what="Note").first()
    return {"subject_request": asked, "subject_line": held}


def _undelivered(world, record):
    """A message about the person's referral that could not be sent."""
    referral = world.rows["referral"][record]
    notice = Notice.send(
        key=f"undelivered {record}", channel="sms", to="", text="Please ring us.", about=[referral.offender_id],
        matter=referral.pk, by=referral.referred_by,
    )  # fmt: skip
    world.keep(record, notice=notice)


def _two_of_one(world, users):
    """Likely pairs, each of the record's person and another; and a merge of two that the supervisor may review."""
    people = world.rows["offender"]
    world.keep("worked", pair=pair_of(people["worked"], people["ended"]))
    for record in set(world.rows["case"]) - {"worked"}:
        world.keep(record, pair=pair_of(people[record], people["worked"]))
    two = [Offender.add(by=users["facilitator"], given_names=name, family_name="Twice") for name in ("Jon", "John")]
    for offender in two:
        Referral.draft(by=users["facilitator"], offender=offender, pathway="o2r")
    done = merge(*two, choices={}, by=users["second_supervisor"], reason="One person, recorded twice")
    world.keep("any", merge=done)


def _merge_into(world, record, gone):
    """Another record of the same person, of whom the team alone knew, made part of this one."""
    by, names = world.users["facilitator"], [world.canary(record, "wmp", "name", "identity") for _ in range(2)]
    other = Offender.add(by=by, given_names=names[0], family_name=names[1])
    Referral.draft(by=by, offender=other, pathway="o2r")
    world.keep(gone, offender=other)
    kept = world.rows["offender"][record]
    return merge(kept, other, choices={}, by=world.users["second_supervisor"], reason="One person, recorded twice")


def _people_who_work_here(world):
    agency = Agency.objects.get
    world.police, world.cgl, world.cranstoun = (agency(short_name=name) for name in ("WMP", "CGL", "Cranstoun"))
    world.other_police = Agency.objects.create(name="Northshire Police", short_name="Northshire", kind="police")
    world.other_treatment = Agency.objects.create(name="Harbour Lights", kind="treatment")
    world.rehab = Agency.objects.create(name="Ashgrove", kind="rehab")
    world.other_rehab = Agency.objects.create(name="Meadowbank", kind="rehab")
    world.names = {
        world.police: "wmp", world.cgl: "cgl", world.cranstoun: "cranstoun", world.rehab: "rehab",
        world.other_police: "northshire", world.other_treatment: "harbour", world.other_rehab: "meadowbank",
    }  # fmt: skip
    world.team = Unit.objects.get(agency=world.police, kind=Unit.Kind.TEAM)
    world.other_team = Unit.objects.create(
        agency=world.other_police, name="Northshire rehab team", kind=Unit.Kind.TEAM, valid_from=LONG_AGO
    )
    birmingham, coventry = (
        Unit.objects.get(agency=world.police, kind="lpa", name=n) for n in ("Birmingham", "Coventry")
    )
    world.house = RehabUnit.objects.create(agency=world.rehab, name="Ash House", places=9, valid_from=LONG_AGO)
    world.other_house = RehabUnit.objects.create(agency=world.other_rehab, name="Mead", places=9, valid_from=LONG_AGO)
    out_of_use = OutOfUse.objects.create(unit=world.house, places=1, valid_from=LONG_AGO, reason="repairs")
    lead_team = Unit.objects.get(agency=world.police, name="Neighbourhood Justice Team")
    for name, role, agency, unit in (
        ("officer", "officer", world.police, birmingham),
        ("other_officer", "officer", world.police, coventry),
        ("custody_officer", "custody_officer", world.police, coventry),
        ("facilitator", "facilitator", world.police, world.team),
        ("supervisor", "supervisor", world.police, world.team),
        ("second_supervisor", "supervisor", world.police, world.team),
        ("other_supervisor", "supervisor", world.other_police, world.other_team),
        ("custody", "custody_officer", world.police, coventry),
        ("other_custody", "custody_officer", world.other_police, None),
        ("sender_there", "officer", world.other_police, None),
        ("resolution_lead", "resolution_lead", world.police, lead_team),
        ("cranstoun_worker", "cranstoun_worker", world.cranstoun, None),
        ("arrest_referral_worker", "arrest_referral_worker", world.cranstoun, None),
        ("cranstoun_manager", "cranstoun_manager", world.cranstoun, None),
        ("cgl_worker", "cgl_worker", world.cgl, None),
        ("other_treatment", "cgl_worker", world.other_treatment, None),
        ("rehab_provider", "rehab_provider", world.rehab, None),
        ("other_provider", "rehab_provider", world.other_rehab, None),
        ("throughcare_partner", "throughcare_partner", world.other_treatment, None),
        ("analyst", "analyst", world.police, None),
        ("auditor", "auditor", world.police, None),
        ("administrator", "administrator", world.police, None),
        ("other_facilitator", "facilitator", world.other_police, world.other_team),
        ("hatless", None, None, None),
    ):
        world.user(name, role, agency, unit)
    agreement = Agreement.objects.create(
        name="the O2R agreement", purpose="Throughcare", categories=list(Category), valid_from=LONG_AGO
    )
    agreement.agencies.set([world.police, world.cgl, world.cranstoun, world.rehab])
    there = Agreement.objects.create(
        name="the Northshire agreement", purpose="Throughcare", categories=list(Category), valid_from=LONG_AGO
    )
    there.agencies.set([world.police, world.other_police, world.other_treatment, world.other_rehab])
    provider = Provider.objects.create(
        agency=world.cgl, slug="cgl", issuer="https://127.0.0.1:9", client_id="throughcare", domains=["cgl.example"],
        valid_from=LONG_AGO,
    )  # fmt: skip
    review = AccessReview(agency=world.cgl)
    review.begin(by=world.users["administrator"])
    system = System(agency=world.cgl, name="A system", contact="The records team")
    system.register(by=world.users["administrator"], role="cgl_worker")
    token, _ = Token.make(system, by=world.users["administrator"], scope="read")
    world.keep("any", system=system, system_token=token)
    hook = Hook(system=system, url="https://cgl.example/changes", kinds=["referral"])
    hook.begin(by=world.users["administrator"])
    delivery = Delivery.objects.create(
        hook=hook, event=Event.objects.earliest("pk"), kind="referral", row=uuid.uuid4(), what="referral.accept"
    )
    world.keep("any", hook=hook, delivery=delivery)
    world.keep(
        "any", access_review=review, agency=world.cgl, unit=world.team, user=world.users["officer"],
        agreement=agreement, provider=provider, house=world.house, out_of_use=out_of_use,
        membership=world.users["officer"].membership, area=Area.objects.first(),
        setting=Setting.objects.first(),
    )  # fmt: skip


def _service(agency, unit):
    Service.objects.filter(pathway="o2r").delete()
    return Service.objects.create(agency=agency, unit=unit, pathway="o2r", valid_from=LONG_AGO)


def _referral(world, record, officer, *, pathway, on):
    def text(matter, category, **how):
        return world.canary(record, world.names[officer.membership.agency], matter, category, **how)

    offender = Offender.add(
        by=officer, given_names=text("name", "identity"), family_name=text("name", "identity"),
        date_of_birth=dt.date(1990, 3, 27), language=text("person", "identity"),
        phone=text("person", "identity", short=True), email=f"{text('person', 'identity', short=True)}@mail.example",
        access_needs=text("person", "identity"), safe_contact=text("person", "identity"),
    )  # fmt: skip
    alias = offender.aliases.create(given_names=text("person", "identity"), family_name=text("person", "identity"))
    number = offender.identifiers.create(kind="custody", value=text("person", "identity", short=True).upper())
    address = offender.addresses.create(
        lines=text("person", "identity"), postcode=text("person", "identity", short=True), valid_from=LONG_AGO,
        area_id="E08000025",
    )  # fmt: skip
    marker = offender.markers.create(kind="violent", detail=text("person", "police"), valid_from=LONG_AGO)
    referral = Referral.draft(
        by=officer, offender=offender, pathway=pathway, referred_on=on, funds_addiction=True, source="officer",
        area_id="E08000025", summary=text("referral", "case"),
    )  # fmt: skip
    world.keep(
        record, offender=offender, alias=alias, identifier=number, address=address, marker=marker, referral=referral
    )
    return referral


def _o2r(world, record, hands, house, *, began, ended=False):
    """From the referral to the rehab; and, where it ended, to the last follow-up and the closing."""
    officer, facilitator, treatment, provider = hands
    day, on = began, world.days_ago

    def text(writer, matter, category):
        return world.canary(record, world.names[writer.membership.agency], matter, category)

    def note(by, category, matters, matter):
        return Note.write(
            offender, by=by, kind="visit", category=category, matters=matters, text=text(by, matter, category),
            happened_at=timezone.now() - dt.timedelta(days=began - 25),
        )  # fmt: skip

    def document(by, category, matters, matter):
        """A letter whose title and file say the same as a note would."""
        return Document.add(
            offender, by=by, kind="letter", category=category, matters=matters, title=text(by, matter, category),
            content=text(by, matter, category).encode(), content_type="text/plain",
            happened_at=timezone.now() - dt.timedelta(days=began - 25),
        )  # fmt: skip

    referral = _referral(world, record, officer, pathway="o2r", on=on(day))
    offender = referral.offender
    referral.submit(by=officer)
    referral.return_(by=facilitator, reason=text(facilitator, "referral", "reason"), on=on(day))
    referral.submit(by=officer)
    referral.accept(by=facilitator, worker=facilitator, on=on(day - 2))
    case = Case.begin(referral, by=facilitator, on=on(day - 5))
    case.bring_in(by=facilitator, on=on(day - 8), reason=text(facilitator, "case", "reason"))
    case.share(by=facilitator, agency=treatment.membership.agency, co_worker=treatment, on=on(day - 9))
    assessments = []
    for by in (facilitator, treatment):
        texts = [name for name in names_of(Part.WHOLE) if name not in ("substances", "funded_by")]
        answers = {name: text(by, "case", "health") for name in texts}
        heroin = {"substance": "heroin", "daily_spend": "80.00"}
        assessments.append(Assessment.record(case, by=by, assessed_on=on(day - 10), substances=[heroin], **answers))
    begun = Assessment.begin(case, by=facilitator, part=Part.OFFENDING, on=on(day - 11))
    case.plan(by=facilitator, next_action=text(facilitator, "case", "case"), next_action_due=on(1))
    preparation = Preparation.arrange(
        case, by=treatment, kind="course", starts_on=on(day - 11), place=text(treatment, "case", "case")
    )
    refused = Placement.request(case, by=facilitator, unit=house, on=on(day - 12))
    refused.decline(by=provider, on=on(day - 13), reason=text(provider, "placement", "reason"))

    def live_in(first):
        """A stay that begins so many days after the referral."""
        stay = Placement.request(
            case, by=facilitator, unit=house, on=on(day - first), needs=text(facilitator, "placement", "health")
        )
        question = PlacementQuestion.ask(stay, by=provider, text=text(provider, "placement", "general"))
        question.answer(by=facilitator, answer_text=text(facilitator, "placement", "health"))
        stay.offer(by=provider, on=on(day - first))
        stay.book(by=facilitator, expected_arrival=on(day - first), on=on(day - first))
        stay.arrive(by=provider, on=on(day - first))
        progress = Progress.record(
            stay, by=provider, on=on(day - first - 7), engagement="poorly",
            text=text(provider, "placement", "general"), concern=text(provider, "placement", "general"),
        )  # fmt: skip
        left = timezone.now() - dt.timedelta(days=day - first - 8)
        away = Absence.record(stay, by=provider, kind="agreed", left_at=left, due_back=left + dt.timedelta(days=1))
        return stay, progress, question, away

    stay, progress, question, away = live_in(20)
    stay.depart(by=provider, departure_reason="left_early", move_on="hostel", on=on(day - 40))
    check, still_due, *_ = FollowUp.objects.filter(case=case).order_by("due_on")
    check.record(by=treatment, on=check.due_on, abstinent="yes", text=text(treatment, "case", "health"))
    attempt = FollowUpAttempt.record(
        still_due, by=facilitator, method="phone", result="no_answer", text=text(facilitator, "case", "general")
    )
    if not ended:
        case.refresh_from_db()
        stay, progress, question, away = live_in(60)
    supervisor = world.users["other_supervisor" if facilitator is world.users["other_facilitator"] else "supervisor"]
    asked = {"funder": world.rows["funder"]["any"], "asked": 100, "year": 2025}
    paid = Funding.ask(stay, by=facilitator, **asked)
    paid.agree(by=supervisor, agreed=100)
    notes = {
        "payment": paid.pay(by=supervisor, amount=50),
        "funding": Funding.ask(stay, by=facilitator, **asked),
        "overspend": Overspend.objects.create(
            placement=stay, up_to=9000, asked_by=facilitator, why=text(facilitator, "team", "police")
        ),
        "note": note(facilitator, "general", [case.pk], "case"),
        "own_note": note(facilitator, "general", [], "team"),
        "police_note": note(facilitator, "police", [case.pk], "case"),
        "health_note": note(treatment, "health", [case.pk], "case"),
        "safeguarding_note": note(treatment, "safeguarding", [case.pk], "case"),
        "treatment_note": note(treatment, "general", [], "team"),
        "stay_note": note(provider, "health", [case.pk, stay.pk], "placement"),
        "document": document(facilitator, "general", [case.pk], "case"),
        "own_document": document(facilitator, "general", [], "team"),
        "health_document": document(treatment, "health", [case.pk], "case"),
    }
    Consent.record(
        offender, by=treatment, purpose="treatment", agency=treatment.membership.agency, answer="given", how="form",
        answered_on=on(day), words=text(treatment, "case", "general"),
    )  # fmt: skip
    _planned(world, record, case, hands, text)
    task = Task.add(
        offender, by=facilitator, owner=facilitator, matter=case.pk, text=text(facilitator, "case", "case"),
        due_on=world.today,
    )  # fmt: skip
    case.refresh_from_db()
    review = Review.begin(case, by=supervisor)
    review.finish(
        by=supervisor, found=text(supervisor, "case", "police"), good=text(supervisor, "case", "police"),
        to_do=[(text(supervisor, "case", "police"), world.today)], **dict.fromkeys(Review.ANSWERS, "unsure"),
    )  # fmt: skip
    if ended:
        case.close(by=facilitator, outcome=text(facilitator, "case", "reason"), on=on(day - 100))
    world.keep(
        record, case=case, task=task, review=review, placement=stay, progress=progress, question=question,
        preparation=preparation, absence=away, follow_up=still_due, done_follow_up=check,
        attempt_to_follow_up=attempt, unfinished=begun, deadline=referral.deadlines.get(kind="assessment"),
        assessment=assessments[0], partner_assessment=assessments[1], allocation=case.allocations.first(),
        involvement=Involvement.objects.filter(matter=case.pk).first(), consent=offender.consents.first(),
        entry=offender.entry_set.filter(sentence="Referral sent").first(), **notes,
    )  # fmt: skip


def _planned(world, record, case, hands, text):
    """The throughcare plan, with something to do for the rehab, for treatment, and for someone outside by a link."""
    _, facilitator, treatment, provider = hands
    plan = Plan.begin(case, by=facilitator, goal=text(facilitator, "case", "general"))
    housing = plan.domains.get(domain="housing")
    housing.lead(by=facilitator, lead_agency=facilitator.membership.agency, aim=text(facilitator, "case", "general"))
    action, part = (
        Action.add(
            housing, by=facilitator, agency=who.membership.agency, text=text(facilitator, matter, "general"),
            due_on=world.today,
        )
        for who, matter in ((provider, "action"), (treatment, "part"))
    )  # fmt: skip
    Involvement.objects.filter(matter__in=[action.pk, part.pk]).update(valid_from=world.days_ago(200))
    asked = text(facilitator, "case", "general")
    asked = Action.add(housing, by=facilitator, partner="Roofs", text=asked, due_on=world.today)
    link = ActionLink.send(asked, by=facilitator, email="roofs@throughcare.example")
    world.keep(record, plan=plan, domain=housing, action=action, part=part, link=link)
    world.keep("any", token=SimpleNamespace(pk=link.token))


def _divert(world, record, officer, worker, *, on):
    """From the street to the first 1:1, written up; with another one booked."""

    def text(writer, matter, category):
        return world.canary(record, world.names[writer.membership.agency], matter, category)

    begun = timezone.now() - dt.timedelta(days=20)
    hours = {"mode": "phone", "starts": "00:00", "ends": "23:59", "valid_from": world.today}
    for weekday in range(7):
        row = Availability.add(by=world.users["cranstoun_manager"], worker=worker, weekday=weekday, **hours)
    first_day, last_day = (world.today + dt.timedelta(days=days) for days in (300, 301))
    leave = Leave.add(by=world.users["cranstoun_manager"], worker=worker, first=first_day, last=last_day)
    referral = _referral(world, record, officer, pathway="divert", on=on)
    resolution = Resolution.record(
        referral, by=officer, offence=Offence.objects.on().filter(kind="possession").first(), occurred_at=begun,
        place=text(officer, "referral", "case"), drug=Drug.objects.on().filter(drug_class="B").first(),
        is_own_use=True, is_supply_suspected=False, is_aggravating=False, accepts_responsibility=True, agrees=True,
        accepted_at=begun, acceptance=text(officer, "referral", "case"), gravity_score=1,
        appropriate_adult=text(officer, "referral", "case"),
    )  # fmt: skip
    referral.submit(by=officer)
    now, later = slots.free(world.cranstoun, worker=worker, limit=2)
    came = Appointment.book(referral, by=officer, slot=now)
    referral.accept_booked(by=officer, worker=worker)
    Appointment.objects.filter(pk=came.pk).update(starts_at=begun, ends_at=begun + dt.timedelta(minutes=30))
    came.refresh_from_db()
    came.record(by=worker, took_place=True, attended=True)
    intervention = Intervention.record(
        came, by=worker, how_it_went="well", agreed=text(worker, "referral", "health"), onward=["gp"],
        onward_detail=text(worker, "referral", "health"), concern=text(worker, "referral", "safeguarding"),
    )  # fmt: skip
    attempt = ContactAttempt.record(referral, by=worker, method="phone", result="reached")
    world.keep(
        record, resolution=resolution, appointment=Appointment.book(referral, by=worker, slot=later, kind="follow_up"),
        attended=came, intervention=intervention, attempt=attempt,
        deadline=referral.deadlines.get(kind="first_contact"),
    )  # fmt: skip
    world.keep(
        "any", availability=row, leave=leave, worker=worker, drug=resolution.drug, offence=resolution.offence
    )  # fmt: skip


def _restrict(world, record, *, to):
    offender = world.rows["offender"][record]
    NamedUser.objects.create(offender=offender, user=to, valid_from=world.days_ago(1), recorded_by=to)
    Offender.objects.filter(pk=offender.pk).update(is_restricted=True)


def _kept(world):
    """How long each one's records are kept; a legal hold on them, and a disposal that another proposed."""
    by = world.users["second_supervisor"]
    people = {record: world.rows["offender"][record] for record in RECORDS}
    count([person.pk for person in people.values()])
    made = {"by": by, "agency": by.membership.agency}
    for record, person in people.items():
        why = [world.canary(record, "wmp", "kept", "reason") for _ in range(3)]
        proposed = Decision(
            offender=person, people=[person.pk], what="dispose", status="proposed", group="other", due_on=world.today,
            why=why[0], **made,
        )  # fmt: skip
        proposed.save()
        hold = Hold.objects.create(offender=person, reference="Inquest 4", reason=why[1], **made)
        Schedule.objects.filter(pk=person.pk).update(chosen="serious", chosen_by=by, chosen_why=why[2])
        world.keep(record, schedule=person.schedule, decision=proposed, hold=hold)


def _consent(world, record, *, by):
    """To share with the police what others hold."""
    return Consent.record(
        world.rows["offender"][record], by=by, purpose="sharing", agency=world.police, answer="given", how="in_words",
        answered_on=world.days_ago(30), words=world.canary(record, "wmp", "case", "general"),
    )  # fmt: skip


def _lapse(world, record):
    """The agreement under which it was shared, by a force of whose record it was, is over."""
    opener = Agency.objects.create(name="Southshire Police", kind="police")
    over = Agreement.objects.create(
        name="an agreement that ended", purpose="Throughcare", categories=list(Category), valid_from=LONG_AGO,
        valid_to=world.days_ago(1),
    )  # fmt: skip
    over.agencies.set([opener, world.cgl, world.rehab])
    shared = Involvement.objects.filter(offender=world.rows["offender"][record]).exclude(agency=world.police)
    assert shared.update(opened_by=opener)
