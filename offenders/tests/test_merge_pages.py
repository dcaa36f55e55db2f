"""Likely pairs and merges, by page and API: who sees them, what is asked, where merged addresses lead."""

import pytest

from offenders.models import LikelyPair, Merge, Offender
from partners.audit.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(make_offender, make_referral, supervisor):
    for names in ({"given_names": "John", "family_name": "Smith"}, {"given_names": "Jon", "family_name": "Smyth"}):
        make_referral(offender=make_offender(phone="07700 900123", **names))
    return LikelyPair.objects.get()


@pytest.fixture
def merged(pair, signed_in, supervisor):
    assert signed_in(supervisor).post(pair.get_absolute_url(), {"reason": "Same phone"}).status_code == 302
    return Merge.objects.get()


def test_queue_shows_pairs_of_whom_the_user_sees_both(pair, signed_in, supervisor, facilitator, make_offender):
    page = signed_in(supervisor).get("/people/pairs/")
    assert [row.pk for row in page.context["page"].rows] == [pair.pk]
    assert b"The same phone number" in page.content
    event = Event.objects.filter(verb="likelypair.list").latest("pk")
    assert set(event.offenders) == {pair.one_id, pair.other_id}
    make_offender(given_names="John", family_name="Smith", phone="07700 900123")  # nobody is involved with them yet
    assert signed_in(supervisor).get("/people/pairs/").context["total"] == 1
    Offender.objects.filter(pk=pair.one_id).update(is_restricted=True)
    page = signed_in(supervisor).get("/people/pairs/")
    assert (page.context["page"].rows, page.context["total"]) == ([], 0)
    assert signed_in(supervisor).get(pair.get_absolute_url()).status_code == 404
    assert signed_in(facilitator).get("/people/pairs/").status_code == 403
    assert signed_in(supervisor).get("/people/pairs/?state=merged").status_code == 400


def test_filters(pair, signed_in, supervisor):
    client = signed_in(supervisor)
    asked = {"alike=phone": 1, "alike=number": 0, "alike=phone&alike=born": 1, "state=different": 0}
    for query, count in asked.items():
        assert client.get(f"/people/pairs/?{query}").context["total"] == count, query


def test_side_by_side_proposes_the_likelier_and_merges(pair, signed_in, supervisor, second_supervisor):
    one, other = pair.one, pair.other
    Offender.objects.filter(pk=other.pk).update(email="jon@mail.example", standing={"given_names": "verified"})
    client, url = signed_in(supervisor), pair.get_absolute_url()
    page = client.get(url)
    form = page.context["form"]
    assert {"Gender", "Addresses"} <= set(page.context["unknown"])
    assert {"Phone", "Email"} <= {label for label, *_ in page.context["facts"]}
    assert (form["email"].initial, form["given_names"].initial) == ("other", "other")
    page = client.post(url, {"reason": ""})
    assert page.status_code == 422
    assert b"There is a problem" in page.content
    chosen = {"leads": "one", "given_names": "one", "family_name": "other", "email": "other", "reason": "Same phone"}
    page = client.post(url, chosen, follow=True)
    done = Merge.objects.get()
    assert page.redirect_chain == [(done.get_absolute_url(), 302)]
    kept = Offender.objects.get(pk=one.pk)
    assert (kept.given_names, kept.family_name, kept.email) == (one.given_names, other.family_name, "jon@mail.example")
    assert {str(alias) for alias in kept.aliases.all()} == {str(one), str(other)}
    again = client.post(url, chosen, follow=True)
    assert "These two records were merged already." in again.text
    assert client.post(f"{done.get_absolute_url()}review/").status_code == 403
    reviewer = signed_in(second_supervisor)
    assert reviewer.get("/").text.count("Merge to review") >= 1
    assert reviewer.get(f"{done.get_absolute_url()}review/").status_code == 200
    assert reviewer.post(f"{done.get_absolute_url()}review/").url == done.get_absolute_url()
    done.refresh_from_db()
    assert done.reviewed_by == second_supervisor


def test_who_was_overtaken_looks_again(pair, signed_in, supervisor):
    from offenders import amend

    client, url = signed_in(supervisor), pair.get_absolute_url()
    seen = client.get(url).context["form"]["seen"].initial
    amend.amend(pair.one, {"given_names": "Jonathan"}, by=supervisor, reason="Passport")
    page = client.post(url, {"reason": "Same phone", "seen": seen})
    assert page.status_code == 422
    assert "amended while you were at it" in page.text
    seen = page.context["form"]["seen"].value()
    assert client.post(url, {"reason": "Same phone", "seen": seen}).status_code == 302


def test_not_the_same(pair, signed_in, supervisor):
    client, url = signed_in(supervisor), f"/people/pairs/{pair.pk}/different/"
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "Brothers"}).url == "/people/pairs/"
    assert client.get("/people/pairs/").context["total"] == 0
    assert client.get("/people/pairs/?state=different").context["total"] == 1
    assert "Brothers" in client.get(pair.get_absolute_url()).text
    assert "decided on these two already" in client.post(url, {"reason": "Again"}, follow=True).text


def test_addresses_of_the_one_who_is_gone_lead_to_the_one_kept(
    merged, signed_in, supervisor, second_supervisor, officer, make_user, police, npu
):
    kept, gone = merged.kept_id, merged.gone_id
    client = signed_in(supervisor)
    for path in ("/people/{}/", "/people/{}/timeline/", "/people/{}/sharing/", "/api/v1/offenders/{}/"):
        assert client.get(path.format(gone)).url == path.format(kept)
    assert client.get(f"/people/{gone}/", follow=True).status_code == 200
    typed = client.post(f"/people/amend/person/{gone}/", {"given_names": "Jo"}, follow=True)
    assert "What you sent was not recorded" in typed.text
    stranger = signed_in(make_user("officer", police, npu))
    Offender.objects.filter(pk=kept).update(is_restricted=True)
    assert stranger.get(f"/people/{gone}/").status_code == client.get(f"/people/{gone}/").status_code == 404


def test_un_merge_page_says_what_stays(merged, signed_in, supervisor, facilitator):
    client, url = signed_in(supervisor), f"{merged.get_absolute_url()}unmerge/"
    merged.kept.aliases.create(given_names="Newname")
    assert "1 alias" in client.get(url).text
    page = client.post(url, {"reason": "Brothers"}, follow=True)
    assert "Newname" in page.text
    assert client.get(f"/people/{merged.gone_id}/").status_code == 200
    assert "undone already" in client.post(url, {"reason": "Again"}, follow=True).text


def test_compare_two_whom_nobody_proposed(make_referral, signed_in, supervisor, make_offender):
    one, other = (make_referral(offender=make_offender(given_names=name)).offender for name in ("Olu", "Beatrice"))
    hidden, client = make_offender(), signed_in(supervisor)
    LikelyPair.objects.all().delete()
    for second in (hidden.reference, "PN0000", one.reference):
        assert client.post("/people/pairs/compare/", {"first": one.reference, "second": second}).status_code == 422
    answer = client.post("/people/pairs/compare/", {"first": one.reference, "second": other.reference.lower()})
    assert answer.url == LikelyPair.objects.get().get_absolute_url()
    assert client.get(answer.url).status_code == 200


def test_api(pair, signed_in, supervisor, second_supervisor, facilitator):
    client = signed_in(supervisor)

    def post(path, as_=client, **data):
        return as_.post(f"/api/v1/{path}/", data, content_type="application/json")

    assert signed_in(facilitator).get("/api/v1/pairs/").status_code == 403
    (row,) = client.get("/api/v1/pairs/").json()["results"]
    assert "The same phone number" in row["why"]
    assert client.get("/api/v1/pairs/?state=gone").status_code == 400
    assert post(f"pairs/{pair.pk}/merge", reason="Same", nothing="one").status_code == 400
    assert post(f"pairs/{pair.pk}/merge").status_code == 400
    answer = post(f"pairs/{pair.pk}/merge", reason="Same phone", leads="other")
    assert answer.status_code == 200
    done = answer.json()
    assert (done["state"], done["kept"]["id"]) == ("to_review", str(pair.other_id))
    assert post(f"pairs/{pair.pk}/merge", reason="Same phone").status_code == 409
    assert post(f"merges/{done['id']}/review").status_code == 403
    assert post(f"merges/{done['id']}/review", signed_in(second_supervisor)).json()["state"] == "reviewed"
    assert post(f"merges/{done['id']}/review", signed_in(second_supervisor)).status_code == 409
    assert post(f"merges/{done['id']}/unmerge", reason="No").json()["state"] == "undone"
    assert post(f"pairs/{pair.pk}/different", reason="No").status_code == 409
    assert post(f"pairs/{pair.pk}/different", signed_in(facilitator), reason="No").status_code == 403


def test_lists_take_the_same_number_of_queries_for_many(
    pair, make_offender, make_referral, signed_in, supervisor, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(supervisor)
    client.get("/people/pairs/")
    with CaptureQueriesContext(connection) as few:
        client.get("/people/pairs/")
    for name in ("Jon", "John", "Jo"):
        make_referral(offender=make_offender(given_names=name, family_name="Smith", phone="07700 900123"))
    with CaptureQueriesContext(connection) as many:
        assert client.get("/people/pairs/").context["total"] > 5
    assert len(many) == len(few)


def test_back_office(merged, signed_in, supervisor, facilitator):
    client = signed_in(supervisor)
    for model in ("likelypair", "merge"):
        assert client.get(f"/admin/offenders/{model}/").status_code == 200
    assert client.get(f"/admin/offenders/merge/{merged.pk}/change/").status_code == 200
    event = Event.objects.filter(verb="merge.view").latest("pk")
    assert {merged.kept_id, merged.gone_id} <= set(event.offenders)
