"""Who sees which case, by page, API and export alike."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from offenders.models import NamedUser, Note
from partners.models import Agreement
from referrals.rehab.models import Assessment, Case

TODAY = timezone.localdate()
CANARY = "canary-of-health"


def seen_by(client, user):
    """Whether the page, the list, the file and the API show a case to this user; they agree, or this fails."""
    client.force_login(user)
    case = Case.objects.get()
    answers = {
        client.get(reverse("rehab:case", args=[case.pk])).status_code == 200,
        client.get(reverse("api:case-detail", args=[case.pk])).status_code == 200,
    }
    lists = [reverse(name) for name in ("rehab:team_caseload", "rehab:team_caseload_csv", "api:case-list")]
    if user.has_perm("rehab.view_case"):
        answers |= {case.offender.reference in client.get(url).content.decode() for url in lists}
    else:
        answers |= {client.get(url).status_code == 200 for url in lists}
    assert len(answers) == 1
    return answers.pop()


@pytest.fixture
def case(make_case):
    return make_case()


def test_the_team_sees_its_cases_and_others_do_not(
    client, case, facilitator, supervisor, officer, provider, cgl_worker
):
    assert seen_by(client, facilitator)
    assert seen_by(client, supervisor)
    for stranger in (officer, provider, cgl_worker):
        assert not seen_by(client, stranger)


def test_a_team_of_another_agency_does_not(client, case, make_user, make_agency):
    agency = make_agency("police")
    team = agency.units.create(name="Their team", kind="team", valid_from=dt.date(2018, 1, 1))
    assert not seen_by(client, make_user("facilitator", agency, team))


def test_cgl_sees_a_case_while_it_is_shared_and_the_agreement_lives(client, case, facilitator, cgl, cgl_worker):
    case.share(by=facilitator, agency=cgl)
    assert seen_by(client, cgl_worker)
    Agreement.objects.update(valid_to=TODAY - dt.timedelta(days=1))
    assert not seen_by(client, cgl_worker)


def test_a_restricted_person_is_seen_by_those_named_alone(client, case, facilitator, supervisor):
    offender = case.offender
    offender.is_restricted = True
    offender.save(update_fields=["is_restricted"])
    NamedUser.objects.create(offender=offender, user=supervisor, valid_from=TODAY, recorded_by=supervisor)
    assert seen_by(client, supervisor)
    assert not seen_by(client, facilitator)


def test_an_officer_has_no_caseload(client, officer):
    client.force_login(officer)
    for name in ("caseload", "team_caseload", "caseload_csv", "team_caseload_csv", "to_assess"):
        assert client.get(reverse(f"rehab:{name}")).status_code == 403
    assert client.get(reverse("api:case-list")).status_code == 403
    assert client.get(reverse("api:assessment-list")).status_code == 403


@pytest.fixture
def assessed(case, facilitator, cgl, cgl_worker):
    case.share(by=facilitator, agency=cgl)
    substances = [{"substance": "heroin", "daily_spend": "91.37", "route": "inject"}]
    Assessment.record(case, by=cgl_worker, assessed_on=TODAY, substances=substances, health=CANARY)
    Note.write(
        case.offender, by=cgl_worker, kind="visit", text=CANARY, happened_at=timezone.now(), category="health",
        matters=[case.pk],
    )  # fmt: skip
    return case


def everything(client, user, case):
    """All that the pages and the API say of this case to this user."""
    client.force_login(user)
    names = ["case", "case_timeline", "case_assessment", "case_rehab", "case_throughcare", "case_notes", "assess"]
    urls = [reverse(f"rehab:{name}", args=[case.pk]) for name in names]
    urls += [f"{reverse('api:assessment-list')}?case={case.pk}", reverse("api:case-detail", args=[case.pk])]
    urls += [reverse("rehab:team_caseload"), reverse("rehab:team_caseload_csv"), reverse("api:case-list")]
    return "".join(client.get(url).content.decode() for url in urls)


def test_health_of_another_agency_opens_with_consent_and_closes_with_it(
    client, assessed, facilitator, supervisor, cgl_worker, police, make_consent
):
    for user in (facilitator, supervisor):
        told = everything(client, user, assessed)
        assert CANARY not in told
        assert "91.37" not in told
        assert "CGL holds an assessment" in told
        assert "None recorded" in told  # the visit they may not read is no contact that they know of
    assert CANARY in everything(client, cgl_worker, assessed)
    consent = make_consent(assessed.offender, police, by=cgl_worker)
    assert CANARY in everything(client, facilitator, assessed)
    consent.withdraw(by=facilitator, how="phone", reason="Changed their mind")
    assert CANARY not in everything(client, facilitator, assessed)


def test_neither_officer_nor_provider_reads_an_assessment(client, assessed, officer, provider, make_placement):
    make_placement("arrived", case=assessed)
    for user in (officer, provider):
        told = everything(client, user, assessed)
        assert CANARY not in told
        assert "91.37" not in told


def test_savings_tell_no_pounds_a_day_that_are_not_theirs_to_know(
    client, assessed, facilitator, cgl_worker, make_placement
):
    make_placement("arrived", case=assessed, on=TODAY - dt.timedelta(days=10))
    url = reverse("rehab:case", args=[assessed.pk])
    for user, told in ((facilitator, False), (cgl_worker, True)):
        client.force_login(user)
        assert ("Saved so far" in client.get(url).content.decode()) is told
