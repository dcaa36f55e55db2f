from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from offenders.amend import amend, history
from offenders.models import Entry
from offenders.workflow import TooLate
from partners.audit.models import Event
from referrals.booking.models import Intervention
from referrals.booking.worker_forms import WriteUpForm
from referrals.models import Drug


@pytest.fixture
def drugs(db):
    return list(Drug.objects.on()[:2])


def write_up(appointment, by, **fields):
    return Intervention.record(appointment, by=by, **{"how_it_went": "well", "agreed": "To cut down"} | fields)


def test_it_is_health_and_nobody_else_reads_it(make_appointment, worker, manager, officer, lead, drugs):
    row = write_up(make_appointment("attended"), worker, drugs=drugs)
    for user, reads in ((worker, True), (manager, True), (officer, False), (lead, False)):
        assert Intervention.objects.visible_to(user).exists() is reads, user
        assert Entry.objects.filter(sentence__contains="cut down").visible_to(user).exists() is reads, user
    assert Event.objects.get(verb="intervention.record").offenders == [row.offender_id]
    assert set(row.drugs.all()) == set(drugs)


def test_the_permission_alone_opens_no_health(make_appointment, worker, officer, cranstoun):
    row = write_up(make_appointment("attended"), worker)
    with mock.patch.object(officer, "permissions", officer.permissions | {"booking.view_intervention"}):
        assert Intervention.objects.visible_to(officer).count() == 0
    with mock.patch.object(officer, "permissions", worker.permissions):
        assert not Intervention.objects.amendable_by(officer).exists()
        with pytest.raises(PermissionDenied):
            Intervention.record(row.appointment, by=officer, how_it_went="well")
    with mock.patch.object(worker, "permissions", worker.permissions - {"booking.add_intervention"}):
        assert not Intervention.objects.amendable_by(worker).exists()
        with pytest.raises(PermissionDenied):
            write_up(row.appointment, worker)


@pytest.mark.parametrize(("points", "more"), [((2, 1, 1), False), ((2, 2, 1), True), ((4, 4, 4), True)])
def test_audit_c_is_added_up_by_the_database(make_appointment, worker, points, more):
    answers = dict(zip(("audit_frequency", "audit_units", "audit_binge"), points, strict=True))
    row = write_up(make_appointment("attended"), worker, **answers)
    assert (row.audit_c, row.asks_the_other_seven) == (sum(points), more)


def test_audit_c_is_answered_whole_or_not_at_all(make_appointment, worker):
    appointment = make_appointment("attended")
    with pytest.raises(ValidationError, match="all three"):
        write_up(appointment, worker, audit_units=2)
    form = WriteUpForm({"how_it_went": "well", "audit_units": "2"}, record=appointment, user=worker)
    assert set(form.errors) == {"audit_frequency", "audit_binge"}
    row = write_up(appointment, worker)
    assert row.audit_c is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Intervention.objects.update(audit_units=3)


def test_only_what_was_attended_is_written_up_and_once(make_appointment, worker, officer):
    to_come, attended = make_appointment(), make_appointment("attended")
    with pytest.raises(TooLate):
        write_up(to_come, worker)
    with pytest.raises(PermissionDenied):
        write_up(attended, officer)
    write_up(attended, worker)
    with pytest.raises(TooLate):
        write_up(attended, worker)


def test_it_is_amended_with_what_was_before_kept(make_appointment, worker, drugs):
    row = write_up(make_appointment("attended"), worker, drugs=drugs[:1], main_drug=drugs[0])
    amend(row, {"drugs": drugs, "agreed": "To stop"}, by=worker, reason="Misheard")
    (amendment,) = history([row], worker)
    said = {line.name: (line.was, line.now) for line in amendment.lines}
    assert said["drugs"][0] == str(drugs[0])
    assert str(drugs[1]) in said["drugs"][1]
    assert said["agreed"] == ("To cut down", "To stop")
    assert Entry.objects.filter(sentence__endswith="Agreed: To stop").exists()
    with pytest.raises(ValidationError):
        amend(row, {"drugs": drugs[1:]}, by=worker, reason="Misheard again")


def test_a_concern_waits_for_a_manager(make_appointment, worker, manager):
    row = write_up(make_appointment("attended"), worker, concern="Afraid to go home.")
    assert Intervention.objects.visible_to(manager).concerns().get() == row
    with pytest.raises(PermissionDenied):
        row.acknowledge(by=worker)
    row.acknowledge(by=manager)
    assert not Intervention.objects.concerns().exists()
    with pytest.raises(TooLate):
        row.acknowledge(by=manager)
    amend(row, {"concern": "Afraid to go home. Children there."}, by=worker, reason="Heard more")
    assert Intervention.objects.concerns().get() == row
