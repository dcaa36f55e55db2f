"""Who may act for an agency, gone through every few months: each role kept or ended, and signed off whole."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners.audit.models import Event
from partners.models import AccessReview, Membership, ReviewedMembership, Setting, User
from partners.operations import access_reviews_due, months_before

TODAY = timezone.localdate()
PLACE = "/admin/partners/accessreview/"


@pytest.fixture
def administrator(make_user, police):
    return make_user("administrator", police, family_name="Administrator")


@pytest.fixture
def second(make_user, police):
    return make_user("administrator", police, family_name="Second")


@pytest.fixture
def office(signed_in, administrator):
    return signed_in(administrator)


@pytest.fixture
def review(administrator, officer, police):
    review = AccessReview(agency=police)
    review.begin(by=administrator)
    return review


def of(review, user):
    return review.lines.get(user=user)


def answers(*lines, decision="keep", reason=""):
    return {
        f"{line.pk}-{name}": value for line in lines for name, value in (("decision", decision), ("reason", reason))
    }


def test_the_list_is_drawn_up_and_kept_as_it_stood(office, officer, police):
    gone = officer.memberships.create(agency=police, role="auditor", valid_from="2020-01-01", valid_to="2021-01-01")
    response = office.post(f"{PLACE}add/", {"agency": police.pk})
    review = AccessReview.objects.get()
    assert response["Location"] == f"{PLACE}{review.pk}/roles/"
    assert gone.pk not in review.lines.values_list("membership", flat=True)
    line = of(review, officer)
    User.objects.filter(pk=officer.pk).update(family_name="Renamed")
    assert (line.name, line.role, line.unit_name) == ("Ama Officer", "officer", "Birmingham")
    assert "Ama Officer, Police officer" in office.get(response["Location"]).content.decode()
    assert Event.objects.get(verb="accessreview.begin").detail["roles"] == 2
    assert not Event.objects.filter(verb="accessreview.add").exists()
    again = office.post(f"{PLACE}add/", {"agency": police.pk}, follow=True)
    assert "A review of this agency is open already" in again.content.decode()


def test_an_agency_of_nobody_has_nothing_to_review(office, make_agency):
    response = office.post(f"{PLACE}add/", {"agency": make_agency().pk}, follow=True)
    assert "Nobody holds a role at" in response.content.decode()
    assert not AccessReview.objects.exists()


def test_a_role_is_kept_or_ended_with_a_reason(office, review, officer, make_user, police, administrator):
    page = f"{PLACE}{review.pk}/roles/"
    line = of(review, officer)
    wrong = office.post(page, answers(line, decision="end"))
    assert wrong.status_code == 422
    assert "Say why the role of Ama Officer ends" in wrong.content.decode()
    assert office.post(page, answers(line)).status_code == 302
    line.refresh_from_db()
    assert (line.decision, line.decided_by) == ("keep", administrator)
    assert office.post(page, answers(line, decision="end", reason="Moved to another force")).status_code == 302
    assert officer.memberships.get().valid_to == TODAY
    assert Event.objects.filter(verb="accessreview.decide").count() == 2
    assert Event.objects.get(verb="membership.end").reason == "Moved to another force"
    with pytest.raises(ValidationError):
        of(review, officer).decide(by=administrator, decision="keep")


def test_nobody_decides_on_their_own_role(office, review, administrator):
    line = of(review, administrator)
    page = f"{PLACE}{review.pk}/roles/"
    assert "another administrator decides on it" in office.get(page).content.decode()
    office.post(page, answers(line))
    line.refresh_from_db()
    assert line.decision == ""
    with pytest.raises(IntegrityError, match="nobody_decides_on_their_own_role"), transaction.atomic():
        line.decide(by=administrator, decision="keep")


def test_it_is_signed_off_whole_and_stays_as_it_is(office, review, administrator, officer, second, signed_in):
    page, change = f"{PLACE}{review.pk}/sign_off/", f"{PLACE}{review.pk}/change/"
    of(review, officer).decide(by=administrator, decision="keep")
    assert page not in office.get(change).content.decode()
    refused = office.post(page)
    assert refused.status_code == 422
    assert "Some roles are to be decided still" in refused.content.decode()
    of(review, administrator).decide(by=second, decision="keep")
    assert page in office.get(change).content.decode()
    assert office.post(page)["Location"] == change
    review.refresh_from_db()
    assert review.signed_off_by == administrator
    assert Event.objects.get(verb="accessreview.sign_off").detail == {"roles": 2, "ended": 0}
    with pytest.raises(IntegrityError, match="signed off"), transaction.atomic():
        of(review, officer).decide(by=second, decision="end", reason="Late")
    with pytest.raises(IntegrityError, match="signed off"), transaction.atomic():
        ReviewedMembership.objects.filter(review=review).delete()
    with pytest.raises(IntegrityError, match="signed off"), transaction.atomic():
        AccessReview.objects.update(signed_off_by=second)
    assert "<form" in office.get(f"{PLACE}{review.pk}/roles/").content.decode()
    assert "radio" not in office.get(f"{PLACE}{review.pk}/roles/").content.decode()


def test_the_last_administrator_is_not_ended_by_it(signed_in, review, administrator, second):
    administrator.memberships.update(valid_to=TODAY + dt.timedelta(days=9))
    with pytest.raises(IntegrityError, match="administrator"):
        second.memberships.get().end(by=administrator, reason="Left")


def test_the_list_is_taken_away_as_csv(office, review, officer):
    response = office.get(f"{PLACE}{review.pk}/csv/")
    assert "Ama Officer,Police officer,Birmingham,2018-01-01" in response.content.decode()
    assert Event.objects.get(verb="accessreview.export").detail["rows"] == 2


def test_it_is_due_by_the_setting_and_home_says_so(office, review, administrator, officer, second, police, cgl):
    assert [agency.reviewed_at for agency in access_reviews_due()] == [None]
    assert "Never yet" in office.get("/").content.decode()
    for line in review.lines.all():
        line.decide(by=second, decision="keep")
    review.sign_off(by=administrator)
    assert not access_reviews_due()
    assert access_reviews_due(TODAY + dt.timedelta(days=93)).get() == police
    Setting.objects.filter(key="access_review_months").update(values=[4])
    assert not access_reviews_due(TODAY + dt.timedelta(days=93))


def test_an_agency_that_came_lately_is_not_due_yet(make_user, make_agency):
    user, agency = make_user(), make_agency()
    since = months_before(TODAY, 3)
    held = Membership.objects.create(
        user=user, agency=agency, role="rehab_provider", valid_from=since + dt.timedelta(days=1)
    )
    assert agency not in access_reviews_due()
    Membership.objects.filter(pk=held.pk).update(valid_from=since)
    assert agency in access_reviews_due()
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert agency not in access_reviews_due()


def test_months_end_where_they_end():
    assert months_before(dt.date(2026, 5, 31), 3) == dt.date(2026, 2, 28)
    assert months_before(dt.date(2026, 1, 15), 3) == dt.date(2025, 10, 15)


def test_fifty_roles_cost_what_two_do(office, police, make_user, administrator):
    def cost():
        review = AccessReview(agency=police)
        review.begin(by=administrator)
        with CaptureQueriesContext(connection) as queries:
            assert office.get(f"{PLACE}{review.pk}/roles/").status_code == 200
        review.lines.all().delete()
        review.delete()
        return len(queries)

    make_user("officer", police)
    office.get("/admin/")
    few = cost()
    for _ in range(45):
        make_user("officer", police)
    assert cost() == few


def test_the_list_is_filtered_by_whether_it_is_signed_off(office, review):
    for empty, shown in ((1, True), (0, False)):
        page = office.get(f"{PLACE}?signed_off_at__isempty={empty}")
        assert (str(review.pk) in page.content.decode()) == shown


def test_it_is_the_administrators_alone(signed_in, supervisor, review):
    client = signed_in(supervisor)
    for page in ("roles", "sign_off", "csv"):
        assert client.get(f"{PLACE}{review.pk}/{page}/").status_code == 403
