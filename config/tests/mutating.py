"""Two ways to run the tests, for ./dev mutate access: `--look FOLDER` and `--take FOLDER`.

The first runs them as they are, and writes down which defences each test asked something of. The second
runs, for each defence, those tests with it taken away, until one fails that does not fail with it in place.
"""

import inspect
import itertools
import json
import os
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

# of tests tried for one defence, in seconds; some are asked by every test, and those likely to notice come first
PATIENCE = 8
TABLE = "config/tests/test_access.py"
# of a kind of defence, the tests that are about it and nothing else
HOMES = {
    "record": ("config/tests/test_recorded.py", "config/tests/test_recorded_office.py"),
    "side": "config/tests/test_sides.py",
    "permission": "config/tests/test_sides.py",
    "scope": (
        TABLE,
        "config/tests/test_scopes.py",
        "referrals/rehab/tests/test_scopes.py",
        "referrals/booking/tests/test_scopes.py",
    ),
}


def pytest_addoption(parser):
    parser.addoption("--look", type=Path, help="write down what each test asks, in this folder")
    parser.addoption("--take", type=Path, help="take away each defence, by what was written down in this folder")
    parser.addoption("--named", default="", help="only the defences whose names hold one of these, with | between")


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    runs = hasattr(config, "workerinput") or not config.getoption("numprocesses", None)
    if runs and config.getoption("look"):
        config.pluginmanager.register(Looking(config.getoption("look")))
    if runs and config.getoption("take"):
        config.pluginmanager.register(Taking(config.getoption("take"), config.getoption("named")))
    if config.getoption("take") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Telling())


class Guarded:
    """A run with guards around the defences."""

    def pytest_sessionstart(self, session):
        from config.tests import mutants

        self.mutants, self.guards = mutants, mutants.in_place()
        self.guards.__enter__()

    def pytest_sessionfinish(self, session):
        self.guards.__exit__(None, None, None)


class Looking(Guarded):
    def __init__(self, folder):
        self.file, self.failed = folder / f"{os.environ.get('PYTEST_XDIST_WORKER', 'all')}.jsonl", set()
        self.seen = looked(folder)

    def pytest_collection_modifyitems(self, items):
        items[:] = [item for item in items if item.nodeid not in self.seen]  # what was stopped goes on from there

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.mutants.ASKED.clear()
        self.shared, begun = 0, time.process_time()
        answer = yield
        if item.nodeid not in self.failed:
            seconds = time.process_time() - begun - self.shared
            seen = {"test": item.nodeid, "seconds": seconds, "asked": sorted(self.mutants.ASKED)}
            with self.file.open("a") as file:
                file.write(f"{json.dumps(seen)}\n")
        return answer

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        begun = time.process_time()
        answer = yield
        if fixturedef.scope != "function":  # not the time of this test alone
            self.shared = time.process_time() - begun
        return answer

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.failed.add(report.nodeid)


def looked(folder):
    """{test: what was written down of it}, of those that pass."""
    seen = [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]
    return {each["test"]: each for each in seen}


class Mutant(pytest.Item):
    """One defence taken away: an item that passes where a test notices."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.add_marker("django_db")  # without an item of that mark there is no database for tests

    def runtest(self):
        raise NotImplementedError  # Taking runs it

    def reportinfo(self):
        return self.path, None, self.name


class Parents:
    """Stands for the next test where only the fixtures of a test itself are to be put away."""

    def __init__(self, item):
        self.chain = item.listchain()[:-1]

    def listchain(self):
        return self.chain


class Taking(Guarded):
    def __init__(self, folder, named):
        self.seen, self.words, self.name = looked(folder), named.split("|"), None
        self.proven = set()  # tests that pass here with every defence in place
        self.unfit = set()  # tests that fail here with every defence in place, and so tell nothing
        self.noticed = Counter()  # how often each test was the one to notice: it may well be so again

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session, items):
        self.tests = {item.nodeid: item for item in items if item.nodeid in self.seen}
        asked = {name for seen in self.seen.values() for name in seen["asked"]}
        names = {name for name in asked if not name.startswith("line ")}
        names |= {*self.mutants.found(), *self.mutants.unreached(asked), *self.mutants.EQUIVALENT}
        chosen = sorted(name for name in names if any(word in name for word in self.words))
        items[:] = [Mutant.from_parent(session, name=name, nodeid=name) for name in chosen]

    def pytest_runtest_protocol(self, item):
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        begun = time.monotonic()
        test, tried = self.who_notices(item.name)
        why = self.mutants.EQUIVALENT.get(item.name, "")
        stop, told = time.monotonic(), {"by": test, "tried": tried, "why": why, "unfit": sorted(self.unfit)}
        report = pytest.TestReport(
            nodeid=item.nodeid, location=item.location, keywords={}, when="call",
            outcome="failed" if bool(test) == bool(why) else "passed", longrepr=None,
            user_properties=list(told.items()), start=begun, stop=stop, duration=stop - begun,
        )  # fmt: skip
        item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    # one defence

    def who_notices(self, name):
        """The first test that fails without it (None if none does), and how many were tried."""
        tests = self.likely(name)
        for number, test in enumerate(tests, 1):
            if self.notices(test, name):
                self.noticed[test.nodeid] += 1
                return test.nodeid, number
        return None, len(tests)

    def likely(self, name):
        """The tests that ask something of this defence: those whose words are its own, and in turn those that noticed
        much before; the quicker first."""
        fit, kind = self.seen.keys() - self.unfit, name.partition(" ")[0]
        tests = [test for node, test in self.tests.items() if node in fit and name in self.seen[node]["asked"]]
        words = {*re.findall(r"[A-Z]?[a-z]+", name.removeprefix(kind) or name), *name.split()}

        def quick(test):
            return self.seen[test.nodeid]["seconds"]

        def akin(test):
            in_table = test.nodeid.startswith(TABLE)
            text = test.nodeid if in_table else test.nodeid + inspect.getsource(test.function)
            shared = sum(word.lower() in text.lower() for word in words)
            at_home = test.nodeid.startswith(HOMES.get(kind, "/"))
            return quick(test) > PATIENCE, -shared - 2 * at_home, quick(test)  # one as slow leaves no time for others

        ranked = sorted(tests, key=akin), sorted(tests, key=lambda test: (-self.noticed[test.nodeid], quick(test)))
        tests = list(dict.fromkeys(itertools.chain.from_iterable(zip(*ranked, strict=True))))
        spent = itertools.accumulate(map(quick, tests))
        tried = [test for test, until in zip(tests, spent, strict=True) if until - quick(test) < PATIENCE]
        return sorted(tried, key=lambda test: test.nodeid.startswith(TABLE))  # its world is made once, and kept

    def notices(self, test, name):
        """Whether the test fails without the defence, and not with it: known of one that shares nothing, once seen."""
        if not self.fails(test, name):
            return False
        if test.nodeid in self.proven or not self.fails(test):
            self.proven |= set() if test.nodeid.startswith(TABLE) else {test.nodeid}
            return True
        test.session._setupstate.teardown_exact(None)  # it broke what it shares with others; from a clean start, then
        noticed = self.fails(test, name)
        if self.fails(test):
            self.unfit.add(test.nodeid)
            return False
        return noticed

    def fails(self, test, name=None):
        self.name = name
        test.session._setupstate.teardown_exact(Parents(test))
        reports = runtestprotocol(test, log=False, nextitem=Parents(test))
        self.name = None
        return any(report.failed for report in reports)

    # the defence is gone for a test and its own fixtures; what it shares with others is made with all in place

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        with self.mutants.taken_away(self.name):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        with self.mutants.taken_away(self.name):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        with self.mutants.taken_away(self.name if fixturedef.scope == "function" else None):
            return (yield)


class Telling:
    """What is printed at the end: each defence and who noticed that it was gone; then those that nobody missed."""

    def __init__(self):
        self.reports = []

    def pytest_runtest_logreport(self, report):
        self.reports.append((report, dict(report.user_properties)))

    def pytest_report_teststatus(self, report):
        return ("noticed", ".", "noticed") if report.passed else ("missed by none", "F", "missed by none")

    def pytest_terminal_summary(self, terminalreporter):
        say = terminalreporter.write_line
        for report, told in sorted(self.reports, key=lambda pair: pair[0].nodeid):
            missed = f"missed by none of {told['tried']} tests"
            say(f"{report.nodeid}\n    {told['by'] or missed}  {report.duration:.1f} s")
        for report, told in self.reports:
            if told["why"]:
                say(f"Equivalent, {'but noticed' if told['by'] else 'and unnoticed'}: {report.nodeid}. {told['why']}")
        if unfit := set().union(*(told["unfit"] for _, told in self.reports)):
            say(f"Not asked, as they fail here with every defence in place too: {', '.join(sorted(unfit))}")
        survived = sorted(report.nodeid for report, told in self.reports if report.failed and not told["why"])
        say(f"{len(self.reports)} defences taken away in turn; nothing noticed {len(survived)}.")
        for name in survived:
            say(f"    {name}")
