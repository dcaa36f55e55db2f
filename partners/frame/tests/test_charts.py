import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from itertools import pairwise

import pytest

from partners.frame.charts import bar_chart, figure, line_chart, ticks

MONTHS = ["Apr", "May", "Jun"]


def drawings(svgs):
    """The two drawings, which must be well-formed XML."""
    return list(ET.fromstring(f"<both>{svgs}</both>"))


@pytest.mark.parametrize(
    "rows",
    [[], [("None yet", 0)], [("Not known", None)], [("A", 1), ("B", Decimal("2.5")), ("C", None)], [("Below", -3)]],
)
def test_bars_of_anything_can_be_drawn(rows):
    for drawing in drawings(bar_chart(rows, "people", "People referred")):
        assert len(drawing.findall("rect")) == len(rows)
        assert all(float(rect.get("width")) >= 0 for rect in drawing.findall("rect"))


@pytest.mark.parametrize(
    ("labels", "series"),
    [
        ([], {}),
        (MONTHS, {}),
        (["Apr"], {"Referred": [3]}),
        (MONTHS, {"Referred": [0, 0, 0]}),
        (MONTHS, {"Referred": [None, None, None]}),
        (MONTHS, {"Referred": [1, None, Decimal("2.25")], "Engaged": [-1, 0, 4]}),
    ],
)
def test_lines_of_anything_can_be_drawn(labels, series):
    assert len(drawings(line_chart(labels, series, "people", "People a month"))) == 2


def test_a_chart_has_a_name_and_a_description_of_its_own():
    for drawing in drawings(bar_chart([("Cranstoun", 12), ("CGL", 20)], "people", "Most went to CGL")):
        assert drawing.get("role") == "img"
        title, said = drawing.find("title"), drawing.find("desc")
        assert drawing.get("aria-labelledby") == f"{title.get('id')} {said.get('id')}"
        assert title.text == "Most went to CGL"
        assert "The longest is CGL, 20." in said.text
    ids = re.findall(r' id="([^"]+)"', str(bar_chart([("A", 1)], "people", "One")))
    assert len(ids) == len(set(ids))


def test_a_chart_brings_no_style_and_no_script():
    for svgs in (bar_chart([("A", 1)], "%", "T"), line_chart(MONTHS, {"A": [1, 2, 3]}, "£", "T")):
        assert not re.search(r"style=|<style|<script| on\w+=", svgs)


def test_words_in_a_chart_are_escaped():
    evil = "<script>alert(1)</script>"
    for svgs in (bar_chart([(evil, 1)], evil, evil), line_chart([evil], {evil: [1]}, evil, evil)):
        assert "<script" not in svgs


def test_what_is_not_known_leaves_a_gap_in_the_line():
    wide, _ = drawings(line_chart(list("abcde"), {"Referred": [1, 2, None, 4, 5]}, "people", "A gap"))
    assert len(wide.findall("polyline")) == 2


def test_names_at_the_ends_of_lines_do_not_cover_each_other():
    wide, _ = drawings(line_chart(MONTHS, {f"Line {n}": [1, 2, 3] for n in range(5)}, "people", "Close"))
    heights = sorted(float(t.get("y")) for t in wide.findall("text") if t.get("class") == "tc-chart__value")
    assert all(below - above >= 19 for above, below in pairwise(heights))


def test_more_lines_than_colours_are_refused():
    with pytest.raises(ValueError, match="draw fewer"):
        line_chart(MONTHS, {str(n): [1, 2, 3] for n in range(7)}, "people", "Too many")


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (1250, "people", "1,250"),
        (Decimal("155637"), "£", "£155,637"),
        (Decimal("12.5"), "£", "£12.50"),
        (33.3333, "%", "33.3%"),
        (-2, "£", "-£2"),
        (None, "£", "not known"),
    ],
)
def test_figures_are_printed_with_their_unit(value, unit, printed):
    assert figure(value, unit) == printed


@pytest.mark.parametrize("values", [[1], [3, 7], [0.2, 0.4], [999_999], [-5, 5], [54, 18]])
def test_the_scale_holds_every_value(values):
    marks = ticks(values)
    assert marks[0] <= min([0, *values])
    assert marks[-1] >= max(values)
    assert 2 <= len(marks) <= 7
