"""The same form sent several times at once makes one thing, or a sentence."""

import threading

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from psycopg.errors import DeadlockDetected

from offenders.models import Restriction
from referrals.rehab.models import Case, FollowUp, Placement

pytestmark = pytest.mark.django_db(transaction=True)

UNIT = {"needs": "Detox first", "needs_detox": "True"}
FOUND = {"reached": "True", "abstinent": "yes", "offending": "no"}


def pressed(user, url, answers, times=3):
    """The statuses of this form sent so many times at the same moment."""
    clients, barrier, statuses = [Client() for _ in range(times)], threading.Barrier(times), []

    def press(client):
        try:
            barrier.wait()
            statuses.append(client.post(url, answers).status_code)
        finally:
            connection.close()

    for client in clients:
        client.force_login(user)
    threads = [threading.Thread(target=press, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_one_place_is_asked_for(make_case, facilitator, rehab_unit):
    url = reverse("rehab:placement_request", args=[make_case().pk])
    assert pressed(facilitator, url, UNIT | {"units": str(rehab_unit.pk)}) == [302, 422, 422]
    assert Placement.objects.count() == 1


def test_one_follow_up_is_recorded(make_case, facilitator):
    assert pressed(facilitator, reverse("rehab:follow_up_add", args=[make_case().pk]), FOUND) == [302, 422, 422]
    assert FollowUp.objects.count() == 1


def test_a_case_is_given_once(make_case, supervisor, make_user, police, team):
    case, colleague = make_case(), make_user("facilitator", police, team)
    answers = {"facilitator": str(colleague.pk), "reason": "Evens the load"}
    assert set(pressed(supervisor, reverse("rehab:case_allocate", args=[case.pk]), answers)) <= {302, 422}
    assert case.allocations.count() == 2


def test_one_restriction_is_proposed(make_case, supervisor):
    url = reverse("offenders:restrict", args=[make_case().offender.pk])
    assert pressed(supervisor, url, {"reason": "A relative"}) == [302, 422, 422]
    assert Restriction.objects.count() == 1


@pytest.mark.parametrize("path", ["/o2r/cases/{pk}/close/", "/api/v1/cases/{pk}/close/"])
def test_who_lost_a_deadlock_is_told_so(client, make_case, facilitator, monkeypatch, path):
    def close(self, **answers):
        raise OperationalError("deadlock detected") from DeadlockDetected("deadlock detected")

    case = make_case()
    monkeypatch.setattr(Case, "close", close)
    client.force_login(facilitator)
    kind = {"content_type": "application/json"} if "api" in path else {}
    response = client.post(path.format(pk=case.pk), {"ending": "completed", "outcome": "Well"}, **kind)
    assert response.status_code == 409
    assert "Send it again" in response.content.decode()
