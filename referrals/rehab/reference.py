"""What the costs of crime are counted from to begin with: the administrators' from then on."""

import datetime as dt

from partners.models import Setting

from .models import UnitCost

PILOT, AFTER = dt.date(2021, 7, 1), dt.date(2022, 7, 1)
REPORT = "Home Office Research Report 99 (Heeks and others, July 2018)"
PAPER = "Board paper of 28 February 2023, paragraphs 33 to 35: £464,000 over 1,108 days in rehab"

# offence, pounds, price year, offences a day (low, central, high), from, to, source, whether it is an assumption
UNIT_COSTS = [
    (
        "Offences of all kinds, as in the pilot", "418.77", "not stated", (1, 1, 1), PILOT, dt.date(2022, 6, 30),
        f"{PAPER}. Which offences were counted, at what cost each, the paper does not print.", False,
    ),
    (
        "Offences of all kinds, as in the pilot", "418.77", "not stated", ("0.3705", 1, 1), AFTER, None,
        f"{PAPER}, taken to hold until it is worked out anew; low in the proportion of £52.05 to £140.47 a day.", True,
    ),
    ("Robbery", "11320", "2015/16", (0, 0, 0), PILOT, None, REPORT, False),
    ("Theft from a vehicle", "870", "2015/16", (0, 0, 0), PILOT, None, REPORT, False),
    ("Theft of a vehicle", "10290", "2015/16", (0, 0, 0), PILOT, None, REPORT, False),
    ("Violence with injury", "14050", "2015/16", (0, 0, 0), PILOT, None, REPORT, False),
    ("Burglary of a home", "5930", "2015/16", (0, 0, 0), PILOT, None, f"{REPORT}; not read there.", True),
    ("Theft from a person", "1380", "2015/16", (0, 0, 0), PILOT, None, f"{REPORT}; not read there.", True),
    (
        "Theft from a shop", "166", "2018", (0, 0, 0), PILOT, None,
        "Centre for Social Justice (2018): £6.3bn over 38m thefts. Not a Home Office figure.", True,
    ),
]  # fmt: skip


# pounds a year, from, to, source, whether it is an assumption
STAFF = [
    (279_000, PILOT, dt.date(2022, 6, 30), "Board paper of 28 February 2023, paragraph 35: the pilot's staff.", False),
    (279_000, AFTER, None, "As in the pilot, until the cost of the staff since then is entered.", True),
]


def load():
    """Enter those that are not there; what administrators changed stays as it is."""
    if not Setting.objects.filter(key=Setting.Key.STAFF_COST).exists():
        for pounds, since, until, source, is_assumption in STAFF:
            Setting.objects.create(
                key=Setting.Key.STAFF_COST, values=[pounds], valid_from=since, valid_to=until, source=source,
                is_assumption=is_assumption,
            )  # fmt: skip
    for offence, pounds, year, (low, central, high), since, until, source, is_assumption in UNIT_COSTS:
        UnitCost.objects.get_or_create(
            offence=offence, valid_from=since,
            defaults={
                "pounds": pounds, "price_year": year, "low": low, "central": central, "high": high,
                "valid_to": until, "source": source, "is_assumption": is_assumption,
            },
        )  # fmt: skip
