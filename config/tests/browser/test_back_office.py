"""Every address of the back office, as each role that comes in meets it: lists, searches, filters, forms, steps."""

import pytest
from django.contrib import admin
from django.urls import reverse

from config.tests import world as small_world

from .conftest import PASSWORD, WIDTHS, faults

pytestmark = pytest.mark.browser
ACTORS = ["administrator", "supervisor", "cranstoun_manager", "resolution_lead"]
LOOKED_AT_IN = (1280, 390)
NOT_PAGES = ("/csv/",)


@pytest.fixture
def world(live_server):
    world = small_world.build()
    for actor in ACTORS:
        world.users[actor].set_password(PASSWORD)
        world.users[actor].save()
    return world


def links(page, selector):
    """Where these links lead, each kind of address once."""
    return list(dict.fromkeys(page.locator(selector).evaluate_all("links => links.map(link => link.href)")))


def addresses(page, model, model_admin):
    """The addresses of a table, found as one finds them; none where the table is not for whoever looks."""
    place = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    if page.goto(place).status == 403:
        return
    yield place
    yield from links(page, "#changelist-filter details li:nth-child(2) a")[:3]
    page.goto(place)
    yield from links(page, ".object-tools .addlink")
    if model_admin.search_fields:
        yield f"{place}?q=a"
    page.goto(place)
    for row in links(page, "#result_list tbody tr:first-child th a")[:1]:
        yield row
        page.goto(row)
        yield from links(page, ".tc-steps a")


def test_every_address_of_the_back_office_is_for_everyone(open_page, world, complaints):
    found, seen = [], set()
    for actor in ACTORS:
        page = open_page(world.users[actor])
        tables = [(model, one) for model, one in admin.site._registry.items() if model not in seen]
        for model, model_admin in tables:
            for address in addresses(page, model, model_admin):
                if address.endswith(NOT_PAGES):
                    continue
                seen.add(model)
                for width in LOOKED_AT_IN:
                    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
                    answer = page.goto(address)
                    wrong = list(faults(page)) if answer.status < 400 else [f"answers {answer.status}"]
                    found += [f"{actor}, {address} at {width}: {what}" for what in wrong]
    unseen = [model._meta.label for model in admin.site._registry if model not in seen]
    assert not unseen, f"Nobody opens {unseen}"
    assert not found + complaints, "\n".join(found + complaints)
