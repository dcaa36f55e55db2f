"""How a request for one's own data is answered, and what becomes of each text that may speak of others."""

from offenders.workflow import Step

LIVE = frozenset({"received", "identified", "compiling", "to_review"})
REQUEST_STEPS = {
    "identify": Step(
        frozenset({"received"}), "identified", ("of",), "Confirm who they are", "It was confirmed who they are"
    ),
    "compile": Step(
        frozenset({"identified"}), "compiling", ("of",), "Bring together what is held", "Being brought together"
    ),
    "compiled": Step(
        frozenset({"compiling"}), "to_review", ("of",), "Brought together", "Brought together", by_hand=False
    ),
    "send": Step(frozenset({"to_review"}), "sent", ("of",), "Record that it was sent", "Sent to the person"),
    "refuse": Step(LIVE, "refused", ("of",), "Refuse the request", "Refused"),
}
ANY = frozenset({"held", "released", "redacted", "withheld"})
LINE_STEPS = {
    "release": Step(ANY - {"released"}, "released", ("of_open",), "Tell it as it is", "It is told as it is"),
    "redact": Step(ANY, "redacted", ("of_open",), "Tell a part of it", "A part of it is told"),
    "withhold": Step(ANY - {"withheld"}, "withheld", ("of_open",), "Leave it out", "It is left out"),
}
