"""The measurement of the back office: that it measures. What it finds at a million rows is in decision 27."""

from partners.models import Membership
from referrals.oversight import trial
from referrals.rehab.models import Case


def test_each_table_is_timed_for_whoever_reads_it(db, monkeypatch):
    monkeypatch.setattr(trial, "TABLES", [Case, Membership])
    monkeypatch.setattr(trial, "TIMES", 1)
    timings = list(trial.try_back_office(50, say=lambda words: None))
    tried = {(timing.role, timing.address.split("/")[3]) for timing in timings}
    assert tried == {("supervisor", "case"), ("administrator", "membership")}
    first = timings[0]
    assert first.address == "/admin/rehab/case/"
    assert min(first.queries, first.milliseconds) > 0
    assert str(first._replace(milliseconds=250)).endswith("SLOW")
