import re

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from config.tests.client import CarefulClient
from partners.audit.models import Event
from partners.models import User
from partners.notices.delivery import deliver
from partners.notices.models import Notice
from partners.signin.password import link_of
from partners.signin.tasks import send_link

OLD, NEW = "a long enough password", "plum kettle under nine bridges"


def change(client, old=OLD, new=NEW, again=NEW):
    sent = {"old_password": old, "new_password1": new, "new_password2": again}
    return client.post(reverse("signin:password"), sent)


def sign_in(client, user, password):
    return client.post("/sign-in/", {"username": user.email, "password": password})


@pytest.mark.parametrize(
    "password",
    ["short", "passwordpassword", "throughcarethroughcare", "a" * 20, "123456789012345", "Password1234567890",
     "qwertyuiopasdfghjkl", "Cranstoun Cranstoun 1", "Ama Officer 2026!", "WestMidlandsPolice1"],
)  # fmt: skip
def test_what_is_easy_to_guess_is_no_password(officer, password):
    with pytest.raises(ValidationError):
        validate_password(password, officer)


@pytest.mark.parametrize(
    "password", [NEW, "only lower case letters", "läng ünter nöch öst", f"{NEW} へ 140 more" * 4, "k3Jq vZ81-mWp0_L"]
)
def test_any_characters_and_great_length_are_allowed(officer, password):
    validate_password(password, officer)


def test_a_password_as_long_as_a_book_is_refused_at_once(officer):
    with pytest.raises(ValidationError, match="500 characters or fewer"):
        validate_password("ab c" * 100_000, officer)


def test_changing_it_needs_the_old_one_and_signs_out_everywhere_else(client, officer):
    other = CarefulClient()
    for browser in (client, other):
        sign_in(browser, officer, OLD)
    page = change(client, old="not that one at all")
    assert (page.status_code, "not your current password" in page.content.decode()) == (422, True)
    page = change(client, again="something else than that")
    assert (page.status_code, "not the same" in page.content.decode()) == (422, True)
    assert "too short" in change(client, new="short", again="short").content.decode()
    assert change(client)["Location"] == "/account/security/"
    assert client.get("/").status_code == 200
    assert other.get("/")["Location"].startswith("/sign-in/")
    assert sign_in(other, officer, NEW).status_code == 302
    event = Event.objects.filter(verb="password.change").latest("id")
    assert event.by == officer
    assert NEW not in str(vars(event))
    assert Notice.objects.to(officer).filter(occasion="account").count() == 1


def test_the_old_one_is_not_guessed_by_changing_it(client, officer):
    client.force_login(officer)
    for _ in range(5):
        change(client, old="a guess, and another")
    assert "too many tries" in change(client).content.decode()


def test_a_forgotten_one_is_replaced_by_a_link_that_works_once_and_is_kept_nowhere(client, officer, settings):
    assert client.post(reverse("signin:forgotten"), {"email": officer.email.upper()}).status_code == 302
    send_link(ProcrastinateJob.objects.filter(task_name="signin.send_link").latest("id").args["user"])
    notice = Notice.objects.to(officer).get(occasion="password")
    assert "/account/forgotten/" not in notice.text
    deliver(notice.pk)
    (file,) = settings.OUTBOX.iterdir()
    link = re.search(rf"{settings.SITE_URL}(\S+)", file.read_text())[1]
    form = client.get(link)["Location"]
    assert client.post(form, {"new_password1": "short", "new_password2": "short"}).status_code == 422
    assert client.post(form, {"new_password1": NEW, "new_password2": NEW})["Location"] == "/sign-in/"
    assert client.get("/")["Location"].startswith("/sign-in/"), "the link signs nobody in"
    assert "This link does not work" in CarefulClient().get(link).content.decode()
    assert sign_in(client, officer, NEW)["Location"] == "/"
    assert Event.objects.filter(verb="password.reset", by=officer).exists()


@pytest.fixture
def links(db):
    """The links asked for in this test: what tests with a browser asked for stays in the queue."""
    jobs = ProcrastinateJob.objects.filter(task_name="signin.send_link")
    return jobs.exclude(pk__in=list(jobs.values_list("pk", flat=True)))


def test_asking_for_a_link_tells_nobody_who_has_an_account(client, officer, links):
    left = User.objects.create_user("left@throughcare.example", OLD, given_names="L", family_name="F", is_active=False)
    answers = []
    for email in (officer.email, "nobody@throughcare.example", left.email):
        answer = client.post(reverse("signin:forgotten"), {"email": email})
        answers.append((answer.status_code, answer["Location"]))
    assert len(set(answers)) == 1
    assert links.count() == 3
    for job in links:
        send_link(job.args["user"])
    assert [notice.for_user for notice in Notice.objects.filter(occasion="password")] == [officer]
    assert not Event.objects.filter(detail__icontains="nobody@").exists()


def test_links_are_not_sent_without_end(client, officer, links):
    for _ in range(5):
        client.post(reverse("signin:forgotten"), {"email": officer.email})
    assert links.count() == 3


def test_a_link_is_for_one_hour(client, officer, settings):
    link = link_of(officer).removeprefix(settings.SITE_URL)
    assert client.get(link).status_code == 302
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "This link does not work" in CarefulClient().get(link).content.decode()


def test_of_another_address_the_one_before_is_told(signed_in, make_user, police, officer):
    browser, before = signed_in(make_user("administrator", police)), officer.email
    sent = {
        "email": "another@throughcare.example", "given_names": officer.given_names, "family_name": officer.family_name,
        "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0",
    }  # fmt: skip
    assert browser.post(f"/admin/partners/user/{officer.pk}/change/", sent).status_code == 302
    notice = Notice.objects.to(officer).get()
    assert (notice.to, "another e-mail address" in notice.text) == (before, True)


def test_whoever_is_made_an_account_is_told_how_to_choose_a_password(signed_in, make_user, police):
    browser = signed_in(make_user("administrator", police))
    sent = {
        "email": "New.Colleague@throughcare.example", "given_names": "Bo", "family_name": "New", "is_active": "on",
        "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0",
    }  # fmt: skip
    assert browser.post("/admin/partners/user/add/", sent).status_code == 302
    new = User.objects.get(email="new.colleague@throughcare.example")
    assert not new.has_usable_password()
    assert "/account/forgotten/" in Notice.objects.to(new).get().text
