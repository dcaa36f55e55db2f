"""Ids that are not the team's, put among those that are to be given."""

import datetime as dt

import pytest

from partners.models import Unit
from referrals.allocation import AllocationForm
from referrals.rehab.allocation import Caseload
from referrals.rehab.models import Case

API = "/api/v1/cases-to-allocate/"
REASON = "To share the work out"


@pytest.fixture
def colleague(make_user, police, team):
    return make_user("facilitator", police, team, family_name="Colleague")


@pytest.fixture
def foreign(make_case, make_agency):
    """A case of another agency's team."""
    there = make_agency("police")
    unit = Unit.objects.create(agency=there, name="Theirs", kind=Unit.Kind.TEAM, valid_from=dt.date(2018, 1, 1))
    case = make_case()
    type(case.referral).objects.filter(pk=case.referral_id).update(to_agency=there, to_unit=unit)
    Case.objects.filter(pk=case.pk).update(agency=there, unit=unit)
    return case


def test_one_crafted_id_gives_nothing(
    signed_in, make_case, make_user, police, team, restrict, facilitator, colleague, foreign, officer, cgl_worker
):
    supervisor = make_user("supervisor", police, team)  # named for nobody
    own, closed, hidden = make_case(), make_case(), make_case()
    closed.close(by=facilitator, ending="moved", outcome="Moved away")
    restrict(hidden.offender, facilitator)
    browser = signed_in(supervisor)

    def give(rows, to=colleague):
        said = {"rows": [str(one.referral_id) for one in rows], "to": str(to.pk), "reason": REASON}
        return browser.post(API, said, content_type="application/json")

    answers = [give([own, wrong]) for wrong in (closed, hidden, foreign)]
    assert [answer.status_code for answer in answers] == [400, 400, 400]
    told = {answer.content.decode().replace(str(one.referral_id), "") for answer, one in
            zip(answers, (closed, hidden, foreign), strict=True)}  # fmt: skip
    assert len(told) == 1  # nor does it say which of them there is
    assert [give([own], to=to).status_code for to in (officer, cgl_worker)] == [400, 400]
    assert browser.get(API, {"held_by": str(officer.pk)}).status_code == 400
    assert not Case.objects.filter(facilitator=colleague).exists()
    listed = Caseload.rows(supervisor)
    said = {"which": "all", "to": colleague.pk, "reason": REASON}
    form = AllocationForm(said, user=supervisor, pool=Caseload, listed=listed)
    assert form.is_valid()
    assert [row.pk for row in form.cleaned_data["chosen"]] == [own.referral_id]
