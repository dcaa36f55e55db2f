"""What a resolution says, one fact a line, as far as the reader may read it."""

from partners.frame.templatetags.frame import date_or, moment

from .models import Resolution
from .workflow import Approval

YES_NO = {True: "Yes", False: "No", None: None}


# the fields that who gives the help reads; the rest is of the side that recorded it
HELP_NEEDS = {
    "offence", "occurred_at", "drug", "drug_class", "quantity", "is_child", "appropriate_adult", "adult_relation",
}  # fmt: skip


def happened(resolution, *, may_read=True):
    """What happened; `may_read` as `with_leave` says: who gives the help reads what that takes."""
    offence = str(resolution.offence) if resolution.offence else None
    drug = f"{resolution.drug or 'Drug not known'}, {resolution.get_drug_class_display() or 'class not known'}"
    rows = [("Offence", offence), ("When", moment(resolution.occurred_at))]
    rows += [("Drug", drug), ("About how much", resolution.quantity)]
    if not may_read:
        return rows
    return [
        *rows,
        ("Where", resolution.place),
        ("For their own use", YES_NO[resolution.is_own_use]),
        ("Supply suspected", YES_NO[resolution.is_supply_suspected]),
        ("Drugs made another offence worse", YES_NO[resolution.is_aggravating]),
        ("Crime reference", resolution.crime_reference),
        ("Stop and search reference", resolution.stop_search_reference),
        ("Exhibit", resolution.exhibit),
    ]


def agreed(resolution, *, may_read=True):
    """On what terms it was resolved."""
    rows = [("What they are offered", resolution.offer.label), ("Under 18 that day", YES_NO[resolution.is_child])]
    if resolution.appropriate_adult:
        relation = f", {resolution.adult_relation}" if resolution.adult_relation else ""
        rows.append(("Appropriate adult", f"{resolution.appropriate_adult}{relation}"))
    if not may_read:
        return rows
    victim = [("What the victim thinks", resolution.victim_view)] if resolution.victim != "none" else []
    signed = "Drawn, as shown here" if resolution.drawn else resolution.signed_as
    return [
        *rows,
        ("Accepts responsibility", YES_NO[resolution.accepts_responsibility]),
        ("Agrees to take part", YES_NO[resolution.agrees]),
        ("In their words", resolution.acceptance),
        ("Accepted", moment(resolution.accepted_at)),
        ("Victim", resolution.get_victim_display()),
        *victim,
        ("Gravity score", resolution.gravity_score),
        ("Why this score", resolution.gravity_rationale),
        ("Signed", signed),
    ]


def decided(resolution, *, may_read=True):
    """Where it stands: the lead's word, and a formal outcome that took its place."""
    rows = [("Approval", resolution.get_approval_display())]
    if not may_read:
        return rows
    if resolution.approval_why:
        rows.append(("Why approval was asked", resolution.approval_why))
    if resolution.decided_by:
        rows.append(("Decided by", f"{resolution.decided_by}, {moment(resolution.decided_at)}"))
    if resolution.approval == Approval.REFUSED:
        rows.append(("Why it was refused", resolution.decision_reason))
    if resolution.formal_outcome:
        rows.append(("Formal outcome", f"{resolution.get_formal_outcome_display()}, {date_or(resolution.formal_on)}"))
        rows.append(("Why there was one", resolution.get_formal_reason_display()))
    return [*rows, ("Home Office outcome type", resolution.outcome_type or "None: it was refused")]


def in_short(user, referral):
    """The resolution behind this referral as its own page says it in short, where the user sees it; else None."""
    resolution = Resolution.objects.visible_to(user).with_names().with_leave(user).filter(referral=referral.pk).first()
    if resolution is None:
        return None
    rows = happened(resolution, may_read=False) + agreed(resolution, may_read=False)
    return {"record": resolution, "rows": rows + decided(resolution, may_read=False)}
