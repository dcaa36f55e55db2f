"""The steps of a decision to dispose of a person's records, and of a legal hold on them."""

from offenders.workflow import Step

DECISION_STEPS = {
    "confirm": Step(
        frozenset({"proposed"}), "confirmed", ("of_another",), "Confirm the disposal", "Disposal confirmed"
    ),
    "refuse": Step(frozenset({"proposed"}), "refused", ("of_another",), "Refuse the disposal", "Disposal refused"),
    "take_back": Step(frozenset({"proposed"}), "refused", ("of_oneself",), "Take it back", "Disposal taken back"),
    "stop": Step(
        frozenset({"confirmed"}), "refused", ("of_nobody",), "Stop", "Not disposed of: something changed", by_hand=False
    ),
    "clear": Step(
        frozenset({"confirmed"}), "cleared", ("of_nobody",), "Clear", "Every row erased, the files to follow",
        by_hand=False,
    ),
    "erase": Step(frozenset({"cleared"}), "erased", ("of_nobody",), "Erase", "Erased", by_hand=False),
}  # fmt: skip
HOLD_STEPS = {"lift": Step(frozenset({"live"}), "lifted", ("of_reviewers",), "Lift the hold", "Legal hold lifted")}
