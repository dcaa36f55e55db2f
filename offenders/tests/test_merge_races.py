"""Fifty at once: one merge, and a sentence for everyone else."""

import pytest
from django.utils import timezone

from offenders.merge import TooLate, merge, review, unmerge
from offenders.models import Merge, Note, Offender
from partners.audit.models import Event
from partners.models import User
from referrals.tests.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(make_referral):
    return make_referral().offender, make_referral().offender


def one_merge(kept, gone, by):
    def job():
        people = [Offender.objects.get(pk=person.pk) for person in (kept, gone)]
        return merge(*people, choices={}, by=User.objects.get(pk=by.pk), reason="Same custody number")

    return job


def test_fifty_merge_the_same_pair_either_way_round(two, supervisor):
    results = at_once(*[one_merge(*two[:: (-1) ** n], supervisor) for n in range(50)])
    assert {type(result) for result in results} == {Merge, TooLate}
    assert sum(isinstance(result, Merge) for result in results) == 1
    assert {str(error) for error in results if isinstance(error, TooLate)} == {"These two records were merged already."}
    assert Event.objects.filter(verb="offender.merge").count() == Merge.objects.count() == 1
    assert Offender.objects.filter(merged_into__isnull=False).count() == 1


def test_un_merge_and_review_and_another_merge_at_once(two, supervisor, make_user, make_referral, police, team):
    second, third = make_user("supervisor", police, team), make_referral().offender
    done = one_merge(*two, supervisor)()

    def undo():
        return unmerge(Merge.objects.get(pk=done.pk), by=User.objects.get(pk=supervisor.pk), reason="Brothers")

    def look():
        return review(Merge.objects.get(pk=done.pk), by=User.objects.get(pk=second.pk))

    results = at_once(*[undo, look, one_merge(third, two[0], supervisor)] * 5)
    undone = [result for result in results[::3] if isinstance(result, Merge)]
    assert len(undone) <= 1
    for merged in Merge.objects.standing():
        assert merged.gone.merged_into_id == merged.kept_id or merged.kept.merged_into_id
    assert Event.objects.filter(verb="offender.unmerge").count() == len(undone)
    assert not [r for r in results if isinstance(r, Exception) and not str(r)]


def test_a_note_written_at_the_moment_of_a_merge_goes_with_it(two, supervisor, facilitator):
    def note():
        person = Offender.objects.get(pk=two[1].pk)
        by = User.objects.get(pk=facilitator.pk)
        Note.write(person, by=by, kind="visit", text="Met", happened_at=timezone.now(), category="general")

    results = at_once(*[note] * 10, one_merge(*two, supervisor), *[note] * 10)
    assert [r for r in results if r] == [Merge.objects.get()]
    assert Note.objects.filter(offender=two[0]).count() == 20
