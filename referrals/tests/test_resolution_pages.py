"""The lead's pages of resolutions: who reads how much, what is asked for, and the take-up by team."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.audit.models import Event
from referrals.models import Drug, Referral, Resolution

pytestmark = pytest.mark.django_db
SECRETS = {
    "place": "Corporation Street", "crime_reference": "20/1234/26", "acceptance": "It was only mine",
    "gravity_rationale": "A small bag", "gravity_score": 3, "stop_search_reference": "SS/99", "exhibit": "AB/1",
}  # fmt: skip


def text(response):
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def resolution(make_divert):
    return make_divert("accepted", signature="M10 10L20 20L30 30", **SECRETS).resolution


def test_the_lead_and_the_officer_read_all_of_it(signed_in, resolution, lead, officer):
    for user in (lead, officer):
        page = text(signed_in(user).get(resolution.get_absolute_url()))
        assert all(str(value) in page for name, value in SECRETS.items() if name != "gravity_score")
        assert "Board paper, paragraphs 22 and 23" in page
        assert 'd="M10 10L20 20L30 30"' in page
        shown = signed_in(user).get(f"/api/v1/resolutions/{resolution.pk}/").json()
        assert {name: shown[name] for name in SECRETS} == SECRETS
        assert shown["outcome_type"] == 8


def test_who_gives_the_help_reads_what_that_takes(signed_in, resolution, cranstoun_worker):
    client = signed_in(cranstoun_worker)
    for address in (resolution.get_absolute_url(), resolution.referral.get_absolute_url()):
        page = text(client.get(address))
        assert "Cannabis" in page
        assert "A 1:1 appointment with a drug worker, then the group course" in page
        assert not any(str(value) in page for name, value in SECRETS.items() if name != "gravity_score")
        assert "M10 10" not in page
    shown = client.get(f"/api/v1/resolutions/{resolution.pk}/").json()
    assert (shown["drug"], shown["offer"], shown["drug_class"]) == ("Cannabis", "course", "B")
    assert {shown[name] for name in (*SECRETS, "signature", "formal_outcome", "marks", "approval_why")} == {None}
    assert client.get("/referrals/resolutions/").status_code == 403


def test_a_signature_that_is_no_drawing_is_not_drawn(signed_in, make_divert, lead):
    resolution = make_divert("accepted", signature='M1 1"><script>alert(1)</script>').resolution
    page = text(signed_in(lead).get(resolution.get_absolute_url()))
    assert "<script>alert" not in page
    assert "tc-signature" not in page


def test_the_page_of_a_referral_has_its_resolution(signed_in, resolution, lead, officer, facilitator, make_referral):
    for user in (lead, officer):
        page = text(signed_in(user).get(resolution.referral.get_absolute_url()))
        assert resolution.get_absolute_url() in page
    other = make_referral("accepted")
    assert "The resolution" not in text(signed_in(facilitator).get(other.get_absolute_url()))


def test_a_referral_to_divert_is_found_by_its_pathway_and_may_be_redirected(signed_in, resolution, cranstoun_worker):
    client, referral = signed_in(cranstoun_worker), resolution.referral
    assert [row for row, _ in client.get("/referrals/?pathway=divert").context["rows"]] == [referral]
    assert client.get("/referrals/?pathway=o2r").context["rows"] == []
    page = text(client.get(referral.get_absolute_url()))
    assert f"{referral.get_absolute_url()}redirect/" in page
    assert "addiction" not in page  # it was not asked
    client.post(f"{referral.get_absolute_url()}redirect/", {"pathway": "o2r", "reason": "Steals to pay for it"})
    assert set(referral.offender.referrals.values_list("pathway", "status")) == {
        ("divert", "redirected"), ("o2r", "draft"),
    }  # fmt: skip


@pytest.fixture
def several(make_divert, make_user, police, lead):
    """One resolution that stands in each way, by what the filter calls it."""
    coventry = make_user("officer", police, police.units.get(name="Coventry", kind="lpa"))
    made = {
        "waiting": make_divert("accepted", gravity_score=3),
        "refused": make_divert("accepted", gravity_score=3, by=coventry),
        "not_engaged": make_divert("not_engaged"),
        "formal": make_divert("not_engaged"),
        "engaged": make_divert("engaged"),
        "marked": make_divert("completed", marks=["Supply was suspected"], is_supply_suspected=True),
    }
    made = {name: referral.resolution for name, referral in made.items()}
    made["refused"].refuse(by=lead, reason="Supply is suspected")
    said = {"formal_outcome": "charged", "formal_on": dt.date(2026, 3, 3), "formal_reason": "supply_suspected"}
    made["formal"].formalise(by=lead, **said)
    return made


def test_the_list_is_asked_for_what_is_to_be_done(signed_in, several, lead):
    client = signed_in(lead)

    def found(query, many=None):
        page = {row.pk for row, _ in client.get(f"/referrals/resolutions/?{query}").context["rows"]}
        api = {row["id"] for row in client.get(f"/api/v1/resolutions/?{query}").json()["results"]}
        assert {str(pk) for pk in page} == api
        return {name for name, one in several.items() if one.pk in page}

    assert found("") == set(several)
    assert found("stands=waiting") == {"waiting"}
    assert found("stands=refused") == found("stands=to_formalise") == {"refused"}
    assert found("stands=not_engaged") == {"not_engaged", "formal"}
    assert found("stands=formal") == {"formal"}
    assert found("stands=marked") == {"marked"}
    assert found("drug_class=A") == found("referred_from=2026-03-03") == found("kind=conditional") == set()
    assert found(f"from_unit={several['refused'].referral.from_unit_id}") == {"refused"}
    for asked in ("stands=lost", "drug_class=D", "colour=red", "sort=gravity", "from_unit=1"):
        assert client.get(f"/referrals/resolutions/?{asked}").status_code == 400
        assert client.get(f"/api/v1/resolutions/?{asked}").status_code == 400


def test_what_was_refused_needs_no_formal_outcome_twice(several, lead):
    several["refused"].formalise(
        by=lead, formal_outcome="cautioned", formal_on=dt.date(2026, 3, 3), formal_reason="supply_suspected"
    )
    assert not Resolution.objects.to_formalise().exists()


def test_the_take_up_counts_what_became_of_those_each_team_referred(signed_in, several, lead):
    client = signed_in(lead)
    context = client.get("/referrals/resolutions/take-up/?referred_from=2026-03-01&referred_to=2026-03-31").context
    teams = {team.name: team for team, _ in context["teams"]}
    ours, theirs, total = teams["Birmingham"], teams["Coventry"], context["total"]
    assert (ours.referred, ours.engaged, ours.share) == (5, 2, 40)
    assert (ours.waiting, ours.not_engaged, ours.refused, ours.formal) == (1, 2, 0, 1)
    assert (theirs.referred, theirs.engaged, theirs.share, theirs.refused) == (1, 0, 0, 1)
    assert (total.referred, total.engaged, total.share) == (6, 2, 33)
    behind = client.get(context["teams"][0][1])
    assert len(behind.context["rows"]) == 5
    api = client.get("/api/v1/resolutions/take_up/?referred_from=2026-03-01&referred_to=2026-03-31").json()
    assert [(row["name"], row["referred"], row["share"]) for row in api] == [
        ("Birmingham", 5, 40), ("Coventry", 1, 0), ("All teams", 6, 33),
    ]  # fmt: skip
    assert Event.objects.filter(verb="resolution.take_up", by=lead).count() == 2
    assert client.get("/referrals/resolutions/take-up/?unit=1").status_code == 400
    assert "Nobody was referred" in text(client.get("/referrals/resolutions/take-up/?referred_to=2020-01-01"))


def test_who_engaged_and_was_closed_early_did_engage(make_divert, signed_in, lead, cranstoun_worker):
    referral = make_divert("engaged")
    referral.close(by=cranstoun_worker, reason="Moved away")
    context = signed_in(lead).get("/referrals/resolutions/take-up/").context
    assert context["total"].engaged == 1
    again = make_divert("engaged")
    again.take_back(by=cranstoun_worker, reason="It was someone else")
    again.refresh_from_db()
    assert (again.status, again.engaged_on) == ("accepted", None)
    assert Referral.objects.get(pk=referral.pk).engaged_on


def test_a_sample_is_drawn_again_by_its_seed(signed_in, make_divert, make_more, lead):
    make_more(make_divert("accepted").offender, 19)
    client = signed_in(lead)

    def drawn(seed):
        return [row.pk for row, _ in client.get(f"/referrals/resolutions/sample/?seed={seed}").context["rows"]]

    first = drawn("abcd")
    assert len(first) == 10
    assert drawn("abcd") == first
    assert drawn("dcba") != first
    event = Event.objects.filter(verb="resolution.sample").order_by("id").first()
    assert (event.detail["seed"], event.detail["rows"]) == ("abcd", 10)
    assert len(event.offenders) == 10
    assert client.get("/referrals/resolutions/sample/").status_code == 400
    assert "sample/?seed=" in text(client.get("/referrals/resolutions/"))


@pytest.mark.parametrize(
    "address", ["/referrals/resolutions/", "/api/v1/resolutions/?size=100", "/referrals/resolutions/take-up/"]
)
def test_as_many_queries_for_one_row_as_for_fifty(signed_in, make_divert, make_more, lead, address, monkeypatch):
    monkeypatch.setattr("referrals.resolution_views.ResolutionList.size", 100)
    client, referral = signed_in(lead), make_divert("accepted", gravity_score=3)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    queries()
    for_one = queries()
    make_more(referral.offender, 49)
    assert queries() == for_one


def test_the_home_page_says_what_waits(signed_in, several, lead):
    page = text(signed_in(lead).get("/"))
    assert "Resolution to approve" in page
    assert "Gravity score 3" in page
    assert "Formal outcomes to record" in page


# the steps


def test_a_step_is_taken_on_its_page(signed_in, resolution, lead, officer):
    client, address = signed_in(lead), resolution.get_absolute_url()
    asked = client.get(f"{address}refuse/")
    assert "Gravity score 3" in text(asked)
    assert client.post(f"{address}refuse/").status_code == 422
    assert client.post(f"{address}refuse/", {"reason": "Not enough evidence"}).url == address
    resolution.refresh_from_db()
    assert (resolution.approval, resolution.referral.status) == ("refused", "withdrawn")
    assert client.post(f"{address}approve/").url == address  # too late
    assert signed_in(officer).get(f"{address}approve/").status_code == 403


def test_a_formal_outcome_says_when_and_why_and_that_divert_defers_nothing(signed_in, resolution, lead):
    client, address = signed_in(lead), f"{resolution.get_absolute_url()}formalise/"
    assert "Divert does not defer a prosecution" in text(client.get(address))
    said = {"formal_outcome": "charged", "formal_on": "2026-03-02", "formal_reason": "other", "reason": ""}
    for wrong in ({}, {"formal_on": "2026-03-01"}, {"formal_on": "2100-01-01"}, {"reason": "x" * 201}):
        assert client.post(address, said | wrong).status_code == 422
    assert client.post(address, said | {"reason": "A warrant was out"}).status_code == 302
    page = text(client.get(resolution.get_absolute_url()))
    assert "Charged, 2 March 2026" in page
    assert "Record a formal outcome" not in page


def test_the_api_takes_steps(signed_in, resolution, lead, cranstoun_worker):
    client, address = signed_in(lead), f"/api/v1/resolutions/{resolution.pk}/"
    assert client.get(address).json()["steps"] == ["approve", "refuse", "formalise"]
    taken = client.post(f"{address}approve/", {}, content_type="application/json")
    assert (taken.status_code, taken.json()["approval"]) == (200, "approved")
    assert client.post(f"{address}approve/", {}, content_type="application/json").status_code == 409
    assert client.post(f"{address}formalise/", {}, content_type="application/json").status_code == 400
    refused = signed_in(cranstoun_worker).post(f"{address}refuse/", {"reason": "x"}, content_type="application/json")
    assert refused.status_code == 403


def test_the_back_office_shows_it_to_the_side_that_recorded_or_oversees_it(
    signed_in, resolution, lead, make_user, cranstoun
):
    address = f"/admin/referrals/resolution/{resolution.pk}/change/"
    page = text(signed_in(lead).get(address))
    assert "Corporation Street" in page
    assert "Record a formal outcome" in page
    manager = signed_in(make_user("cranstoun_manager", cranstoun))
    assert manager.get(resolution.get_absolute_url()).status_code == 200
    assert manager.get(address).status_code == 302
    assert address not in text(manager.get("/admin/referrals/resolution/"))


def test_the_administrator_dates_the_law_and_rewrites_none_of_it(signed_in, make_user, police):
    client, cannabis = signed_in(make_user("administrator", police)), Drug.objects.on().get(name="Cannabis")
    address = f"/admin/referrals/drug/{cannabis.pk}/change/"
    page = client.get(address)
    assert set(page.context["adminform"].form.fields) == {"valid_to", "source", "is_assumption"}
    seen = {"seen": page.context["seen"]}
    end = {"valid_to": "2026-12-31", "source": "An order", "is_assumption": ""}
    assert client.post(address, end | seen).status_code == 302
    cannabis.refresh_from_db()
    assert (str(cannabis.valid_to), cannabis.drug_class) == ("2026-12-31", "B")
    new = {"name": "Cannabis", "drug_class": "C", "valid_from": "2026-12-31", "source": "An order"}
    overlapping = client.post("/admin/referrals/drug/add/", new)
    assert "has a class on some of these days already" in text(overlapping)
    assert client.post("/admin/referrals/drug/add/", new | {"valid_from": "2027-01-01"}).status_code == 302
    client.post(f"/admin/referrals/drug/{cannabis.pk}/delete/", {"post": "yes"})
    assert Drug.objects.filter(pk=cannabis.pk).exists()
