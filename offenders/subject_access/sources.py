"""Where what is held about a person is found: each table is told of in a section of the answer, or it is said why not.

A room adds its own tables when it is ready; a test fails while one with a way to a person is in neither.
"""

from typing import NamedTuple

from django.db.models import Q

from offenders.identifiers import HEALTH_KINDS

NONE = Q(pk__in=[])


class Source(NamedTuple):
    """A table of the answer.

    `person` is the lookup that finds a person's rows among their ids; `agencies` are the paths to the agencies whose
    record a row is, none where it is everyone's who knows the person. Of its fields all that are filled in are told,
    without staff: texts once they are reviewed, those in `plain` as they are; `leaves_out` says which are not, and why.
    What an agency only reads of another, under an agreement, is that one's to tell.
    """

    section: str
    person: str = "offender__in"
    agencies: tuple = ("agency",)
    on: str = ""  # the field that says when it was
    plain: tuple = ()
    leaves_out: dict = {}
    only: object = lambda agency: Q()  # which of the rows this agency tells of


# {the table's label: Source}, in the order of the answer; and {label: why it is not told}
SOURCES, EXCUSED = {}, {}
OURS = "It says how our work goes, and nothing of the person."
OTHERS = "It names another record, which may be of someone else."

YOU, SHARING, CONSENT, MESSAGES = "Who you are", "Who works with you", "What you said yes or no to", "Messages to you"
NOTES, CORRECTED, EMERGENCY = "Notes", "What was put right", "Opened in an emergency"


# what the room of people itself holds
_ALL = ()  # every agency that knows the person
_FACTS = ("reference", "given_names", "family_name", "gender", "language", "access_needs", "phone", "email")
SOURCES.update({
    "offenders.offender": Source(
        YOU, "pk__in", _ALL, "recorded_at", _FACTS,
        leaves_out={
            "search": "It is made of the names and numbers.", "standing": "How sure we are of what is told.",
            "is_restricted": "Whom it protects is told of in what is reviewed.",
        },
    ),
    "offenders.alias": Source(YOU, plain=("given_names", "family_name"), agencies=_ALL),
    "offenders.identifier": Source(
        YOU, plain=("value",), agencies=_ALL,
        only=lambda agency: ~Q(kind__in=HEALTH_KINDS) if agency.kind == "police" else Q(),
    ),
    "offenders.address": Source(YOU, on="valid_from", plain=("lines", "postcode"), agencies=_ALL),
    "offenders.marker": Source(
        "Warnings", on="valid_from", agencies=_ALL, only=lambda agency: Q() if agency.kind == "police" else NONE
    ),
    "offenders.involvement": Source(
        SHARING, agencies=("agency", "opened_by"), on="valid_from", leaves_out={"merge": OTHERS}
    ),
    "offenders.consent": Source(
        CONSENT, agencies=("by_agency",), on="answered_on", plain=("language", "words")
    ),
    "offenders.note": Source(NOTES, on="happened_at"),
    "documents.document": Source(
        "Letters and documents", on="happened_at",
        leaves_out={"sha256": OURS, "stored": OURS, "size": OURS, "content_type": OURS},
    ),
    "offenders.amendment": Source(
        CORRECTED, on="recorded_at", leaves_out={"record_type": OURS, "record_id": OURS, "merge": OTHERS},
    ),
    "offenders.restriction": Source("Kept to named people", agencies=("proposed_by__memberships__agency",),
                                    on="proposed_at"),
    "offenders.emergencyaccess": Source(EMERGENCY, on="opened_at"),
    "notices.notice": Source(
        MESSAGES, "about__overlap", on="send_at", plain=("to", "subject", "text"), only=lambda agency: Q(for_user=None),
        leaves_out={"key": OURS, "provider_id": OURS, "seen_to_why": OURS},
    ),
})  # fmt: skip
EXCUSED.update({
    "offenders.entry": "Each line of the timeline is of a record that is told itself.",
    "retention.schedule": "Until when records are kept is worked out of what is told.",
    "retention.hold": "Why records may not be erased can be about an inquiry; who asks is told by whoever leads it.",
    "retention.decision": "It says how long our records are kept, and nothing of the person.",
    "offenders.nameduser": "It names staff alone.",
    "offenders.likelypair": "It is about another person as much; what came of it, a merge, is told as theirs.",
    "offenders.merge": "All that another record of the same person held is told as theirs.",
    "audit.event": "Who has looked is told by role and agency at the end, and what was changed in each record.",
    "partners.receipt": "An answer sent twice, kept for a day.",
    "subject_access.subjectrequest": "The request itself.",
    "subject_access.subjectline": "The answer itself.",
    "alerts.alert": "It is about the reading of a member of staff, and names nobody else.",
})  # fmt: skip
