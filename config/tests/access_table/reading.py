"""Which of the texts of the world may reach whom."""

from config.tests.access_table.grid import AS_ANOTHER

# what each role is cleared to read

CATEGORIES = {
    "officer": "identity case",
    "facilitator": "identity case general police",
    "supervisor": "identity case general police",
    "resolution_lead": "identity case police",
    "custody_officer": "identity case drug_test",
    "cranstoun_worker": "identity case general health safeguarding",
    "arrest_referral_worker": "identity case general health safeguarding drug_test",
    "cranstoun_manager": "identity case general health safeguarding drug_test",
    "cgl_worker": "identity case general health safeguarding",
    "rehab_provider": "identity case general health",
    "throughcare_partner": "identity case general",
    "analyst": "",
    "auditor": "",
    "administrator": "",
}
AS = {"other_officer": "officer", "other_treatment": "cgl_worker", "other_provider": "rehab_provider"}
AGENCY = {
    "officer": "wmp", "other_officer": "wmp", "resolution_lead": "wmp", "facilitator": "wmp", "supervisor": "wmp",
    "cranstoun_worker": "cranstoun", "cgl_worker": "cgl", "other_treatment": "harbour", "rehab_provider": "rehab",
    "other_provider": "meadowbank",
}  # fmt: skip
# of each record, the matters they have part in
SHARED = ["worked", "consented", "withdrawn", "merged"]
OURS = [*SHARED, "lapsed", "unreviewed", "ended"]
OPENED = {"opened": "person referral case placement action part"}
PART = {
    "officer": dict.fromkeys([*SHARED, "lapsed", "diverted", "drafted"], "person referral"),
    "other_officer": {"elsewhere": "person referral"},
    "custody_officer": {"elsewhere": "person referral"} | OPENED,
    "facilitator": dict.fromkeys([*OURS, "restricted"], "person referral case placement action part team") | OPENED,
    "supervisor": dict.fromkeys(OURS, "person referral case placement action part team kept")
    | {"worked": "person referral case placement action part team restriction emergency kept"}
    | OPENED,
    "cranstoun_worker": {"diverted": "person referral"},
    "cranstoun_manager": {"diverted": "person referral kept"},
    "resolution_lead": {"diverted": "person referral"},
    "cgl_worker": dict.fromkeys(SHARED, "person case placement action part team"),
    "other_treatment": dict.fromkeys(["elsewhere", "opened"], "person case placement action part team"),
    "rehab_provider": dict.fromkeys(SHARED, "person placement action team"),
    "other_provider": dict.fromkeys(["elsewhere", "opened"], "person placement action team"),
    "throughcare_partner": dict.fromkeys(["elsewhere", "opened"], "person part"),
}
# where someone who may refer is told the names of people they have no part in, unless those are restricted
FINDING = {"offenders:search", "api:offender-search", "referrals:match", "referrals:why", "referrals:check"}
# where an auditor reads, by reference, why records are kept
KEPT = ("retention:", "api:schedule", "api:decision", "api:hold")
MAY_FIND = "officer other_officer facilitator supervisor"


def may_read(actor, canary, address):
    """Whether this text may reach this actor."""
    as_one = AS_ANOTHER.get(actor, actor)
    if address in FINDING and as_one in MAY_FIND.split() and canary.matter == "name" and canary.record != "restricted":
        return True
    if address == "answer" and (canary.matter, canary.category) == ("case", "general"):
        return True  # who gives the address that a link was sent to reads what they are asked to do
    if actor == "auditor" and address.startswith(("subject_access:", "api:subject")):
        # of who asked: what their agency wrote, and what everyone who knows them has
        return canary.record == "worked" and canary.agency == "wmp"
    if actor == "auditor":
        if canary.matter == "kept":
            return canary.record != "restricted" and address.startswith(KEPT)
        return canary.category == "reason" and address.startswith(("audit:", "api:audit"))
    part = PART.get(actor, PART.get(as_one, {})).get(canary.record, "").split()
    matter = "person" if canary.matter == "name" else canary.matter
    if matter not in part or (matter == "team" and canary.agency != AGENCY[as_one]):
        return False
    category = "case" if canary.category == "reason" else canary.category
    if category == "health" and actor in ("facilitator", "supervisor"):
        return canary.agency == "wmp" or canary.record == "consented"
    return category in CATEGORIES[AS.get(actor, actor)].split()
