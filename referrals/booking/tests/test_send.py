"""A whole Divert referral, sent once: everything of it, or nothing."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from offenders.models import Offender
from partners.audit.models import Event
from partners.models import Area
from referrals.booking import operations, slots
from referrals.booking.models import Appointment
from referrals.journey_forms import WhoForm
from referrals.models import Deadline, Drug, Offence, Referral, Resolution


@pytest.fixture
def whole(worker, officer, cranstoun):
    """All that `send` takes, about someone new."""
    who = WhoForm({"given_names": "Robin", "family_name": "Once", "age": "30", "sex": "1", "area": "E08000025"})
    assert who.is_valid(), who.errors
    return {
        "by": officer, "person": who, "key": uuid.uuid4(),
        "slot": slots.free(cranstoun, worker=worker.pk, limit=1)[0],
        "resolution": {
            "offence": Offence.objects.get(code="92E"), "drug": Drug.objects.on().get(name="Cannabis"),
            "occurred_at": timezone.now(), "is_own_use": True, "is_supply_suspected": False, "is_aggravating": False,
            "accepts_responsibility": True, "agrees": True, "gravity_score": 1,
        },
    }  # fmt: skip


def counted():
    return [model.objects.count() for model in (Offender, Referral, Resolution, Appointment, Deadline, Event)]


def test_it_is_all_there_and_accepted_by_the_worker_of_the_slot(whole, worker):
    referral = operations.send(**whole)
    assert (referral.pk, referral.pathway, referral.status) == (whole["key"], "divert", "accepted")
    assert referral.worker == worker
    assert referral.area == Area.objects.get(name="Birmingham")
    assert referral.offender.family_name == "Once"
    appointment = referral.appointments.get()
    assert (appointment.status, appointment.starts_at) == ("booked", whole["slot"].starts_at)
    assert referral.resolution.drug.name == "Cannabis"
    assert referral.deadlines.get(kind="first_contact").kind == "first_contact"
    assert Appointment.objects.visible_to(worker).get() == Appointment.objects.visible_to(whole["by"]).get()


def test_the_same_sent_again_is_the_same_referral(whole):
    referral = operations.send(**whole)
    before = counted()
    assert operations.send(**whole) == referral
    assert counted() == before


def test_what_someone_else_sent_with_that_key_is_not_given_away(whole, make_user, police, npu):
    operations.send(**whole)
    with pytest.raises(ValidationError, match="used by someone else"):
        operations.send(**whole | {"by": make_user("officer", police, npu)})


def test_where_the_slot_was_taken_nothing_is_kept(whole, make_divert, officer):
    Appointment.book(make_divert(), by=officer, slot=whole["slot"])
    before = counted()
    with pytest.raises(slots.SlotTaken) as refusal:
        operations.send(**whole)
    assert len(refusal.value.offered) == 3
    assert counted() == before
    assert operations.send(**whole | {"slot": refusal.value.offered[0]}).status == "accepted"


def test_where_a_rule_is_not_met_nothing_is_kept(whole):
    before = counted()
    whole["resolution"] |= {"is_supply_suspected": True}
    with pytest.raises(ValidationError, match="cannot be sent"):
        operations.send(**whole)
    assert counted() == before


def test_what_was_held_for_it_is_let_go(whole, officer):
    hold = Appointment.hold(whole["slot"], by=officer, key=whole["key"])
    operations.send(**whole, hold=hold)
    assert Appointment.objects.get().status == "booked"


def test_nothing_is_kept_where_the_record_fails(whole, monkeypatch):
    record = Event.objects.record

    def fail(kind, verb, **said):
        if verb == "referral.accept_booked":
            raise RuntimeError
        return record(kind, verb, **said)

    before = counted()
    monkeypatch.setattr(Event.objects, "record", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        operations.send(**whole)
    assert counted() == before
