import json
import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.outline import broken, outline

KEPT, CHANGELOG = (Path(settings.BASE_DIR) / "docs" / name for name in ("api-outline.json", "api-changelog.md"))


def kept():
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


def unsaid(old, new):
    """What the new outline breaks of the old one, and the changelog does not say; * in it stands for anything."""
    text = CHANGELOG.read_text(encoding="utf-8") if CHANGELOG.exists() else ""
    said = re.compile("|".join(re.escape(one).replace(r"\*", ".*") for one in re.findall("`([^`]+)`", text)))
    return [sentence for sentence in broken(old, new) if not said.fullmatch(sentence)]


class Command(BaseCommand):
    help = "Write docs/api-outline.json; refuse while it breaks what docs/api-changelog.md does not say is broken."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="change nothing; fail when the file is stale")

    def handle(self, *, check, **options):
        now = outline()
        if found := unsaid(kept(), now):
            raise CommandError("\n".join(["Say of each in docs/api-changelog.md, or bring it back:", *found]))
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in now.items())
        text = f"{{\n{lines}\n}}\n"
        if not check:
            KEPT.write_text(text, encoding="utf-8")
        elif not KEPT.exists() or KEPT.read_text(encoding="utf-8") != text:
            raise CommandError("docs/api-outline.json is not what the API is. Run ./dev manage api_outline.")
