"""What messages ask about people: nothing is sent to who died or asked for none, whichever record says so."""

import datetime as dt

import pytest
from django.urls import reverse

from offenders import messages
from offenders.amend import amend
from offenders.merge import merge, unmerge
from offenders.models import Offender
from partners.audit.models import Event
from partners.notices.delivery import deliver
from partners.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(officer):
    def send(person, key="a message", **fields):
        fields = {"text": "Your appointment is on Monday at 10.", "by": officer} | fields
        return Notice.send(key=key, channel="sms", to="07700 900123", about=[person.pk], **fields)

    return send


def test_who_holds_the_address_stops_messages_and_it_is_recorded(make_offender, send, client):
    person = make_offender()
    first, second = send(person), send(person, "another")
    address = reverse("stop_messages", args=[first.stop_token])
    page = client.get(address).content.decode()
    person.refresh_from_db()
    assert not person.no_messages
    assert str(person) not in page
    for _ in range(2):
        assert client.post(address).status_code == 200
    person.refresh_from_db()
    assert person.no_messages
    event = Event.objects.about(person).get(verb="offender.stop_messages")
    assert (event.by, event.offenders) == (None, [person.pk])
    deliver(second.pk)
    second.refresh_from_db()
    assert (second.status, second.problem) == ("unwanted", "They asked for no messages.")
    assert send(person, "a third").status == "unwanted"


def test_whoever_works_with_them_records_it_with_a_reason_and_it_shows(make_case, facilitator, signed_in, send):
    person = make_case().offender
    browser = signed_in(facilitator)
    assert "No texts or e-mails" not in browser.get(person.get_absolute_url()).content.decode()
    amend(person, {"no_messages": True}, by=facilitator, reason="Said so on the phone")
    assert "No texts or e-mails" in browser.get(person.get_absolute_url()).content.decode()
    assert send(person).problem == "They asked for no messages."
    amend(person, {"no_messages": False}, by=facilitator, reason="Wants reminders again")
    assert send(person, "another").status == "queued"


def test_the_form_asks(make_case, facilitator, signed_in):
    person = make_case().offender
    page = signed_in(facilitator).get(reverse("offenders:amend", args=["person", person.pk])).content.decode()
    assert "They asked for no texts and no e-mails from us" in page


def test_who_died_is_sent_nothing(make_offender, send):
    person = make_offender()
    waiting = send(person)
    Offender.objects.filter(pk=person.pk).update(deceased_on=dt.date(2024, 1, 1))
    deliver(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.problem) == ("unwanted", "The person has died.")


@pytest.mark.parametrize("who", ["kept", "gone"])
def test_of_two_made_one_either_said_it_for_both(make_case, make_referral, supervisor, send, who):
    kept, gone = make_case().offender, make_referral().offender
    waiting = send(gone)
    Offender.objects.filter(pk={"kept": kept, "gone": gone}[who].pk).update(no_messages=True)
    done = merge(kept, gone, choices={}, by=supervisor, reason="The same")
    deliver(waiting.pk)
    waiting.refresh_from_db()
    kept.refresh_from_db()
    assert (waiting.problem, kept.no_messages) == ("They asked for no messages.", True)
    unmerge(done, by=supervisor, reason="They are two")
    kept.refresh_from_db()
    assert kept.no_messages == (who == "kept")


def test_what_they_said_by_an_old_address_is_said_of_the_one_kept(make_case, make_referral, supervisor, send):
    kept, gone = make_case().offender, make_referral().offender
    notice = send(gone)
    merge(kept, gone, choices={}, by=supervisor, reason="The same")
    assert list(Notice.objects.filter(about__overlap=kept.all_ids)) == [notice]
    notice.stop()
    kept.refresh_from_db()
    assert kept.no_messages


def test_messages_are_seen_where_the_matter_is(make_case, facilitator, provider, cgl_worker, officer, send):
    case = make_case()
    notice = send(case.offender, matter=case.pk)
    assert list(Notice.objects.visible_to(facilitator).about(case)) == [notice]
    for user in (provider, cgl_worker):
        assert not Notice.objects.visible_to(user).exists()


def test_of_a_restricted_person_only_the_named_see_them(make_case, facilitator, supervisor, restrict, send):
    case = make_case()
    send(case.offender, matter=case.pk)
    restrict(case.offender, supervisor)
    assert Notice.objects.visible_to(supervisor).exists()
    assert not Notice.objects.visible_to(facilitator).exists()
    assert messages.matters_of(supervisor)
