"""The spreadsheet walks the real steps: all or nothing, once, and the figures come out true."""

import datetime as dt
import io
import json
import random

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from offenders.models import Amendment, Entry, Offender
from partners.audit.models import Event
from partners.models import Agency, Membership, Unit, User
from referrals.models import Referral
from referrals.rehab.models import Assessment, Case, FollowUp, Placement, RehabUnit

from .pilot_file import as_csv, pilot_rows

pytestmark = pytest.mark.django_db

PERSON = {
    "reference": "R1", "given_names": "Ama", "family_name": "Bird", "date_of_birth": "1/2/1990", "sex": "F",
    "ethnicity": "White Irish", "area": "Walsall", "referred_on": "2022-01-10", "referred_by_agency": "WMP",
    "unit": "Coventry",
}  # fmt: skip
ASSESSED = {"assessed_on": "2022-01-12", "daily_spend_gbp": "80", "decision": "brought_in", "decided_on": "13/1/2022"}
ADMITTED = {"rehab_unit": "Elm House", "admitted_on": "2022-02-01"}
DEPARTED = {"departed_on": "2022-03-01", "departure_reason": "completed", "move_on": "tenancy"}
FOLLOWED_UP = {"followup_weeks": "4", "followup_on": "2022-03-30", "abstinent": "yes", "offending": "no"}
STAY = ADMITTED | DEPARTED
WHOLE = PERSON | ASSESSED | STAY | FOLLOWED_UP


def everything():
    """How many rows of each table there are, and the last event."""
    counts = {model._meta.label: model._base_manager.count() for model in apps.get_models() if model._meta.managed}
    return counts | {"last": Event.objects.order_by("id").values_list("id", flat=True).last()}


def story():
    """What is recorded of each reference, without keys and clocks."""
    told = {}
    for referral in Referral.objects.select_related("offender", "case", "worker", "from_unit"):
        case = getattr(referral, "case", None)
        person = referral.offender
        facts = [
            str(person), person.date_of_birth, person.sex, person.ethnicity, person.deceased_on, referral.area_id,
            referral.status, referral.referred_on, str(referral.from_agency), str(referral.from_unit),
        ]  # fmt: skip
        if case:
            stays = case.placements.order_by("arrived_on")
            facts += [case.phase, case.decision, case.decided_on, case.opened_on, str(case.facilitator)]
            facts += [list(Assessment.objects.filter(case=case).with_spend().order_by("assessed_on")
                           .values_list("assessed_on", "daily_spend"))]  # fmt: skip
            facts += [list(stays.values_list("unit__name", "arrived_on", "departed_on", "departure_reason", "move_on"))]
            facts += [sorted(map(str, case.follow_ups.values_list(
                "weeks", "due_on", "done_on", "abstinent", "offending", "placement__arrived_on")))]  # fmt: skip
        told[referral.external_reference] = facts
    return told


def report(**options):
    out = io.StringIO()
    call_command("report", "o2r_pilot", "--from=2021-07-01", "--to=2022-06-30", "--json", stdout=out, **options)
    return {(row["measure"], row["unit"]): row["value"] for row in json.loads(out.getvalue(), parse_float=str)}


def test_the_pilots_year_comes_out_as_the_paper_has_it(bring_in):
    said = bring_in(data=as_csv(pilot_rows()))
    assert "159 of 159 references" in said
    figures = report(as_of="2022-12-31")
    assert figures["referrals", "referrals"] == 136
    assert figures["assessed_and_brought_in_or_referred_on", "people"] == 95
    assert figures["rehab_admissions", "admissions"] == 27
    assert figures["rehab_days", "days"] == 1108
    assert figures["drug_and_alcohol_spend_avoided", "GBP"] == "155637.00"
    assert figures["stolen_goods_prevented", "GBP"] == "466911.00"
    assert figures["abstinent_and_not_offending", "people"] == 8
    assert figures["abstinent_and_not_offending", "percent"] == "29.6296"
    before = everything()
    assert "Nothing was written" in bring_in(data=as_csv(pilot_rows()), create_missing=False)
    assert everything() == before


def test_a_life_is_walked_through_the_real_steps(bring_in):
    bring_in(WHOLE)
    referral = Referral.objects.get(external_reference="R1")
    case = referral.case
    stay, importer = case.placements.get(), User.objects.get(email="import@throughcare.invalid")
    assert (referral.status, referral.outcome, referral.source) == ("completed", "Brought in", "officer")
    assert (referral.from_unit.name, referral.from_unit.kind) == ("Coventry", Unit.Kind.NPU)  # of the day
    assert (case.phase, str(case.decided_on), str(case.opened_on)) == ("throughcare", "2022-01-13", "2022-01-12")
    assert (stay.days(), stay.departure_reason, stay.move_on) == (28, "completed", "tenancy")
    assert not importer.has_usable_password()
    told = [
        (f"{entry.happened_at:%Y-%m-%d}", entry.sentence)
        for entry in Entry.objects.order_by("happened_at", "recorded_at")
    ]
    assert ("2022-01-10", "Referral sent") in told
    assert ("2022-02-01", "Arrived in rehab") in told
    assert ("2022-03-01", "Departed from rehab: completed") in told
    follow_up = case.follow_ups.get(weeks=4)
    assert (follow_up.placement, str(follow_up.due_on), follow_up.abstinent) == (stay, "2022-03-29", "yes")
    assert case.follow_ups.filter(done_on=None).count() == 4
    verbs = list(Event.objects.order_by("id").values_list("verb", flat=True))
    steps = ["offender.add", "referral.submit", "referral.accept", "case.begin", "case.bring_in", "placement.arrive",
             "placement.depart", "follow_up.record"]  # fmt: skip
    assert [verb for verb in verbs if verb in steps] == steps
    event = Event.objects.get(verb="import_o2r")
    assert (event.kind, event.by, len(event.detail["sha256"])) == ("administration", importer, 64)
    assert Event.objects.filter(by=None).count() == 0


def test_how_far_a_line_goes_is_how_far_the_record_goes(bring_in):
    by = {"facilitator_email": "ruth.okoro@wmp.example"}
    bring_in(PERSON, PERSON | by | {"reference": "R2"}, PERSON | ASSESSED | by | {"reference": "R3"})
    statuses = dict(Referral.objects.values_list("external_reference", "status"))
    assert statuses == {"R1": "submitted", "R2": "accepted", "R3": "completed"}
    assert str(Case.objects.get().facilitator) == "Ruth Okoro"


@pytest.mark.parametrize(
    ("decision", "phase"), [("referred_on", "closed"), ("withdrew", "closed"), ("brought_in", "preparing")]
)
def test_a_decision_on_a_day_not_known_is_put_on_the_assessment_or_the_referral(bring_in, decision, phase):
    bring_in(
        PERSON | {"decision": decision},
        PERSON | {"reference": "R2", "decision": decision, "assessed_on": "2022-01-20"},
    )
    days = {case.referral.external_reference: str(case.decided_on) for case in Case.objects.filter(phase=phase)}
    assert days == {"R1": "2022-01-10", "R2": "2022-01-20"}


def test_a_bad_last_line_writes_nothing(bring_in):
    before = everything()
    with pytest.raises(CommandError, match="Line 229, referred_on, “31/2/2022”"):
        bring_in(*pilot_rows(), PERSON | {"referred_on": "31/2/2022"})
    assert everything() == before


def test_a_step_that_fails_writes_nothing(bring_in, monkeypatch):
    def fail(*args, **options):
        raise LookupError("No such luck.")

    monkeypatch.setattr(FollowUp, "add", fail)
    before = everything()
    with pytest.raises(CommandError, match="Line 3, reference, “R2”: No such luck"):
        bring_in(PERSON, PERSON | {"reference": "R2", "followup_on": "2022-02-01"})
    assert everything() == before


def test_check_writes_nothing_and_says_what_would_be_made(bring_in):
    before = everything()
    said = bring_in(WHOLE, check=True)
    assert "Rehab unit would be made: Elm House" in said
    assert "nothing wrong" in said
    assert everything() == before


def test_a_longer_file_adds_only_what_is_new(bring_in):
    lines = [
        PERSON,
        ASSESSED,
        ADMITTED,
        ADMITTED | DEPARTED,
        FOLLOWED_UP,
        {"rehab_unit": "Harbour View", "admitted_on": "2022-05-01"},
        {"assessed_on": "2022-06-01", "daily_spend_gbp": "20"},
    ]
    lines = [{"reference": "R1"} | line for line in lines]
    for number in range(1, len(lines) + 1):
        bring_in(*lines[:number])
        before = everything()
        bring_in(*lines[:number])
        assert everything() == before
    by_degrees = story()
    assert Event.objects.filter(verb="import_o2r").count() == len(lines)
    assert Amendment.objects.count() == 0
    bring_in(*[line | {"reference": "R2"} for line in lines])
    assert story()["R2"] == by_degrees["R1"]


def test_what_becomes_known_is_an_amendment(bring_in):
    bring_in({"reference": "R1", "given_names": "Ama", "family_name": "Bird", "referred_on": "2022-01-10"} | ADMITTED)
    known = WHOLE | {"facilitator_email": "ruth.okoro@wmp.example"}
    with pytest.raises(CommandError, match="facilitator"):  # the import's own account may not reallocate
        bring_in(known)
    bring_in(WHOLE)
    case = Case.objects.get()
    assert (case.decision, str(case.opened_on), case.phase) == ("brought_in", "2022-01-12", "throughcare")
    assert (case.referral.from_unit.name, case.referral.source, case.offender.sex) == ("Coventry", "officer", "2")
    assert case.referral.status == "completed"
    amendment = Amendment.objects.get(record_type="offenders.offender")
    assert amendment.changes["date_of_birth"] == [None, "1990-02-01"]
    before = everything()
    bring_in(WHOLE)
    assert everything() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"family_name": "Byrd"}, "family_name, “Byrd”: The record says “Bird”"),
        ({"date_of_birth": "2/2/1990"}, "The record says “1 February 1990”"),
        ({"sex": "male"}, "The record says “Female”"),
        ({"area": "Dudley"}, "The record says “Walsall”"),
        ({"unit": "Walsall"}, "The record says “Coventry”"),
        ({"referred_by_agency": "CGL", "unit": ""}, "The record says “WMP”"),
        ({"referred_on": "2022-01-09"}, "The record says “10 January 2022”"),
        ({"decision": "brought_in", "decided_on": "2022-01-14"}, "The record says “13 January 2022”"),
        ({"daily_spend_gbp": "81"}, "The record says “80.00”"),
        ({"departed_on": "2022-03-02"}, "The record says “1 March 2022”"),
        ({"departure_reason": "left early"}, "The record says “Completed”"),
        ({"rehab_unit": "Harbour View"}, "The record says “Elm House”"),
        ({"abstinent": "no"}, "abstinent, “no”: The record says “yes”"),
        ({"followup_weeks": "12"}, "The record says “4”"),
        ({"facilitator_email": "asha.bird@wmp.example"}, "The record says “ruth.okoro@wmp.example”"),
        (
            {"admitted_on": "2022-02-05"},
            "They were still in rehab, after the admission of 1 February 2022 (the record)",
        ),
    ],
)
def test_what_contradicts_the_record_is_refused(bring_in, change, said):
    whole = WHOLE | {"facilitator_email": "ruth.okoro@wmp.example"}
    bring_in(whole)
    before = everything()
    with pytest.raises(CommandError) as refused:
        bring_in(whole | change)
    assert said in str(refused.value)
    assert everything() == before


def test_names_not_known_are_refused_unless_they_may_be_made(bring_in):
    row = WHOLE | {
        "referred_by_agency": "St Mungo House",
        "unit": "Outreach",
        "facilitator_email": "jo.de_la-rue@wmp.example",
    }
    with pytest.raises(CommandError) as refused:
        bring_in(row, create_missing=False)
    for sentence in (
        "No agency has this name",
        "No agency has a unit",
        "Nobody has this e-mail",
        "No rehab has this name",
    ):
        assert sentence in str(refused.value)
    assert not Agency.objects.filter(name="St Mungo House").exists()
    bring_in(row)
    user, unit = User.objects.get(email="jo.de_la-rue@wmp.example"), Unit.objects.get(name="Outreach")
    assert (str(user), user.has_usable_password()) == ("Jo De La-rue", False)
    assert str(user.memberships.get().valid_from) == "2022-01-10"
    assert (unit.agency.name, unit.kind, unit.agency.kind) == ("St Mungo House", "department", "other")
    assert RehabUnit.objects.get().agency.kind == "rehab"
    assert Referral.objects.get().source == "other"
    assert set(Event.objects.filter(kind="administration").values_list("verb", flat=True)) >= {
        "user.add",
        "membership.add",
    }


def test_staff_who_never_carried_a_case_are_refused_unless_they_may(bring_in, officer):
    row = PERSON | {"facilitator_email": officer.email}
    with pytest.raises(CommandError, match="never a facilitator of the team"):
        bring_in(row, create_missing=False)
    bring_in(row)
    assert Membership.objects.filter(user=officer).count() == 2


def test_the_one_who_brings_it_in_holds_the_hat(bring_in, facilitator, officer):
    bring_in(WHOLE, by=facilitator.email)
    assert set(Event.objects.filter(verb__startswith="referral.").values_list("by", flat=True)) == {facilitator.pk}
    assert Case.objects.get().facilitator == facilitator
    with pytest.raises(CommandError, match="holds no role in the Offender to Rehab team"):
        bring_in(WHOLE, by=officer.email)
    with pytest.raises(CommandError, match="Nobody has the e-mail address"):
        bring_in(WHOLE, by="nobody@wmp.example")


def test_a_restricted_person_says_nothing(bring_in, facilitator):
    bring_in(WHOLE)
    Offender.objects.update(is_restricted=True)
    with pytest.raises(CommandError) as refused:
        bring_in(WHOLE | {"family_name": "Byrd"}, by=facilitator.email)
    assert "not open to" in str(refused.value)
    assert "Bird" not in str(refused.value)


def test_text_that_begins_as_a_formula_stays_text(bring_in):
    bring_in(PERSON | {"given_names": "=cmd|' /C calc'!A0", "family_name": "+Bird", "reference": "-1"})
    assert str(Offender.objects.get()) == "=cmd|' /C calc'!A0 +Bird"
    assert Referral.objects.get().external_reference == "-1"


def test_people_who_look_alike_are_kept_apart_and_named(bring_in):
    said = bring_in(PERSON, PERSON | {"reference": "R2", "given_names": "AMA"})
    assert "R1, R2" in said
    assert Offender.objects.count() == 2


def test_a_death_ends_what_is_due(bring_in):
    bring_in(
        PERSON | ASSESSED | ADMITTED | {"departed_on": "2022-02-20", "departure_reason": "Died", "move_on": "died"}
    )
    assert str(Offender.objects.get().deceased_on) == "2022-02-20"
    assert not FollowUp.objects.exists()


def test_a_bare_database_is_made_ready_first(bring_in):
    from django.contrib.auth.models import Group

    from partners.models import Service

    Group.objects.all().delete()
    Service.objects.all().delete()
    assert "running sync_roles first (undone after the check)" in bring_in(WHOLE, check=True)
    assert not Group.objects.exists()
    assert "running sync_reference first" in bring_in(WHOLE)
    assert Placement.objects.get().status == "departed"


@pytest.mark.parametrize("seed", [1, 2])
def test_line_by_line_and_at_once_come_to_the_same(bring_in, seed):
    chance = random.Random(seed)
    rows = pilot_rows()
    few = set(chance.sample(sorted({row["reference"] for row in rows}), 6)) | {"O2R/001", "O2R/004"}
    rows = [row for row in rows if row["reference"] in few]
    for number in range(0, len(rows) + 1, 3):
        bring_in(*rows[:number])
    bring_in(*rows)
    by_degrees = story()
    again = [row | {"reference": f"B{row['reference']}"} for row in rows]
    bring_in(*again)
    assert {reference: facts for reference, facts in story().items() if reference.startswith("B")} == {
        f"B{reference}": facts for reference, facts in by_degrees.items()
    }
    shuffled = [row | {"reference": f"C{row['reference']}"} for row in rows]
    chance.shuffle(shuffled)
    bring_in(*shuffled)
    assert {reference[1:]: facts for reference, facts in story().items() if reference.startswith("C")} == by_degrees


def test_a_stay_long_over_is_counted_with_its_departure(bring_in, make_placement, make_rehab_unit):
    """Its arrival alone would take a place until today, which is taken."""
    unit = make_rehab_unit(places=1)
    make_placement("arrived", unit=unit, on=dt.date(2024, 2, 1))
    said = PERSON | ASSESSED | STAY | {"rehab_unit": unit.name}
    bring_in(said)
    assert unit.placements.count() == 2
    with pytest.raises(CommandError, match=f"{unit} has 1 place, and 2 would be taken .* 28 February 2022"):
        bring_in(said | {"reference": "R2", "family_name": "Wren", "admitted_on": "2022-02-28"})
