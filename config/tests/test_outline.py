"""What a program rests on in the API stays: it is taken away only where the changelog says so."""

import copy

import pytest

from config.management.commands import api_outline
from config.outline import broken, outline

CASES = "GET /api/v1/cases/{id}/"


@pytest.fixture(scope="module")
def now(django_db_setup):
    return outline()


def test_nothing_that_was_promised_is_gone_without_a_word_in_the_changelog(now):
    found = api_outline.unsaid(api_outline.kept(), now)
    assert api_outline.kept()
    assert not found, "\n".join(["Say of each in docs/api-changelog.md, or bring it back:", *found])


def test_what_is_added_breaks_nothing_and_what_is_taken_away_or_changed_does(now):
    assert now[CASES]["gives"]["id"] == "string:uuid"
    more = copy.deepcopy(now)
    more["GET /api/v1/new/"] = {"needs": ["q"], "takes": {}, "gives": {}}
    more[CASES]["gives"]["new"] = "string"
    assert not list(broken(now, more))
    less = copy.deepcopy(now)
    del less["GET /api/v1/cases/"], less[CASES]["gives"]["id"]
    less[CASES]["gives"]["phase"] = "integer"
    less[CASES]["needs"].append("why")
    assert list(broken(now, less)) == [
        "GET /api/v1/cases/: is gone",
        f"{CASES}: now needs why",
        f"{CASES}: gives no id",
        f"{CASES}: gives phase as integer, not string",
    ]


def test_the_changelog_lets_go_of_what_it_names_alone(now, tmp_path, monkeypatch):
    changelog = tmp_path / "changelog.md"
    monkeypatch.setattr(api_outline, "CHANGELOG", changelog)
    less = copy.deepcopy(now)
    del less[CASES]["gives"]["id"]
    assert api_outline.unsaid(now, less) == [f"{CASES}: gives no id"]
    changelog.write_text(f"- `{CASES}: gives no id`, since nobody asked for it.")
    assert not api_outline.unsaid(now, less)
    less[CASES]["gives"]["phase"] = "string?"
    changelog.write_text("- `* /api/v1/cases/*: gives * as *?, not *`: it may be null.")
    assert api_outline.unsaid(now, less) == [f"{CASES}: gives no id"]
