"""Our fields print the HTML that the design system's own fixtures say they should."""

import json
import re
from functools import cache
from html.parser import HTMLParser

import pytest
from django import forms
from django.conf import settings
from django.template.loader import render_to_string

from partners.frame.forms import Checkboxes, DateField, Form, MoneyField, Radios

COMPONENTS = settings.BASE_DIR / "frontend/node_modules/govuk-frontend/dist/govuk/components"
VOID = {"input"}
# Ours are pages of several questions, whose labels are bold; the fixtures are plain.
SIZES = {"govuk-label--s", "govuk-fieldset__legend--s"}


class Reader(HTMLParser):
    """The tags, attributes and words of a piece of HTML, without what does not change the page."""

    def __init__(self, html):
        super().__init__()
        self.seen = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        pairs = [(name, " ".join(sorted(set((value or "").split()) - SIZES))) for name, value in attrs]
        self.seen.append((tag, *sorted(pairs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.seen.append(f"/{tag}")

    def handle_data(self, data):
        if words := " ".join(data.split()):
            self.seen.append(words)


@cache
def fixtures(component):
    file = COMPONENTS / component / "fixtures.json"
    if not file.exists():
        pytest.fail("The design system is not installed here: run `manage.py build_assets` first.", pytrace=False)
    return {fixture["name"]: fixture for fixture in json.loads(file.read_text())["fixtures"]}


def expected(component, name):
    fixture = fixtures(component)[name]
    return fixture["options"], fixture["html"]


def printed(field, name, *, sent=None, error=None):
    """The field on a form of its own, as its page prints it."""
    form = type("OneField", (Form,), {name: field})(data=sent, auto_id="%s")
    if error:
        form.add_error(name, error)
    return form[name].as_field_group()


def words_of(options):
    """Label, hint and error as the fixture gives them."""
    question = options.get("fieldset", {}).get("legend") or options["label"]
    hint = options.get("hint", {}).get("text", "")
    return question["text"], hint, options.get("errorMessage", {}).get("text")


def control(component, options, label, hint):
    asked = {"label": label, "help_text": hint, "required": False}
    if component == "input":
        return MoneyField(**asked, widget=PlainMoney) if "prefix" in options else forms.CharField(**asked)
    if component == "textarea":
        return forms.CharField(widget=forms.Textarea, **asked)
    if component == "date-input":
        return DateField(**asked)
    choices = [(item["value"], item["text"]) for item in options["items"]]
    if component == "checkboxes":
        return forms.MultipleChoiceField(choices=choices, widget=Checkboxes, **asked)
    return forms.ChoiceField(choices=choices, **asked, **({"widget": Radios} if component == "radios" else {}))


class PlainMoney(MoneyField.widget):
    def __init__(self):
        super().__init__()
        self.attrs = {}


@pytest.mark.parametrize(
    ("component", "case"),
    [
        ("input", "default"),
        ("input", "with hint text"),
        ("input", "with error message"),
        ("input", "with error and hint"),
        ("input", "with prefix"),
        ("textarea", "default"),
        ("textarea", "with hint"),
        ("textarea", "with error message"),
        ("textarea", "with hint and error message"),
        ("select", "error"),
        ("select", "with hint text and error message"),
        ("radios", "with hint and error message"),
        ("radios", "with hint"),
        ("checkboxes", "default"),
        ("checkboxes", "with error message and hint"),
        ("date-input", "default"),
        ("date-input", "with error message and hint"),
        ("date-input", "with error on day input"),
        ("date-input", "with error on month input"),
        ("date-input", "with error on year input"),
    ],
)
def test_field_is_what_the_design_system_prints(component, case, monkeypatch):
    monkeypatch.setattr(Form, "marks_optional", False)
    options, theirs = expected(component, case)
    label, hint, error = words_of(options)
    name = options.get("id") or options["name"]
    if component == "date-input" and error:
        wrong = tuple(part for part in ("day", "month", "year") if options.get(part, {}).get("error"))
        error = DateField.error(error, wrong or ("day", "month", "year"))
    ours = printed(control(component, options, label, hint), name, sent={} if error else None, error=error)
    if component == "date-input":
        theirs = re.sub(r'name="(day|month|year)"', rf'name="{name}_\1"', theirs)
    elif options.get("name"):
        theirs = theirs.replace(f'name="{options["name"]}"', f'name="{name}"')
    if component == "select":
        # Theirs chooses the second and disables the third, which a form of ours never does.
        theirs = theirs.replace(" selected", "").replace(" disabled", "")
    assert Reader(ours).seen == Reader(theirs).seen


def test_error_summary_is_what_the_design_system_prints():
    options, theirs = expected("error-summary", "mixed with and without links")
    first, second = (line["text"] for line in options["errorList"])
    form = type("OneField", (Form,), {"terms": forms.CharField(required=False)})(data={}, auto_id="%s")
    form.add_error(None, first)
    form.add_error("terms", second)
    ours = render_to_string("frame/error_summary.html", {"form": form})
    assert Reader(ours).seen == Reader(theirs.replace("#example-error-1", "#terms")).seen
