"""No message names anyone, nor says anything of them: every sender there is, with people whose texts are marked."""

import ast
import datetime as dt
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import models
from django.utils import timezone

from offenders.alerts.models import Alert
from offenders.documents.models import Document
from offenders.models import EmergencyAccess, Restriction
from partners.audit.models import Event
from partners.notices import digest
from partners.notices.hearing import prefer
from partners.notices.models import Notice
from partners.signin import second_step
from partners.signin.tasks import send_link
from partners.systems import ending
from partners.systems.models import Hook, System, Token
from referrals import allocation
from referrals.booking import messages
from referrals.escalation import escalate
from referrals.models import Cover, Deadline, Task
from referrals.oversight.telling import tell_of_approvals
from referrals.rehab import what_follows
from referrals.rehab.models import Action, ActionLink, Plan, Review

pytestmark = pytest.mark.django_db


def senders():
    """(file, function) of each place that writes a message."""
    found = set()
    for file in Path(settings.BASE_DIR).glob("*/**/*.py"):
        if "tests" in file.parts or not {"Notice.send"} & set(file.read_text().replace("(", " ").split()):
            continue
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.FunctionDef) and any(is_sending(node) for node in ast.walk(function)):
                found.add((str(file.relative_to(settings.BASE_DIR)), function.name))
    return found


def is_sending(node):
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "Notice.send"


@pytest.fixture
def heard(monkeypatch):
    """The senders that wrote a message."""
    heard, send = set(), Notice.send

    def listen(**fields):
        frame = sys._getframe(1)
        heard.add((str(Path(frame.f_code.co_filename).relative_to(settings.BASE_DIR)), frame.f_code.co_name))
        return send(**fields)

    monkeypatch.setattr(Notice, "send", listen)
    return heard


MARK = "Xylophone"
OURS = {"phone", "email", "url", "drug_class", "postcode", "exceed_why", "end_reason"}


def mark(*rows):
    """Write the mark into every text of these records."""
    for row in rows:
        texts = [
            field.name
            for field in row._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField)
            and not (field.choices or field.unique or field.primary_key or field.name in OURS)
            and (field.max_length or 99) >= len(MARK)
        ]
        type(row)._base_manager.filter(pk=row.pk).update(**dict.fromkeys(texts, MARK))
        row.refresh_from_db()
        assert MARK in {getattr(row, name) for name in texts}, row._meta.label


@pytest.fixture
def stay(make_placement, facilitator):
    stay = make_placement("arrived", on=timezone.localdate() - dt.timedelta(days=9))
    mark(stay, stay.case, stay.offender, stay.case.referral)
    return stay


def write_to_staff(stay, supervisor, facilitator, provider):
    """A concern, an early departure, an emergency access to review, and a task: each with marked words."""
    what_follows.raise_concern(stay, MARK, by=provider)
    stay.depart(by=provider, departure_reason="left_early")
    opened = EmergencyAccess(offender=stay.offender, user=facilitator, agency=stay.case.agency, reason=MARK)
    opened._tell_reviewers(by=facilitator)
    prefer({"task": "daily"}, by=facilitator)
    Task.add(
        stay.offender, by=supervisor, owner=facilitator, text=MARK, due_on=timezone.localdate(), matter=stay.case_id
    )


def write_of_supervision(case, supervisor, facilitator, colleague):
    """A review, someone who stands in, people given to another, and what waits for a second supervisor's word."""
    review = Review.begin(case, by=supervisor)
    said = dict.fromkeys(Review.ANSWERS, "yes") | {"found": MARK, "good": MARK}
    review.finish(by=supervisor, to_do=[(MARK, timezone.localdate())], **said)
    allocation.tell(facilitator, [case.referral_id], by=supervisor)
    days = {"first": timezone.localdate(), "last": timezone.localdate()}
    Cover.arrange(by=supervisor, absent=facilitator, covered_by=colleague, reason="leave", **days)
    Restriction.propose(case.offender, by=supervisor, what="restrict", reason=MARK)
    tell_of_approvals()


def write_of_odd_reading(reader, auditor):
    read = [Event.objects.shown("offender.view", [], by=reader, subject=reader)]
    agency = auditor.membership.agency_id
    Alert.found("many", user=reader, agency_id=agency, day=timezone.localdate(), events=read)


def write_to_someone_outside(stay, facilitator):
    domain = Plan.begin(stay.case, by=facilitator).domains.get(domain="housing")
    action = Action.add(domain, by=facilitator, partner=MARK, text=MARK, due_on=timezone.localdate())
    ActionLink.send(action, by=facilitator, email="outside@throughcare.example")


def write_of_deadlines(referral):
    mark(referral, referral.offender)
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    Deadline.objects.filter(referral=referral, status="running").update(
        set_on=yesterday - dt.timedelta(days=30), due_on=yesterday
    )
    escalate()


def write_of_tokens(administrator):
    system = System(agency=administrator.membership.agency, name="Carenotes", contact=MARK)
    Token.make(system.register(by=administrator, role="officer"), by=administrator, scope="read")
    Token.objects.update(expires_at=timezone.now() + dt.timedelta(days=5))
    ending.warn()
    hook = Hook(system=system, url="https://cgl.example/changes", kinds=["referral"]).begin(by=administrator)
    hook.pause(by=None, reason=MARK)


def write_of_files(case, facilitator):
    letter = Document.add(
        case.offender, by=facilitator, kind="letter", title=MARK, category="general", matters=[case.pk],
        content=b"Dear Sam", content_type="text/plain",
    )  # fmt: skip
    letter.refuse(found=MARK)


def write_of_signing_in(user, administrator):
    second_step.tell(user, "Your second step was taken away.", by=administrator)
    send_link(user=str(user.pk))


def write_about_appointments(appointment, worker):
    mark(appointment, appointment.offender, appointment.referral)
    for tell in (messages.booked, messages.missed, messages.engaged, messages.taken_back, messages.cancelled):
        tell(appointment, by=worker)
    messages.not_engaged(appointment.referral, by=worker, on=timezone.localdate())


def test_no_sender_says_anything_of_anyone(
    heard, stay, make_referral, make_appointment, make_user, supervisor, facilitator, provider, worker, monkeypatch
):
    write_to_staff(stay, supervisor, facilitator, provider)
    write_to_someone_outside(stay, facilitator)
    colleague = make_user("supervisor", facilitator.membership.agency, facilitator.membership.unit)
    write_of_supervision(stay.case, supervisor, facilitator, colleague)
    write_of_odd_reading(facilitator, make_user("auditor", facilitator.membership.agency))
    write_of_deadlines(make_referral())
    write_of_files(stay.case, facilitator)
    write_of_signing_in(facilitator, supervisor)
    write_of_tokens(make_user("administrator", facilitator.membership.agency))
    write_about_appointments(make_appointment("attended"), worker)
    monkeypatch.setattr(digest, "setting", lambda key: [0])
    digest.send_digests()
    for notice in Notice.objects.all():
        assert MARK.lower() not in f"{notice.subject} {notice.body}".lower(), notice.text
        for user in (notice.by, notice.for_user):
            assert user is None or user.family_name not in f"{notice.subject} {notice.text}", notice.text
    assert not senders() - heard, f"{senders() - heard} Senders that were not asked to write"
