"""What a person is told: all that is theirs to know, and nothing that is not."""

import datetime as dt
import json
import re

import pytest
import typst
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.tests.pdf import text_of
from offenders import account
from offenders.models import Entry, NamedUser, Note, Offender
from partners.audit.models import Event
from partners.frame.templatetags.frame import date_or
from partners.models import Agreement
from partners.roles import Category

HOSTILE = ["#panic()", '#read("/etc/passwd")', "$x^2", "*x*", "@x", "_[]_", "<label>", "\\u{41}", "// no", "`raw`",
           "مريم 😀", "\u202egnp", "x" * 110, "= Heading", '"]; #panic()']  # fmt: skip


def write(offender, by, category="general", **fields):
    fields = {"kind": "visit", "text": f"SECRET {category}", "happened_at": timezone.now(), "matters": offender.matters,
              } | fields  # fmt: skip
    return Note.write(offender, by=by, category=category, **fields)


def words(told):
    return json.dumps(account.as_json(told), ensure_ascii=False)


def section(told, heading):
    return {row.label: " ".join(row.lines) for s in told.sections if s.heading == heading for row in s.rows}


@pytest.fixture
def shared_case(make_case, facilitator, cgl, cgl_worker):
    case = make_case()
    case.share(by=facilitator, agency=cgl, co_worker=cgl_worker)
    return case


@pytest.fixture
def offender(shared_case):
    return shared_case.offender


@pytest.mark.django_db
def test_it_says_how_they_are_written_down(offender, facilitator):
    Offender.objects.filter(pk=offender.pk).update(phone="0700 900 123", safe_contact="Not when Dan is in")
    offender.aliases.create(given_names="Sammy")
    offender.addresses.create(lines="1 High Street", postcode="B1 1AA", area_id="E08000025", valid_from="2020-01-01")
    offender.refresh_from_db()
    told = account.tell(offender, by=facilitator)
    you = section(told, "Who you are")
    assert told.name == you["Your name"] == str(offender)
    assert you["Other names"] == "Sammy"
    assert you["When you were born"] == "27 March 1990"
    assert you["Phone"] == "0700 900 123"
    assert you["E-mail"] == "Not written down."
    assert you["Where you live, or lived"] == "Since 1 January 2020: 1 High Street, B1 1AA"
    assert "Dan" not in words(told), "whoever finds the paper must not learn how it is safe to reach them"


@pytest.mark.django_db
def test_it_says_who_works_with_them_and_why(offender, facilitator, cgl, shared_case):
    who = section(account.tell(offender, by=facilitator), "Who works with you")
    assert set(who) == {"West Midlands Police (WMP)", "Change Grow Live (CGL)"}
    assert re.fullmatch(
        r"Since \d+ \w+ \d{4}, because you have an open case\. This is under the O2R agreement\.",
        who["Change Grow Live (CGL)"],
    )
    shared_case.close(by=facilitator, outcome="Moved away")
    assert who != section(account.tell(offender, by=facilitator), "Who works with you")


@pytest.mark.django_db
def test_an_agreement_that_ended_is_told(offender, facilitator):
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    Agreement.objects.filter(name="the O2R agreement").update(valid_to=yesterday)
    who = section(account.tell(offender, by=facilitator), "Who works with you")["Change Grow Live (CGL)"]
    assert who.startswith("Not any more. It began on ")
    assert "agreement" not in who


@pytest.mark.django_db
def test_of_what_the_worker_may_not_read_it_says_only_that_it_is_kept(offender, facilitator, cgl_worker):
    write(offender, facilitator)
    write(offender, facilitator, happened_at=timezone.now() - dt.timedelta(days=9))
    write(offender, cgl_worker, "health")
    held = section(account.tell(offender, by=facilitator), "What is written about you")
    assert "how things are going: 2. The first is from" in held["West Midlands Police (WMP)"]
    assert held["Change Grow Live (CGL)"] == "Notes about your health and treatment. Ask them about these."


@pytest.mark.django_db
def test_it_holds_back_police_safeguarding_third_parties_and_every_text(offender, facilitator, supervisor, cgl_worker):
    before = section(account.tell(offender, by=facilitator), "What is written about you")
    write(offender, facilitator, "police")
    write(offender, cgl_worker, "safeguarding")
    write(offender, facilitator, kind="third_party")
    for sentence, category in (("SECRET intelligence", "police"), ("SECRET concern", "safeguarding")):
        Entry.write(offender.pk, sentence, by=facilitator, category=category, matters=offender.matters)
    offender.markers.create(kind="violent", detail="SECRET marker", valid_from="2020-01-01")
    for by in (facilitator, supervisor):
        told = account.tell(offender, by=by)
        assert section(told, "What is written about you") == before
        assert "SECRET" not in words(told)
        assert "iolen" not in words(told)
    write(offender, facilitator)
    assert section(account.tell(offender, by=facilitator), "What is written about you") != before
    assert "SECRET" not in words(account.tell(offender, by=facilitator))


def test_no_kind_of_information_is_told_by_oversight():
    assert set(Category) - set(account.KINDS) == {Category.POLICE, Category.SAFEGUARDING, Category.AGGREGATE}


@pytest.mark.django_db
def test_a_restriction_changes_no_word_of_it(offender, facilitator):
    before = account.tell(offender, by=facilitator)
    NamedUser.objects.create(offender=offender, user=facilitator, valid_from="2020-01-01", recorded_by=facilitator)
    Offender.objects.filter(pk=offender.pk).update(is_restricted=True)
    offender.refresh_from_db()
    after = account.tell(offender, by=facilitator)
    assert after.sections[:4] == before.sections[:4]
    assert "estrict" not in words(after)


@pytest.mark.django_db
def test_it_says_what_they_agreed_to_refused_and_took_back(offender, facilitator, cgl, police, make_consent):
    said = {"words": "With her sister there", "answered_on": dt.date(2024, 1, 2)}
    make_consent(offender, cgl, purpose="treatment", answer="refused", **said)
    make_consent(offender, cgl, purpose="treatment", answered_on=dt.date(2024, 3, 1))
    make_consent(offender, cgl, **said).withdraw(by=facilitator, how="phone", reason="Because of her sister")
    make_consent(offender, police, covers=[cgl], giver="parent", giver_name="Her sister", **said)
    told = account.tell(offender, by=facilitator)
    today = date_or(timezone.localdate())
    assert section(told, "What you said yes or no to") == {
        "Treatment by Change Grow Live (CGL)": "You said yes on 1 March 2024. You said no on 2 January 2024.",
        "Letting Change Grow Live (CGL) see what the others write about your health":
            f"You took it back on {today}. You said yes on 2 January 2024.",
        "Letting West Midlands Police (WMP) see what the others write about your health":
            "Someone said yes for you on 2 January 2024. This is only about what Change Grow Live (CGL) writes.",
    }  # fmt: skip
    assert "sister" not in words(told)


@pytest.mark.django_db
def test_it_tells_its_maker_of_no_answer_that_they_may_not_read(offender, facilitator, cgl, cgl_worker, make_consent):
    make_consent(offender, cgl, by=cgl_worker, purpose="treatment")
    assert section(account.tell(offender, by=facilitator), "What you said yes or no to")
    Agreement.objects.update(categories=["identity", "case"])
    assert not section(account.tell(offender, by=facilitator), "What you said yes or no to")


@pytest.mark.django_db
def test_it_says_by_role_and_month_who_looked_and_never_by_name(offender, facilitator, cgl_worker, make_user, police):
    auditor, day = make_user("auditor", police), dt.datetime(2024, 3, 5, 12, tzinfo=dt.UTC)
    for by, verb, moments in (
        (cgl_worker, "case.view", [day, day + dt.timedelta(hours=1), day + dt.timedelta(days=1)]),
        (cgl_worker, "case.view", [day.replace(month=7), day.replace(year=2025)]),
        (auditor, "audit.view", [day]),
    ):
        for at in moments:
            event = Event(at=at, kind="consultation", verb=verb, by=by, role=by.membership.role,
                          agency=by.membership.agency, offenders=[offender.pk])  # fmt: skip
            event.save()
    Event.objects.shown("case.view", [offender], by=cgl_worker)
    looks = section(account.tell(offender, by=facilitator), "Who has looked")
    year = timezone.localdate()
    assert looks["CGL worker, Change Grow Live (CGL)"] == (
        f"{year:%Y}: 1 in {year:%B}. 2025: 1 in March. 2024: 1 in July, 2 in March."
    )
    assert not [who for who in looks if "uditor" in who or cgl_worker.family_name in who]


@pytest.mark.django_db
def test_it_is_made_by_who_sees_every_agencys_part(offender, facilitator, supervisor, cgl_worker, officer, make_user,
                                                   police, client):  # fmt: skip
    for by in (facilitator, supervisor):
        assert account.tell(offender, by=by)
    for by in (cgl_worker, officer, make_user("auditor", police), make_user("administrator", police), make_user()):
        with pytest.raises(PermissionDenied):
            account.tell(offender, by=by)
        with pytest.raises(PermissionDenied):
            account.print_for(offender, by=by)
    for role, words_shown in ((facilitator, True), (cgl_worker, False)):
        client.force_login(role)
        page = client.get(reverse("offenders:sharing", args=[offender.pk]))
        assert ("What we tell the person" in page.content.decode()) is words_shown


@pytest.mark.django_db
def test_reading_it_is_a_consultation_and_printing_it_a_disclosure_with_a_line_on_the_timeline(
    offender, facilitator, client
):
    client.force_login(facilitator)
    assert client.get(reverse("offenders:account", args=[offender.pk])).status_code == 200
    assert client.get(f"/api/v1/offenders/{offender.pk}/account/").json()["name"] == str(offender)
    events = Event.objects.filter(verb="offender.account", offenders=[offender.pk], by=facilitator)
    assert [event.kind for event in events] == ["consultation"] * 2
    assert not Entry.objects.filter(sentence=account.PRINTED).exists()
    response = client.post(reverse("offenders:print_account", args=[offender.pk]))
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="account-{offender.reference}.pdf"'
    assert "no-store" in response["Cache-Control"]
    assert events.filter(kind="disclosure", detail={"to": "the person"}).count() == 1
    client.post(reverse("offenders:print_account", args=[offender.pk]))
    assert events.filter(kind="disclosure").count() == 2, "each paper was handed over"
    assert Entry.objects.filter(sentence=account.PRINTED, offender=offender, by=facilitator).count() == 1


@pytest.mark.django_db
def test_nothing_is_printed_that_is_not_recorded(offender, facilitator, client, monkeypatch):
    client.force_login(facilitator)
    client.raise_request_exception = False
    monkeypatch.setattr(Event.objects, "record", None)
    assert client.post(reverse("offenders:print_account", args=[offender.pk])).status_code == 500
    assert not Entry.objects.filter(sentence=account.PRINTED).exists()


@pytest.mark.django_db
def test_the_pdf_has_a_title_a_language_tags_and_no_name_in_its_description(offender, facilitator):
    told = account.tell(offender, by=facilitator)
    pdf = account.as_pdf(told)
    assert b"/Lang(en-GB)" in pdf
    assert b"/StructTreeRoot" in pdf
    assert b"pdfuaid:part" in pdf
    assert told.title.encode() in pdf
    assert offender.family_name.encode() not in pdf, "not where a list of files would show it"
    for line in (told.name, "What is not on this paper, and why", *told.opening[1:]):
        assert line in text_of(pdf)
    assert pdf == account.as_pdf(told), "the same account, the same file"


@pytest.mark.parametrize("name", HOSTILE)
def test_what_people_are_called_is_never_read_as_typst(name, monkeypatch):
    told = account.Account(name, name, name, dt.date(2026, 1, 1), [name],
                           [account.Section(name, [name], [account.Row(name, [name])], [name])])  # fmt: skip
    asked, compile_ = [], typst.compile
    monkeypatch.setattr(typst, "compile", lambda *args, **options: asked.append(args) or compile_(*args, **options))
    assert account.as_pdf(told).startswith(b"%PDF-")
    assert set(asked) == {(str(account.TEMPLATE),)}, "the source is the template's, and no one's words"
    as_text = typst.query(str(account.TEMPLATE), "heading", field="body",
                          sys_inputs={"account": json.dumps(account.as_json(told))})  # fmt: skip
    assert json.loads(as_text)[0] == {"func": "text", "text": name}


@pytest.mark.django_db
def test_as_many_queries_for_a_long_past_as_for_a_short_one(offender, facilitator, cgl_worker):
    write(offender, facilitator)
    with CaptureQueriesContext(connection) as short:
        account.tell(offender, by=facilitator)
    look = {"kind": "consultation", "verb": "case.view", "by": cgl_worker, "role": "cgl_worker",
            "agency": cgl_worker.membership.agency, "offenders": [offender.pk]}  # fmt: skip
    Event.objects.bulk_create(Event(at=timezone.now() - dt.timedelta(days=n), **look) for n in range(500))
    for category in ("general", "health"):
        Entry.objects.bulk_create(
            Entry(offender=offender, sentence=str(n), category=category, happened_at=timezone.now(), by=facilitator,
                  kind="record", agency=facilitator.membership.agency) for n in range(250)
        )  # fmt: skip
    with CaptureQueriesContext(connection) as long:
        account.tell(offender, by=facilitator)
    assert len(long) == len(short) <= 16


def test_its_own_sentences_are_short():
    fixed = [*account.CORRECT, account.COPY, *account.COMPLAIN, *(" ".join(pair) for pair in account.LEFT_OUT)]
    sentences = [s for text in fixed for s in re.split(r"(?<=[.?])\s", text) if s]
    lengths = [len(s.split()) for s in sentences]
    assert max(lengths) <= 22
    assert sum(lengths) / len(lengths) <= 11


@pytest.mark.django_db
def test_of_a_person_one_does_not_see_there_is_none(offender, make_user, police, client):
    client.force_login(make_user("facilitator", police, police.units.get(name="Coventry", kind="lpa")))
    address = reverse("offenders:account", args=[offender.pk])
    assert client.get(address).status_code == 404
    assert client.post(f"{address}print/").status_code == 404
    assert client.get(f"/api/v1/offenders/{offender.pk}/account/").status_code == 404
