"""The pages in real Chromium: each one looked at is checked at three widths for what every page owes its reader."""

import os
import re
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

WIDTHS = {1280: 800, 390: 844, 320: 640}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SAVED_IN = os.environ.get("SAVE_PAGES_IN")  # a folder for a picture of each page looked at
PASSWORD = "a long enough password"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    quiet = ["gpu", "quic", "background-networking", "component-update", "sync"]
    return browser_type_launch_args | {
        "executable_path": os.environ.get("CHROMIUM") or shutil.which("chromium"),
        "args": ["--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in quiet)],
    }


@pytest.fixture(scope="session")
def base_url():
    """None: each test has its own server. (The plugin's fixture of this name is one that pytest warns of.)"""


@pytest.fixture
def complaints():
    """What the browser complained of: errors of scripts, and of the content security policy."""
    return []


@pytest.fixture
def open_page(new_context, live_server, complaints):
    """A new browser, at this width, with this user signed in by the real page."""

    def open_page(user=None, *, width=1280, **options):
        context = new_context(
            base_url=live_server.url, viewport={"width": width, "height": WIDTHS[width]}, locale="en-GB", **options
        )
        context.set_default_timeout(15_000)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
        page = context.new_page()
        if user:
            sign_in(page, user)
        return page

    yield open_page
    assert not complaints, "\n".join(complaints)


def is_complaint(message):
    # a page that answers 4xx is an error to the console, and is not one here
    return message.type in ("error", "warning") and not message.text.startswith("Failed to load resource")


def sign_in(page, user):
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    follow(page, page.get_by_role("button", name="Sign in"))


@pytest.fixture
def look(complaints, request):
    """Check the page as it stands, at each width; then it has the width it had."""
    seen = []

    def look(page):
        before, found = page.viewport_size, []
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            found += [f"{page.url} at {width}: {what}" for what in faults(page)]
            if SAVED_IN:
                name = re.sub(r"\W+", "-", f"{request.node.name}-{len(seen):02}-{page.title()}")[:110]
                page.screenshot(path=Path(SAVED_IN) / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size(before)
        seen.append(page.url)
        assert not found + complaints, "\n".join(found + complaints)

    return look


def faults(page):
    """What is wrong with a page as it stands, in words."""
    if (wide := page.evaluate("document.documentElement.scrollWidth - window.innerWidth")) > 0:
        yield f"{wide} pixels wider than the window"
    if shown := page.locator("[hidden]:visible").all_inner_texts():
        yield f"these are hidden, and shown: {shown}"
    if (count := page.locator("h1").count()) != 1:
        yield f"{count} headings of the first rank"
    if not re.search(r"\w.* \N{EN DASH} Throughcare$|back office$", page.title()):
        yield f"the title is “{page.title()}”"
    # to preload, axe puts a stylesheet's imports into the page, of which the content security policy complains
    results = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"], "preload": False})
    for violation in results.response["violations"]:
        nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
        yield f"{violation['id']}, {violation['help']}: {nodes}"


@pytest.fixture
def visit(look):
    """Go to an address, and look."""

    def visit(page, address):
        response = page.goto(address)
        assert response.status < 400, f"{address} answers {response.status}"
        look(page)

    return visit


@pytest.fixture
def press(look):
    """Press the button or follow the link of this name, and look at what comes."""

    def press(page, name, **how):
        named = page.get_by_role("button", name=name, **how).or_(page.get_by_role("link", name=name, **how))
        follow(page, named.first)
        look(page)

    return press


def follow(page, link):
    """Follow a link or press a button that leads to a page, and wait until that page is there whole."""
    with page.expect_navigation():
        link.click()


def choose(page, question, answer):
    """Answer a question that has radios or boxes."""
    page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()


def fill_date(page, name, day):
    """Fill the three boxes of a date."""
    for part in ("day", "month", "year"):
        page.locator(f"[name={name}_{part}]").fill(str(getattr(day, part)))
