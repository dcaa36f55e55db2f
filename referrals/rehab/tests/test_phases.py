"""What each agency can and cannot see of one person, from the request for a place to consent withdrawn."""

import datetime as dt

import pytest
from django.utils import timezone

from offenders.models import Involvement
from referrals.rehab.models import Absence, Action, Assessment, Case, FollowUp, Placement, PlacementQuestion, Plan

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)
HEALTH = "canary-of-the-health"
BEGAN = TODAY - 120 * DAY

REQUEST = {"person", "stay"}


@pytest.fixture
def who(facilitator, cgl_worker, make_user, make_agency, make_agreement, make_rehab_unit, police):
    """{who: a worker of theirs}, all of agencies with an agreement, so that nothing but the work opens the person."""
    charity = make_agency("charity", name="Roofs")
    make_agreement(police, charity, categories=["identity", "case", "general"])
    rehabs = {name: make_rehab_unit(name=name).agency for name in ("declined", "chosen", "other")}
    workers = {name: make_user("rehab_provider", agency) for name, agency in rehabs.items()}
    return workers | {"team": facilitator, "cgl": cgl_worker, "partner": make_user("throughcare_partner", charity)}


def seen(user, case, client):
    """What of this person's work the scopes give this user. A page opens where a scope gives its row, nowhere else."""
    client.force_login(user)
    kinds = {
        "case": Case.objects.visible_to(user).filter(pk=case.pk),
        "stay": Placement.objects.visible_to(user).filter(case=case),
        "question": PlacementQuestion.objects.visible_to(user).filter(placement__case=case),
        "absence": Absence.objects.visible_to(user).filter(placement__case=case),
        "assessment": Assessment.objects.visible_to(user).filter(case=case),
        "plan": Plan.objects.visible_to(user).filter(case=case),
        "action": Action.objects.visible_to(user).filter(domain__plan__case=case),
        "follow-up": FollowUp.objects.visible_to(user).filter(case=case),
    }
    found = {name for name, rows in kinds.items() if rows.exists()}
    for name, model, all_of_it in (
        ("case", Case, {"pk": case.pk}), ("stay", Placement, {"case": case}),
        ("action", Action, {"domain__plan__case": case}),
    ):  # fmt: skip
        may = set(kinds[name].values_list("pk", flat=True))
        for row in model.objects.filter(**all_of_it):
            status = client.get(row.get_absolute_url()).status_code
            assert (status == 200) is (row.pk in may), (user, row, status)
    opens = client.get(case.offender.get_absolute_url()).status_code == 200
    return found | ({"person"} if opens else set())


def reads(user, case, client):
    """Whether the words of CGL's assessment are on the pages of the case for this user."""
    client.force_login(user)
    return HEALTH in client.get(f"{case.get_absolute_url()}assessment/").content.decode()


def past(involvements):
    """Have their last day be yesterday."""
    involvements.update(valid_from=BEGAN, valid_to=TODAY - DAY)


def ask(case, who, name, by):
    unit = who[name].membership.agency.rehab_units.get()
    return Placement.request(case, by=by, unit=unit, on=BEGAN + 5 * DAY, needs="Heroin")


def test_each_agency_sees_its_part_at_each_phase(
    client, who, make_case, make_consent, facilitator, cgl, cgl_worker, police
):
    case = make_case(on=BEGAN)

    def sees():
        return {name: found for name, user in who.items() if (found := seen(user, case, client))}

    # before anything is shared
    assert sees() == {"team": {"person", "case"}}

    # a place is requested of two rehabs, one of which asks back
    case.share(by=facilitator, agency=cgl, co_worker=cgl_worker, on=BEGAN)
    Assessment.record(case, by=cgl_worker, assessed_on=BEGAN, part="treatment", health=HEALTH)
    stay, declined = ask(case, who, "chosen", facilitator), ask(case, who, "declined", facilitator)
    PlacementQuestion.ask(stay, by=who["chosen"], text="Who brings them?")
    team, partly = {"person", "case", "stay", "question"}, {"person", "case", "stay", "assessment"}
    asked = {"cgl": partly, "chosen": {*REQUEST, "question"}, "declined": REQUEST}
    assert sees() == asked | {"team": team}
    assert not reads(facilitator, case, client)
    consent = make_consent(case.offender, police)
    assert sees() == asked | {"team": {*team, "assessment"}}
    assert reads(facilitator, case, client)

    # in rehab: the one that declined sees its own request for a while, and nothing of what came of the other
    declined.decline(by=who["declined"], decline_reason="full", on=BEGAN + 6 * DAY)
    stay.offer(by=who["chosen"], on=BEGAN + 7 * DAY)
    stay.book(by=facilitator, expected_arrival=BEGAN + 10 * DAY, on=BEGAN + 7 * DAY)
    stay.arrive(by=who["chosen"], on=BEGAN + 10 * DAY)
    left = timezone.now() - 2 * DAY
    Absence.record(stay, by=who["chosen"], kind="appointment", left_at=left, due_back=left + DAY)
    team, partly = {*team, "assessment", "absence"}, {*partly, "absence"}
    house = {*REQUEST, "question", "absence"}
    assert sees() == {"team": team, "cgl": partly, "chosen": house, "declined": REQUEST}
    assert list(Placement.objects.visible_to(who["declined"])) == [declined]

    # throughcare: a partner has one action and nothing else, until it is answered
    plan = Plan.begin(case, by=facilitator)
    domains = {row.domain: row for row in plan.domains.all()}
    charity = who["partner"].membership.agency
    theirs = Action.add(domains["housing"], by=facilitator, agency=charity, text="A room", due_on=TODAY)
    Action.add(domains["health"], by=cgl_worker, agency=cgl, text=HEALTH, due_on=TODAY)
    stay.depart(by=who["chosen"], departure_reason="completed", on=TODAY - DAY)
    team, partly = ({*found, "plan", "action", "follow-up"} for found in (team, partly))
    after = {"team": team, "cgl": partly, "chosen": house, "declined": REQUEST}
    assert sees() == after | {"partner": {"action"}}
    assert list(Action.objects.visible_to(who["partner"])) == [theirs]
    theirs.do(by=who["partner"])
    assert Involvement.objects.get(matter=theirs.pk).valid_to == TODAY
    past(Involvement.objects.filter(matter=theirs.pk))
    assert sees() == after

    # closed, and consent withdrawn: what another agency found of health is gone on the next request
    case.refresh_from_db()
    case.close(by=facilitator, ending="completed")
    consent.withdraw(by=facilitator, how="phone", reason="Changed their mind")
    assert not reads(facilitator, case, client)
    assert reads(cgl_worker, case, client)
    team -= {"assessment"}
    assert sees() == after | {"team": team}  # the others for a while

    # and then
    past(Involvement.objects.filter(offender=case.offender).exclude(agency=police))
    assert sees() == {"team": team}
