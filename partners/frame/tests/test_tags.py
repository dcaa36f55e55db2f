import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from partners.frame.templatetags.frame import date_or, linked, moment, pounds


def rendered(source, address="/", **context):
    context["request"] = RequestFactory().get(address)
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("clock", "words"),
    [("09:00", "9am"), ("13:06", "1:06pm"), ("12:00", "midday"), ("00:30", "12:30am")],
)
def test_a_moment_is_told_on_the_clock_of_the_place(clock, words):
    hour, minute = map(int, clock.split(":"))
    summer = dt.datetime(2026, 7, 1, hour, minute, tzinfo=timezone.get_default_timezone())
    assert moment(summer.astimezone(dt.UTC)) == f"1 July 2026 at {words}"


def test_a_day_without_a_time_is_told_without_one():
    day = dt.datetime(2026, 7, 1, tzinfo=timezone.get_default_timezone())
    assert moment(day.astimezone(dt.UTC)) == "1 July 2026"
    assert moment(day.replace(second=30)) == "1 July 2026 at midnight"


def test_no_date_is_said_in_words():
    assert date_or(None) == "Not known"
    assert date_or(dt.date(1990, 3, 27)) == "27 March 1990"


@pytest.mark.parametrize(
    ("value", "words"),
    [(Decimal("1250.50"), "£1,250.50"), (Decimal("20.00"), "£20"), (-3, "-£3"), (0, "£0"), (None, "")],
)
def test_pounds_are_exact(value, words):
    assert pounds(value) == words


def test_a_changed_query_keeps_the_rest_and_starts_from_the_first_page():
    assert rendered("{% with_query phase='rehab' %}", "/?q=Jon&after=7&phase=old") == "?q=Jon&amp;phase=rehab"
    assert rendered("{% with_query phase=None %}", "/?q=Jon&phase=old") == "?q=Jon"


def test_a_column_sorts_both_ways_and_says_which():
    column = "{% sort_link 'name' 'Name' %}"
    assert "aria-sort" not in rendered(column)
    assert 'aria-sort="ascending"' in rendered(column, "/?sort=name")
    assert "?sort=-name" in rendered(column, "/?sort=name")
    assert 'aria-sort="descending"' in rendered(column, "/?sort=-name")
    assert "?sort=-name" not in rendered(column, "/?sort=name", view=SimpleNamespace(orders={"name": ("name",)}))


def test_an_address_of_ours_is_linked_in_words_and_no_other(settings):
    text = f"Read <it> ({settings.SITE_URL}/tasks/?a=1&b=2). Or https://elsewhere.example/page, then."
    assert linked(text) == (
        f'Read &lt;it&gt; (<a class="govuk-link" href="{settings.SITE_URL}/tasks/?a=1&amp;b=2">Open the page</a>). '
        'Or <a class="govuk-link" href="https://elsewhere.example/page">https://elsewhere.example/page</a>, then.'
    )
