"""A record with steps in the back office: read-only, scoped, recorded, and a button for each step."""

import pytest
from django.urls import clear_url_caches, include, path, reverse

from offenders.backoffice import StepAdmin
from offenders.steps import ReasonForm
from partners.audit.models import Event
from partners.backoffice import BackOffice
from referrals.models import Referral


class ReferralAdmin(StepAdmin):
    list_display = ["reference", "status"]
    step_forms = {"decline": ReasonForm}


site = BackOffice(name="admin")
site.register(Referral, ReferralAdmin)
urlpatterns = [path("admin/", site.urls), path("", include("config.urls"))]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def _own_addresses(request):
    clear_url_caches()
    yield
    clear_url_caches()


@pytest.fixture
def office(client, supervisor):
    client.force_login(supervisor)
    return client


def address(referral, name="change"):
    return reverse(f"admin:referrals_referral_{name}", args=[referral.pk])


def test_a_button_for_each_step_that_may_be_taken_now(office, make_referral):
    referral = make_referral("submitted")
    page = office.get(address(referral)).content.decode()
    assert address(referral, "decline") in page
    assert address(referral, "reopen") not in page
    assert "_save" not in page
    assert referral.get_status_display() in page
    assert "<select" not in page
    event = Event.objects.filter(verb="referral.view").latest("id")
    assert event.offenders == [referral.offender_id]


def test_the_button_takes_the_step_and_comes_back(office, make_referral, supervisor):
    referral = make_referral("submitted")
    form = office.get(address(referral, "decline"))
    assert form.templates[0].name == "admin/step.html"
    assert office.post(address(referral, "decline"), {"reason": ""}).status_code == 422
    response = office.post(address(referral, "decline"), {"reason": "Lives elsewhere"})
    assert response["Location"] == address(referral)
    assert Referral.objects.get(pk=referral.pk).status == "declined"
    assert Event.objects.get(verb="referral.decline").by == supervisor
    again = office.post(address(referral, "decline"), {"reason": "Lives elsewhere"}, follow=True)
    assert "this referral is declined" in again.content.decode()


def test_a_status_is_not_edited_and_nothing_added_or_deleted(office, make_referral):
    referral = make_referral("submitted")
    assert office.post(address(referral), {"status": "accepted"}).status_code == 403
    assert office.get("/admin/referrals/referral/add/").status_code == 403
    assert Referral.objects.get(pk=referral.pk).status == "submitted"


def test_the_list_names_whom_it_showed(office, make_referral):
    referral = make_referral("submitted")
    assert referral.reference in office.get("/admin/referrals/referral/").content.decode()
    assert Event.objects.filter(verb="referral.list").latest("id").offenders == [referral.offender_id]


def test_what_is_not_theirs_to_know_is_not_there(client, make_user, make_agency, make_referral):
    referral = make_referral("submitted")
    stranger = make_user("supervisor", make_agency())
    client.force_login(stranger)
    assert referral.reference not in client.get("/admin/referrals/referral/").content.decode()
    assert client.get(address(referral, "decline")).status_code == 404
    response = client.get(address(referral))
    assert response.status_code in (302, 404)
    assert referral.reference not in response.content.decode()
