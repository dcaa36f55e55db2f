"""The ledger names every requirement once, and rests on nothing that is not there.

That each test it names also ran is asked after a whole run, by conftest.py.
"""

from collections import Counter
from types import SimpleNamespace

import pytest

import conftest
from config.tests import ledger
from conftest import left_out


def test_every_requirement_of_the_standard_is_listed_once():
    found = ledger.requirements()
    assert Counter(one.level for one in found) == {1: 70, 2: 183, 3: 92}
    assert len({one.id for one in found}) == 345


def test_every_line_says_what_it_rests_on():
    wrong = []
    for one in ledger.requirements():
        rests = one.tests if one.kind == "test" else one.pages if one.kind == "doc" else one.how.partition(":")[2]
        if one.kind not in ledger.KINDS or not rests:
            wrong.append(f"{one.id}: {one.how}")
    assert not wrong, "\n".join(wrong)


def test_every_test_it_names_is_there():
    named = (node.split("::") for node in sorted(ledger.named()))
    missing = ["::".join(parts) for parts in named if parts[1] not in ledger.tests_in(parts[0])]
    assert not missing, "\n".join(missing)


def test_every_document_it_names_is_there():
    wrong = []
    for one in ledger.requirements():
        for path, heading in one.pages:
            if not (ledger.LEDGER.parent / path).exists():
                wrong.append(f"{one.id}: {path}")
            elif heading and heading not in ledger.headings(path):
                wrong.append(f"{one.id}: {path}#{heading}")
    assert not wrong, "\n".join(wrong)


def test_what_is_left_out_of_a_whole_run_is_noticed():
    node = next(iter(ledger.named()))
    assert left_out(ledger.named()) == set()
    assert left_out(ledger.named() - {node}) == {node}
    assert left_out({f"{one}[a]" for one in ledger.named()}) == set()


@pytest.mark.parametrize(
    ("asked", "fails"), [({}, True), ({"markexpr": "not browser"}, True), ({"keyword": "one"}, False)]
)
def test_a_whole_run_in_which_one_did_not_pass_fails(monkeypatch, capsys, asked, fails):
    monkeypatch.setattr(conftest, "passed", ledger.named() - {next(iter(ledger.named()))})
    option = SimpleNamespace(**{"keyword": "", "markexpr": "", "collectonly": False} | asked)
    config = SimpleNamespace(option=option, args_source=pytest.Config.ArgsSource.TESTPATHS)
    session = SimpleNamespace(config=config, exitstatus=0)
    conftest.pytest_sessionfinish(session, 0)
    assert (session.exitstatus == pytest.ExitCode.TESTS_FAILED) is fails
