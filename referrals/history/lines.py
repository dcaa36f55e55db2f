"""The lines of a spreadsheet: each cell read as what its column holds, each that cannot be reported."""

import csv
import datetime as dt
import io
import re
from typing import NamedTuple

from django.utils import timezone

from offenders.codes import Ethnicity, Sex, ethnicity_code, sex_code


class Problem(NamedTuple):
    """Why a line cannot be taken: where, what it says, and a sentence."""

    line: int
    column: str
    value: str
    sentence: str

    def __str__(self):
        value = self.value if len(self.value) <= 80 else f"{self.value[:79]}…"
        where = f"Line {self.line}, {self.column}" if self.column else f"Line {self.line}"
        return f"{where}, “{value}”: {self.sentence}"


class Line(NamedTuple):
    """A line with its facts. A cell that is empty, or says that something is not known, has none."""

    number: int
    texts: dict  # as written
    facts: dict  # as read
    bad: frozenset  # columns whose cell could not be read

    def lacks(self, column):
        """Whether the cell is truly empty, not merely unreadable."""
        return column not in self.facts and column not in self.bad


# what a cell of each column may hold; each takes text, and raises ValueError with a sentence


def text_of(most):
    def read(text):
        if len(text) > most:
            raise ValueError(f"This is {len(text)} characters long. At most {most} can be kept.")
        if re.search(r"[\x00-\x1f\x7f-\x9f]", text):
            raise ValueError("This holds control characters, which cannot be kept. Type it again.")
        return text

    return read


def day_of(text):
    if found := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text):
        year, month, day = found.groups()
    elif found := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text):
        day, month, year = found.groups()
    else:
        raise ValueError("Write dates as 2021-07-31 or 31/7/2021.")
    try:
        read = dt.date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError("There is no such day in the calendar.") from None
    if read > timezone.localdate():
        raise ValueError("This day is in the future. Only what has happened can be brought in.")
    if read.year < 1900:
        raise ValueError("This day is before 1900.")
    return read


def coded(read, unknown, examples):
    """A code by `read`; the code for “not known” tells nothing."""

    def code(text):
        value = read(text)
        if value is None:
            raise ValueError(f"This is none of the codes or labels known. Write {examples}, or leave it empty.")
        return None if value == unknown else value

    return code


def choice_of(choices, *, labels=True, unknown=None, also=None):
    """One of these choices, by value or label in any case."""
    known = {value.casefold(): value for value in choices.values} | (also or {})
    if labels:
        known |= {label.casefold(): value for value, label in choices.choices}

    def read(text):
        if text.casefold() not in known:
            raise ValueError(f"Write one of {', '.join(choices.values)}, or leave it empty.")
        value = known[text.casefold()]
        return None if value == unknown else value

    return read


PERSON = {
    "given_names": text_of(120),
    "family_name": text_of(120),
    "date_of_birth": day_of,
    "sex": coded(sex_code, Sex.UNKNOWN, "male or female"),
    "ethnicity": coded(ethnicity_code, Ethnicity.UNKNOWN, "a code such as W1 or a label such as White British"),
}


def read_lines(data, columns, problems):
    """The lines of the file's bytes, which has these columns. What cannot be read is added to `problems`.

    `columns` is {name: what reads a cell of it}: text in, a value out, or a ValueError with a sentence.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        bad = data[error.start : error.start + 1]
        sentence = "This is not UTF-8. Save the spreadsheet as “CSV UTF-8” and try again."
        problems.append(Problem(number, "", bad.decode("latin-1"), sentence))
        return []
    rows = _rows(text, problems)
    first, header = next(rows, (1, []))
    if not _is_good(first, header, columns, problems):
        return []
    lines = []
    for number, cells in rows:
        if len(cells) != len(header):
            what = f"This line has {len(cells)} cells and the first has {len(header)}."
            problems.append(Problem(number, "", ",".join(cells), f"{what} Look for a comma too many, or a quote."))
        else:
            lines.append(_line(number, dict(zip(header, cells, strict=True)), columns, problems))
    return lines


def _rows(text, problems):
    """Each row that says anything, with the number of its first line; cells without needless space."""
    rows, number = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    try:
        for row in rows:
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells):
                yield number, cells
            number = rows.line_num + 1
    except csv.Error as error:
        problems.append(Problem(number, "", "", f"From here the file cannot be read as CSV: {error}."))


def _is_good(number, header, columns, problems):
    before = len(problems)
    for name in dict.fromkeys(header):
        if name not in columns:
            sentence = "There is no column of this name. Take it out, or correct its name."
            problems.append(Problem(number, name or "(no name)", name, sentence))
        elif header.count(name) > 1:
            problems.append(Problem(number, name, name, f"This column is here {header.count(name)} times."))
    for name in columns:
        if name not in header:
            problems.append(Problem(number, name, "", "This column is missing. It may be empty, but it must be there."))
    return len(problems) == before


def _line(number, texts, columns, problems):
    facts, bad = {}, set()
    for column, text in texts.items():
        try:
            value = columns[column](text) if text else None
        except ValueError as error:
            problems.append(Problem(number, column, text, str(error)))
            bad.add(column)
        else:
            if value is not None:
                facts[column] = value
    if not texts["reference"]:
        sentence = "Every line needs the reference that the programme gave it."
        problems.append(Problem(number, "reference", "", sentence))
        bad.add("reference")
    return Line(number, texts, facts, frozenset(bad))
