"""What is counted of Divert. Board paper, paragraphs 14 to 22."""

import datetime as dt

from django.db.models import Count, Exists, OuterRef

from partners.dated import midnight
from referrals.booking.models import Appointment
from referrals.booking.workflow import Status as AppointmentStatus
from referrals.models import Resolution
from referrals.pathways import Pathway
from referrals.workflow import Status

from .breakdowns import whole_months
from .measures import WHOLE, Measure, sent


def referred(period):
    return sent(Pathway.DIVERT, period)


def in_whole_months(period):
    _, first, last = whole_months(period.first, period.until)
    return referred(period).filter(referred_on__gte=first, referred_on__lte=last)


def engaged(period):
    """Those whose first 1:1, or a later one in its place, was attended by the as-of day."""
    attended = Appointment.objects.filter(
        referral=OuterRef("pk"), kind=Appointment.Kind.ONE_TO_ONE, status=AppointmentStatus.ATTENDED,
        starts_at__lt=midnight(period.as_of + dt.timedelta(days=1)),
    )  # fmt: skip
    return referred(period).filter(Exists(attended))


def formal(outcome):
    """Formal outcomes of this kind given in the period, whenever the person was referred."""

    def rows(period):
        given = Resolution.objects.filter(formal_on__gte=period.first, formal_on__lte=period.until)
        of_divert = given.filter(referral__pathway=Pathway.DIVERT).exclude(referral__status=Status.DRAFT)
        return of_divert.filter(formal_outcome=outcome)

    return rows


REFERRALS = Measure(
    "referrals", "Referrals", "referrals",
    "Referrals to Divert with a day of referral in the period. Drafts are not counted.",
    referred, Count("pk"),
)  # fmt: skip
PER_MONTH = Measure(
    "referrals_per_month", "Referrals a month", "referrals/month",
    "Those of the months that lie whole in the period, up to the as-of day, divided by the number of these months.",
    in_whole_months, Count("pk"), is_monthly=True,
)  # fmt: skip
SHARE = Measure(
    "referrals", "Referrals", "referrals",
    "Referrals to Divert with a day of referral in the period; and the percentage they are of all of them.",
    referred, Count("pk"), share_of=WHOLE, share_name="share_of_referrals",
)  # fmt: skip
ENGAGED = Measure(
    "engaged_at_least_initial_1to1", "Engaged, at least in the first 1:1", "referrals",
    "Of those referrals, the ones whose first 1:1 was attended by the as-of day; and the percentage they are of them."
    " An appointment of which it is not known whether they came does not count.",
    engaged, Count("pk"), share_of="referrals",
)  # fmt: skip
CHARGES = Measure(
    "charges", "Charges", "outcomes",
    "Charges recorded in place of a resolution, with a day of the formal outcome in the period.",
    formal(Resolution.Formal.CHARGED), Count("pk"),
)  # fmt: skip
CAUTIONS = Measure(
    "cautions", "Cautions", "outcomes",
    "Cautions recorded in place of a resolution, with a day of the formal outcome in the period.",
    formal(Resolution.Formal.CAUTIONED), Count("pk"),
)  # fmt: skip
