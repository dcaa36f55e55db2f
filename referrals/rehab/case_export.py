"""Cases as a file for a spreadsheet."""

import csv

from django.http import HttpResponse
from django.utils import timezone

LARGEST = 5000
COLUMNS = {
    "Reference": lambda case: case.referral.reference,
    "Person": lambda case: str(case.offender),
    "Person's reference": lambda case: case.offender.reference,
    "Phase": lambda case: case.get_phase_display(),
    "Facilitator": lambda case: str(case.facilitator),
    "Risk": lambda case: case.get_risk_display(),
    "Decision": lambda case: case.get_decision_display(),
    "Opened on": lambda case: case.opened_on,
    "In rehab since": lambda case: case.in_rehab_since,
    "Last contact": lambda case: case.last_contact_at and timezone.localtime(case.last_contact_at).date(),
    "Next action": lambda case: case.next_action,
    "Due": lambda case: case.next_action_due,
    "Closed on": lambda case: case.closed_on,
}


def cell(value):
    """Text as text: what a spreadsheet would take for a formula gets an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def csv_of_cases(cases):
    response = HttpResponse(
        "\ufeff",  # without which Excel takes the names for another alphabet
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="caseload-{timezone.localdate()}.csv"'},
    )
    write = csv.writer(response).writerow
    write(COLUMNS)
    for case in cases:
        write([cell(value(case)) for value in COLUMNS.values()])
    return response
