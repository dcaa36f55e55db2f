"""What an auditor finds to do: reading to look into, and people who asked what is held about them."""

import datetime as dt

from django.utils import timezone

from offenders.alerts import rules
from offenders.alerts.models import Alert
from offenders.models import Offender
from offenders.subject_access.compile import compile_request
from offenders.subject_access.models import SubjectRequest
from partners.audit.models import Event


def read_oddly(facilitator, auditor):
    """A facilitator opened far more people than they work with. What else was read was looked into already."""
    people = list(Offender.objects.filter(is_restricted=False).order_by("pk")[:61])
    for person in people:
        Event.objects.shown("offender.view", [person], by=facilitator, subject=person)
    for alert in rules.look():
        if alert.rule not in (Alert.Rule.MANY, Alert.Rule.ROLES):
            alert.clear(by=auditor, note="Their own client; asked, and no relation")


def ask_what_is_held(cases, auditor):
    """One whose answer is late, one that is to be reviewed, one whose identity is to be confirmed."""
    today = timezone.localdate()
    late, reviewed, _ = (
        SubjectRequest.receive(
            case.offender, by=auditor, asked_on=today - dt.timedelta(days=ago), how=how, answer_to="The address we have"
        )
        for case, ago, how in zip(cases, (40, 9, 1), ("post", "email", "in_person"), strict=True)
    )
    late.identify(by=auditor, identity="Passport, and a letter to the address we have", on=late.asked_on)
    reviewed.identify(by=auditor, identity="Driving licence, seen at the desk", on=today - dt.timedelta(days=5))
    reviewed.compile(by=auditor)
    compile_request(reviewed.pk)
    if text := reviewed.lines.held().filter(what="Note").first():
        text.withhold(by=auditor, why="All of it is what a relative told us in confidence")
