"""What becomes of every table's rows when a person's records are disposed of.

A table goes with the person, by the way from its rows to the person, or stays, with why. A table that is not here fails
a test; a row that is left and names one that is gone makes PostgreSQL refuse the whole disposal. Tables stand in the
order in which they are emptied: what hangs on another before that one, because the way leads over it.
"""

from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q

from partners.audit.models import Event


class Goes(NamedTuple):
    """Its rows go with the person: a function of the person's ids gives the condition that finds them."""

    condition: object
    ways: tuple = ()


class Stays(NamedTuple):
    """Its rows stay."""

    why: str


def by(*ways):
    """The rows that lead to the person by any of these ways."""
    return Goes(lambda ids: reduce(or_, (Q(**{f"{way}__in": ids}) for way in ways)), ways)


def answers_of(ids):
    """Journeys in which this person was chosen."""
    return reduce(or_, (Q(answers__icontains=str(pk)) for pk in ids))


def receipts_of(ids):
    """Answers to requests that changed or showed something of theirs; they hold names, and are kept for a day."""
    return Q(request_id__in=Event.objects.filter(offenders__overlap=ids).values("request_id"))


REFERENCE = Stays("agencies, places and figures: of nobody in particular")
STAFF = Stays("of who works here, not of whom they work with")
SYSTEMS = Stays("of the systems of partners, not of whom they are asked about")
FRAMEWORK = Stays("the framework's own, of which rows are about staff or nobody")
NO_TABLE = Stays("no table: it only names a permission")
JOBS = Stays("the queue of jobs holds ids alone; a job whose row is gone does nothing")

RETENTION = {
    # O2R
    "rehab.followupattempt": by("follow_up__case__offender"),
    "rehab.followup": by("case__offender"),
    "rehab.payment": by("funding__placement__offender", "funding__placement__case__offender"),
    "rehab.funding": by("placement__offender", "placement__case__offender"),
    "rehab.overspend": by("placement__offender", "placement__case__offender"),
    "rehab.progress": by("placement__offender", "placement__case__offender"),
    "rehab.placementquestion": by("placement__offender", "placement__case__offender"),
    "rehab.absence": by("placement__offender", "placement__case__offender"),
    "rehab.placement": by("offender", "case__offender"),
    "rehab.actionlink": by("action__domain__plan__case__offender"),
    "rehab.action": by("domain__plan__case__offender"),
    "rehab.plandomain": by("plan__case__offender"),
    "rehab.plan": by("case__offender"),
    "rehab.assessedsubstance": by("assessment__case__offender"),
    "rehab.assessment": by("case__offender"),
    "rehab.preparation": by("case__offender"),
    "rehab.review": by("case__offender"),
    "rehab.sample_cases": by("case__offender"),
    "rehab.allocation": by("case__offender"),
    "rehab.case": by("offender", "referral__offender"),
    # appointments
    "booking.intervention_drugs": by("intervention__appointment__offender",
                                     "intervention__appointment__referral__offender"),
    "booking.intervention": by("appointment__offender", "appointment__referral__offender"),
    "booking.contactattempt": by("referral__offender"),
    "booking.appointment": by("offender", "referral__offender"),
    # referrals
    "referrals.pause": by("deadline__referral__offender"),
    "referrals.deadline": by("referral__offender"),
    "referrals.resolution": by("referral__offender"),
    "referrals.task": by("offender"),
    "referrals.journey": Goes(answers_of),
    "referrals.referral": by("offender"),
    # messages, and answers kept for a day
    "notices.notice": Goes(lambda ids: Q(about__overlap=ids)),
    "partners.receipt": Goes(receipts_of),
    # who asked what is held about them
    "subject_access.subjectline": by("request__offender"),
    "subject_access.subjectrequest": by("offender"),
    "systems.delivery": Goes(lambda ids: Q(event__offenders__overlap=ids)),
    # people
    "documents.document": by("offender"),
    "retention.hold": by("offender"),
    "retention.schedule": by("offender"),
    "retention.decision": Goes(lambda ids: Q(offender__in=ids) & ~Q(status="confirmed")),
    "offenders.amendment": by("merge__kept", "merge__gone", "offender"),
    "offenders.note": by("offender"),
    "offenders.entry": by("offender"),
    "offenders.emergencyaccess": by("offender"),
    "offenders.restriction_users": by("restriction__offender"),
    "offenders.restriction": by("offender"),
    "offenders.nameduser": by("offender"),
    "offenders.consent_covers": by("consent__offender"),
    "offenders.consent": by("offender"),
    "offenders.involvement": by("offender"),
    "offenders.likelypair": by("one", "other"),
    "offenders.merge": by("kept", "gone"),
    "offenders.marker": by("offender"),
    "offenders.address": by("offender"),
    "offenders.identifier": by("offender"),
    "offenders.alias": by("offender"),
    "offenders.offender": by("pk"),
    # what stays
    "systems.system": SYSTEMS, "systems.token": SYSTEMS, "systems.calls": SYSTEMS,
    "alerts.alert": Stays("of who read, for their own agency to look into; by rule its notes name nobody else"),
    "audit.event": Stays("who did what, and when, stays; what it says of the person is emptied (disposal.py)"),
    "rehab.sample": Stays("how many cases were picked, by whom; which ones goes with the person"),
    "rehab.rehabunit": REFERENCE, "rehab.outofuse": REFERENCE, "rehab.unitcost": REFERENCE,
    "rehab.funder": REFERENCE, "rehab.budget": REFERENCE, "referrals.drug": REFERENCE, "referrals.offence": REFERENCE,
    "partners.setting": REFERENCE, "partners.area": REFERENCE, "partners.agency": REFERENCE,
    "partners.unit": REFERENCE, "partners.service": REFERENCE, "partners.service_areas": REFERENCE,
    "partners.agreement": REFERENCE, "partners.agreement_agencies": REFERENCE,
    "partners.user": STAFF, "partners.membership": STAFF, "partners.accessreview": STAFF,
    "partners.reviewedmembership": STAFF, "notices.preference": STAFF, "notices.quiet": STAFF,
    "booking.availability": STAFF, "booking.leave": STAFF, "referrals.cover": STAFF, "referrals.calendarlink": STAFF,
    "systems.hook": Stays("an address of a partner's system, of nobody in particular"),
    "signin.recoverycode": STAFF, "signin.kept": FRAMEWORK,
    "insight.report": NO_TABLE, "oversight.approval": NO_TABLE, "oversight.gap": NO_TABLE,
    "account.emailaddress": STAFF, "account.emailconfirmation": STAFF, "mfa.authenticator": STAFF,
    "signin.session": Stays("of who works here; what they searched for or sent too late lies in it until it is over"),
    "admin.logentry": Stays("the back office writes none: it keeps the record of the whole project"),
    "auth.permission": FRAMEWORK, "auth.group_permissions": FRAMEWORK, "auth.group": FRAMEWORK,
    "contenttypes.contenttype": FRAMEWORK, "sessions.session": FRAMEWORK,
    "signin.providedsession": STAFF, "signin.provider": REFERENCE, "socialaccount.socialaccount": STAFF,
    "socialaccount.socialapp": FRAMEWORK, "socialaccount.socialtoken": FRAMEWORK,
    "procrastinate.procrastinateworker": JOBS, "procrastinate.procrastinatejob": JOBS,
    "procrastinate.procrastinateevent": JOBS, "procrastinate.procrastinateperiodicdefer": JOBS,
}  # fmt: skip
