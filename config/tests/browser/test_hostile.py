"""Everything hostile that people may write, on the pages that show it, in a real browser: read, and never run."""

import pytest

from config.tests import access_table as table
from config.tests import hostile
from partners.signin.recent import FILES

from .conftest import PASSWORD

pytestmark = pytest.mark.browser
ACTORS = (
    "officer", "facilitator", "supervisor", "cgl_worker", "cranstoun_manager", "rehab_provider", "administrator",
    "auditor",
)  # fmt: skip
MADE = "zz-x, zz-y, zz-z, [zz], [onzz], [onerror], [onload], [href^='javascript:' i]"


@pytest.fixture
def world(live_server):
    world = hostile.build()
    for actor in ACTORS:
        world.users[actor].refresh_from_db()
        world.users[actor].set_password(PASSWORD)
        world.users[actor].save()
    return world


def pages(world):
    """{actor: addresses}: each address that shows, once, by one actor of those who see most there, in turn."""
    found = {actor: [] for actor in ACTORS}
    for number, ((method, name), row) in enumerate(sorted(table.ADDRESSES.items(), key=lambda one: one[0])):
        asks = ("post", name) in table.ADDRESSES and not name.endswith(("_changelist", "_change"))
        if method != "get" or name.startswith("api:") or asks:
            continue
        fits = [
            (actor, record)
            for record in ("worked", "diverted", "any", None)
            for actor in ACTORS
            if record in row.records and row.word(actor, record) == "yes"
        ]
        if fits and name.partition("#")[0] not in {*FILES, *table.NO_EXPORT}:
            best = [one for one in fits if one[1] == fits[0][1]]
            actor, record = best[number % len(best)]
            found[actor].append(row.url(name, world, record))
    return found


def test_nothing_that_people_write_is_run(open_page, world, complaints):
    wrong, seen, visited = [], set(), 0
    for actor, addresses in pages(world).items():
        page = open_page(world.users[actor])
        page.context.on("dialog", lambda dialog: (complaints.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.context.on("request", lambda one: complaints.append(one.url) if "/csp-report/" in one.url else None)
        for address in addresses:
            page.goto(address)
            visited += 1
            words = " ".join(page.locator("body").inner_text().split())
            seen |= {text for text in hostile.HOSTILE if " ".join(text.split()) in words}
            wrong += [f"{address} to {actor}: {one}" for one in complaints]
            complaints.clear()
            if made := page.locator(MADE).evaluate_all("found => found.map(one => one.outerHTML)"):
                wrong.append(f"{address} to {actor}: {made}")
            if hostile.RUN in words:
                wrong.append(f"{address} to {actor}: a template was run")
        page.context.close()
    assert not wrong, "\n".join(wrong)
    assert visited > 100, visited
    assert seen == set(hostile.HOSTILE), set(hostile.HOSTILE) - seen  # they were there to be read
