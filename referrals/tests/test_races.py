"""Two people at once: one wins, and the record says so once."""

import threading
import uuid

import pytest
from django.db import connection

from offenders.models import Offender
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.models import User
from referrals.models import Referral, Resolution

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs):
    """Run these in threads of their own, all let go at the same moment; what each gave or raised."""
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place, job):
        try:
            barrier.wait()
            results[place] = job()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_opposite_steps_one_wins(make_referral, facilitator, officer):
    for _ in range(3):
        referral = make_referral("submitted")

        def accept(pk=referral.pk):
            user = User.objects.get(pk=facilitator.pk)
            Referral.objects.get(pk=pk).accept(by=user, worker=user)

        def decline(pk=referral.pk):
            Referral.objects.get(pk=pk).decline(by=User.objects.get(pk=facilitator.pk), reason="Under 18")

        results = at_once(accept, decline)
        assert [type(result) for result in results if result] == [IllegalStep]
        taken = Event.objects.about(referral).filter(verb__in=["referral.accept", "referral.decline"])
        referral.refresh_from_db()
        assert taken.get().after == {"status": referral.status}


def test_two_presses_make_one_referral(signed_in, officer):
    clients = [signed_in(officer) for _ in range(2)]
    first = clients[0].get("/referrals/new/", {"pathway": "o2r"}).url
    key = first.split("/")[3]
    clients[1].cookies = clients[0].cookies
    address = f"/referrals/new/{key}"
    who = {"given_names": "Robin", "family_name": "Twice", "age": "30", "sex": "1"}
    why = {"source": "officer", "funds_addiction": "yes", "offending_area": "E08000025"}
    assert clients[0].post(first, who).status_code == 302
    clients[0].get(f"{address}/match/")
    assert clients[0].post(f"{address}/why/", why).url == f"{address}/check/"
    first, second = at_once(*[lambda c=client: c.post(f"{address}/check/", {"action": "send"}) for client in clients])
    assert (first.status_code, first.url) == (second.status_code, second.url) == (302, f"/referrals/{key}/sent/")
    assert Referral.objects.get().pk == uuid.UUID(key)
    assert Offender.objects.filter(family_name="Twice").count() == 1
    assert Event.objects.filter(verb="referral.submit").count() == 1
    assert clients[0].post(f"{address}/check/", {"action": "send"}).url == f"/referrals/{key}/sent/"
    assert Referral.objects.count() == 1


def test_of_two_leads_who_decide_one_is_first(make_divert, lead, make_user, police):
    other = make_user("resolution_lead", police, lead.membership.unit)
    for _ in range(3):
        resolution = make_divert("accepted", gravity_score=4).resolution

        def approve(pk=resolution.pk):
            Resolution.objects.get(pk=pk).approve(by=User.objects.get(pk=lead.pk))

        def refuse(pk=resolution.pk):
            Resolution.objects.get(pk=pk).refuse(by=User.objects.get(pk=other.pk), reason="Not enough evidence")

        results = at_once(approve, refuse)
        assert [type(result) for result in results if result] == [IllegalStep]
        taken = Event.objects.about(resolution).filter(verb__in=["resolution.approve", "resolution.refuse"]).get()
        resolution.refresh_from_db()
        assert taken.after == {"approval": resolution.approval}
        assert resolution.decided_by == taken.by
        withdrawn = Referral.objects.get(pk=resolution.referral_id).status == "withdrawn"
        assert withdrawn == (resolution.approval == "refused")


def test_a_formal_outcome_is_recorded_by_one_of_two(make_divert, lead):
    resolution = make_divert("not_engaged").resolution

    def formalise(outcome):
        said = {"formal_on": resolution.day, "formal_reason": "supply_suspected"}
        user = User.objects.get(pk=lead.pk)
        Resolution.objects.get(pk=resolution.pk).formalise(by=user, formal_outcome=outcome, **said)

    results = at_once(lambda: formalise("charged"), lambda: formalise("cautioned"))
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "TooLate"]
    assert Event.objects.filter(verb="resolution.formalise").count() == 1


def test_who_engages_while_it_is_refused_has_engaged_or_not(make_divert, lead, cranstoun_worker):
    for _ in range(3):
        resolution = make_divert("accepted", gravity_score=4).resolution

        def engage(pk=resolution.referral_id):
            Referral.objects.get(pk=pk).engage(by=User.objects.get(pk=cranstoun_worker.pk))

        def refuse(pk=resolution.pk):
            Resolution.objects.get(pk=pk).refuse(by=User.objects.get(pk=lead.pk), reason="Not enough evidence")

        assert len([result for result in at_once(engage, refuse) if result]) == 1
        resolution.refresh_from_db()
        status = Referral.objects.get(pk=resolution.referral_id).status
        assert (status, resolution.approval) in {("engaged", "asked"), ("withdrawn", "refused")}
