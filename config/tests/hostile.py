"""What people may write to break out of where it is shown; a small world full of it; what came of it in an answer."""

import csv
import io
import itertools
import re
from html.parser import HTMLParser

import pytest

from config.tests import world as small_world
from config.tests.pdf import text_of
from offenders.models import Address, Offender
from partners.models import Agency, Unit, User
from referrals.rehab.models import Funder, RehabUnit

HOSTILE = [
    '"><zz-x onzz=1>',
    '=HYPERLINK("//zz")',
    "'><img zz src=x onerror=alert(1)>",
    "</script><script zz>alert(1)</script>",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "</textarea></title><svg zz onload=alert(1)>",
    "{{987654|add:1}}{% debug %}",
    "' OR 1=1;--",
    "+1\r\nX-Zz: 1\r\n\r\n<zz-y>",
    "\u202egpj.exe\u2066 \U0001f47e",
    "javascript:alert(1)//",
    "../../../etc/passwd",
    '#eval("987654+1")$x$*b*',
    "-->]]><zz-z>&lt;zz-z&gt;",
    "x' onzz='1' zz=",
]
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001
RUN = "987655"  # what comes of it where a text is run as a template, or as Typst
# texts that the world's steps leave short or take from its own words
NAMES = [
    (User, "family_name"), (Agency, "name"), (Unit, "name"), (RehabUnit, "name"), (Funder, "name"),
    (Offender, "phone"), (Address, "postcode"),
]  # fmt: skip


class HostileWorld(small_world.World):
    """The small world, with something hostile before each mark, where there is room."""

    def __init__(self):
        super().__init__()
        self.hostile = itertools.cycle(HOSTILE)

    def canary(self, *what, short=False):
        text = super().canary(*what, short=True)
        return text if short else f"{next(self.hostile)} {text}"


def build():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small_world, "World", HostileWorld)
        world = small_world.build()
    for model, name in NAMES:
        room = model._meta.get_field(name).max_length
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(**{name: f"{next(world.hostile)} {str(row.pk)[:8]}"[:room]})
    return world


class Page(HTMLParser):
    """What a browser makes of a page: what came of the texts, as far as it is more than text, and the forms' fields."""

    def __init__(self, html):
        super().__init__()
        self.made, self.words, self.forms = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag.startswith("zz") or any("zz" in name or name.startswith("on") for name in said):
            self.made.append(f"<{tag} {attrs}>")
        if any(str(said.get(name)).strip().lower().startswith("javascript:") for name in ("href", "src", "action")):
            self.made.append(f"<{tag} {attrs}>")
        if tag == "form" and (said.get("method") or "").lower() == "post":
            self.forms.append({})
        if tag in ("input", "textarea", "select") and self.forms and said.get("name"):
            kind = said.get("type", "text") if tag == "input" else tag
            if kind not in ("checkbox", "radio", "submit") or said["name"] not in self.forms[-1] or "checked" in said:
                self.forms[-1][said["name"]] = (kind, said.get("value") or "")

    def handle_data(self, data):
        self.words.append(data)


def wrong_in(response):
    """What came of the texts in this answer, in words."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    there = response.headers.get("Location", "")
    if response.status_code >= 500:
        yield f"answers {response.status_code}"
    if "X-Zz" in response.headers or any("\n" in value or "\r" in value for value in response.headers.values()):
        yield "has a header made of it"
    if "zz" in there and there.startswith(("//", "http")):
        yield "leads elsewhere"
    if kind == "text/html":
        page = Page(body.decode())
        yield from page.made
        if RUN in " ".join(page.words):
            yield "a template was run"
    if kind == "text/csv":
        rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
        yield from (f"the cell {cell}" for row in rows for cell in row if cell.lstrip().startswith(FORMULA))
    if kind == "text/calendar" and re.search(rb"(?mi)^X-Zz", body):
        yield "has a line made of it"
    if kind == "application/pdf" and RUN in text_of(body):
        yield "what was typed was run as Typst"
