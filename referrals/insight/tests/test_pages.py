"""Who may read the figures, by page, file, API and command, and who may open them."""

import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from offenders.models import Offender
from partners.audit.models import Event
from partners.models import Area
from referrals.insight import deadlines
from referrals.insight.measures import O2R_PILOT, O2R_SAVINGS

MARCH = {"from": "2022-03-01", "to": "2022-03-31"}
API = "/api/v1/reports/o2r_pilot/"
PAGES = [reverse("insight:programme"), reverse("insight:export"), API]


def march(day):
    return dt.date(2022, 3, day)


@pytest.fixture
def analyst(make_user, police):
    return make_user("analyst", police)


@pytest.fixture
def six_stays(make_stay, assess, make_offender):
    """Two stays of people from Birmingham, four of people from Coventry, in two different months."""
    for n in range(6):
        area = Area.objects.get(name="Birmingham" if n < 2 else "Coventry")
        person = make_offender(family_name=f"Markername{n}")
        stay = make_stay(march(20 + n % 2), march(25), area=area, offender=person)
        assess(stay.case, march(14), "100.10")


def open_as(client, user, address, **query):
    client.force_login(user)
    return client.get(address, query)


@pytest.mark.parametrize("address", PAGES)
def test_figures_are_for_those_who_may_read_them(address, client, officer, provider, facilitator, supervisor, analyst):
    for user in (officer, provider, facilitator):
        assert open_as(client, user, address, **MARCH).status_code == 403
    for user in (supervisor, analyst):
        assert open_as(client, user, address, **MARCH).status_code == 200


def test_only_who_may_open_figures_opens_them(client, analyst, officer, supervisor):
    asked = {"measure": "referrals", **MARCH}
    assert open_as(client, analyst, reverse("insight:cases"), **asked).status_code == 403
    assert open_as(client, officer, reverse("insight:cases"), **asked).status_code == 403
    assert open_as(client, supervisor, reverse("insight:cases"), **asked).status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_reading_figures_is_recorded(address, client, supervisor):
    open_as(client, supervisor, address, by="area", **MARCH)
    event = Event.objects.filter(verb__startswith="report.").get()
    assert (event.by, event.detail["asked"]) == (supervisor, {**MARCH, "by": "area"})


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2022-03-31", "to": "2022-03-01"},
        {"from": "yesterday", "to": "2022-03-01"},
        {"from": "2022-02-30", "to": "2022-03-01"},
        {"to": "2022-03-01"},
        {"from": "1900-01-01", "to": "2022-03-01"},
        {**MARCH, "as_of": "2999-01-01"},
        {**MARCH, "as_of": "2022-02-28"},
        {**MARCH, "by": "shoe_size"},
    ],
)
def test_what_cannot_be_asked_is_answered_with_a_sentence(query, client, supervisor):
    page, export, api = (open_as(client, supervisor, address, **query) for address in PAGES)
    assert (page.status_code, export.status_code, api.status_code) == (422, 400, 400)
    assert "There is a problem" in page.text
    assert api.json()["code"] == "invalid"
    with pytest.raises(CommandError):
        call_command("report", "o2r_pilot", *[f"--{k.replace('_', '-')}={v}" for k, v in query.items()])


@pytest.mark.parametrize("address", PAGES)
def test_unknown_parameters_are_refused(address, client, supervisor):
    assert open_as(client, supervisor, address, colour="red", **MARCH).status_code == 400


def test_the_page_without_a_period_shows_the_last_twelve_months(client, supervisor):
    assert open_as(client, supervisor, reverse("insight:programme")).status_code == 200


def test_the_pilot_s_page_says_why_its_product_is_not_the_paper_s(client, supervisor):
    said = "£466,928"
    assert (
        said
        in open_as(client, supervisor, reverse("insight:programme"), **{"from": "2021-07-01", "to": "2022-06-30"}).text
    )
    assert said not in open_as(client, supervisor, reverse("insight:programme"), **MARCH).text


def test_money_is_exact_by_command_and_by_api(client, supervisor, six_stays):
    out = io.StringIO()
    call_command("report", "o2r_pilot", "--from=2022-03-01", "--to=2022-03-31", "--json", stdout=out)
    rows = json.loads(out.getvalue(), parse_float=Decimal)
    assert rows == json.loads(open_as(client, supervisor, API, **MARCH).content, parse_float=Decimal)
    values = {row["measure"]: row["value"] for row in rows}
    assert str(values["drug_and_alcohol_spend_avoided"]) == "2702.70"
    assert values["rehab_days"] == 27
    call_command("report", "o2r_pilot", "--from=2022-03-01", "--to=2022-03-31", "--by=area", stdout=out)
    assert "Coventry" in out.getvalue()


def test_unknown_tables(client, supervisor):
    assert open_as(client, supervisor, "/api/v1/reports/nothing/", **MARCH).status_code == 404
    with pytest.raises(CommandError, match="There is no table “nothing”"):
        call_command("report", "nothing", "--from=2022-03-01", "--to=2022-03-31")


def test_a_figure_opens_to_the_people_behind_it_whom_the_reader_sees(client, supervisor, six_stays):
    restricted = Offender.objects.get(family_name="Markername2")
    Offender.objects.filter(pk=restricted.pk).update(is_restricted=True)
    asked = {"measure": "rehab_days", "by": "area", "key": "Coventry", **MARCH}
    page = open_as(client, supervisor, reverse("insight:cases"), **asked)
    assert [f"Markername{n}" in page.text for n in range(6)] == [False, False, False, True, True, True]
    event = Event.objects.get(verb="report.cases.list")
    assert len(event.offenders) == 3
    assert restricted.pk not in event.offenders
    whole = open_as(client, supervisor, API, **MARCH).json()
    assert next(row["value"] for row in whole if row["measure"] == "rehab_admissions") == 6  # all are counted


def test_every_figure_opens(client, supervisor, six_stays, make_stay):
    missing = make_stay(march(29), march(30)).offender
    for measure in O2R_PILOT:
        assert open_as(client, supervisor, reverse("insight:cases"), measure=measure.name, **MARCH).status_code == 200
    page = open_as(client, supervisor, reverse("insight:cases"), measure="missing_spend", **MARCH)
    assert missing.family_name in page.text
    assert "Markername" not in page.text


def test_what_opens_a_figure_must_be_known(client, supervisor):
    for asked in ({}, {"measure": "nothing"}, {"measure": "referrals", "by": "month"}, {"measure": "stays", "x": "1"}):
        assert open_as(client, supervisor, reverse("insight:cases"), **MARCH, **asked).status_code == 400


def test_an_analyst_sees_no_names_and_no_small_numbers(client, analyst, six_stays):
    year = {"from": "2021-04-01", "to": "2022-03-31"}
    for address in PAGES:
        for by in ("area", "month", "sex", "decision"):
            text = open_as(client, analyst, address, by=by, **year).content.decode()
            assert "Markername" not in text
            assert reverse("insight:cases") not in text
    rows = open_as(client, analyst, API, by="area", **year).json()
    assert {row["value"] for row in rows if row["unit"] not in ("percent",)} <= {"hidden", 0}  # 2 and 4 of 6
    for address in PAGES:
        assert open_as(client, analyst, address, by="facilitator", **year).status_code in (400, 422)


def test_an_analyst_s_small_totals_are_hidden(client, analyst, make_stay, assess):
    stay = make_stay(march(20), march(25))
    assess(stay.case, march(14), "123.45")
    rows = open_as(client, analyst, API, **MARCH).json()
    values = {row["measure"]: row["value"] for row in rows if row["unit"] != "percent"}
    assert values["rehab_admissions"] == "fewer than 5"
    assert {values["rehab_days"], values["drug_and_alcohol_spend_avoided"]} == {"hidden"}
    page = open_as(client, analyst, reverse("insight:programme"), **MARCH)
    assert "617" not in page.text
    assert "Hidden: too few people" in page.text


def test_the_page_asks_the_same_number_of_queries_for_more_people(
    client, supervisor, make_stay, django_assert_max_num_queries
):
    counts = []
    for people in (1, 8):
        for _ in range(people):
            make_stay(march(10), march(12))
        client.force_login(supervisor)
        with django_assert_max_num_queries(60) as queries:
            client.get(reverse("insight:programme"), {**MARCH, "by": "area"})
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_file_is_marked_and_has_the_paper_s_columns(client, supervisor, six_stays):
    response = open_as(client, supervisor, reverse("insight:export"), by="area", **MARCH)
    assert "OFFICIAL-SENSITIVE" in response["Content-Disposition"]
    head, first, *_ = response.content.decode().lstrip("\ufeff").splitlines()
    assert head == "measure,breakdown,period_start,period_end,value,unit"
    assert first.startswith("referrals,Birmingham,2022-03-01,2022-03-31,")


def test_no_figures_without_their_record(client, supervisor, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the record cannot be written")

    monkeypatch.setattr(type(Event.objects), "record", broken)
    client.raise_request_exception = False
    for address in PAGES:
        response = open_as(client, supervisor, address, **MARCH)
        assert response.status_code == 500
        assert b"rehab_days" not in response.content


def test_every_measure_is_explained_in_the_documentation(settings):
    text = " ".join((settings.BASE_DIR / "docs" / "measures.md").read_text().split())
    for measure in [*O2R_PILOT, *O2R_SAVINGS, *deadlines.O2R]:
        assert measure.name in text
        assert measure.sentence in text
