"""What of Offender to Rehab is told to who asks what is held about them."""

from offenders.subject_access.sources import EXCUSED, OURS, SOURCES, Source

CASE, STAYS, PLAN, CHECKS = "Offender to Rehab", "Places in rehab", "Your plan", "How you were afterwards"
MONEY = "It is about money between organisations."


def tell():
    of_case, of_stay = "case__offender__in", "placement__offender__in"
    house = ("placement__unit__agency", "placement__case__agency")
    SOURCES.update({
        "rehab.case": Source(CASE, on="opened_on"),
        "rehab.assessment": Source("Assessments", of_case, on="assessed_on"),
        "rehab.assessedsubstance": Source(
            "Assessments", "assessment__case__offender__in", ("assessment__agency",)
        ),
        "rehab.preparation": Source("Getting ready", of_case, on="starts_on", plain=("place",)),
        "rehab.placement": Source(
            STAYS, agencies=("unit__agency", "case__agency"), on="requested_on", leaves_out={"exceed_why": MONEY}
        ),
        "rehab.placementquestion": Source(STAYS, of_stay, house, on="asked_at"),
        "rehab.progress": Source(STAYS, of_stay, ("placement__unit__agency",), on="on"),
        "rehab.absence": Source(STAYS, of_stay, house, on="left_at"),
        "rehab.plan": Source(PLAN, of_case, ("case__agency",), on="begun_on"),
        "rehab.plandomain": Source(PLAN, "plan__case__offender__in", ("plan__case__agency", "by_agency")),
        "rehab.action": Source(PLAN, "domain__plan__case__offender__in", ("agency", "by_agency"), on="due_on"),
        "rehab.followup": Source(CHECKS, of_case, on="done_on"),
        "rehab.followupattempt": Source(CHECKS, "follow_up__case__offender__in", on="occurred_at"),
    })  # fmt: skip
    EXCUSED.update({
        "rehab.allocation": "It says which of the staff had the case.", "rehab.review": "It looks into our own work.",
        "rehab.sample": OURS, "rehab.funding": MONEY, "rehab.payment": MONEY, "rehab.overspend": MONEY,
        "rehab.actionlink": "A way in for someone outside, who is told of with what they were asked.",
    })  # fmt: skip
