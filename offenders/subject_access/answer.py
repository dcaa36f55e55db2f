"""The answer: the reviewed lines as one paper and as data, with the law each agency holds them under."""

from itertools import groupby

from django.utils import timezone

from offenders.account import COMPLAIN, CORRECT, Account, Row, Section, as_json
from offenders.models import Involvement
from partners.audit.models import Event
from partners.frame.templatetags.frame import date_or

from .models import SubjectLine, regime_of

LEFT_OUT = (
    "Some words are left out, or told in part. This is where they are about other people, or where telling them could"
    " harm someone, or stop the police from doing their work."
)


def answer(request, *, by):
    """What is told, as sections; recorded as shown. Words that nobody decided on are not in it."""
    lines = list(request.lines.select_related("agency"))
    Event.objects.shown("subjectrequest.export", [request], by=by, subject=request, lines=len(lines))
    told = [line for line in lines if line.status != SubjectLine.Status.WITHHELD]
    sections = [
        Section(heading, [], [_row(line) for line in group])
        for heading, group in groupby(told, lambda line: line.section)
    ]
    opening = [
        f"You asked {request.agency.name} on {date_or(request.asked_on)} what it holds about you. This is the answer.",
        f"It holds this under {regime_of(request.agency)}.",
    ]
    if len(told) < len(lines) or any(line.status == SubjectLine.Status.REDACTED for line in lines):
        opening.append(LEFT_OUT)
    return Account(
        title="What we hold about you", name=str(request.person), reference=request.person.reference,
        made_on=timezone.localdate(), opening=opening,
        sections=[
            *sections, _others(request), Section("If something is wrong", CORRECT),
            Section("If you are not happy", COMPLAIN),
        ],
    )  # fmt: skip


def _row(line):
    said = [f"{label}: {words}" for label, words in line.facts] + line.said.splitlines()
    return Row(str(line), said or ["Nothing else is written in it that we tell."])


def _others(request):
    """Who else holds something, each to be asked for itself."""
    rows = Involvement.objects.filter(offender__in=request.person.all_ids).exclude(agency=request.agency_id)
    agencies = {row.agency for row in rows.select_related("agency")}
    told = [Row(agency.name, [f"It holds this under {regime_of(agency)}."]) for agency in sorted(agencies, key=str)]
    words = ["These organisations have, or had, a reason to hold something about you. Ask each of them for it."]
    return Section("Who else holds something", words if told else ["Nobody that we know of."], told)


def as_data(request, *, by):
    """The answer as plain dictionaries, for a program."""
    return as_json(answer(request, by=by)) | {"request": str(request.pk), "agency": request.agency.name}
