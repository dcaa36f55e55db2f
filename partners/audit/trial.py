"""The ten questions over very many events, to see that each is answered while someone waits."""

import datetime as dt
import time
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from offenders.models import Consent, Offender
from partners.models import Agency, Membership, User

from .questions import QUESTIONS, QuestionForm, ask

SLOW = 60  # seconds
USERS, PEOPLE, RESTRICTED, ON_A_PAGE = 200, 5000, 20, 25
SINCE = dt.date(2018, 1, 1)

# a year of work: of a hundred events ninety are readings, one in five of these a page of a list
EVENTS = """
    INSERT INTO audit_event (at, kind, verb, by_id, role, agency_id, purpose, subject_type, subject_id, offenders,
      reason, recipient_id, ip_address, detail)
    SELECT now() - n::float / %(rows)s * interval '365 days', kind,
      CASE kind WHEN 'consultation' THEN CASE WHEN is_list THEN 'offender.list' ELSE 'offender.view' END
        WHEN 'disclosure' THEN 'involvement.open' WHEN 'sign_in' THEN 'sign_in' WHEN 'refused' THEN '404'
        ELSE 'membership.change' END,
      (%(users)s::uuid[])[1 + mod(hashint4(n) & 65535, %(n_users)s)], 'facilitator', %(agency)s, 'supervision',
      '', CASE WHEN is_list THEN '' ELSE n::text END,
      CASE WHEN kind IN ('sign_in', 'refused', 'administration') THEN '{}'::uuid[]
        WHEN is_list THEN (%(people)s::uuid[])[at_page : at_page + %(last)s]
        ELSE (%(people)s::uuid[])[at_page : at_page] END,
      CASE kind WHEN 'administration' THEN 'Moved' ELSE '' END,
      CASE kind WHEN 'disclosure' THEN %(recipient)s::uuid END, ('10.0.0.' || mod(n, 250))::inet, '{}'
    FROM (
      SELECT n, mod(n, 5) = 0 AS is_list, 1 + mod(hashint4(-n) & 65535, %(n_people)s - %(last)s) AS at_page,
        CASE WHEN mod(n, 100) < 90 THEN 'consultation' WHEN mod(n, 1000) = 990 THEN 'disclosure'
          WHEN mod(n, 1000) = 991 THEN 'refused' WHEN mod(n, 10000) = 9992 THEN 'administration'
          ELSE 'sign_in' END AS kind
      FROM generate_series(1, %(rows)s) AS n
    ) AS what
"""


class Timing(NamedTuple):
    question: str
    seconds: float
    lines: int

    @property
    def is_slow(self):
        return self.seconds > SLOW

    def __str__(self):
        return f"{self.seconds:6.1f} s {self.lines:6} lines  {self.question}{'  SLOW' if self.is_slow else ''}"


def try_questions(rows, *, say=print):
    """Write so many events of a year, and yield a Timing of each question. On a database of its own."""
    began = time.monotonic()
    auditor, said = _make(rows)
    say(f"{rows:,} events of {USERS} users about {PEOPLE:,} people, written in {time.monotonic() - began:.0f} s")
    for name, question in QUESTIONS.items():
        form = QuestionForm({field: said[field] for field in question.asks}, question=question)
        assert form.is_valid(), form.errors
        began = time.monotonic()
        lines = ask(form, by=auditor)
        yield Timing(name, time.monotonic() - began, len(lines))


def _make(rows):
    agency, other = Agency.objects.get(short_name="WMP"), Agency.objects.get(short_name="CGL")
    users = User.objects.bulk_create(
        User(email=f"user{n}@throughcare.example", given_names="Ama", family_name=f"Number {n}") for n in range(USERS)
    )
    auditor = users[0]
    Membership.objects.create(user=auditor, agency=agency, role="auditor", valid_from=SINCE)
    people = Offender.objects.bulk_create(
        Offender(reference=f"PT{n:06}", given_names="Sam", family_name="One", recorded_by=auditor,
                 is_restricted=n < RESTRICTED)
        for n in range(PEOPLE)
    )  # fmt: skip
    keys = [row.pk for row in people]
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, {
            "rows": rows, "users": [row.pk for row in users], "n_users": USERS, "agency": agency.pk,
            "recipient": other.pk, "people": keys, "n_people": PEOPLE, "last": ON_A_PAGE - 1,
        })  # fmt: skip
        cursor.execute("ANALYZE")
    person, half_a_year = people[PEOPLE // 2], timezone.now() - dt.timedelta(days=183)
    Consent.objects.create(
        offender=person, purpose="sharing", agency=agency, by_agency=agency, answer="given", answered_on=SINCE,
        how="form", recorded_by=auditor, recorded_at=half_a_year, ended_at=half_a_year, withdrawn_by=auditor,
        withdrawn_how="phone", withdrawn_why="Changed their mind",
    )  # fmt: skip
    return User.objects.get(pk=auditor.pk), {
        "person": person.reference, "user": users[1].email, "agency": str(other.pk), "address": "10.0.0.97",
    }  # fmt: skip
