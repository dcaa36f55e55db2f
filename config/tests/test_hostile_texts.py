"""What people may write to break out of where it is shown: in each text of a small world, in each field that is sent.

On no page does it become an element, an attribute or a template, in no file a formula, in no answer a header, in no
message a line of its own. What a browser makes of it: browser/test_hostile.py.
"""

import itertools
import re

import pytest
from django import forms
from django.db import transaction
from django.utils import timezone
from rest_framework import serializers

from config.tests import access_table as table
from config.tests import hostile
from config.tests.client import ONE, CarefulClient
from config.tests.hostile import HOSTILE, Page, wrong_in
from config.tests.test_access import LENGTH, _quiet, _signed_in_all_along  # noqa: F401
from partners.models import User
from partners.notices.models import Notice

pytestmark = pytest.mark.django_db
ACTORS = (
    "officer", "facilitator", "supervisor", "cranstoun_manager", "cgl_worker", "rehab_provider", "throughcare_partner",
    "resolution_lead", "auditor", "administrator", "cranstoun_worker", "other_supervisor",
)  # fmt: skip
RECORDS = ("worked", "diverted", "any", None)  # the first two show all that there is
ONE_IN = 4 if LENGTH == "short" else 1  # of so many addresses one is tried
NOT_TYPED = {"hidden", "radio", "checkbox", "file", "select", "submit", "password"}
AFTERWARDS = itertools.cycle(["/people/{}/", "/people/{}/timeline/", "/o2r/caseload.csv"])


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        world, world.clients = hostile.build(), {}
        world.told = list(Notice.objects.values_list("pk", flat=True))
        for actor in ACTORS:
            world.clients[actor] = CarefulClient(raise_request_exception=False)
            world.clients[actor].force_login(User.objects.get(pk=world.users[actor].pk))
        yield world
        transaction.set_rollback(True)


def asked(methods, words, *, most=1):
    """(method, name, row, actor, record) of the access table: each address, with so many records, actors in turn."""
    for number, ((method, name), row) in enumerate(sorted(table.ADDRESSES.items(), key=lambda one: one[0])):
        if method not in methods or number % ONE_IN:
            continue
        fits = [
            (record, [actor for actor in ACTORS if actor in table.ROLES and row.word(actor, record) in words])
            for record in RECORDS
            if record in row.records
        ]
        for record, actors in [one for one in fits if one[1]][:most]:
            yield method, name, row, actors[number % len(actors)], record


def test_no_text_is_more_than_text_on_any_page_or_in_any_file(world):
    wrong, shown = [], set()
    for _, name, row, actor, record in asked(["get"], ["yes", "do"], most=2):
        if name.startswith("api:"):
            continue
        with transaction.atomic():
            response = world.clients[actor].get(row.url(name, world, record))
            wrong += [f"{name} to {actor}: {what}" for what in wrong_in(response)]
            shown |= set(re.findall(rb"cnry-(\d+)", b"" if response.streaming else response.content))
            transaction.set_rollback(True)
    assert not wrong, "\n" + "\n".join(wrong)
    assert len(shown) * ONE_IN > 150, len(shown)  # they were there to be shown


# what is sent


@pytest.fixture
def read_by(monkeypatch):
    """The forms and serializers by which a request was read, as they come."""
    made = []

    def noticed(kind, name):
        begin = getattr(kind, name)

        def noticing(self, *args, **kwargs):
            made.append(self)
            begin(self, *args, **kwargs)

        monkeypatch.setattr(kind, name, noticing)

    noticed(forms.BaseForm, "__init__")
    noticed(serializers.BaseSerializer, "__init__")
    return made


def fields_of(made):
    """{name: field} of these forms and serializers; and forgets them."""
    found = {}
    for one in made:
        if isinstance(one, forms.BaseForm):
            found |= {one.add_prefix(name): field for name, field in (one.base_fields | one.fields).items()}
        elif getattr(one, "initial_data", None) is not None and hasattr(one, "fields"):
            found |= {name: field for name, field in one.fields.items() if not field.read_only}
    made.clear()
    return found


def refused_of(made):
    """The names of the fields whose answers these forms refused."""
    return {one.add_prefix(name) for one in made if isinstance(one, forms.BaseForm) for name in one.errors}


class Answers:
    """What is answered to a field of a form: where one may type, what is hostile, else what fits."""

    def __init__(self):
        self.turn, self.typed = itertools.cycle(HOSTILE), 0

    def __call__(self, field):
        if isinstance(field, (forms.FileField, serializers.FileField, serializers.BaseSerializer)):
            return None
        if isinstance(field, (forms.DateField, serializers.DateField)):
            return timezone.localdate().isoformat()
        if isinstance(field, (forms.DateTimeField, serializers.DateTimeField)):
            return timezone.now().isoformat()
        if isinstance(field, (forms.TimeField, serializers.TimeField)):
            return "09:00"
        if isinstance(field, (forms.BooleanField, serializers.BooleanField)):
            return True
        if isinstance(field, (forms.IntegerField, serializers.IntegerField, serializers.DecimalField)):
            return "1"
        if (choices := getattr(field, "choices", None)) is not None:
            return self.chosen(field, [str(getattr(one, "value", one)) for one in self.keys(choices)])
        return self.text()

    @staticmethod
    def keys(choices):
        for one in choices:
            key, label = one if isinstance(one, (tuple, list)) else (one, "")
            yield from (each for each, _ in label) if isinstance(label, (tuple, list)) else [key]

    @staticmethod
    def chosen(field, keys):
        first = [key for key in keys if key not in ("", "None")][:1]
        many = isinstance(field, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField))
        return first if many or isinstance(field, serializers.ManyRelatedField) else (first or [None])[0]

    def text(self):
        self.typed += 1
        return next(self.turn)


def sent_by_page(form, fields, answer):
    """What a browser sends of this form, with the answers to it."""
    data = {}
    for name, (kind, value) in form.items():
        if kind == "hidden":
            data[name] = value
        elif name in fields and not name.endswith("_day"):
            data[name] = answer(fields[name])
        elif (date := re.fullmatch(r"(.*)_(day|month|year)", name)) and date[1] in fields:
            data[name] = getattr(timezone.localdate(), date[2])
        elif kind not in NOT_TYPED:
            data[name] = answer.text()
    return {name: value for name, value in data.items() if value is not None}


def looked_at(world, client, record, answer):
    """What is wrong with this answer, with what is shown after it where it was taken, and with what was told then."""
    yield from wrong_in(answer)
    if answer.status_code not in (200, 201, 204, 302):
        return
    if answer.status_code == 302:
        yield from wrong_in(client.get(answer["Location"]))
    if record in world.rows["offender"]:  # and what is shown of them next
        place = next(AFTERWARDS).format(world.pk("offender", record))
        yield from (f"{place} afterwards {what}" for what in wrong_in(client.get(place)))
    for notice in Notice.objects.exclude(pk__in=world.told):
        if re.search(r"[\r\n]", notice.subject) or "zz" in notice.subject:
            yield f"a message's subject is “{notice.subject}”"


def test_no_answer_to_a_form_is_more_than_text(world, read_by):
    wrong, taken, answer = [], set(), Answers()
    for _, name, row, actor, record in asked(["post"], ["do"]):
        if name.startswith("api:") or ("get", name) not in table.ADDRESSES or name == "hats":
            continue
        client, url = world.clients[actor], row.url(name, world, record)
        with transaction.atomic():
            kept = client.cookies.copy()
            read_by.clear()
            page = client.get(url)
            if page.status_code == 200 and (found := Page(page.text).forms):
                form = max(found, key=len)
                data = row.data(world, record) | sent_by_page(form, fields_of(read_by), answer)
                response = client.post(url, data)
                if response.status_code == 422:  # once more, with what stood there instead of what was refused
                    wrong += [f"{name} by {actor}: {what}" for what in wrong_in(response)]
                    refused = tuple(refused_of(read_by))
                    data |= {one: value for one, (_, value) in form.items() if one.startswith(refused)}
                    response = client.post(url, data)
                taken |= {name} if response.status_code == 302 else set()
                wrong += [f"{name} by {actor}: {what}" for what in looked_at(world, client, record, response)]
            client.cookies = kept
            transaction.set_rollback(True)
    assert not wrong, "\n" + "\n".join(wrong)
    assert answer.typed * ONE_IN > 150, answer.typed
    assert len(taken) * ONE_IN > 80, sorted(taken)


def test_nothing_sent_to_the_api_is_more_than_text(world, read_by):
    wrong, taken, answer = [], set(), Answers()
    for method, name, row, actor, record in asked(["post", "patch", "put"], ["do"]):
        if not name.startswith("api:"):
            continue
        client, url = world.clients[actor], row.url(name, world, record)
        data, ours = row.data(world, record), {}
        if one := ONE.match(url):
            ours["If-Match"] = client.version(one[0])
        with transaction.atomic():
            for _ in range(3):  # the first tells which fields there are; what is refused of the second is left out
                read_by.clear()
                response = getattr(client, method)(url, data, content_type="application/json", headers=ours)
                wrong += [f"{name} by {actor}: {what}" for what in wrong_in(response)]
                if response.status_code != 400:
                    break
                fields, refused = fields_of(read_by), set(response.json().get("fields", ())) & set(data)
                given = {field: answer(one) for field, one in fields.items() if field not in data}
                data = {field: value for field, value in (given | data).items() if field not in refused}
            if response.status_code in (200, 201, 204):
                taken.add(name)
                wrong += [f"{name} by {actor}: {what}" for what in looked_at(world, client, record, response)]
            transaction.set_rollback(True)
    assert not wrong, "\n" + "\n".join(wrong)
    assert answer.typed * ONE_IN > 150, answer.typed
    assert len(taken) * ONE_IN > 60, sorted(taken)


def test_no_subject_of_a_message_has_a_line_of_its_own_and_none_names_the_person(world):
    assert Notice.objects.exists()
    for notice in Notice.objects.all():
        assert not re.search(r"[\r\n]", notice.subject), notice.subject
        assert "cnry" not in notice.subject
