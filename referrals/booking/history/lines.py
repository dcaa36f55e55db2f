"""The columns of Divert's spreadsheet."""

from django.db.models import TextChoices

from offenders.codes import OfficerEthnicity
from referrals.history.lines import PERSON, choice_of, day_of, text_of
from referrals.models import Resolution
from referrals.models.reference import DrugClass


class Answer(TextChoices):
    YES = "yes", "Yes"
    NO = "no", "No"


class ClosedAs(TextChoices):
    """What became of a referral that is over."""

    COMPLETED = "completed", "Completed"
    NOT_ENGAGED = "not_engaged", "Not engaged"
    WITHDRAWN = "withdrawn", "Withdrawn"
    CLOSED_EARLY = "closed_early", "Closed early"


def _known(text):
    return None if text.casefold() in {"not known", "unknown"} else text_of(60)(text)


COLUMNS = {
    "reference": text_of(45),
    **PERSON,
    "officer_ethnicity": choice_of(OfficerEthnicity, unknown=OfficerEthnicity.UNKNOWN),
    "area": _known,
    "referred_on": day_of,
    "officer_collar": text_of(12),
    "unit": text_of(120),
    "substance": _known,
    "drug_class": choice_of(DrugClass),
    "offence_code": text_of(60),
    "route": choice_of(Resolution.Route),
    "first_appointment_on": day_of,
    "attended": choice_of(Answer, also={"y": "yes", "n": "no"}),
    "course_completed_on": day_of,
    "closed_as": choice_of(ClosedAs),
    "formal_outcome": choice_of(Resolution.Formal),
    "formal_outcome_on": day_of,
    "formal_reason": choice_of(Resolution.FormalReason),
}
