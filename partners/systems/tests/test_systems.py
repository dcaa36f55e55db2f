"""A system acts in one role of its agency, as a user that nobody signs in as and that reviews name as what it is."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from partners import leaving
from partners.audit.models import Event
from partners.models import AccessReview, Membership
from partners.roles import ROLES
from partners.systems.models import ROLES_OF_SYSTEMS, System

TODAY = timezone.localdate()


def test_a_system_is_registered_to_act_in_one_role(system, acting, cgl, administrator):
    assert str(acting) == "Carenotes (system)"
    assert (acting.membership.agency, acting.membership.role) == (cgl, "cgl_worker")
    assert acting.permissions == ROLES["cgl_worker"].permissions
    event = Event.objects.about(system).get()
    assert (event.kind, event.verb, event.by) == ("administration", "system.add", administrator)


def test_a_system_has_no_role_at_another_agency_nor_two_at_a_time(acting, cgl, cranstoun):
    for agency, role in ((cranstoun, "cranstoun_worker"), (cgl, "analyst")):
        with pytest.raises(IntegrityError, match="A system acts"), transaction.atomic():
            Membership.objects.create(user=acting, agency=agency, role=role, valid_from=TODAY)
    with pytest.raises(IntegrityError, match="own agency"), transaction.atomic():
        acting.memberships.update(agency=cranstoun)


def test_roles_that_open_the_back_office_or_the_record_are_for_people():
    held = {name for name, _ in ROLES_OF_SYSTEMS}
    assert {"cgl_worker", "rehab_provider", "analyst"} <= held
    assert held.isdisjoint({"administrator", "auditor", "supervisor", "resolution_lead", "cranstoun_manager"})


def test_nobody_signs_in_as_a_system_whatever_password_it_is_given(client, acting):
    acting.set_password("a password that is long enough")
    acting.save()
    client.post(
        "/sign-in/",
        dict.fromkeys(("username", "login"), acting.email) | {"password": "a password that is long enough"},
    )
    assert client.get("/")["Location"].startswith("/sign-in/")
    client.force_login(acting)
    assert client.get("/")["Location"].startswith("/sign-in/")


def test_work_is_given_to_people_not_to_systems(acting):
    assert acting.has_perm("referrals.submit_referral")
    assert not Membership.objects.holding("referrals.submit_referral").filter(user=acting).exists()


def test_a_review_of_who_may_act_names_a_system_as_one(acting, cgl, administrator):
    review = AccessReview(agency=cgl)
    review.begin(by=administrator)
    assert review.lines.get(user=acting).name == "Carenotes (system)"


def test_a_system_is_closed_as_an_account_is(system, acting, administrator):
    leaving.close(acting, by=administrator, reason="Replaced")
    assert not System.objects.open().exists()
    assert acting.memberships.get().valid_to == TODAY


def test_a_system_sees_itself_alone(system, make_system, cranstoun, acting, administrator, officer):
    make_system(cranstoun, "cranstoun_worker")
    assert list(System.objects.visible_to(acting)) == [system]
    assert System.objects.visible_to(administrator).count() == 2
    assert not System.objects.visible_to(officer).exists()
