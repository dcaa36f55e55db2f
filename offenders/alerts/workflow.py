"""How an alert of odd reading is settled."""

from offenders.workflow import Step

ALERT_STEPS = {
    "clear": Step(
        frozenset({"open"}), "cleared", ("of_another",), "There is a reason", "Looked into: there is a reason"
    ),
    "pass_on": Step(frozenset({"open"}), "passed_on", ("of_another",), "Pass it on", "Looked into, and passed on"),
}
