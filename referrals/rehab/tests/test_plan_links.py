"""The links by which people outside answer: what each attack on them comes to."""

import datetime as dt
import logging

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry
from offenders.workflow import TooLate
from partners.audit.models import Event
from partners.notices.models import Notice
from referrals.rehab.models import Action, ActionLink, Plan

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
EMAIL = "roofs@throughcare.example"


@pytest.fixture
def action(make_case, facilitator):
    plan = Plan.begin(make_case(on=TODAY - dt.timedelta(days=30)), by=facilitator)
    housing = plan.domains.get(domain="housing")
    return Action.add(housing, by=facilitator, partner="Roofs", text="Hand over the keys", due_on=TODAY)


@pytest.fixture
def link(action, facilitator):
    return ActionLink.send(action, by=facilitator, email=EMAIL)


@pytest.fixture
def outsider():
    return Client()


def opened(client, link, **said):
    return client.post(reverse("answer"), {"token": link.token, "email": EMAIL} | said)


def test_whoever_it_was_sent_to_sees_that_action_and_answers_it_once(link, action, outsider):
    page = outsider.get(reverse("answer_link", args=[link.token])).content.decode()
    assert "Hand over" not in page
    page = opened(outsider, link).content.decode()
    assert "Hand over the keys" in page
    for theirs in (action.offender.family_name, action.offender.reference, "housing", "O2R", "rehab"):
        assert theirs not in page
    assert "your answer is sent" in opened(outsider, link, status="done", why="On Monday").content.decode()
    action.refresh_from_db(), link.refresh_from_db()
    assert (action.status, action.why, action.answered_by, link.status) == ("done", "On Monday", None, "answered")
    line = Entry.objects.get(offender=action.offender, sentence__contains="answered by link")
    assert line.sentence.endswith(": On Monday")
    assert Event.objects.about(link).filter(verb="actionlink.view", by=None).exists()


def test_the_teams_pages_say_until_when_it_opens_and_that_nobody_signed_in(
    link, action, outsider, signed_in, facilitator
):
    (told,) = Notice.objects.filter(tells_of=link.pk).values_list("text", flat=True)
    last = f"{link.last_day:%-d %B %Y}"
    assert f"by {last}." in told
    team = signed_in(facilitator)
    assert f"until the end of {last}" in team.get(action.get_absolute_url()).content.decode()
    opened(outsider, link, status="done")
    looked = team.get(reverse("offenders:sharing", args=[action.offender_id])).content.decode()
    assert "Nobody signed in" in looked
    assert ">None<" not in looked


def test_answered_twice_it_opens_no_more(link, action, outsider):
    opened(outsider, link, status="done")
    again = opened(outsider, link, status="not_done", why="No")
    assert again.status_code == 410
    action.refresh_from_db()
    assert action.status == "done"
    with pytest.raises(TooLate):
        ActionLink.objects.get().answer(done=False, why="No")


@pytest.mark.parametrize("forge", ["", "x", "0" * 32, "{pk}", "{pk}.", "{pk}.guess", "{other}.{mark}"])
def test_a_guessed_address_is_none(link, outsider, forge):
    mark = link.token.partition(".")[2]
    token = forge.format(pk=link.pk.hex, other="0" * 32, mark=mark)
    assert opened(outsider, link, token=token).status_code == 404
    if token:
        assert outsider.get(f"/answer/{token}/").status_code == 404


def test_signed_for_something_else_it_is_none(link, outsider):
    from django.core.signing import Signer

    assert opened(outsider, link, token=Signer(sep=".").sign(link.pk.hex)).status_code == 404


def expire(link):
    ActionLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())


def revoke(link):
    link.revoke(by=link.by, why="Sent to the wrong person")


def answer(link):
    link.action.do(by=link.by)


def close(link):
    link.action.case.close(by=link.by, outcome="Moved away")


@pytest.mark.parametrize("end", [expire, revoke, answer, close])
def test_expired_revoked_answered_by_others_or_closed_it_opens_no_more(link, outsider, end):
    end(link)
    was = Action.objects.get().status
    for response in (
        outsider.get(reverse("answer_link", args=[link.token])),
        opened(outsider, link),
        opened(outsider, link, status="done"),
    ):
        assert response.status_code == 410
        assert "keys" not in response.content.decode()
    assert Action.objects.get().status == was


def test_expired_between_the_look_and_the_answer_it_is_not_taken(link):
    expire(link)
    with pytest.raises(TooLate):
        ActionLink.objects.get().answer(done=True)
    assert Action.objects.get().status == "open"


def test_who_finds_the_address_but_knows_not_the_e_mail_learns_nothing_and_soon_it_closes(link, action, outsider):
    for misses in range(1, ActionLink.MISSES + 1):
        response = opened(outsider, link, email=f"guess{misses}@throughcare.example", status="done")
        assert "keys" not in response.content.decode()
        assert response.status_code == (422 if misses < ActionLink.MISSES else 410)
    assert opened(outsider, link).status_code == 410
    link.refresh_from_db(), action.refresh_from_db()
    assert (link.status, action.status) == ("revoked", "open")
    assert Entry.objects.filter(offender=action.offender, sentence__contains="other e-mail addresses").exists()


def test_the_address_stands_in_no_row_no_log_and_no_referrer(link, outsider, caplog, signed_in, facilitator):
    notice = Notice.objects.get(tells_of=link.pk)
    mark = link.token.partition(".")[2]
    assert mark in notice.body
    for row in Notice.objects.values(), Event.objects.values(), Entry.objects.values(), ActionLink.objects.values():
        assert mark not in str(list(row))
    with caplog.at_level(logging.DEBUG, logger="django"):
        page = outsider.get(reverse("answer_link", args=[link.token]))
        assert page["Referrer-Policy"] == "strict-origin"
        for said in ({"email": "other@throughcare.example"}, {"status": "not_done"}):
            refused = opened(outsider, link, **said)
            assert refused.status_code == 422
            assert refused["Referrer-Policy"] == "strict-origin"
        opened(signed_in(facilitator), link, status="done")
    assert mark not in caplog.text
    assert mark not in str(list(Event.objects.values()))
    from partners.models import Receipt

    assert mark not in str(list(Receipt.objects.values()))


def test_the_message_names_nobody_and_asks_for_no_stop(link, action):
    notice = Notice.objects.get(tells_of=link.pk)
    told = f"{notice.subject} {notice.body}"
    for theirs in (action.text, action.offender.given_names, action.offender.reference, "rehab", "drug", "/stop/"):
        assert theirs not in told
    assert Notice.of_stop_token(notice.stop_token) is None
    assert notice.to == EMAIL


def test_it_is_sent_though_the_person_wants_no_messages(action, facilitator):
    action.offender.no_messages = True
    action.offender.save()
    link = ActionLink.send(action, by=facilitator, email=EMAIL)
    assert Notice.objects.get(tells_of=link.pk).status == "queued"


def test_a_link_withdrawn_before_it_went_does_not_go(link):
    revoke(link)
    assert Notice.objects.get(tells_of=link.pk).status == "cancelled"


def test_one_link_at_a_time(link, action, facilitator):
    with pytest.raises(ValidationError, match="A link was sent already"):
        ActionLink.send(action, by=facilitator, email="second@throughcare.example")
    expire(link)
    second = ActionLink.send(action, by=facilitator, email="second@throughcare.example")
    assert second.is_live
    assert ActionLink.objects.get(pk=link.pk).status == "revoked"


def test_only_the_team_sends_and_withdraws(action, link, cgl, cgl_worker, facilitator, make_user, make_agency):
    action.case.share(by=facilitator, agency=cgl)
    for other in (cgl_worker, make_user("throughcare_partner", make_agency("charity"))):
        with pytest.raises(PermissionDenied):
            ActionLink.send(action, by=other, email=EMAIL)
        with pytest.raises(PermissionDenied):
            link.revoke(by=other, why="No")


def test_a_link_is_for_what_is_asked_of_someone_outside(action, facilitator, police):
    inside = Action.add(action.domain, by=facilitator, agency=police, text="Ring them", due_on=TODAY)
    with pytest.raises(ValidationError, match="outside"):
        ActionLink.send(inside, by=facilitator, email=EMAIL)


def test_not_done_says_why(link, outsider):
    assert opened(outsider, link, status="not_done").status_code == 422
    assert opened(outsider, link, status="not_done", why="The flat went").status_code == 200
    assert Action.objects.get().why == "The flat went"


def test_the_form_does_not_take_its_answer_from_the_look(link, outsider):
    assert opened(outsider, link).status_code == 200
    assert Action.objects.get().status == "open"
    assert outsider.get(reverse("answer")).status_code == 405
