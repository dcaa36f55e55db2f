"""Tables to take away: one place writes them, and no spreadsheet runs what is in them."""

import ast
import csv
import io

import pytest

from partners.frame.download import csv_response
from scripts.environment import ROOT

ROOMS = ("config", "offenders", "partners", "referrals")


@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\u200b", "\ufeff", "\x00"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])  # noqa: RUF001
def test_every_cell_that_a_spreadsheet_would_run_is_led_by_an_apostrophe(before, sign):
    said = f'{before}{sign}HYPERLINK("https://evil.example","x")'
    response = csv_response("people", [said, "Name"], [[said, "Sam"], [None, -5]])
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))
    assert rows == [[f"'{said}", "Name"], [f"'{said}", "Sam"], ["", "-5"]]


def test_a_cell_does_not_become_two():
    response = csv_response("people", ["a"], [['x","=1+1\r\n=2+2']])
    assert list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))[1:] == [['x","=1+1\r\n=2+2']]


def test_every_file_of_rows_is_written_in_one_place():
    wrong = []
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if "tests" in path.parts or path == ROOT / "partners/frame/download.py":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                named = isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "csv"
                if named and node.attr in ("writer", "DictWriter"):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("text/csv"):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not wrong, "\n".join(wrong)
