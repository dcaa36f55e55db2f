"""What changed since: nothing too much, nothing too little, nothing too early."""

import threading
import uuid

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from offenders.models import Involvement, Offender
from partners.audit.models import Event
from partners.models import User
from partners.systems import changes
from partners.systems.changes import BEGINNING, KINDS, LAST, changes_since
from referrals.models import Referral

ADDRESS = "/api/v1/changes/"
# rows about people that a copy elsewhere has no part in: whom the force restricts, opens in an emergency, merges, keeps
# for how long, or tells what is held of them; and the lines of the timeline, which say what other rows say
LEFT_OUT = {
    "restriction", "emergency", "pair", "merge", "schedule", "hold", "subject-request", "subject-line", "entry",
}  # fmt: skip


def told(answer):
    return [(change["kind"], change["what"], change["id"]) for change in answer["results"]]


@pytest.fixture
def ask(signed_in):
    def ask(user, **params):
        answer = signed_in(user).get(ADDRESS, params)
        assert answer.status_code == 200, answer.json()
        return answer.json()

    return ask


@pytest.mark.usefixtures("all_is_settled")
def test_a_partner_is_told_of_its_own_rows_alone_and_of_each_change_once(
    ask, make_divert, make_referral, cranstoun_worker
):
    theirs, _another = make_divert("accepted"), make_referral()
    answer = ask(cranstoun_worker)
    of_it = [what for kind, what, pk in told(answer) if pk == str(theirs.pk)]
    assert of_it == ["referral.draft", "referral.submit", "referral.accept_booked"]
    assert ("offender", "offender.open", str(theirs.offender_id)) in told(answer)
    assert {change["address"] for change in answer["results"] if change["kind"] == "referral"} == {
        f"/api/v1/referrals/{theirs.pk}/"
    }
    people = {pk for event in Event.objects.filter(verb="change.list") for pk in event.offenders}
    assert people == {theirs.offender_id}, "the record says whose were shown"
    again = ask(cranstoun_worker, since=answer["cursor"])
    assert (again["results"], again["cursor"], again["more"]) == ([], answer["cursor"], False)
    theirs.engage(by=cranstoun_worker)
    news = told(ask(cranstoun_worker, since=answer["cursor"]))
    assert [(kind, what) for kind, what, _ in news if kind == "referral"] == [("referral", "referral.engage")]


@pytest.mark.usefixtures("all_is_settled")
def test_what_is_no_longer_theirs_is_not_told(ask, make_divert, cranstoun_worker):
    make_divert("accepted")
    assert told(ask(cranstoun_worker))
    Offender.objects.update(is_restricted=True)
    assert told(ask(cranstoun_worker)) == []


@pytest.mark.usefixtures("all_is_settled")
def test_pages_carry_on_where_the_last_one_stopped_and_now_begins_at_the_end(ask, make_divert, cranstoun_worker):
    make_divert("accepted")
    whole, pieces, cursor = told(ask(cranstoun_worker)), [], ""
    while True:
        answer = ask(cranstoun_worker, since=cursor, size=2)
        assert len(answer["results"]) <= 2
        pieces, cursor = pieces + told(answer), answer["cursor"]
        if not answer["more"]:
            break
    assert pieces == whole
    assert len(whole) > 4
    assert told(ask(cranstoun_worker, since="now")) == []


@pytest.mark.usefixtures("all_is_settled")
def test_what_is_not_theirs_is_gone_through_in_pieces_and_the_cursor_says_how_far(
    ask, make_divert, cranstoun_worker, monkeypatch
):
    make_divert("accepted")
    monkeypatch.setattr(changes, "READ_AT_ONCE", 3)
    Event.objects.bulk_create(
        Event(kind="alteration", verb="referral.amend", subject_type="referrals.referral", subject_id=str(uuid.uuid4()))
        for _ in range(7)
    )
    news, cursor, rounds = [], "", 0
    while (answer := ask(cranstoun_worker, since=cursor))["more"]:
        news, cursor, rounds = news + told(answer), answer["cursor"], rounds + 1
    assert rounds > 4
    assert "referral.accept_booked" in [what for _, what, _ in news]


@pytest.mark.usefixtures("all_is_settled")
def test_of_a_step_of_a_category_they_do_not_read_is_told_only_that_it_changed(
    ask, make_divert, cranstoun_worker, monkeypatch
):
    make_divert("accepted")
    hidden = {verb: step._replace(category="police") for verb, step in Referral.STEPS.items()}
    monkeypatch.setattr(Referral, "STEPS", hidden)
    what = {what for kind, what, _ in told(ask(cranstoun_worker)) if kind == "referral"}
    assert what == {"referral.draft", "referral.change"}


@pytest.mark.usefixtures("all_is_settled")
def test_that_someone_was_opened_is_told_to_whom_they_were_opened_alone(
    ask, make_divert, cranstoun_worker, make_case, cgl, cgl_worker, facilitator
):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    opened = ("offender", "offender.open", str(case.offender_id))
    assert told(ask(cgl_worker)).count(opened) == 1
    assert Involvement.objects.filter(offender=case.offender).count() > 1
    other = make_divert("accepted")
    assert ("offender", "offender.open", str(other.offender_id)) not in told(ask(facilitator))


@pytest.mark.django_db(transaction=True)
def test_a_change_is_not_told_before_what_began_earlier_is_committed(make_referral, facilitator, monkeypatch):
    """One that is committed after a later one would be passed over, were all told that there is to be seen."""
    referral, wrote, may_end = make_referral(), threading.Event(), threading.Event()
    person = referral.offender

    def slowly():
        by = User.objects.get(pk=facilitator.pk)
        with transaction.atomic():
            Event.objects.record("alteration", "offender.amend", by=by, subject=person, offenders=[person.pk])
            wrote.set()
            may_end.wait(30)
        connection.close()

    slow = threading.Thread(target=slowly)
    slow.start()
    try:
        assert wrote.wait(30)
        quick = Event.objects.record("alteration", "referral.amend", by=facilitator, subject=referral)
        before = changes_since(facilitator, BEGINNING, size=100)
        assert "referral.amend" not in [change.what for change in before.changes]
    finally:
        may_end.set()
        slow.join()
    assert before.cursor < (Event.objects.get(verb="offender.amend").transaction, quick.pk)
    monkeypatch.setattr(changes, "horizon", lambda: (LAST, LAST))  # other tests have transactions of their own
    after = changes_since(facilitator, before.cursor, size=100)
    assert [change.what for change in after.changes][-2:] == ["offender.amend", "referral.amend"]


@pytest.mark.usefixtures("all_is_settled")
def test_one_change_and_fifty_take_the_same_queries(signed_in, make_divert, make_more, cranstoun_worker):
    referral, client = make_divert("accepted"), signed_in(cranstoun_worker)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(ADDRESS).status_code == 200
        return len(asked)

    queries()
    one = queries()
    make_more(referral.offender, 49)
    Event.objects.bulk_create(
        Event(
            kind="alteration", verb="referral.amend", subject_type="referrals.referral", subject_id=str(row.pk),
            offenders=[row.offender_id],
        )
        for row in Referral.objects.all()
    )  # fmt: skip
    assert len(told(client.get(ADDRESS).json())) > 50
    assert queries() == one


@pytest.mark.usefixtures("all_is_settled")
def test_what_changed_is_read_from_its_index(officer, monkeypatch):
    """Among many events that are none of change: neither the table nor another index is walked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (at, kind, verb, by_id, role, purpose, subject_type, subject_id, offenders,"
            " reason, detail) SELECT now(), CASE n %% 10 WHEN 0 THEN 'alteration' ELSE 'consultation' END, 'case.rate',"
            " %s, '', '', 'rehab.case', gen_random_uuid(), '{}', '', '{}' FROM generate_series(1, 20000) n",
            [officer.pk],
        )
        cursor.execute("ANALYZE audit_event")
    middle = Event.objects.filter(kind="alteration").order_by("pk")[1500]
    with CaptureQueriesContext(connection) as asked:
        since = changes_since(officer, (middle.transaction, middle.pk), size=100)
    assert (since.changes, since.more) == ([], False)
    sql = next(query["sql"] for query in asked if "audit_event" in query["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "event_of_change" in plan, plan
    assert "Index Cond" in plan, plan


def test_rows_many_at_once_are_those_one_may_read_and_what_is_missing_is_gone(
    signed_in, make_divert, make_referral, cranstoun_worker
):
    theirs, other, gone = make_divert("accepted"), make_referral(), make_divert("accepted")
    client = signed_in(cranstoun_worker)
    asked = {"kind": "referral", "id": [str(row.pk) for row in (theirs, other, gone)]}
    found = client.get(f"{ADDRESS}rows/", asked).json()["results"]
    assert {row["id"] for row in found} == {str(theirs.pk), str(gone.pk)}
    assert "steps" not in found[0]
    assert set(Event.objects.get(verb="change.rows").offenders) == {theirs.offender_id, gone.offender_id}
    Offender.objects.filter(pk=gone.offender_id).update(is_restricted=True)
    found = client.get(f"{ADDRESS}rows/", asked).json()["results"]
    assert [row["id"] for row in found] == [str(theirs.pk)]


@pytest.mark.parametrize(
    "params",
    [
        {"since": "yesterday"}, {"since": "1-2-3"}, {"since": "-"}, {"size": "0"}, {"size": "101"}, {"size": "\u0661"},
        {"size": "0000000010"},
        {"size": "ten"}, {"from": "1-1"}, {"since": "999999999999999999-1"},
    ],
)  # fmt: skip
def test_what_is_no_cursor_is_refused_with_a_sentence(signed_in, facilitator, params):
    answer = signed_in(facilitator).get(ADDRESS, params)
    assert answer.status_code == 400
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize(
    "params",
    [
        {}, {"kind": "referral"}, {"kind": "restriction", "id": "1"}, {"kind": "referral", "id": "x"},
        {"kind": "alias", "id": "x"}, {"kind": "referral", "id": "1", "q": "Ann"},
        {"kind": "alias", "id": [str(n) for n in range(101)]},
    ],
)  # fmt: skip
def test_rows_of_what_is_no_kind_or_no_id_are_refused_with_a_sentence(signed_in, facilitator, params):
    answer = signed_in(facilitator).get(f"{ADDRESS}rows/", params)
    assert answer.status_code == 400
    assert answer.json()["detail"].endswith(".")


def test_rows_of_what_ones_role_has_no_part_in_are_none(signed_in, make_user, police, make_referral):
    referral = make_referral()
    answer = signed_in(make_user("auditor", police)).get(
        f"{ADDRESS}rows/", {"kind": "referral", "id": str(referral.pk)}
    )
    assert (answer.status_code, answer.json()) == (200, {"results": []})


def test_every_kind_has_its_address_and_every_row_about_a_person_is_a_kind():
    for label, kind in KINDS.items():
        assert hasattr(apps.get_model(label), "offender_id"), label
        assert reverse(f"api:{kind}-detail", args=[uuid.uuid4()])
        assert reverse(f"api:{kind}-list")
    _, api = get_resolver().namespace_dict["api"]
    missing = set()
    for pattern in api.url_patterns:
        view = getattr(pattern.callback, "cls", None)
        model = getattr(getattr(getattr(view, "serializer_class", None), "Meta", None), "model", None)
        name = (pattern.name or "").removesuffix("-detail")
        about_a_person = hasattr(model, "offender_id") and pattern.name.endswith("-detail")
        if about_a_person and model._meta.label_lower not in KINDS and name not in LEFT_OUT:
            missing.add(name)
    assert not missing, "Put them into KINDS of partners/systems/changes.py, or into LEFT_OUT here, with a reason."
