"""What others rest on does not overlap, is not deleted, and says what a change affects before it is made."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from partners.audit.models import Event
from partners.models import Agreement, Service, Setting, Unit
from referrals.models import Drug

TODAY = timezone.localdate()
LONG_AGO, TOMORROW = dt.date(2018, 1, 1), TODAY + dt.timedelta(days=1)


@pytest.fixture
def administrator(make_user, police):
    return make_user("administrator", police, family_name="Administrator")


@pytest.fixture
def office(signed_in, administrator):
    return signed_in(administrator)


def page_of(row, what="change"):
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/{what}/"


def test_a_new_figure_says_first_what_it_affects_and_nothing_is_saved_until_then(office, make_divert):
    make_divert("submitted")
    held = Setting.objects.on().get(key="contact_days")
    ends = {"source": held.source, "valid_to": TODAY}
    asked = office.post(page_of(held), ends)
    page = asked.content.decode()
    assert f"After {TODAY:%-d %B %Y} nothing holds" in page
    assert 'name="valid_to" value="' in page
    held.refresh_from_db()
    assert held.valid_to is None
    assert not Event.objects.filter(verb="setting.change").exists()
    assert Event.objects.get(verb="setting.change.ask").subject_id == str(held.pk)
    assert office.post(page_of(held), ends | {"told": "1"}).status_code == 302
    new = {"key": "contact_days", "values": "3", "valid_from": TOMORROW, "source": "A newer contract"}
    page = office.post("/admin/partners/setting/add/", new).content.decode()
    for words in (f"From {TOMORROW:%-d %B %Y} it is 3. Until then it is 5.", "1 open deadlines keep their day"):
        assert words in page
    assert Setting.objects.filter(key="contact_days").count() == 1
    assert office.post("/admin/partners/setting/add/", new | {"told": "1"}).status_code == 302
    assert Setting.objects.get(key="contact_days", valid_from=TOMORROW).values == [3]


def test_what_is_wrong_is_said_before_what_it_affects(office):
    held = Setting.objects.on().get(key="contact_days")
    page = office.post(page_of(held), {"source": "", "valid_to": TODAY}).content.decode()
    assert "This field is required" in page
    assert "nothing holds" not in page


def test_a_row_says_who_names_it_and_one_that_nobody_names_asks_nothing(office, make_divert, police):
    make_divert("submitted")
    drug = Drug.objects.on().get(name="Cannabis")
    page = office.post(page_of(drug), {"source": "An order", "valid_to": TODAY}).content.decode()
    assert "What uses it: resolutions 1." in page
    unit = Unit.objects.create(agency=police, name="New", kind="team", valid_from=TODAY)
    sent = {"agency": police.pk, "name": "Newer", "kind": "team", "valid_from": TODAY}
    assert office.post(page_of(unit), sent).status_code == 302


def test_the_page_says_who_changed_what_and_when(office, administrator, police):
    unit = Unit.objects.create(agency=police, name="Old name", kind="team", valid_from=TODAY)
    assert "Who changed it" not in office.get(page_of(unit)).content.decode()
    office.post(page_of(unit), {"agency": police.pk, "name": "New name", "kind": "department", "valid_from": TODAY})
    page = " ".join(office.get(page_of(unit)).content.decode().split())
    for words in (str(administrator), "Name: Old name → New name", "Kind: Team → Department"):
        assert words in page
    assert page.count("Who changed it") == 1


@pytest.mark.parametrize("end", [None, TODAY])
def test_rows_of_one_thing_do_not_overlap(police, team, end):
    def unit(name="One", **days):
        return Unit.objects.create(agency=police, name=name, kind="team", **days)

    def service(unit=None, **days):
        return Service.objects.create(agency=police, unit=unit, pathway="divert", **days)

    for make in (unit, service, lambda **days: service(team, **days)):
        first = make(valid_from=LONG_AGO, valid_to=end)
        with pytest.raises(IntegrityError, match="at_a_time"), transaction.atomic():
            make(valid_from=TODAY)
        type(first).objects.filter(pk=first.pk).update(valid_to=TODAY)
        make(valid_from=TOMORROW)


def test_a_figure_that_has_begun_is_not_deleted_and_one_that_has_not_is(db):
    held = Setting.objects.on().get(key="contact_days")
    with pytest.raises(IntegrityError, match="begun to hold"), transaction.atomic():
        held.delete()
    Setting.objects.filter(pk=held.pk).update(valid_to=TODAY)
    Setting.objects.create(key="contact_days", values=[3], valid_from=TOMORROW, source="A contract").delete()


def test_an_agreement_is_renewed_in_one_step(office, police, cgl):
    agreement = cgl.agreements.get()
    page, later = page_of(agreement, "renew"), TODAY + dt.timedelta(days=365)
    assert page in office.get(page_of(agreement)).content.decode()

    def sent(review, last=None):
        parts = {"review_on": review} | ({"valid_to": last} if last else {})
        return {
            f"{name}_{part}": getattr(day, part) for name, day in parts.items() for part in ("day", "month", "year")
        }

    for wrong in (sent(TODAY), sent(later, TOMORROW), {}):
        assert office.post(page, wrong).status_code == 422
    assert office.post(page, sent(later, later)).status_code == 302
    agreement.refresh_from_db()
    assert (agreement.review_on, agreement.valid_to) == (later, later)
    event = Event.objects.get(verb="agreement.renew")
    assert event.after == {"valid_to": str(later), "review_on": str(later)}
    Agreement.objects.update(valid_to=TODAY - dt.timedelta(days=1))
    assert office.post(page, sent(later)).status_code == 422
    assert page not in office.get(page_of(agreement)).content.decode()


def test_ending_an_agreement_says_first_what_rests_on_it(office, cgl):
    agreement = cgl.agreements.get()
    sent = {"name": agreement.name, "purpose": agreement.purpose, "categories": agreement.categories,
            "agencies": [agency.pk for agency in agreement.agencies.all()], "valid_from": agreement.valid_from,
            "valid_to": TOMORROW}  # fmt: skip
    page = office.post(page_of(agreement), sent).content.decode()
    assert "ending it would close nobody" in page
    agreement.refresh_from_db()
    assert agreement.valid_to is None
