"""Someone leaves: one step closes all of it, says first what is theirs still, and leaves an administrator."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from partners import leaving
from partners.audit.models import Event
from partners.models import Membership, User
from referrals.models import Task

TODAY = timezone.localdate()


@pytest.fixture
def administrator(make_user, police):
    return make_user("administrator", police, family_name="Administrator")


@pytest.fixture
def office(signed_in, administrator):
    return signed_in(administrator)


def address(user):
    return f"/admin/partners/user/{user.pk}/close/"


def test_one_step_ends_roles_sessions_and_the_way_in(office, administrator, officer, signed_in, police):
    later = officer.memberships.create(agency=police, role="auditor", valid_from=TODAY + dt.timedelta(days=9))
    theirs = signed_in(officer)
    assert theirs.get("/").status_code == 200
    page = office.get(address(officer)).content.decode()
    assert "Police officer, Birmingham, since 1 January 2018" in page
    assert office.post(address(officer), {"reason": "Left the force"})["Location"].endswith(f"/{officer.pk}/change/")
    officer = User.objects.get(pk=officer.pk)
    assert (officer.is_active, officer.has_usable_password()) == (False, False)
    assert officer.memberships.get().valid_to == TODAY
    assert not Membership.objects.filter(pk=later.pk).exists()
    assert theirs.get("/")["Location"].startswith("/sign-in/")
    event = Event.objects.about(officer).get(verb="user.close")
    assert (event.kind, event.by, event.reason) == ("administration", administrator, "Left the force")
    assert Event.objects.filter(verb="membership.end", reason="Left the force").count() == 2


def test_opened_again_their_old_session_stays_closed(office, officer, signed_in, police):
    theirs = signed_in(officer)
    office.post(address(officer), {"reason": "Left"})
    User.objects.update(is_active=True)
    officer.memberships.create(agency=police, role="auditor", valid_from=TODAY)
    assert theirs.get("/")["Location"].startswith("/sign-in/")


def test_the_page_of_a_closed_account_opens_it_again_and_that_of_an_open_one_does_not_close_it(office, officer):
    page = f"/admin/partners/user/{officer.pk}/change/"
    assert 'name="is_active"' not in office.get(page).content.decode()
    assert address(officer) in office.get(page).content.decode()
    office.post(address(officer), {"reason": "Left"})
    assert 'name="is_active"' in office.get(page).content.decode()
    assert address(officer) not in office.get(page).content.decode()
    assert office.post(address(officer), {"reason": "Again"}).status_code == 422


def test_it_says_first_what_is_theirs_still(office, officer, monkeypatch):
    monkeypatch.setattr(leaving, "STILL_THEIRS", [lambda user: ("Cases", f"3 of {user}"), lambda user: None])
    assert f"3 of {officer}" in office.get(address(officer)).content.decode()


def test_what_must_not_outlive_the_account_is_ended_with_it(administrator, officer, monkeypatch):
    ended = []
    monkeypatch.setattr(leaving, "LEAVERS", [lambda user, by: ended.append((user, by))])
    leaving.close(officer, by=administrator, reason="Left")
    assert ended == [(officer, administrator)]


def test_nobody_closes_their_own_account_and_it_says_why(office, administrator, officer):
    assert office.get(address(administrator)).status_code == 403
    with pytest.raises(PermissionDenied):
        leaving.close(administrator, by=administrator, reason="Left")
    response = office.post(address(officer), {"reason": ""})
    assert response.status_code == 422
    leaving.close(officer, by=administrator, reason="Left")
    with pytest.raises(ValidationError):
        leaving.close(officer, by=administrator, reason="Left")


def test_a_supervisor_closes_nobody(signed_in, supervisor, officer):
    assert signed_in(supervisor).post(address(officer), {"reason": "Left"}).status_code == 403


def test_the_last_administrator_stays(office, administrator, make_user, police):
    """Whose role ends on a day, or who cannot sign in, is not counted."""
    other = make_user("administrator", police)
    administrator.memberships.update(valid_to=TODAY)
    page = office.post(address(other), {"reason": "Left"})
    assert page.status_code == 422
    assert "the last administrator" in page.content.decode()
    other.refresh_from_db()
    assert other.is_active
    for change in (lambda: other.memberships.update(valid_to=TODAY), lambda: User.objects.update(is_active=False)):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_close_each_other_at_once_do_not_both_succeed(administrator, make_user, police):
    other, begin, refused = make_user("administrator", police), threading.Barrier(2), []

    def close(one, by):
        try:
            begin.wait()
            leaving.close(one, by=by, reason="Left")
        except IntegrityError:
            refused.append(one)
        finally:
            connection.close()

    threads = [threading.Thread(target=close, args=pair) for pair in ((administrator, other), (other, administrator))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(refused) == 1
    assert User.objects.filter(is_active=True, memberships__role="administrator").count() == 1


def test_each_room_says_what_is_theirs_still(
    office, make_case, make_appointment, restrict, facilitator, supervisor, worker
):
    case = make_case()
    Task.add(case.offender, by=facilitator, owner=facilitator, text="Call them", due_on=TODAY, matter=case.pk)
    restrict(case.offender)
    page = office.get(address(facilitator)).content.decode()
    for words in ("1 open. A supervisor", "1 to do."):
        assert words in page
    assert "fewer than 2 others" not in page
    assert "1 open to them and fewer than 2 others" in office.get(address(supervisor)).content.decode()
    make_appointment("booked")
    page = office.get(address(worker)).content.decode()
    for words in ("1 to come", "1 open ones name them", "They can be booked still"):
        assert words in page
