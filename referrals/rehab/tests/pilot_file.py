"""A programme's spreadsheet of invented people, from which the report of the pilot's year gives the paper's row.

136 referrals from 1 July 2021 to 30 June 2022, 95 of them brought in or referred on; 27 people admitted, 1,108 days
in rehab, £155,637.00 not spent on drugs; by the end of 2022, 8 of the 27 abstinent and not offending. Around them what
such spreadsheets hold besides: other years, stays across the year's ends, a death, people who left early, gaps, and
every way of writing a date. Deterministic.
"""

import csv
import datetime as dt
import io
import itertools
import random
from decimal import Decimal

from referrals.rehab.history.lines import COLUMNS

START, END = dt.date(2021, 7, 1), dt.date(2022, 6, 30)
DAYS, SPEND = 1108, Decimal("155637.00")

GIVEN = ["Ama", "Ben", "Carys", "Dev", "Esther", "Femi", "Gwen", "Harjit", "Imran", "José", "Kath", "Liam", "Mina",
         "Niamh", "Omar", "Priya", "Rhys", "Siân", "Tariq", "Una"]  # fmt: skip
FAMILY = ["Abbott", "Begum", "Clarke", "D'Arcy", "Ellis", "Farah", "Gill", "Hughes", "Iqbal", "Jones-Reid", "Khan",
          "Lowe", "Mensah", "Nowak", "O'Neill", "Patel", "Quinn", "Rowley", "Singh", "Treharne"]  # fmt: skip
SEXES = ["male", "female", "M", "F", "1", "2", "", "Not known"]
ETHNICITIES = ["W1", "White British", "white british", "W2", "Other White", "A2", "Pakistani", "Indian", "A3", "B1",
               "Caribbean", "White & Black Caribbean", "M3", "O1", "Not Stated", "Ethnicity is unknown",
               ""]  # fmt: skip
AREAS = ["E08000025", "Birmingham", "Coventry", "E08000027", "Dudley", "Sandwell", "Solihull", "Walsall", "E08000031",
         "Wolverhampton", "Outside WMP area", "No fixed abode", "NFA", ""]  # fmt: skip
SENDERS = [("West Midlands Police", "Birmingham East"), ("WMP", "Coventry"), ("WMP", "Force CID"), ("", "Walsall"),
           ("Cranstoun", ""), ("CGL", ""), ("Change Grow Live", ""), ("Probation Service", ""), ("", "")]  # fmt: skip
STAFF = ["asha.bird@westmids.example", "colin.marsh@westmids.example", "ruth.okoro@westmids.example"]
HOUSES = ["Elm House", "Harbour View", "The Old Vicarage", ""]
# length of the stay within the year of each of the 27: they add up to the paper's days
LENGTHS = [84, 77, 70, 63, 60, 56, 56, 52, 50, 48, 45, 42, 42, 40, 40, 38, 35, 32, 30, 28, 28, 25, 21, 18, 14, 9, 5]


def day(date, number):
    """As two hands write it."""
    if date is None:
        return ""
    return [f"{date:%Y-%m-%d}", f"{date:%-d/%-m/%Y}", f"{date:%d/%m/%Y}"][number % 3]


def pilot_rows():
    """The lines as dicts of column and text."""
    chance, numbers = random.Random(2021), itertools.count(1)
    rows = []

    def refer(referred_on, **facts):
        number = next(numbers)
        agency, unit = SENDERS[number % len(SENDERS)]
        born = dt.date(1962, 1, 1) + dt.timedelta(days=chance.randrange(14_600))
        row = {
            "reference": f"O2R/{number:03}",
            "given_names": GIVEN[number % 20],
            "family_name": FAMILY[(number // 20 + number * 7) % 20],
            "date_of_birth": day(born, number) if number % 9 else "",
            "sex": SEXES[number % len(SEXES)],
            "ethnicity": ETHNICITIES[number % len(ETHNICITIES)],
            "area": AREAS[number % len(AREAS)],
            "referred_on": day(referred_on, number),
            "referred_by_agency": agency,
            "unit": unit,
            "facilitator_email": STAFF[number % 3] if number % 5 else "",
        } | {name: day(value, number) if isinstance(value, dt.date) else str(value) for name, value in facts.items()}
        rows.append(row)
        return row

    def within_the_year():
        return START + dt.timedelta(days=chance.randrange(365))

    for number, length in enumerate(LENGTHS):
        _admitted(refer, rows, number, length)
    for number in range(95 - 26):  # one of the 27 was referred before the year
        referred = within_the_year()
        decision = "brought_in" if number % 3 else "referred_on"
        assessed = referred + dt.timedelta(days=chance.randrange(1, 20))
        facts = {"daily_spend_gbp": "" if number % 4 else "£1,020.50" if number % 8 else "75"}
        if number % 6:
            facts |= {"assessed_on": assessed, "decided_on": assessed + dt.timedelta(days=number % 5)}
        refer(referred, decision=decision, **facts | ({} if number % 6 else {"daily_spend_gbp": ""}))
    for number in range(136 - 95):
        referred = within_the_year()
        decision = ["not_suitable", "withdrew", ""][number % 3]
        decided = referred + dt.timedelta(days=number % 30)
        refer(referred, decision=decision, decided_on=decided if decision and number % 2 else "")
    _around_the_year(refer)
    return rows


def _admitted(refer, rows, number, length):
    """One of the 27, with a stay of so many days within the year, and what came after."""
    admitted = START + dt.timedelta(days=12 * number)
    departed = admitted + dt.timedelta(days=length)
    last = END + dt.timedelta(days=1)
    if number == 26:  # still there when the year ends
        admitted, departed = last - dt.timedelta(days=length), last + dt.timedelta(days=40)
    referred = dt.date(2021, 5, 20) if number == 0 else max(START, admitted - dt.timedelta(days=20 + number % 3))
    assessed = min(referred + dt.timedelta(days=3), admitted)
    reason = ["completed", "Completed", "left early", "Left early", "asked_to_leave"][number % 5]
    move_on = ["dry_house", "Own tenancy", "Family or friends", "unknown", ""][number % 5]
    stays = [(admitted, departed, reason, move_on)]
    if number == 0:  # in rehab already when the year begins, and then elsewhere
        moved = START + dt.timedelta(days=4)
        stays = [(dt.date(2021, 6, 20), moved, "Moved to another unit", ""), (moved, departed, reason, move_on)]
    if number == 3:  # two stays of one person
        between = admitted + dt.timedelta(days=30)
        stays = [(admitted, between, "moved_unit", "another_rehab"),
                 (between, departed, "completed", "Supported housing")]  # fmt: skip
    if number == 5:
        stays = [(admitted, departed, "died", "Died")]
    if number == 7:
        stays = [(admitted, departed, "", "")]
    facts = {
        "assessed_on": assessed, "decision": "brought_in", "decided_on": min(assessed + dt.timedelta(days=2), admitted),
        "daily_spend_gbp": SPENDS[number],
    }  # fmt: skip
    row = refer(referred, **facts)
    for place, (arrived, left, why, onwards) in enumerate(stays):
        told = {
            "rehab_unit": HOUSES[(number + place) % 4], "admitted_on": day(arrived, number),
            "departed_on": day(left, number), "departure_reason": why, "move_on": onwards,
        }  # fmt: skip
        if place:
            rows.append({"reference": row["reference"]} | told)
        else:
            row |= told
            rows[-1] = row
    if number == 5:
        return
    weeks = [4, 12, 26] if number % 2 else [1, 4]
    for place, week in enumerate(weeks):
        last_one = place == len(weeks) - 1
        done = departed + dt.timedelta(weeks=week, days=number % 3)
        if done > dt.date(2022, 12, 31):
            done = dt.date(2022, 12, 31)
            week = ""
        well = number in (0, 1, 2, 4, 6, 8, 9, 10)  # the eight
        answers = {"abstinent": "yes", "offending": "no"}
        if last_one and not well:
            abstinent, offending = [("no", "no"), ("yes", "yes"), ("yes", "unknown"), ("", "no")][number % 4]
            answers = {"abstinent": abstinent, "offending": offending}
        elif not last_one and well and number % 2:
            answers = {"abstinent": "no", "offending": "yes"}
        told = {"followup_weeks": str(week), "followup_on": day(done, number), **answers}
        rows.append({"reference": row["reference"]} | told)
    if number == 11:  # relapsed, after what the paper could know
        late = {"followup_on": "14/2/2023", "abstinent": "N", "offending": "Unknown"}
        rows.append({"reference": row["reference"]} | late)
    if number == 12:  # assessed again after the stay
        again = {"assessed_on": day(departed + dt.timedelta(days=30), number), "daily_spend_gbp": "12.50"}
        rows.append({"reference": row["reference"]} | again)


def _around_the_year(refer):
    """What the year's report must not count: other years' referrals, and stays that ended before or began after."""
    early, late = dt.date(2021, 3, 1), dt.date(2022, 7, 4)
    refer(
        early, assessed_on=early, decision="brought_in", daily_spend_gbp="90", rehab_unit="Elm House",
        admitted_on=dt.date(2021, 4, 1), departed_on=START, departure_reason="completed", move_on="tenancy",
    )  # fmt: skip
    refer(
        late, assessed_on=late, decision="brought_in", decided_on=late, daily_spend_gbp="200", rehab_unit="Elm House",
        admitted_on=dt.date(2022, 8, 1), departed_on=dt.date(2022, 9, 30), departure_reason="hospital",
    )  # fmt: skip
    for number in range(10):
        refer(early + dt.timedelta(days=number * 12), decision=["brought_in", "withdrew", ""][number % 3])
        refer(late + dt.timedelta(days=number * 17), decision=["referred_on", "", "not_suitable"][number % 3])


def _spends():
    """Pounds a day of each of the 27: with their days they come to the paper's sum, to the penny."""
    spends = [Decimal(100 + 20 * (number % 5)) for number in range(len(LENGTHS))]
    left = SPEND - sum(spend * days for spend, days in zip(spends, LENGTHS, strict=True))
    for number in range(len(LENGTHS) - 1):  # spread what is left, then settle it on the stay of five days
        more = (left / DAYS).quantize(Decimal(1))
        spends[number] += more
    left = SPEND - sum(spend * days for spend, days in zip(spends, LENGTHS, strict=True))
    spends[-1] += left / LENGTHS[-1]
    return [f"{spend:.2f}" if number % 2 else f"£{spend:.2f}" for number, spend in enumerate(spends)]


SPENDS = _spends()


def as_csv(rows, columns=None, ending="\r\n"):
    """The bytes of a file of these rows; what a row does not name is empty."""
    columns = columns or list(COLUMNS)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", lineterminator=ending)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
