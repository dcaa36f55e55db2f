"""What the record's code words mean, for people to read. Searches and exports keep the words themselves."""

from django.apps import apps
from django.utils.text import capfirst

THINGS = {
    "offender": "person", "entry": "timeline", "follow_up": "follow-up", "followup": "follow-up", "audit": "the record",
    "emergencyaccess": "emergency access", "notice": "message",
    "rehab_unit": "rehab unit", "rehabunit": "rehab unit", "roles": "table of roles", "report": "figures",
    "once": "a request", "contactattempt": "contact attempt", "contact_attempt": "contact attempt",
    "followupattempt": "follow-up attempt", "follow_up_attempt": "follow-up attempt",
    "plan": "throughcare plan", "plandomain": "part of the plan", "actionlink": "link to answer",
    "placementquestion": "question of a rehab", "outofuse": "places out of use", "unitcost": "unit cost",
    "schedule": "review of records", "decision": "retention decision", "hold": "legal hold",
    "second_step": "second step of signing in", "recovery_codes": "recovery codes",
    "account_security": "how they sign in",
    "accessreview": "access review", "sample": "dip sample", "calendarlink": "address of a calendar",
    "alert": "odd reading", "subjectrequest": "request for one's own data", "subjectline": "text to review",
    "hook": "webhook", "delivery": "delivery to a webhook", "change": "changes",
    "session": "signed-in browser",
    "system": "partner system", "token": "token of a partner system",
}  # fmt: skip
ACTS = {
    "view": "opened", "list": "saw in a list", "search": "found in a search", "add": "added", "change": "changed",
    "amend": "amended", "export": "took away as a file", "account": "the account for them", "record": "recorded",
    "withdraw": "withdrawn", "match": "compared with others alike", "open": "opened to an agency",
    "restrict": "restricted to named people", "unrestrict": "no longer restricted", "sharing": "read who has seen them",
    "restricted": "searched for, and told only that they are restricted",
    "to_assess": "to be assessed", "begin": "begun", "request": "requested", "cases": "the people counted",
    "propose": "proposed", "replay": "sent again", "review": "reviewed",
    "book": "booked", "diary": "saw in the diary", "board": "saw the board",
    "acknowledge": "concern for safety acknowledged",
    "keep": "kept as it goes", "finish": "finished", "discard": "thrown away unfinished",
    "pause": "paused", "resume": "runs again", "end": "ended", "to_decide": "to decide whether they engaged",
    "queue": "written, to be sent", "send": "sent", "cancel": "cancelled",
    "ask": "asked", "paper": "read as their own copy", "hand_over": "handed over", "fits": "looked for units that fit",
    "allocate": "to be given to someone",
    "stop_messages": "asked for no more messages", "see_to": "seen to in another way", "close": "closed",
    "sign_off": "signed off", "decide": "decided", "make": "made", "revoke": "withdrawn", "feed": "read by a calendar",
    "renew": "secret renewed", "rows": "read many at once",
    "choose": "put into another review group", "place": "placed", "kept": "kept",
    "team": "saw how the team stands", "draw": "drawn", "idle": "signed out, as nothing was done",
    "end_others": "all others signed out", "end_by_provider": "ended by their agency",
    "confirm": "confirmed that it is them", "sign_out": "signed out everywhere",
    "not_confirmed": "did not confirm that it is them", "raise": "raised", "receive": "received", "clear": "cleared",
    "question": "asked a question of it", "questions": "read which questions can be asked",
    "take_away": "taken away", "use": "used", "fail": "was not right", "remove": "removed",
    "reset": "changed by the link sent to them",
    "download": "taken away as a file", "find": "looked up by number",
}  # fmt: skip
ALONE = {
    "sign_in": "signed in", "sign_in_failed": "failed to sign in", "sign_out": "signed out",
    "sign_in_kept_out": "was kept out after too many tries",
    "wear_hat": "chose the role to act in", "token_refused": "called with a token that does not hold",
    "429": "refused: too many calls", "403": "refused: not theirs to do", "404": "refused: not theirs to see",
}  # fmt: skip
ROOMS = {
    "offenders": "people", "rehab": "Offender to Rehab", "insight": "figures", "audit": "the record", "api": "API",
    "admin": "back office",
}  # fmt: skip


def did(verb, subject_type=""):
    """What an event's verb says: "case: opened"; of a step, what the timeline says of it."""
    what, *acts = verb.split(".")
    if not acts:
        return ALONE.get(verb, plain(verb))
    steps = getattr(_model(subject_type), "STEPS", {})
    if acts[-1] == "ask" and acts[:-1]:
        return f"{_thing(what)}: opened the form “{plain(' '.join(acts[:-1]))}”"
    said = ", ".join(steps[act].sentence if act in steps else ACTS.get(act, plain(act)) for act in acts)
    return said if said.lower().startswith(_thing(what)) else f"{_thing(what)}: {said}"


def subject(subject_type):
    """What kind of thing an event is about."""
    model = _model(subject_type)
    return capfirst(model._meta.verbose_name) if model else subject_type


def address(name):
    """Where someone was refused: "people, sharing" for the page offenders:sharing."""
    *rooms, page = name.split(":")
    return ", ".join([*(ROOMS.get(room, plain(room)) for room in rooms), plain(page)])


def detail(name, value):
    """(label, words) of what else an event holds."""
    if name == "address":
        value = address(value)
    elif isinstance(value, dict):
        value = ", ".join(f"{plain(key)} {one}" for key, one in sorted(value.items())) or "nothing"
    elif isinstance(value, list):
        value = ", ".join(plain(str(one)) for one in value) or "none"
    elif isinstance(value, bool):
        value = "yes" if value else "no"
    return capfirst(plain(name)), value


def plain(name):
    """A code's name as words."""
    return name.replace("_", " ").replace("-", " ")


def _thing(what):
    return THINGS.get(what, plain(what))


def _model(subject_type):
    try:
        return apps.get_model(subject_type) if subject_type else None
    except LookupError:
        return None
