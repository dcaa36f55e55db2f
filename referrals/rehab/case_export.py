"""Cases as a file for a spreadsheet."""

from django.utils import timezone

from partners.frame.download import csv_response

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


def csv_of_cases(cases):
    rows = ([value(case) for value in COLUMNS.values()] for case in cases)
    return csv_response(f"caseload-{timezone.localdate()}", COLUMNS, rows)
