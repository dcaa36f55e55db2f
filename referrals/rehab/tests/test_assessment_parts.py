"""An assessment in parts by two agencies: kept as it goes, each agency's alone until it is finished, then counted."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from offenders.models import Entry
from offenders.workflow import TooLate
from partners.audit.models import Event
from referrals.rehab.models import Assessment
from referrals.rehab.questions import Part
from referrals.rehab.savings import savings_for

TODAY = timezone.localdate()
HEROIN = {"substance": "heroin", "daily_spend": Decimal(80)}


@pytest.fixture
def case(make_case, facilitator, cgl):
    case = make_case("assessing", on=TODAY - dt.timedelta(days=90))
    case.share(by=facilitator, agency=cgl)
    return case


@pytest.fixture
def begun(case, facilitator):
    return Assessment.begin(case, by=facilitator, part=Part.OFFENDING)


def test_two_agencies_finish_a_part_each_of_one_round(case, begun, facilitator, cgl_worker):
    theirs = Assessment.begin(case, by=cgl_worker, part=Part.TREATMENT)
    assert (begun.round, theirs.round) == (1, 1)
    assert case.assessments.missing() == [Part.OFFENDING, Part.TREATMENT]
    begun.keep(by=facilitator, substances=[HEROIN], asked={"substances": "What do they take?"})
    begun.finish(by=facilitator)
    assert case.assessments.missing() == [Part.TREATMENT]
    theirs.keep(by=cgl_worker, prescribing="Methadone")
    theirs.finish(by=cgl_worker)
    assert case.assessments.missing() == []
    assert Assessment.begin(case, by=facilitator, part=Part.OFFENDING).round == 2
    assert case.assessments.missing() == []  # what is only begun takes nothing from the round before
    told = Entry.objects.filter(offender=case.offender, sentence__startswith="Assessed")
    assert set(told.values_list("sentence", flat=True)) == {
        "Assessed: offending", "Assessed: treatment and health",
    }  # fmt: skip


def test_what_is_kept_is_one_change_and_the_same_again_is_none(begun, facilitator):
    for _ in range(2):
        begun.keep(by=facilitator, housing="A hostel", substances=[HEROIN], asked={"housing": "Where do they live?"})
    begun.refresh_from_db()
    assert (begun.housing, begun.asked) == ("A hostel", {"housing": "Where do they live?"})
    assert [str(one) for one in begun.substances.all()] == ["Heroin"]
    kept = Event.objects.about(begun).get(verb="assessment.keep")
    assert sorted(kept.detail["fields"]) == ["asked", "housing", "substances"]
    assert ("Where do they live?", "A hostel") in begun.answers


def test_one_not_finished_is_its_own_agencys_alone(case, begun, supervisor, facilitator, cgl_worker):
    assert all(Assessment.objects.visible_to(user).contains(begun) for user in (facilitator, supervisor))
    assert not Assessment.objects.visible_to(cgl_worker).exists()
    assert not Assessment.objects.amendable_by(facilitator).exists()
    with pytest.raises(PermissionDenied):
        begun.keep(by=cgl_worker, housing="Elsewhere")
    begun.keep(by=supervisor, housing="A hostel")
    begun.finish(by=supervisor)
    assert Assessment.objects.visible_to(cgl_worker).contains(begun)
    assert begun.by == supervisor


def test_one_that_says_nothing_or_is_of_a_closed_case_is_not_finished(case, begun, facilitator):
    with pytest.raises(ValidationError, match="Say what they take"):
        begun.finish(by=facilitator)
    begun.keep(by=facilitator, housing="A hostel")
    with pytest.raises(ValidationError, match="cannot be before"):
        begun.finish(by=facilitator, on=case.opened_on - dt.timedelta(days=1))
    case.refer_on(by=facilitator, reason="Another service")
    for write in (begun.finish, begun.keep, begun.discard):
        with pytest.raises(ValidationError, match="closed"):
            write(by=facilitator)
    with pytest.raises(ValidationError, match="closed"):
        Assessment.begin(case, by=facilitator)


def test_finished_is_finished(begun, facilitator):
    begun.keep(by=facilitator, housing="A hostel")
    begun.finish(by=facilitator)
    for write in (begun.finish, begun.keep, begun.discard):
        with pytest.raises(TooLate):
            write(by=facilitator)


def test_what_was_begun_by_mistake_goes_and_that_it_was_begun_stays(case, begun, facilitator):
    begun.keep(by=facilitator, substances=[HEROIN])
    begun.discard(by=facilitator)
    assert not case.assessments.exists()
    verbs = Event.objects.filter(subject_type="rehab.assessment").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["assessment.begin", "assessment.keep", "assessment.discard"]


def test_savings_count_the_latest_finished_that_asked_about_substances(case, facilitator, cgl_worker, make_placement):
    def on(ago):
        return TODAY - dt.timedelta(days=ago)

    case.bring_in(by=facilitator)
    make_placement("arrived", case=case, on=on(10))
    Assessment.record(case, by=facilitator, assessed_on=on(20), substances=[HEROIN])
    yesterday = on(1)
    assert savings_for(case.offender, yesterday).central == 800
    Assessment.record(case, by=cgl_worker, assessed_on=on(15), part=Part.TREATMENT, health="Fair")
    again = Assessment.begin(case, by=facilitator, part=Part.OFFENDING, on=on(15))
    again.keep(by=facilitator, substances=[{"substance": "crack", "daily_spend": Decimal(10)}])
    assert savings_for(case.offender, yesterday).central == 800
    again.finish(by=facilitator)
    assert savings_for(case.offender, yesterday).central == 100


def test_the_database_keeps_a_part_once_a_round_and_one_under_way_in_an_agency(case, begun, facilitator, police):
    row = {"case": case, "by": facilitator, "agency": police, "finished_at": timezone.now()}
    for wrong in (
        {"part": Part.OFFENDING, "round": 1, "assessed_on": TODAY - dt.timedelta(days=1)},
        {"part": Part.WHOLE, "round": 1, "assessed_on": TODAY},
        {"part": Part.TREATMENT, "round": 1, "assessed_on": TODAY, "finished_at": None},
        {"part": Part.TREATMENT, "round": 0, "assessed_on": TODAY},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Assessment.objects.create(**row | wrong)
    Assessment.objects.create(**row, part=Part.TREATMENT, round=1, assessed_on=TODAY)


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_at_once_begin_one(make_case, facilitator, supervisor):
    case, came = make_case("assessing"), []

    def begin(user):
        try:
            came.append(Assessment.begin(case, by=user, part=Part.OFFENDING))
        except ValidationError as error:
            came.append(error.messages)
        finally:
            connection.close()

    threads = [threading.Thread(target=begin, args=[user]) for user in (facilitator, supervisor)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert case.assessments.count() == 1
    assert ["Your agency has begun one that is not finished. Carry on with that one."] in came
