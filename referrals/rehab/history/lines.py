"""The columns of an O2R programme's spreadsheet."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from referrals.history.lines import PERSON, choice_of, day_of, text_of
from referrals.rehab.models import FollowUp, Placement
from referrals.rehab.workflow import Decision


def _pounds(text):
    if re.fullmatch(r"£? ?-.*|-.*", text):
        raise ValueError("Pounds a day cannot be less than nothing.")
    if not re.fullmatch(r"£? ?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]{1,2})?", text):
        raise ValueError("Write pounds a day as a number with at most two places, as in 140 or 62.50.")
    amount = Decimal(text.lstrip("£ ").replace(",", ""))
    if amount >= 1_000_000:
        raise ValueError("This is a million pounds a day or more.")
    return amount


def _weeks(text):
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > 520:
        raise ValueError("Write whole weeks after departure, from 0 to 520.")
    return int(text)


def _email(text):
    try:
        validate_email(text)
    except ValidationError:
        raise ValueError("This is not an e-mail address.") from None
    return text_of(254)(text.lower())


_answer = choice_of(FollowUp.Answer, unknown="unknown", also={"y": "yes", "n": "no"})

COLUMNS = {
    "reference": text_of(60),
    **PERSON,
    "area": text_of(60),
    "referred_on": day_of,
    "referred_by_agency": text_of(120),
    "unit": text_of(120),
    "assessed_on": day_of,
    "decision": choice_of(Decision, labels=False),
    "decided_on": day_of,
    "facilitator_email": _email,
    "daily_spend_gbp": _pounds,
    "rehab_unit": text_of(120),
    "admitted_on": day_of,
    "departed_on": day_of,
    "departure_reason": choice_of(Placement.Reason, unknown="unknown"),
    "move_on": choice_of(Placement.MoveOn, unknown="unknown"),
    "followup_weeks": _weeks,
    "followup_on": day_of,
    "abstinent": _answer,
    "offending": _answer,
}
