"""Every kind of record about a person can be amended, and says what it was."""

import datetime as dt
import random
import re
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from offenders.amend import KINDS, address, amend, history, page_of
from offenders.facts import record_fact
from offenders.models import Amendment, Consent, Entry, Involvement, Marker, Note, Offender
from offenders.versions import Overtaken, field_of, kept, seal, to_keep
from partners.audit.models import Event
from partners.models import Agreement
from partners.roles import ROLES, Category
from referrals.models import Task
from referrals.rehab.models import Absence, Assessment, FollowUp, Placement, PlacementQuestion, Preparation, Progress

DAY = timezone.localdate() - dt.timedelta(days=40)  # a rehab they left has sight of them still
SUBSTANCES = [{"substance": "heroin", "daily_spend": "80"}, {"substance": "crack", "route": "smoke"}]


@pytest.fixture
def rows(make_placement, make_referral, facilitator, provider, officer):
    """{kind: (a record of it, someone who may amend it)}."""
    stay = make_placement("departed", on=DAY, needs="A quiet room")
    case, person = stay.case, stay.offender
    week = Progress(placement=stay, by=provider, on=DAY + dt.timedelta(days=7), engagement="well", text="Settled")
    week.save()
    check = FollowUp.objects.filter(case=case).order_by("due_on").first()
    check.record(by=facilitator, on=check.due_on, abstinent="yes", offending="no", text="Well")
    detox = Preparation.arrange(case, by=facilitator, kind="detox", starts_on=DAY, place="Park House")
    question = PlacementQuestion.ask(make_placement("requested", on=DAY), by=provider, text="Any seizures?")
    case.refresh_from_db()
    note = Note.write(
        person, by=facilitator, kind="visit", text="Saw his mother", happened_at=timezone.now(), category="general",
        matters=case.matters,
    )  # fmt: skip
    return {
        "person": (person, facilitator),
        "note": (note, facilitator),
        "alias": (person.aliases.create(given_names="Sammy"), facilitator),
        "identifier": (person.identifiers.create(kind="custody", value="AB/1234"), facilitator),
        "address": (person.addresses.create(lines="1 Road", area_id="E08000025", valid_from=DAY), facilitator),
        "marker": (person.markers.create(kind="violent", valid_from=DAY), facilitator),
        "consent": (
            Consent.record(
                person, by=facilitator, purpose="treatment", agency=case.agency, answer="given", how="in_words",
                words="Said so", answered_on=DAY,
            ),
            facilitator,
        ),
        "referral": (make_referral("submitted"), officer),
        "case": (case, facilitator),
        "assessment": (Assessment.record(case, by=facilitator, assessed_on=DAY, substances=SUBSTANCES), facilitator),
        "placement": (stay, facilitator),
        "placement_question": (question, provider),
        "preparation": (detox, facilitator),
        "progress": (week, provider),
        "follow_up": (check, facilitator),
        "task": (
            Task.add(person, by=facilitator, owner=facilitator, matter=case.pk, text="Phone his mother", due_on=DAY),
            facilitator,
        ),
        "absence": (make_absence(stay), facilitator),
    }  # fmt: skip


def make_absence(stay):
    left = timezone.now() - dt.timedelta(days=30)
    return Absence.objects.create(
        placement=stay, kind="agreed", left_at=left, due_back=left + dt.timedelta(days=1), by=stay.case.facilitator,
        returned_at=left + dt.timedelta(days=1), status="returned",
    )  # fmt: skip


def anything(chance, row, name):
    """Some value for this field, which the record may refuse."""
    field = field_of(type(row), name)
    if field.one_to_many:
        names = chance.sample(["heroin", "crack", "alcohol", "other"], chance.randint(0, 4))
        return [{"substance": one, "daily_spend": chance.choice([None, "0", "12.5", "80.10"])} for one in names]
    if isinstance(field, models.BooleanField):
        return chance.choice([True, False])
    if name == "matters":
        return chance.choice([[], row.matters])
    if name == "funded_by":
        return chance.sample(["dealing", "work", "begging"], chance.randint(0, 3))
    if name == "circumstances":
        return chance.sample(["arson", "curfew", "pregnancy"], chance.randint(0, 3))
    if field.choices:
        return chance.choice(list(dict(field.flatchoices)))
    if isinstance(field, models.DateTimeField):
        return timezone.now() - dt.timedelta(minutes=chance.randint(0, 99_999))
    if isinstance(field, models.DateField):
        return DAY + dt.timedelta(days=chance.randint(-20, 60)) if chance.random() < 0.9 else None
    if isinstance(field, models.ForeignKey):
        return chance.choice(list(field.related_model.objects.all()[:3]))
    return "".join(chance.choice("aé'<& \n“😀") for _ in range(chance.randint(0, 20)))


def state(row, names):
    return {name: kept(row, name) for name in names}


@pytest.mark.parametrize("kind", ["person", "note", "alias", "identifier", "address", "marker", "consent", "referral",
                                  "case", "assessment", "placement", "placement_question", "preparation", "progress",
                                  "follow_up", "task", "absence"])  # fmt: skip
def test_what_is_amended_is_read_back_from_the_history(rows, kind):
    """Whatever is amended, and whatever is refused: each state that ever was can be told from the history."""
    (row, by), chance = rows[kind], random.Random(kind)
    form = KINDS[kind].form(row=row, user=by)
    names = sorted(set(form.targets.values()))
    states = [state(row, names)]
    for _ in range(30):
        changes = {name: anything(chance, row, name) for name in chance.sample(names, chance.randint(1, len(names)))}
        try:
            with transaction.atomic():
                amend(row, changes, by=by, reason="Chance")
        except (ValidationError, PermissionDenied):
            row = type(row).objects.get(pk=row.pk)
            assert state(row, names) == states[-1]
        else:
            row = type(row).objects.get(pk=row.pk)
            assert state(row, names) == states[-1] | {
                name: to_keep(row, name, value) for name, value in changes.items()
            }
            states.append(state(row, names))
    told = history([row], by)
    assert len(told) == len(states) - 1 > 0
    now = states.pop()
    for amendment in told:
        for line in amendment.lines:
            assert now[line.name] == line.after
            now[line.name] = line.before
        assert now == states.pop()
    assert Event.objects.about(row).filter(verb__endswith=".amend").count() == len(told)
    assert Entry.objects.filter(kind="amendment").count() == len(told)


def test_every_kind_has_a_page_and_an_api(rows, client):
    """The page shows the record, is refused to who may not, and takes what it showed; the API says the same."""
    prefixes = {
        "person": "offenders", "alias": "aliases", "address": "addresses", "assessment": "assessments",
        "progress": "progress", "follow_up": "follow-ups", "placement_question": "placement-questions",
    }  # fmt: skip
    changed = {
        "person": {"language": "Polish"}, "note": {"text": "Saw his aunt"}, "alias": {"family_name": "Smith"},
        "identifier": {"value": "XY/9"}, "address": {"valid_to": str(DAY)}, "marker": {"valid_to": str(DAY)},
        "consent": {"words": "On a form"}, "referral": {"summary": "Steals every day"},
        "case": {"opened_on": "2024-01-14"}, "assessment": {"heroin": "95.50"}, "placement": {"needs": "A lift"},
        "progress": {"text": "Better"}, "follow_up": {"housed": "yes"}, "task": {"text": "Phone his father"},
        "absence": {"kind": "court"}, "placement_question": {"text": "Any seizures this year?"},
        "preparation": {"place": "Park House, ward 2"},
    }  # fmt: skip
    for kind, (row, by) in rows.items():
        client.force_login(by)
        page = client.get(address(row))
        assert page.status_code == 200, kind
        assert client.post(address(row), {"reason": ""}).status_code == 422, kind
        url = f"/api/v1/{prefixes.get(kind, f'{kind}s')}/{row.pk}/"
        answer = client.patch(url, changed[kind] | {"reason": "Wrong"}, content_type="application/json")
        assert answer.status_code == 200, (kind, answer.content)
        (told,) = client.get(f"{url}history/").json()
        assert (told["reason"], told["by"]) == ("Wrong", str(by))
        assert told["lines"][0]["name"] == next(iter(changed[kind])) or kind == "assessment"
        if kind != "consent":
            assert "Wrong" in client.get(page_of(row)).content.decode(), kind
        for answers in ({"seen": "x", "reason": "y"}, {"colour": "red", "reason": "y"}, changed[kind]):
            assert client.patch(url, answers, content_type="application/json").status_code == 400, (kind, answers)
    heroin = {"substance": "heroin", "daily_spend": "95.50", "route": "unknown", "frequency": "unknown"}
    (amendment,) = Amendment.objects.filter(record_type="rehab.assessment")
    before, after = amendment.changes["substances"]
    assert heroin in after
    assert heroin | {"daily_spend": "80.00"} in before
    assert [one for one in before if one["substance"] == "crack"] == [
        one for one in after if one["substance"] == "crack"
    ]


@pytest.mark.django_db(transaction=True)
def test_of_fifty_who_amend_at_once_each_is_done_or_told(make_case, facilitator, supervisor):
    person = make_case().offender
    begin, done, told, broken, seen = threading.Barrier(50), [], [], [], seal(person, ["phone"])
    [user.permissions for user in (facilitator, supervisor)]  # threads share them

    def go(number):
        try:
            by, mine = (facilitator, supervisor)[number % 2], Offender(pk=person.pk)
            begin.wait(timeout=60)
            amend(mine, {"phone": str(number)}, by=by, reason=f"Number {number}", seen=seen)
            done.append(number)
        except Overtaken:
            told.append(number)
            with transaction.atomic():  # and chooses their own
                amend(mine, {"phone": str(number)}, by=by, reason=f"Number {number}")
        except Exception as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(number,)) for number in range(50)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not broken
    assert len(done) == 1
    assert len(done) + len(told) == 50
    told = history([person], facilitator)
    assert {one.reason for one in told} == {f"Number {number}" for number in range(50)}
    now = Offender.objects.get(pk=person.pk).phone
    for amendment in told:  # a chain without a gap: nobody's answer was lost on the way
        assert amendment.changes["phone"][1] == now
        now = amendment.changes["phone"][0]
    assert now == ""
    assert Event.objects.filter(verb="offender.amend").count() == 50


# who reads a note, narrower and wider

READS = {
    "facilitator": "general police health*", "supervisor": "general police health*", "resolution_lead": "police",
    "cranstoun_worker": "general health safeguarding", "cgl_worker": "general health safeguarding",
    "arrest_referral_worker": "general health safeguarding drug_test",
    "cranstoun_manager": "general health safeguarding drug_test", "custody_officer": "drug_test",
    "rehab_provider": "general health", "throughcare_partner": "general",
}  # fmt: skip
NARROWER = {  # by hand: nobody reads more of the second than of the first
    ("general", "health"), ("general", "safeguarding"), ("health", "safeguarding"),
}  # fmt: skip
WRITTEN = ["general", "health", "drug_test", "safeguarding", "police"]


def test_the_matrix_of_who_reads_what_is_as_written_here():
    for name, role in ROLES.items():
        reads = {c for c in WRITTEN if c in role.categories} | {f"{c}*" for c in WRITTEN if c in role.with_consent}
        assert reads == set(READS.get(name, "").split()), name


@pytest.mark.parametrize("before", WRITTEN)
@pytest.mark.parametrize("after", WRITTEN)
def test_a_note_is_narrowed_by_any_of_the_team_and_widened_by_author_or_supervisor(
    make_case, make_user, police, team, facilitator, supervisor, cgl, before, after
):
    author, colleague = facilitator, make_user("facilitator", police, team)
    case = make_case()
    for by in (author, colleague, supervisor):
        note = Note.write(
            case.offender, by=author, kind="visit", text="x", happened_at=timezone.now(), category=before,
            matters=case.matters,
        )  # fmt: skip
        may = Note.objects.amendable_by(by).filter(pk=note.pk).exists()
        allowed = may and before != after and (by != colleague or (before, after) in NARROWER)
        try:
            with transaction.atomic():
                amend(note, {"category": after}, by=by, reason="It is about that")
        except (ValidationError, PermissionDenied):
            assert not allowed, (by.family_name, before, after)
        else:
            assert allowed, (by.family_name, before, after)
            (line,) = Entry.objects.filter(url=note.get_absolute_url(), kind="note")
            assert line.category == after


def test_the_audience_of_a_note_narrows_at_once_and_widens_by_its_author(
    make_case, make_user, police, team, facilitator, cgl, cgl_worker, client
):
    case, colleague = make_case(), make_user("facilitator", police, team)
    case.share(by=facilitator, agency=cgl)
    note = Note.write(
        case.offender, by=facilitator, kind="visit", text="Old words", happened_at=timezone.now(), category="general",
        matters=case.matters,
    )  # fmt: skip
    amend(note, {"text": "Open words"}, by=colleague, reason="An open reason")

    def sees(user):
        lines = Entry.objects.visible_to(user).filter(offender=case.offender)
        return Note.objects.visible_to(user).exists(), sum("Open words" in one.sentence for one in lines), \
            sum("An open reason" in one.sentence for one in lines)  # fmt: skip

    assert sees(cgl_worker) == (True, 1, 1)
    client.force_login(colleague)
    url = f"/api/v1/notes/{note.pk}/"

    def patch(**answers):
        return client.patch(url, answers | {"reason": "Who reads it"}, content_type="application/json").status_code

    assert patch(shared_with="team") == 200
    assert sees(cgl_worker) == (False, 0, 0)
    amend(note, {"text": "Secret words"}, by=colleague, reason="A secret reason")
    assert patch(shared_with="everyone") == 400
    client.force_login(facilitator)
    assert patch(text="Words for all", shared_with="everyone") == 200
    client.force_login(cgl_worker)
    for page in (client.get(note.get_absolute_url()), client.get(f"{url}history/")):
        text = page.content.decode()
        assert "Old words" in text  # they could read it then
        assert "Words for all" in text
        assert "Secret words" not in text
        assert "A secret reason" not in text
    assert not any("ecret" in one.sentence for one in Entry.objects.visible_to(cgl_worker))
    client.force_login(facilitator)
    assert "Secret words" in client.get(note.get_absolute_url()).content.decode()


def test_what_a_note_said_while_it_was_about_health_is_read_by_who_reads_health(
    make_case, facilitator, cgl, cgl_worker, client
):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    note = Note.write(
        case.offender, by=cgl_worker, kind="visit", text="On 60 ml", happened_at=timezone.now(), category="health",
        matters=case.matters,
    )  # fmt: skip
    amend(note, {"text": "On 50 ml"}, by=cgl_worker, reason="The script says so")
    amend(note, {"text": "Came on time", "category": "general"}, by=cgl_worker, reason="No health in it")
    client.force_login(facilitator)
    for page in (note.get_absolute_url(), f"/api/v1/notes/{note.pk}/history/"):
        text = client.get(page).content.decode()
        assert "Came on time" in text
        assert "No health in it" in text
        for words in ("60 ml", "50 ml", "The script"):
            assert words not in text
    told = " ".join(Entry.objects.visible_to(facilitator).values_list("sentence", flat=True))
    assert "Came on time" in told
    assert "ml" not in told.replace("small", "")
    client.force_login(cgl_worker)
    assert "60 ml" in client.get(note.get_absolute_url()).content.decode()


def test_what_an_identifier_was_is_read_by_who_reads_its_kind(make_case, facilitator, officer, cgl, cgl_worker):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    number = case.offender.identifiers.create(kind="custody", value="OLD/1")
    amend(number, {"value": "NEW/2"}, by=facilitator, reason="Misread")
    Amendment.objects.create(
        offender=case.offender, record_type="offenders.identifier", record_id=number.pk, reason="NHS letter",
        changes={"kind": ["nhs", "custody"], "value": ["9434765919", "OLD/1"]}, by=cgl_worker, agency=cgl,
        category=Category.HEALTH, matters=case.matters,
    )  # fmt: skip
    for user, reads in ((officer, False), (cgl_worker, True)):
        words = [word for one in history([number], user) for line in one.lines for word in (line.was, line.now)]
        assert ("9434765919" in words) == reads


# what was sent to a partner, and what follows from days


def test_what_a_warning_says_is_the_polices_in_its_history_too(make_case, facilitator, cgl, cgl_worker):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    marker = record_fact(Marker(offender=case.offender, kind="violent", detail="FIRST"), by=facilitator)
    amend(marker, {"detail": "SECOND"}, by=facilitator, reason="SOURCE")
    amend(marker, {"kind": "weapons", "detail": "THIRD"}, by=facilitator, reason="SOURCE")
    amend(marker, {"kind": "staff"}, by=facilitator, reason="Typed wrong")

    def told(user):
        return " ".join(f"{one.why} {one.lines}" for one in history([marker], user))

    assert "Typed wrong" in told(cgl_worker)
    for words in ("FIRST", "SECOND", "THIRD", "SOURCE"):
        assert words in told(facilitator)
        assert words not in told(cgl_worker)


def test_what_a_rehab_was_told_of_health_stays_so_when_another_field_is_amended(
    make_placement, facilitator, cgl, cgl_worker
):
    stay = make_placement()
    stay.case.share(by=facilitator, agency=cgl)
    amend(stay, {"needs": "SECRET"}, by=facilitator, reason="WHY")
    amend(stay, {"arrived_on": stay.arrived_on + dt.timedelta(days=1)}, by=facilitator, reason="Typed wrong")
    Agreement.objects.filter(agencies=cgl).update(categories=["identity", "case", "general"])
    told = " ".join(f"{one.why} {one.lines}" for one in history([stay], cgl_worker))
    assert "Typed wrong" in told
    assert "SECRET" not in told
    assert "WHY" not in told


def test_a_correction_reaches_the_rehab_it_was_sent_to(make_placement, facilitator, provider, client):
    stay = make_placement("requested", needs="Allergic to nothing")
    client.force_login(facilitator)
    form = client.get(address(stay)).context["form"]
    answers = {
        "needs": "Allergic to penicillin", "needs_detox": "True", "requested_on": str(form.initial["requested_on"]),
        "reason": "Letter of the GP", "seen": form.initial["seen"],
    }  # fmt: skip
    assert client.post(address(stay), answers).status_code == 302
    client.force_login(provider)
    page = client.get(stay.get_absolute_url()).content.decode()
    for words in ("Allergic to penicillin", "Allergic to nothing", "Letter of the GP"):
        assert words in page
    (line,) = Entry.objects.visible_to(provider).filter(kind="amendment")
    assert line.category == Category.HEALTH
    assert "penicillin" not in line.sentence
    assert "needs" not in client.get(address(stay)).context["form"].fields
    with pytest.raises(PermissionDenied):
        amend(stay, {"needs": "Nothing"}, by=provider, reason="x")
    amend(stay, {"expected_arrival": DAY}, by=provider, reason="A bed is free")


def test_a_corrected_referral_reaches_its_receiver_and_keeps_what_the_rules_were_asked(
    make_referral, officer, facilitator, client
):
    referral = make_referral("submitted", summary="Old words")
    asked = referral.eligibility
    amend(referral, {"summary": "New words", "funds_addiction": False}, by=officer, reason="Heard wrong")
    referral.refresh_from_db()
    assert referral.eligibility == asked
    client.force_login(facilitator)
    page = client.get(referral.get_absolute_url()).content.decode()
    for words in ("New words", "Old words", "Heard wrong", "amended since"):
        assert words in page
    with pytest.raises(PermissionDenied):
        amend(referral, {"summary": "x"}, by=facilitator, reason="x")
    referral.accept(by=facilitator, worker=facilitator)
    amend(referral, {"area": None, "summary": "Newer"}, by=officer, reason="Still open")
    referral.withdraw(by=officer, reason="Sent twice")
    with pytest.raises(PermissionDenied):
        amend(referral, {"summary": "x"}, by=officer, reason="x")


def test_what_hangs_on_a_departure_moves_with_it(make_placement, facilitator, provider):
    stay = make_placement("departed", on=DAY)
    left, right = stay.departed_on, stay.departed_on + dt.timedelta(days=5)
    before = Involvement.objects.get(matter=stay.pk).valid_to
    amend(stay, {"departed_on": right}, by=facilitator, reason="Their register")
    assert Involvement.objects.get(matter=stay.pk).valid_to == before + (right - left)
    due = FollowUp.objects.filter(placement=stay).order_by("weeks")
    assert [one.due_on for one in due] == [right + dt.timedelta(weeks=one.weeks) for one in due]
    assert len(due) == 5
    (line,) = Entry.objects.filter(sentence="Departed from rehab: completed")
    assert timezone.localdate(line.happened_at) == right
    amend(stay, {"departure_reason": "died", "move_on": "died"}, by=facilitator, reason="The coroner")
    assert Offender.objects.get().deceased_on == right
    assert not due.all().exists()
    amend(stay, {"departed_on": left}, by=facilitator, reason="The coroner again")
    assert Offender.objects.get().deceased_on == left
    amend(stay, {"departure_reason": "hospital", "move_on": "hospital"}, by=facilitator, reason="Someone else")
    assert Offender.objects.get().deceased_on is None
    assert due.all().count() == 5
    assert Entry.objects.filter(sentence="Departed from rehab: hospital").exists()


def test_days_of_a_case_move_with_what_was_dated_by_them(make_case, facilitator):
    case = make_case()
    day = case.opened_on + dt.timedelta(days=2)
    amend(case, {"decided_on": day, "opened_on": day}, by=facilitator, reason="The diary")
    case.refresh_from_db()
    assert case.referral.ended_on == day
    assert case.allocations.get().valid_from == day
    case.close(by=facilitator, outcome="Working", on=day + dt.timedelta(days=30))
    closed = case.closed_on
    amend(case, {"closed_on": closed + dt.timedelta(days=3), "outcome": "In work"}, by=facilitator, reason="The diary")
    assert case.allocations.get().valid_to == case.closed_on
    (line,) = Entry.objects.filter(sentence="Case closed: In work")
    assert timezone.localdate(line.happened_at) == case.closed_on


def test_what_cannot_be_is_refused_in_a_sentence(rows, make_placement, facilitator, provider):
    person, _ = rows["person"]
    stay, _ = rows["placement"]
    case, _ = rows["case"]
    again = make_placement("arrived", case=case, on=stay.departed_on)
    person.identifiers.create(kind="custody", value="ZZ/1")
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    for kind, changes, words in (
        ("placement", {"departed_on": stay.arrived_on - dt.timedelta(days=1)}, "before they arrived"),
        ("placement", {"departed_on": stay.arrived_on}, "A week of progress ends later"),
        ("placement", {"departed_on": again.arrived_on + dt.timedelta(days=1)}, "already in rehab on some of these"),
        ("placement", {"arrived_on": stay.arrived_on + dt.timedelta(days=9)}, "A week of progress ends before"),
        ("placement", {"requested_on": stay.arrived_on + dt.timedelta(days=1)}, "before the place was requested"),
        ("placement", {"departure_reason": "died"}, "say so in both"),
        ("placement", {"expected_arrival": DAY, "expected_departure": DAY - dt.timedelta(days=1)}, "expected to leave"),
        ("address", {"valid_to": DAY - dt.timedelta(days=1)}, "last day cannot be before"),
        ("identifier", {"value": "ZZ/1"}, "already has this number"),
        ("case", {"opened_on": case.decided_on + dt.timedelta(days=1)}, "Check the dates|cannot be before"),
        ("case", {"opened_on": case.opened_on + dt.timedelta(days=400)}, "Check the dates|cannot be before"),
        ("assessment", {"assessed_on": case.opened_on - dt.timedelta(days=1)}, "the assessment cannot be before"),
        ("assessment", {"substances": [{"substance": "heroin", "daily_spend": "-1"}]}, "less than nothing"),
        ("progress", {"on": stay.departed_on + dt.timedelta(days=8)}, "in which the person was in rehab"),
        ("person", {"date_of_birth": tomorrow}, "in the future"),
        ("note", {"text": ""}, "cannot be blank"),
    ):  # fmt: skip
        row, by = rows[kind]
        before = state(row, changes)
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            amend(row, changes, by=by, reason="x")
        assert re.search(words, str(refused.value)), (kind, changes, refused.value)
        assert state(type(row).objects.get(pk=row.pk), changes) == before
    assert not Amendment.objects.exists()


# both versions, and a choice


def test_who_was_overtaken_on_a_page_chooses_field_by_field(make_case, facilitator, supervisor, client):
    person = make_case().offender
    address_of = person.addresses.create(lines="1 Old Road", postcode="B1 1AA", area_id="E08000025", valid_from=DAY)
    client.force_login(facilitator)
    url = address(address_of)
    form = client.get(url).context["form"]
    amend(address_of, {"lines": "2 New Road", "postcode": "B2 2BB"}, by=supervisor, reason="Rang him")
    mine = {"lines": "3 Third Road", "postcode": "B1 1AA", "area": "E08000025", "valid_from": "2024-01-09",
            "reason": "Saw a letter", "seen": form.initial["seen"]}  # fmt: skip
    page = client.post(url, mine)
    assert page.status_code == 409
    text = page.content.decode()
    for words in ("1 Old Road", "2 New Road", "3 Third Road", str(supervisor), "Rang him", "B2 2BB"):
        assert words in text
    keeps = {one.name: one.keeps for one in page.context["differences"]}
    assert keeps == {"lines": "yours", "postcode": "theirs"}  # what was not touched keeps theirs
    assert not Amendment.objects.filter(reason="Saw a letter").exists()
    sent = dict(page.context["carried"])
    amend(address_of, {"lines": "4 Latest Road"}, by=supervisor, reason="Rang again")
    page = client.post(url, sent | {f"keep_{name}": which for name, which in keeps.items()})
    assert page.status_code == 409  # overtaken again; what was chosen is kept
    assert [one.name for one in page.context["differences"]] == ["lines"]
    assert client.post(url, dict(page.context["carried"]) | {"keep_lines": "yours"}).status_code == 302
    address_of.refresh_from_db()
    assert (address_of.lines, address_of.postcode) == ("3 Third Road", "B2 2BB")
    assert address_of.valid_from == dt.date(2024, 1, 9)
    (amendment,) = Amendment.objects.filter(reason="Saw a letter")
    assert set(amendment.changes) == {"lines", "valid_from"}


def test_a_draft_that_two_revise_is_chosen_too(make_referral, make_user, police, npu, officer, client):
    referral, colleague = make_referral("draft", summary="First"), make_user("officer", police, npu)
    client.force_login(officer)
    url = f"/referrals/{referral.pk}/revise/"
    form = client.get(url).context["form"]
    answers = {"source": "officer", "funds_addiction": "yes", "summary": "Mine", "seen": form["seen"].value()}
    referral.revise(by=colleague, summary="Theirs")
    page = client.post(url, answers)
    assert page.status_code == 409
    text = page.content.decode()
    for words in ("First", "Theirs", "Mine", str(colleague)):
        assert words in text
    assert client.post(url, dict(page.context["carried"]) | {"keep_summary": "theirs"}).status_code == 302
    referral.refresh_from_db()
    assert referral.summary == "Theirs"


def test_a_step_that_writes_over_what_changed_since_asks_first(make_case, facilitator, supervisor, client):
    case, soon = make_case(), timezone.localdate() + dt.timedelta(days=3)
    client.force_login(facilitator)
    url = f"/o2r/cases/{case.pk}/plan/"
    form = client.get(url).context["form"]
    case.plan(by=supervisor, next_action="Ring the rehab", next_action_due=soon)
    answers = {"next_action": "Visit him", "next_action_due": str(soon), "seen": form["seen"].value()}
    page = client.post(url, answers)
    assert page.status_code == 409
    assert "Ring the rehab" in page.content.decode()
    assert client.post(url, dict(page.context["carried"]) | {"keep_next_action": "yours"}).status_code == 302
    case.refresh_from_db()
    assert case.next_action == "Visit him"
    stale = client.post(url, answers | {"seen": "made up"})
    assert stale.status_code == 422
    assert "Open it again" in stale.content.decode()


def test_a_page_of_many_weeks_asks_the_database_no_more_than_of_one(
    make_placement, provider, client, django_assert_max_num_queries
):
    stay = make_placement("arrived", on=timezone.localdate() - dt.timedelta(days=70))
    client.force_login(provider)

    def weeks(numbers):
        for n in numbers:
            week = Progress.record(
                stay, by=provider, on=timezone.localdate() - dt.timedelta(days=n), engagement="well", text="Well"
            )
            amend(week, {"text": "Very well"}, by=provider, reason="Typing")

    def asked():
        with django_assert_max_num_queries(200) as counted:
            assert client.get(stay.get_absolute_url()).status_code == 200
        return len(counted)

    weeks([1])
    asked()
    one = asked()
    weeks(range(2, 9))
    assert asked() == one


def test_an_amendment_stays_as_it_was_written(rows):
    row, by = rows["assessment"]
    amend(row, {"substances": []}, by=by, reason="Took nothing")
    assert not row.substances.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Amendment.objects.all().delete()
    assert Placement.objects.exists()
