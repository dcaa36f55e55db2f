"""What of referrals is told to who asks what is held about them."""

from django.db.models import Q

from offenders.subject_access.sources import EXCUSED, OURS, SOURCES, Source

REFERRED = "Referrals"
TASKS = "What was to be done"


def tell():
    SOURCES.update({
        "referrals.referral": Source(
            REFERRED, agencies=("by_agency", "to_agency"), on="referred_on",
            plain=("reference", "external_reference"), only=lambda agency: ~Q(status="draft") | Q(by_agency=agency),
        ),
        "referrals.resolution": Source(
            "Out-of-court resolutions", "referral__offender__in", ("referral__by_agency",), on="occurred_at",
            plain=("quantity", "exhibit", "crime_reference", "stop_search_reference"),
            leaves_out={"officer_collar": "It names a member of staff.", "signature": "It is their own drawing."},
        ),
        "referrals.task": Source(TASKS, on="due_on", leaves_out={"url": OURS}),
    })  # fmt: skip
    EXCUSED.update({
        "referrals.deadline": OURS, "referrals.pause": OURS,
        "referrals.journey": "What was begun and not sent is cleared within days; what was sent is the referral.",
    })  # fmt: skip
