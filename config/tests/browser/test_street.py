"""An officer on the street with a phone in one hand: from a person found with cannabis to a booked appointment."""

import math
import sys

import pytest

from partners.models import Service
from referrals.booking.models import Appointment
from referrals.booking.workflow import Status
from referrals.models import Referral

from .conftest import choose, follow

pytestmark = pytest.mark.browser

TOUCHED = "main a, main button, main input, main select, main textarea, main summary"
# what is too low for a thumb; links within sentences are as high as their line
LOW = f"""() => [...document.querySelectorAll('{TOUCHED}')]
    .filter(one => one.checkVisibility() && !one.closest('p, li') && one.type !== 'hidden')
    .filter(one => one.getBoundingClientRect().height < 44).map(one => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def _workers(worker, make_user, make_availability, cranstoun):
    """Someone to talk to by phone at any time, and a surgery."""
    make_availability(make_user("cranstoun_worker", cranstoun), mode="surgery", place="Corner House, Digbeth")
    Service.objects.filter(pathway="divert").update(phone="0121 496 0123")


class Thumb:
    """Counts what is touched: a field to type in, a choice, a button. A field that is filled is touched once."""

    def __init__(self, page):
        self.page, self.taps, self.fields, self.keys = page, 0, set(), 0

    def type(self, label, text, **how):
        self._count(label)
        self.keys += len(text)
        self.page.get_by_label(label, **how).fill(text)

    def fill(self, name, text):
        self._count(name.rpartition("_")[0])
        self.keys += len(text)
        self.page.locator(f"[name={name}]").fill(text)

    def choose(self, question, answer):
        self._count(question)
        choose(self.page, question, answer)

    def tick(self, label):
        self._count(label)
        self.page.get_by_label(label).check()

    def sign(self):
        if self.page.locator(".tc-sign__pad").is_visible():
            self._count("signature")
            draw(self.page)

    def press(self, press, name):
        self.taps += 1
        press(self.page, name)
        assert not self.page.evaluate(LOW)

    def _count(self, field):
        self.taps += 1
        self.fields.add(field)


def draw(page):
    """Something like a signature."""
    pad = page.locator(".tc-sign__pad")
    pad.evaluate("pad => pad.scrollIntoView({block: 'center'})")
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 80)
    page.mouse.down()
    for step in range(40):
        page.mouse.move(box["x"] + 30 + step * 6, box["y"] + 80 + 30 * math.sin(step / 3))
    page.mouse.up()


def who(thumb):
    thumb.type("Given names", "Robin")
    thumb.type("Family name", "Newcomer")
    for part, text in {"day": "27", "month": "3", "year": "1998"}.items():
        thumb.fill(f"date_of_birth_{part}", text)
    thumb.type("Phone number (optional)", "07700 900123")
    thumb.choose("Where do they live? (optional)", "Birmingham")
    thumb.choose("Sex (optional)", "Male")


def happened(thumb):
    thumb.choose("What did they have?", "Cannabis, Class B")
    thumb.choose("What is the offence?", "Possession of cannabis")
    thumb.choose("What was it for?", "Their own use")
    thumb.choose("Did the drugs make another offence worse?", "No")
    thumb.type("Where?", "Corporation Street", exact=True)
    thumb.choose("How do you see their ethnicity? (optional)", "White North European")


def terms(thumb):
    thumb.tick("They accept that they did it")
    thumb.tick("They agree to see a drug worker")
    thumb.type("What do they say about it?", "It is mine, for me")
    thumb.choose("Gravity score", "2")
    thumb.sign()


def first_slot(thumb):
    thumb._count("slot")
    thumb.page.get_by_role("radio").first.check()


@pytest.mark.usefixtures("_workers")
def test_from_the_street_to_a_booked_appointment(open_page, look, press, officer, capsys):
    page = open_page(officer, width=390, has_touch=True)
    look(page)
    thumb = Thumb(page)
    thumb.press(press, "Found with drugs (Divert)")
    for answer in (who, happened, None, terms, first_slot):
        if answer:
            answer(thumb)
        thumb.press(press, "Continue")
    assert page.get_by_text("Held for you for 10 more minutes").is_visible()
    assert page.locator(".tc-signature").is_visible()
    thumb.press(press, "Send and book")
    referral, appointment = Referral.objects.get(), Appointment.objects.get()
    assert (referral.status, appointment.status, appointment.referral) == ("accepted", Status.BOOKED, referral)
    assert referral.resolution.drawn
    assert page.get_by_text(referral.reference).first.is_visible()
    assert page.get_by_text("0121 496 0123").first.is_visible()
    press(page, "Leaflet for them")
    with capsys.disabled():
        counted = f"{len(thumb.fields)} fields, {thumb.taps} taps, {thumb.keys} characters"
        sys.stdout.write(f"\nFrom home to a booked appointment: {counted}\n")
    assert len(thumb.fields) <= 18
    assert thumb.taps <= 28


@pytest.mark.usefixtures("_workers")
def test_without_script(open_page, officer):
    page = open_page(officer, width=390, java_script_enabled=False)
    follow(page, page.get_by_role("button", name="Found with drugs (Divert)"))
    thumb = Thumb(page)
    go = page.get_by_role("button", name="Continue")
    who(thumb)
    follow(page, go)
    happened(thumb)
    follow(page, go)
    follow(page, go)
    terms(thumb)
    follow(page, go)
    assert page.get_by_role("alert").get_by_text("Have them sign, or type their name instead").is_visible()
    page.get_by_label("Their name, typed by them").fill("Robin Newcomer")
    page.get_by_label("They typed this themselves, instead of signing").check()
    follow(page, go)
    follow(page, page.get_by_role("link", name="More times"))
    page.get_by_role("radio").nth(4).check()
    follow(page, go)
    follow(page, page.get_by_role("button", name="Send and book"))
    assert page.get_by_role("heading", name="Sent and booked").is_visible()
    assert Referral.objects.get().resolution.signature == "Typed: Robin Newcomer"


@pytest.mark.usefixtures("_workers")
def test_left_and_come_back_to_on_another_device(open_page, look, press, officer):
    page = open_page(officer, width=390)
    thumb = Thumb(page)
    press(page, "Found with drugs (Divert)")
    who(thumb)
    press(page, "Continue")
    happened(thumb)
    press(page, "Continue")
    other = open_page(officer, width=1280)
    press(other, "Robin Newcomer")
    press(other, "Continue")
    terms(Thumb(other))
    other.get_by_role("button", name="Clear").click()
    other.get_by_role("button", name="They cannot draw it").click()
    other.get_by_role("button", name="They can draw it").click()
    assert other.locator(".tc-sign__pad").is_visible()
    other.get_by_role("button", name="They cannot draw it").click()
    assert not other.locator(".tc-sign__pad").is_visible()
    other.get_by_label("Their name, typed by them").fill("R Newcomer")
    press(other, "Continue")
    other.get_by_role("alert").get_by_role("link").first.click()
    assert other.evaluate("document.activeElement.name") == "is_signed"
    other.goto("/referrals/")
    look(other)
    press(other, "Throw away Robin Newcomer")
    assert not other.get_by_text("Robin Newcomer").is_visible()


@pytest.mark.usefixtures("_workers")
def test_who_is_barred_is_told_why_and_since_when(open_page, press, officer, worker, make_offender):
    person = make_offender(by=officer, given_names="Robin", family_name="Newcomer", phone="07700 900123")
    before = Referral.draft(by=officer, offender=person, pathway="divert", source="officer")
    before.submit(by=officer)
    before.accept_booked(by=worker, worker=worker)
    before.disengage(by=worker, reason="Could not be reached")
    page = open_page(officer, width=390)
    thumb = Thumb(page)
    press(page, "Found with drugs (Divert)")
    who(thumb)
    press(page, "Continue")
    page.get_by_role("radio").first.check()
    press(page, "Continue")
    page.get_by_label("Something else", exact=True).first.check()
    page.locator("[name=drug_other]").select_option(label="LSD, Class A")
    thumb.choose("What is the offence?", "Possession of a controlled drug other than cannabis")
    thumb.choose("What was it for?", "Their own use")
    thumb.choose("Did the drugs make another offence worse?", "No")
    thumb.type("Where?", "Corporation Street", exact=True)
    press(page, "Continue")
    assert page.get_by_role("heading", name="Divert does not fit").is_visible()
    press(page, "Go on with Offender to Rehab instead")
