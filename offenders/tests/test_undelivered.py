"""A message that did not arrive is shown to whoever works with its person, until someone did what it did not."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from offenders.merge import merge
from offenders.undelivered import see_to, undelivered
from offenders.workflow import TooLate
from partners.audit.models import Event
from partners.notices.models import Notice

pytestmark = pytest.mark.django_db
LIST = "/people/messages/undelivered/"


@pytest.fixture
def tell(officer):
    """Write to the person of this referral, where nothing can be sent to."""

    def tell(referral, key="one", **fields):
        fields = {"channel": "sms", "to": "", "text": "Please ring us.", "by": officer} | fields
        return Notice.send(key=key, about=[referral.offender_id], matter=referral.pk, **fields)

    return tell


def test_it_is_shown_to_who_works_with_the_person(tell, make_referral, officer, facilitator, cgl_worker, provider):
    notice = tell(make_referral("submitted"))
    for user, theirs in ((officer, [notice]), (facilitator, [notice]), (cgl_worker, []), (provider, [])):
        assert list(undelivered(user)) == theirs, user


def test_what_nobody_wanted_or_still_waits_is_not(tell, make_referral, officer):
    one, other = make_referral("submitted"), make_referral("submitted")
    tell(one, to="07700 900123")
    other.offender.no_messages = True
    other.offender.save()
    tell(other, "unwanted")
    tell(one, "mine", for_user=officer, occasion="task", channel="email", to=officer.email, subject="A task")
    assert not undelivered(officer).exists()


def test_one_to_staff_is_shown_to_them_and_their_people(tell, make_referral, officer, facilitator):
    facilitator.is_active = False
    notice = tell(
        make_referral("submitted"), for_user=facilitator, occasion="task", channel="email", to=facilitator.email,
        subject="A task",
    )  # fmt: skip
    assert (notice.status, notice.problem) == ("withheld", "They work here no more.")
    assert list(undelivered(officer)) == [notice]


def test_the_page_says_why_and_what_to_do(tell, make_referral, signed_in, officer):
    referral = make_referral("submitted")
    tell(referral)
    page = signed_in(officer).get(LIST).content.decode()
    for words in (str(referral.offender), "There is no number.", "Tell them in another way, and correct the number."):
        assert words in page
    assert reverse("offenders:amend", args=["person", referral.offender_id]) in page
    event = Event.objects.naming(referral.offender).get(verb="notice.list", by=officer)
    assert event.kind == "consultation"
    assert "None fits these filters" in signed_in(officer).get(f"{LIST}?to=staff").content.decode()


def test_one_merged_is_shown_as_who_they_are(tell, make_referral, supervisor, officer, signed_in):
    kept, gone = make_referral("submitted"), make_referral("submitted")
    tell(gone)
    merge(kept.offender, gone.offender, choices={}, by=supervisor, reason="One person")
    page = signed_in(officer).get(LIST).content.decode()
    assert kept.offender.get_absolute_url() in page


def test_seen_to_with_what_was_done(tell, make_referral, signed_in, officer):
    referral = make_referral("submitted")
    notice, same, other = tell(referral), tell(referral, "two"), tell(referral, "three", to="0121 496 0000")
    client, address = signed_in(officer), reverse("offenders:see_to_notice", args=[notice.pk])
    page = client.get(address).content.decode()
    assert "1 other message to the same address" in page
    assert notice.text in page
    refused = client.post(address, {"reason": ""})
    assert refused.status_code == 422
    assert client.post(address, {"reason": "Rang his mother"}).status_code == 302
    assert list(undelivered(officer)) == [other]
    for one in (notice, same):
        one.refresh_from_db()
        assert (one.seen_to_by, one.seen_to_why, one.status) == (officer, "Rang his mother", "failed")
        event = Event.objects.about(one).get(verb="notice.see_to")
        assert (event.reason, event.offenders) == ("Rang his mother", [referral.offender_id])
    assert client.get(address).status_code == 404


def test_nobody_sees_to_it_twice(tell, make_referral, officer, facilitator):
    notice = tell(make_referral("submitted"))
    see_to(notice, by=officer, reason="Rang them")
    with pytest.raises(TooLate):
        see_to(notice, by=facilitator, reason="Wrote to them")
    notice.refresh_from_db()
    assert notice.seen_to_by == officer


def test_where_recording_fails_it_is_not_seen_to(tell, make_referral, officer, monkeypatch):
    notice = tell(make_referral("submitted"))
    monkeypatch.setattr(type(Event.objects), "record", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        see_to(notice, by=officer, reason="Rang them")
    assert not Notice.objects.exclude(seen_to_at=None).exists()


@pytest.mark.parametrize("wrong", [{"seen_to_why": ""}, {"seen_to_by": None}, {"status": "cancelled"}])
def test_seen_to_is_whole_and_of_what_did_not_arrive(tell, make_referral, officer, wrong):
    notice = tell(make_referral("submitted"))
    see_to(notice, by=officer, reason="Rang them")
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(**wrong)


def test_over_the_api(tell, make_referral, signed_in, officer, provider):
    notice = tell(make_referral("submitted"))
    client, address = signed_in(officer), f"/api/v1/undelivered/{notice.pk}/"
    assert [row["id"] for row in client.get("/api/v1/undelivered/?to=person").json()["results"]] == [str(notice.pk)]
    assert client.post(f"{address}see_to/", {}, content_type="application/json").status_code == 400
    said = {"reason": "Rang them"}
    assert client.post(f"{address}see_to/", said, "application/json", headers={"If-Match": '"x"'}).status_code == 412
    done = client.post(f"{address}see_to/", said, content_type="application/json")
    assert (done.status_code, done.json()["seen_to_why"]) == (200, "Rang them")
    assert client.get(address).status_code == 404
    assert signed_in(provider).get("/api/v1/undelivered/").status_code == 403


def test_as_many_queries_for_one_as_for_fifty(tell, make_referral, signed_in, officer):
    client = signed_in(officer)
    tell(make_referral("submitted"))
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for n in range(4):
        referral = make_referral("submitted")
        for m in range(12):
            tell(referral, f"{n} {m}")
    with CaptureQueriesContext(connection) as fifty:
        client.get(LIST)
    assert len(fifty) == len(one)


def test_home_says_how_many(tell, make_referral, signed_in, officer):
    referral, client = make_referral("submitted"), signed_in(officer)
    assert "Messages not delivered" not in client.get("/").content.decode()
    tell(referral)
    page = client.get("/").content.decode()
    assert "Messages not delivered" in page
    assert f"Text message to {referral.offender}" in page
