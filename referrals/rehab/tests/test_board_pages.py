"""The board: who is counted and who is named, what is late, what fits; places out of use by page and API."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from partners.audit.models import Event
from referrals.rehab.models import OutOfUse, RehabUnit

pytestmark = pytest.mark.django_db
BOARD = "/o2r/placements/board/"


def day(n):
    """So many days from today."""
    return timezone.localdate() + dt.timedelta(days=n)


def shown(client, **asked):
    """The board's context."""
    response = client.get(BOARD, asked)
    assert response.status_code == 200
    return response.context_data


def body(client, **asked):
    return " ".join(client.get(BOARD, asked).content.decode().split())


@pytest.fixture
def house(make_rehab_unit):
    return make_rehab_unit(name="Ash House", places=2)


@pytest.fixture
def keeper(make_user, house):
    return make_user("rehab_provider", house.agency, family_name="Keeper")


@pytest.fixture
def coming(house, make_placement, facilitator):
    """Someone who is expected in three days, for a week."""
    stay = make_placement("offered", unit=house, on=day(-1))
    stay.book(by=facilitator, expected_arrival=day(3), expected_departure=day(10))
    return stay


def test_each_day_says_in_words_what_is_free_and_who_comes_and_goes(house, coming, facilitator, sign_in):
    OutOfUse.objects.create(unit=house, places=1, valid_from=day(1), valid_to=day(4), reason="repairs")
    context = shown(sign_in(facilitator), first=day(0))
    (row,) = [row for row in context["rows"] if row.unit == house]
    said = [(cell.words, cell.notes) for cell in row.cells[:12]]
    assert said == [
        ("2 free", []), ("1 free", ["1 out of use"]), ("1 free", ["1 out of use"]),
        ("Full", ["1 arrives", "1 out of use"]), ("Full", ["1 out of use"]),
        *[("1 free", [])] * 5, ("2 free", []), ("2 free", []),
    ]  # fmt: skip
    assert row.next_free == day(5)
    named = {on: [line.stay for line in lines] for on, _, lines, _ in context["days"] if lines}
    assert named == {day(3): [coming]}


def test_who_stays_too_long_or_has_not_come_is_overdue(house, make_placement, facilitator, sign_in):
    here = make_placement("arrived", unit=house, on=day(-100))  # to leave twelve weeks later
    awaited = make_placement("booked", unit=house, on=day(-2))
    late = shown(sign_in(facilitator))["late"]
    assert [(line.stay, line.what, line.on) for line in late] == [
        (here, "leaves", day(-16)), (awaited, "arrives", day(-2))
    ]  # fmt: skip
    page = body(sign_in(facilitator))
    assert "was to leave Ash House on" in page
    assert "was to arrive at Ash House on" in page


def test_a_rehab_sees_its_own_units_and_names_whom_it_works_with(
    house, coming, keeper, provider, rehab_unit, sign_in, restrict, facilitator
):
    assert [row.unit for row in shown(sign_in(provider))["rows"]] == [rehab_unit]
    restrict(coming.offender, facilitator)
    page = body(sign_in(keeper), first=day(0))
    assert "1 arrives" in page
    assert "1 person whom you do not work with" in page
    assert str(coming.offender) not in page
    assert str(coming.offender) in body(sign_in(facilitator), first=day(0))


def test_the_next_place_that_fits(make_rehab_unit, house, coming, supervisor, sign_in):
    men = make_rehab_unit(name="Men's House", takes="men", has_detox=True, cannot_take=["arson"])
    women = make_rehab_unit(name="Women's House", takes="women", places=None)
    client = sign_in(supervisor)

    def fits(**asked):
        return [row.unit for row in shown(client, **asked)["fits"] if row.unit in (house, men, women)]

    assert fits() == [house, men]
    assert fits(whom="women") == [house]
    assert women in [row.unit for row in shown(client, whom="women")["rows"]]
    assert fits(detox="yes") == [men]
    assert fits(circumstances=["arson"]) == [house]
    RehabUnit.objects.filter(pk=house.pk).update(places=1)
    assert [row.next_free for row in shown(client, weeks="1")["fits"] if row.unit == house] == [day(10)]
    for wrong in ({"weeks": "0"}, {"weeks": "105"}, {"whom": "dogs"}, {"first": "yesterday"}, {"last": "2026-01-01"}):
        assert client.get(BOARD, wrong).status_code == 400, wrong
    assert "No unit is like that" in body(client, detox="yes", circumstances=["arson"])


def test_the_board_is_recorded_with_those_it_names(coming, facilitator, sign_in):
    sign_in(facilitator).get(BOARD, {"first": day(0)})
    event = Event.objects.get(verb="placement.board")
    assert (event.kind, event.offenders) == ("consultation", [coming.offender_id])
    assert Event.objects.filter(verb="board.list").exists()


def test_the_board_costs_the_same_for_one_and_fifty(coming, supervisor, sign_in, queries, make_more):
    urls = [f"{BOARD}?first={day(0)}", "/api/v1/rehab-board/", "/api/v1/out-of-use/"]
    client = sign_in(supervisor)
    OutOfUse.objects.create(unit=coming.unit, places=1, valid_from=day(0), reason="repairs")
    before = [queries(client, url) for url in urls]
    make_more(coming.offender, 49)
    for n in range(20):
        fields = {"agency": coming.unit.agency, "name": f"Another {n}", "places": 5, "valid_from": day(-9)}
        unit = RehabUnit.objects.create(**fields)
        OutOfUse.objects.create(unit=unit, places=1, valid_from=day(0), reason="repairs")
    assert [queries(client, url) for url in urls] == before


def test_the_api_has_the_board_without_names(house, coming, keeper, sign_in):
    (unit,) = sign_in(keeper).get("/api/v1/rehab-board/", {"first": day(3)}).json()["results"]
    assert unit["days"][0] == {
        "on": str(day(3)), "taken": 1, "out_of_use": 0, "free": 1, "too_many": 0, "arrive": 1, "leave": 0
    }  # fmt: skip
    assert (unit["next_free"], len(unit["days"])) == (str(day(3)), 14)
    assert sign_in(keeper).get("/api/v1/rehab-board/", {"weeks": "no"}).status_code == 400


OUT = {"places": "1", "reason": "repairs", "valid_from_day": "1", "valid_from_month": "3", "valid_from_year": "2030"}


def test_places_are_put_out_of_use_and_back_by_page(house, keeper, sign_in):
    client, url = sign_in(keeper), reverse("rehab:out_of_use_add", args=[house.pk])
    assert client.post(url, OUT | {"places": "0"}).status_code == 422
    ends = {"valid_to_day": "28", "valid_to_month": "2", "valid_to_year": "2030"}
    assert "The last day cannot be before the first" in client.post(url, OUT | ends).content.decode()
    full = client.post(url, OUT | {"places": "3"})
    assert full.status_code == 422
    assert "Ash House has 2 places, and 3 would be taken or out of use on 1 March 2030" in full.content.decode()
    assert client.post(url, OUT).url == BOARD
    row = OutOfUse.objects.get()
    change = reverse("rehab:out_of_use_change", args=[row.pk])
    assert 'value="2030"' in client.get(change).content.decode()
    assert client.post(change, OUT | {"places": "0"}).url == BOARD
    row.refresh_from_db()
    assert row.places == 0
    assert "None, now or to come" in body(client) or "0 places" in body(client)


def test_who_has_not_seen_a_change_is_asked_which(house, keeper, sign_in):
    client = sign_in(keeper)
    row = OutOfUse.add(house, by=keeper, places=1, valid_from=dt.date(2030, 3, 1), reason="repairs")
    change = reverse("rehab:out_of_use_change", args=[row.pk])
    seen = client.get(change).context_data["form"]["seen"].value()
    row.change(by=keeper, places=2)
    assert client.post(change, OUT | {"places": "0", "seen": seen}).status_code == 409
    row.refresh_from_db()
    assert row.places == 2


def test_places_are_put_out_of_use_and_back_by_api(house, keeper, sign_in):
    client = sign_in(keeper)

    def send(url, said, version=""):
        headers = {"If-Match": version, "Idempotency-Key": str(uuid.uuid4())}
        return client.post(url, said, content_type="application/json", headers=headers)

    said = {"unit": str(house.pk), "places": 1, "reason": "repairs", "valid_from": "2030-03-01"}
    assert send("/api/v1/out-of-use/", said | {"places": 3}).json()["detail"].startswith("Ash House has 2 places")
    made = send("/api/v1/out-of-use/", said)
    assert made.status_code == 201
    one = f"/api/v1/out-of-use/{made.json()['id']}/"
    read = client.get(one)
    del said["unit"]
    assert send(f"{one}change/", said | {"valid_to": "2030-04-01"}).status_code == 428
    changed = send(f"{one}change/", said | {"valid_to": "2030-04-02"}, read["ETag"])
    assert (changed.status_code, changed.json()["valid_to"]) == (200, "2030-04-02")


def test_the_back_office_says_why_a_unit_has_not_fewer_places(
    house, coming, make_placement, make_user, police, sign_in
):
    administrator = make_user("administrator", police)
    client, url = sign_in(administrator), reverse("admin:rehab_rehabunit_change", args=[house.pk])
    page = client.get(url)
    fields = page.context["adminform"].form.initial | {"places": 0, "seen": page.context["seen"]}
    fields |= {"out_of_use-TOTAL_FORMS": 0, "out_of_use-INITIAL_FORMS": 0}
    fields = {name: "" if value is None else value for name, value in fields.items()}
    page = client.post(url, fields, follow=True).content.decode()
    assert "Ash House has 0 places, and 1 would be taken or out of use on" in page
    house.refresh_from_db()
    assert house.places == 2
