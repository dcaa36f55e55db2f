"""Tables to take away, as CSV that no spreadsheet runs as a formula."""

import csv

from django.http import HttpResponse

# with the full-width signs that some spreadsheets read as these
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
UNSEEN = " \0\u00a0\u200b\u2060\ufeff"  # what a spreadsheet may pass over before it


def as_cell(value):
    """What is written for a value: text that a spreadsheet would run is led by an apostrophe, numbers stay."""
    if isinstance(value, str) and value.lstrip(UNSEEN).startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value


def csv_response(name, columns, rows):
    """A CSV file called `name`, UTF-8 as Excel wants it."""
    response = HttpResponse(
        "\ufeff", content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"},
    )  # fmt: skip
    write_csv(response, columns, rows)
    return response


def write_csv(file, columns, rows):
    """The heads of columns and the rows, into anything one can write to."""
    writer = csv.writer(file)
    writer.writerow([as_cell(column) for column in columns])
    writer.writerows([as_cell(value) for value in row] for row in rows)
