"""A spreadsheet of invented people, from which the report gives the board paper's Divert figures.

2,373 referrals from April to December 2022, 792 of them in the last three months; 2,646 in the year before. Of the
former 52 in a hundred live in Birmingham, 11 in Sandwell, 10 in Coventry, 6 outside the area; 90 are for cannabis; 68
attended the first appointment. Charges and cautions of the second half of 2019, 2021 and 2022 as paragraph 22 has them.
Around them what such spreadsheets hold besides: people referred again, gaps, and every way of writing a date.
Deterministic; with `parts` a fraction of each group, in the same shares.
"""

import csv
import datetime as dt
import io
import random

from referrals.booking.history.lines import COLUMNS

YEAR = (dt.date(2021, 4, 1), dt.date(2022, 3, 31))
NINE_MONTHS = (dt.date(2022, 4, 1), dt.date(2022, 12, 31))
LAST_QUARTER = (dt.date(2022, 10, 1), dt.date(2022, 12, 31))
HALVES = {2019: (674, 161), 2021: (198, 33), 2022: (259, 54)}  # charges and cautions, July to December

GIVEN = ["Aaron", "Beth", "Callum", "Devon", "Ellie", "Faisal", "Georgia", "Hamza", "Isla", "Jordan", "Kieran",
         "Leah", "Mason", "Nadia", "Oliver", "Paige", "Qasim", "Reece", "Sasha", "Tyrone", "Umar", "Violet", "Wesley",
         "Yasmin", "Zane"]  # fmt: skip
FAMILY = ["Adeyemi", "Barrow", "Chaudhry", "Dyson", "Eastwood", "Fellowes", "Grewal", "Hollis", "Irwin", "Jukes",
          "Kerr", "Lindo", "Mistry", "Nokes", "Oakley", "Parmar", "Quirke", "Rahman", "Stokes", "Tandy", "Upton",
          "Vernon", "Whitlock", "Yardley", "Zaman"]  # fmt: skip
ETHNICITIES = ["W1", "White British", "W9", "A2", "Indian", "B1", "African", "M1", "White & Asian", "Not Stated", ""]
UNITS = ["Birmingham East", "Birmingham West", "Coventry", "Dudley", "Sandwell", "Solihull", "Walsall",
         "Wolverhampton", "Force Response", "Force CID", "PPU", "CTLF", ""]  # fmt: skip
AREAS = {"Birmingham": 52, "Sandwell": 11, "Coventry": 10, "outside": 6, "Wolverhampton": 6, "Walsall": 5, "Dudley": 5,
         "Solihull": 3, "not known": 2}  # fmt: skip
DRUGS = {("Cannabis", "B", "92E"): 90, ("Cocaine", "A", "92D"): 6, ("MDMA", "A", "92D"): 2, ("Ketamine", "B", "92D"): 2}
REASONS = ["supply_suspected", "earlier_non_engagement", "declined", "aggravating", "other"]


def dealt(shares, number, chance):
    """As many of each as its share in a hundred of the number, in any order; the last has what is left."""
    cards = [what for what, share in shares.items() for _ in range(round(number * share / 100))]
    last = list(shares)[-1]
    while len(cards) < number:
        cards.append(last)
    while len(cards) > number:
        cards.remove(last)
    chance.shuffle(cards)
    return cards


def written(day, number):
    """As three hands write it."""
    return "" if day is None else [f"{day:%Y-%m-%d}", f"{day:%-d/%-m/%Y}", f"{day:%d/%m/%Y}"][number % 3]


def divert_rows(parts=1):
    """The lines as dicts of column and text: all of them, or a `parts`th of each group."""
    chance, rows = random.Random(2020), []
    nine, quarter, year = 2373 // parts, 792 // parts, 2646 // parts
    for (first, last), number in [
        ((NINE_MONTHS[0], LAST_QUARTER[0] - dt.timedelta(days=1)), nine - quarter), (LAST_QUARTER, quarter),
        (YEAR, year),
    ]:  # fmt: skip
        days = [first + dt.timedelta(days=n * ((last - first).days + 1) // number) for n in range(number)]
        rows += [{"day": day} for day in days]
    for group in (rows[:nine], rows[nine:]):
        areas, drugs = dealt(AREAS, len(group), chance), dealt(DRUGS, len(group), chance)
        engaged = dealt({"yes": 68, "no": 22, "": 10}, len(group), chance)
        for row, area, (substance, drug_class, code), attended in zip(group, areas, drugs, engaged, strict=True):
            row |= {"area": area, "substance": substance, "drug_class": drug_class, "offence_code": code}
            row["attended"] = attended
    rows.sort(key=lambda row: row["day"])
    rows = [_finished(number, row, chance) for number, row in enumerate(rows)]
    return [*rows, *_formal(rows, chance, parts)]


def _finished(number, row, chance):
    """The rest of one line. Every twentieth is someone who was referred before, and engaged."""
    day, person = row.pop("day"), number - 400 if number % 20 == 19 and number > 400 else number
    attended = "yes" if person != number and row["attended"] == "no" and not number else row["attended"]
    first = day + dt.timedelta(days=2 + number % 9)
    row |= {
        "reference": f"DV{person:05}",
        "given_names": GIVEN[person % 25],
        "family_name": FAMILY[(person // 25 + person * 7) % 25],
        "date_of_birth": written(dt.date(1975, 1, 1) + dt.timedelta(days=(person * 37) % 10_700), person),
        "sex": "F" if person % 8 == 0 else "M",
        "ethnicity": ETHNICITIES[person % 11],
        "officer_ethnicity": str(person % 7),
        "referred_on": written(day, number),
        "officer_collar": f"{20000 + number % 900}",
        "unit": UNITS[number % 13],
        "route": ["street", "street", "street", "custody", "other", ""][number % 6],
        "first_appointment_on": written(first, number) if attended or number % 2 else "",
    }
    if attended == "yes":
        course = first + dt.timedelta(days=14)
        by_course = row["drug_class"] != "A" and number % 5
        row["course_completed_on"] = written(course, number) if by_course else ""
        row["closed_as"] = "completed" if by_course or number % 5 == 0 else ["not_engaged", ""][number % 2]
    else:
        row["closed_as"] = ["not_engaged", "not_engaged", "withdrawn", "closed_early", "not_engaged"][number % 5]
    return row


def _formal(rows, chance, parts):
    """Formal outcomes of each half-year: on lines there are, and before Divert on lines of people charged then."""
    more = []
    for year, (charges, cautions) in HALVES.items():
        first = dt.date(year, 7, 1)
        outcomes = ["charged"] * (charges // parts) + ["cautioned"] * (cautions // parts)
        for number, outcome in enumerate(outcomes):
            told = {
                "formal_outcome": outcome,
                "formal_outcome_on": written(first + dt.timedelta(days=number * 184 // len(outcomes)), number),
                "formal_reason": REASONS[number % 5],
            }
            if year == 2019:
                more.append(_before(number, told, first + dt.timedelta(days=number * 184 // len(outcomes))))
            else:
                told["formal_outcome_on"] = written(first + dt.timedelta(days=183), number)
                half = [row for row in rows if _within(row, year) and "formal_outcome" not in row]
                half[number * 7919 % len(half)].update(told)
    return more


def _within(row, year):
    text = row["referred_on"]
    if "/" in text:
        day, month, of = map(int, text.split("/"))
    else:
        of, month, day = map(int, text.split("-"))
    return of == year and month >= 7 and dt.date(of, month, day) <= dt.date(year, 12, 31)


def _before(number, told, day):
    return {
        "reference": f"OLD{number:04}", "given_names": GIVEN[number % 25], "family_name": FAMILY[number // 25 % 25],
        "referred_on": written(day, number), "area": "Birmingham", "substance": "Cannabis", "drug_class": "B",
        "closed_as": "withdrawn",
    } | told  # fmt: skip


def as_csv(rows, columns=None, ending="\r\n"):
    """The bytes of a file of these rows; what a row does not name is empty."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns or list(COLUMNS), restval="", lineterminator=ending)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def write(path, parts=1):
    """The file, to bring in by the command; the whole of it takes minutes."""
    with open(path, "wb") as file:
        file.write(as_csv(divert_rows(parts)))
