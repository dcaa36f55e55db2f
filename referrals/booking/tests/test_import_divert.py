"""Divert's spreadsheet walks the real steps: all or nothing, once, and the paper's figures come out."""

import datetime as dt
import io
import json

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from offenders.models import Entry, LikelyPair, Offender
from partners.audit.models import Event
from partners.models import Agreement, User
from partners.notices.models import Notice
from referrals.booking.history.telling import recorded
from referrals.booking.models import Appointment
from referrals.models import Drug, Referral, Resolution

from .divert_file import as_csv, divert_rows

pytestmark = pytest.mark.django_db

PERSON = {
    "reference": "D1", "given_names": "Ama", "family_name": "Bird", "date_of_birth": "1/2/1998", "sex": "F",
    "ethnicity": "White Irish", "officer_ethnicity": "1", "area": "Walsall", "referred_on": "2022-05-10",
    "officer_collar": "20417", "unit": "Coventry", "substance": "Cannabis", "drug_class": "B", "offence_code": "92E",
    "route": "street",
}  # fmt: skip
SEEN = {"first_appointment_on": "16/5/2022", "attended": "yes"}
COMPLETED = SEEN | {"course_completed_on": "2022-06-01", "closed_as": "completed"}
CHARGED = {"formal_outcome": "charged", "formal_outcome_on": "2022-07-01", "formal_reason": "other"}
AGAIN = {"reference": "D1", "referred_on": "2022-09-01"}


@pytest.fixture
def bring_in(tmp_path):
    def run(*rows, data=None, create_missing=False, **options):
        """What the command says about a file of these rows."""
        path = tmp_path / "divert.csv"
        path.write_bytes(as_csv(rows) if data is None else data)
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("import_divert", path, create_missing=create_missing, stdout=out, stderr=err, **options)
        except CommandError as error:
            raise CommandError(f"{error}\n{err.getvalue()}") from None
        return out.getvalue() + err.getvalue()

    return run


def everything():
    """How many rows of each table there are, and the last event."""
    counts = {model._meta.label: model._base_manager.count() for model in apps.get_models() if model._meta.managed}
    return counts | {"last": Event.objects.order_by("id").values_list("id", flat=True).last()}


def told(called="D1 2022-05-10"):
    return Referral.objects.get(external_reference=called)


def report(table, first, last, unit="", **options):
    """{breakdown: value} of the table's rows in this unit, percentages as the paper prints them."""
    out = io.StringIO()
    call_command("report", table, f"--from={first}", f"--to={last}", "--json", stdout=out, **options)
    rows = [row for row in json.loads(out.getvalue()) if not unit or row["unit"] == unit]
    return {row["breakdown"] or row["measure"]: row["value"] for row in rows}


def test_the_papers_figures_come_out(bring_in):
    """A thirtieth of the file in its own shares; the whole is brought in outside the tests (docs/import-divert.md)."""
    rows, nine_months = divert_rows(30), ("2022-04-01", "2022-12-31")
    said = bring_in(data=as_csv(rows))
    assert "references. Added: " in said
    assert report("divert_referrals", *nine_months)["referrals"] == 2373 // 30
    assert report("divert_referrals", "2021-04-01", "2022-03-31")["referrals"] == 2646 // 30
    per_month = report("divert_referrals", "2022-10-01", "2022-12-31")["referrals_per_month"]
    assert per_month == round(792 // 30 / 3, 4)
    shares = {part: round(share) for part, share in report("divert_residence", *nine_months, "percent").items()}
    assert [shares[part] for part in ("Birmingham", "Sandwell", "Coventry", "Outside WMP area")] == [52, 11, 10, 6]
    assert round(report("divert_substance", *nine_months, "percent")["Cannabis"]) == 90
    assert round(report("divert_engagement", *nine_months, "percent")["engaged_at_least_initial_1to1"]) == 68
    for year, charges, cautions in ((2019, 674, 161), (2021, 198, 33), (2022, 259, 54)):
        found = report("possession_outcomes", f"{year}-07-01", f"{year}-12-31")
        assert found == {"charges": charges // 30, "cautions": cautions // 30}
    before = everything()
    assert "Nothing was written" in bring_in(data=as_csv(rows))
    assert everything() == before


def test_a_referral_is_walked_through_the_real_steps(bring_in):
    assert "Added: 1 referrals, 1 appointments, 1 outcomes, 1 endings, 1 formal outcomes." in bring_in(
        PERSON | COMPLETED | CHARGED
    )
    referral = told()
    person, resolution, appointment = referral.offender, referral.resolution, referral.appointments.get()
    assert (str(person), person.ethnicity, person.officer_ethnicity) == ("Ama Bird", "W2", "1")
    assert (referral.status, referral.outcome, str(referral.ended_on)) == (
        "completed",
        "Course completed",
        "2022-06-01",
    )
    assert (referral.from_unit.name, referral.from_unit.kind, referral.area.name) == ("Coventry", "npu", "Walsall")
    assert (resolution.drug.name, resolution.drug_class, resolution.offence.code) == ("Cannabis", "B", "92E")
    assert (resolution.route, resolution.officer_collar, resolution.marks) == ("street", "20417", [])
    assert (resolution.formal_outcome, str(resolution.formal_on), resolution.approval) == (
        "charged", "2022-07-01", "not_needed",
    )  # fmt: skip
    assert resolution.is_child is False
    assert (appointment.status, appointment.worker, appointment.mode) == ("attended", None, "")
    assert str(appointment) == "1:1 on 16 May 2022"
    sentences = {f"{entry.happened_at:%Y-%m-%d} {entry.sentence}" for entry in Entry.objects.all()}
    assert {
        "2022-05-09 Referral sent", "2022-05-15 1:1 on 16 May 2022: attended",
        "2022-05-31 Referral completed: course completed",
    } <= sentences  # fmt: skip
    verbs = list(Event.objects.order_by("id").values_list("verb", flat=True))
    steps = ["offender.add", "referral.draft", "resolution.record", "referral.submit", "referral.accept",
             "appointment.book", "appointment.record", "referral.engage", "referral.complete",
             "resolution.formalise", "import_divert"]  # fmt: skip
    assert [verb for verb in verbs if verb in steps] == steps
    assert not User.objects.get(email="import@throughcare.invalid").has_usable_password()
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("facts", "status", "engaged"),
    [
        ({}, "submitted", 0),
        ({"first_appointment_on": "2022-05-16"}, "accepted", 0),
        ({"attended": "no"}, "submitted", 0),
        (SEEN, "engaged", 1),
        (SEEN | {"attended": "no"}, "accepted", 0),
        (SEEN | {"closed_as": "not_engaged"}, "not_engaged", 1),
        ({"closed_as": "not_engaged"}, "not_engaged", 0),
        ({"closed_as": "withdrawn"}, "withdrawn", 0),
        (SEEN | {"closed_as": "withdrawn"}, "closed", 1),
        (SEEN | {"closed_as": "closed_early"}, "closed", 1),
        (SEEN | {"course_completed_on": "1/6/2022"}, "completed", 1),
    ],
)
def test_how_far_a_line_goes_is_how_far_the_record_goes(bring_in, facts, status, engaged):
    bring_in(PERSON | facts)
    assert told().status == status
    figures = report("divert_engagement", "2022-01-01", "2022-12-31", "referrals")
    assert figures == {"referrals": 1, "engaged_at_least_initial_1to1": engaged}
    assert "Nothing was written" in bring_in(PERSON | facts)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"reference": ""}], "Line 2, reference, “”"),
        ([{"given_names": ""}], "Line 2, given_names, “”: This is needed"),
        ([{"referred_on": ""}], "Line 2, referred_on, “”: Every line is a referral"),
        ([{"referred_on": "31/2/2022"}], "Line 2, referred_on, “31/2/2022”: There is no such day"),
        ([{"referred_on": "2999-01-01"}], "This day is in the future"),
        ([{"date_of_birth": "2022-05-10"}], "Line 2, referred_on, “2022-05-10”: They cannot be referred before"),
        ([{"sex": "X"}], "Line 2, sex, “X”"),
        ([{"ethnicity": "Z1"}], "Line 2, ethnicity, “Z1”"),
        ([{"officer_ethnicity": "7"}], "Line 2, officer_ethnicity, “7”: Write one of 0, 1, 2"),
        ([{"area": "Leeds"}], "Line 2, area, “Leeds”: No area"),
        ([{"unit": "Traffic"}], "Line 2, unit, “Traffic”: No agency has a unit of this name"),
        ([{"substance": "Moonshine"}], "Line 2, substance, “Moonshine”: No drug has this name"),
        ([{"drug_class": "D"}], "Line 2, drug_class, “D”: Write one of A, B, C"),
        ([{"route": "shop"}], "Line 2, route, “shop”: Write one of street, custody, other"),
        ([{"attended": "maybe"}], "Line 2, attended, “maybe”: Write one of yes, no"),
        ([{"attended": "yes"}], "Line 2, attended, “yes”: Say on which day they attended"),
        ([{"closed_as": "lost"}], "Line 2, closed_as, “lost”: Write one of completed, not_engaged, withdrawn"),
        ([{"first_appointment_on": "2022-05-09"}], "Line 2, first_appointment_on, “2022-05-09”: The appoint"),
        ([SEEN | {"course_completed_on": "2022-05-15"}], "Line 2, course_completed_on, “2022-05-15”: The course"),
        ([COMPLETED | {"closed_as": "not_engaged"}], "They completed the course, so the referral was completed"),
        ([{"formal_outcome": "fined"}], "Line 2, formal_outcome, “fined”: Write one of charged, cautioned"),
        ([{"formal_outcome": "charged"}], "Line 2, formal_outcome, “charged”: Say on which day it was given"),
        ([{"formal_outcome_on": "2022-06-01"}], "Line 2, formal_outcome_on, “2022-06-01”: Say which it was"),
        ([{"formal_reason": "other"}], "Line 2, formal_reason, “other”: Say which it was"),
        ([CHARGED | {"formal_outcome_on": "2022-05-09"}], "Line 2, formal_outcome_on, “2022-05-09”: The formal"),
        ([{}, AGAIN | {"family_name": "Byrd"}], "Line 3, family_name, “Byrd”: Line 2 says “Bird”"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_by_line_column_and_value(bring_in, rows, said):
    with pytest.raises(CommandError) as refused:
        bring_in(PERSON | rows[0], *rows[1:])
    assert said in str(refused.value)
    assert not Referral.objects.exists()


def test_a_bad_last_line_writes_nothing(bring_in):
    before = everything()
    with pytest.raises(CommandError, match="Line 4, closed_as"):
        bring_in(PERSON, AGAIN, AGAIN | {"closed_as": "gone"})
    assert everything() == before
    assert "nothing wrong. Nothing was written" in bring_in(PERSON, AGAIN, check=True)
    assert everything() == before


@pytest.mark.parametrize(
    ("rows", "mark"),
    [
        ([COMPLETED | {"substance": "Cocaine", "drug_class": "A", "offence_code": "92D"}], "Class A, and sent to the"),
        ([{"date_of_birth": "2006-01-01"}], "They were under 18, and no appropriate adult is known."),
        ([{"offence_code": "999"}], "The offence code “999” is not in the list."),
        ([{"offence_code": "46"}], "Not met: They possessed drugs, for their own use"),
        ([{"drug_class": "A"}], "The file has class A; Cannabis was of another class."),
        ([SEEN | {"closed_as": "withdrawn"}], "Withdrawn after they had engaged."),
        ([{"closed_as": "completed"}], "Completed, and not known to have attended the first appointment."),
        ([CHARGED | {"formal_reason": ""}], "Why a formal outcome was used is not known."),
        ([CHARGED | {"formal_reason": "supply_suspected"}], "Not met: Supply is not suspected"),
        ([{}, AGAIN], "Another Divert referral of theirs was open."),
        ([{"closed_as": "not_engaged"}, AGAIN], "Not met: They engaged with each earlier Divert referral"),
    ],
)
def test_what_todays_rules_would_not_allow_is_brought_in_and_marked(bring_in, rows, mark):
    rows = [PERSON | rows[0], *rows[1:]]
    bring_in(*rows)
    marks = Resolution.objects.order_by("-referral__referred_on").first().marks
    assert [text for text in marks if text.startswith(mark)], marks
    assert "Nothing was written" in bring_in(*rows)


def test_several_referrals_of_one_person_share_a_reference(bring_in):
    rows = [
        PERSON | COMPLETED,
        AGAIN | {"substance": "crack"},
        AGAIN | {"substance": "crack"},
        AGAIN | {"area": "outside"},
    ]
    said = bring_in(*rows)
    assert "1 reference. Added: 3 referrals" in said
    person = Offender.objects.get()
    assert {referral.external_reference for referral in person.referrals.all()} == {
        "D1 2022-05-10", "D1 2022-09-01", "D1 2022-09-01.2",
    }  # fmt: skip
    assert told("D1 2022-09-01").resolution.drug.name == "Crack cocaine"
    assert told("D1 2022-09-01.2").area.code == "OUTSIDE"


def test_a_longer_file_adds_what_is_new(bring_in):
    bring_in(PERSON | {"unit": "", "substance": "", "drug_class": "", "sex": "", "offence_code": "999"})
    bring_in(PERSON | {"first_appointment_on": "2022-05-16", "offence_code": "999"})
    referral = told()
    assert (referral.status, referral.from_unit.name, referral.offender.sex) == ("accepted", "Coventry", "2")
    assert (referral.resolution.drug_class, referral.resolution.drug.name) == ("B", "Cannabis")
    bring_in(PERSON | SEEN | {"offence_code": "999"})
    assert told().status == "engaged"
    last = PERSON | COMPLETED | CHARGED | {"offence_code": "999"}
    bring_in(last, AGAIN)
    assert (told().status, told().resolution.formal_outcome, Referral.objects.count()) == ("completed", "charged", 2)
    assert "Nothing was written" in bring_in(last, AGAIN)
    with pytest.raises(CommandError, match="Line 2, area, “Dudley”: The record says “Walsall”"):
        bring_in(last | {"area": "Dudley"})


def test_what_is_not_known_is_made_when_asked(bring_in):
    said = bring_in(PERSON | {"unit": "Traffic", "substance": "Moonshine"}, create_missing=True)
    assert "Unit made: Traffic" in said
    assert "Drug made: Moonshine" in said
    assert (told().from_unit.name, told().resolution.drug.name) == ("Traffic", "Moonshine")
    assert Drug.objects.get(name="Moonshine").is_assumption


def test_the_unit_of_a_known_officer_is_found_by_collar_number(bring_in, officer):
    officer.collar_number = "20417"
    officer.save()
    bring_in(PERSON | {"unit": ""})
    assert told().from_unit == officer.membership.unit


def test_an_agreement_that_ended_is_for_people_to_renew(bring_in, police, cranstoun, make_agreement):
    make_agreement(police, cranstoun, valid_to=dt.date(2020, 1, 1))
    with pytest.raises(CommandError, match="The sharing agreement of WMP and Cranstoun has ended"):
        bring_in(PERSON)
    Agreement.objects.all().delete()
    assert "Agreement made: Divert, as brought in with its history" in bring_in(PERSON)
    assert set(Agreement.objects.get().categories) == {"identity", "case"}


def test_people_alike_are_compared_once_all_are_there(bring_in):
    said = bring_in(PERSON, PERSON | {"reference": "D2"})
    assert "The same name and date of birth: D1, D2." in said
    assert LikelyPair.objects.count() == 1


def test_what_is_recorded_is_read_in_as_many_queries_for_one_as_for_many(bring_in):
    bring_in(*[PERSON | {"reference": f"D{n}"} for n in range(6)])
    by = User.objects.get(email="import@throughcare.invalid")
    by = by.act_as(by.memberships.get(agency__short_name="WMP"))
    counts = [len(recorded(["D0"], by=by))]  # what is remembered of the user is asked for once
    for references in (["D1"], [f"D{n}" for n in range(6)]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(recorded(references, by=by)) == len(references)
        counts.append(len(queries))
    assert counts[1] == counts[2]


def test_a_day_without_a_time_clashes_with_nothing_and_a_time_needs_a_worker(bring_in, make_appointment):
    bring_in(PERSON | SEEN, PERSON | {"reference": "D2"} | SEEN)
    past = told().appointments.get()
    account = past.recorded_by
    receiver = account.act_as(account.memberships.get(agency__short_name="Cranstoun"))
    again = Appointment.recall(past.referral, by=receiver, on=past.day)
    assert again.is_day_only
    with pytest.raises(IntegrityError, match="at_a_time_is_with_someone"), transaction.atomic():
        Appointment.objects.filter(pk=past.pk).update(is_day_only=False)
    with pytest.raises(IntegrityError, match="at_a_time_is_with_someone"), transaction.atomic():
        Appointment.objects.filter(pk=make_appointment().pk).update(worker=None)
