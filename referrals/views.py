"""The pages of referrals: putting someone forward, the list, one referral."""

from django.urls import reverse

from offenders import panels
from offenders.amend import attach
from offenders.documents.panels import of_matter
from offenders.models import Entry
from partners.frame.pages import ListPage, RecordPage

from .deadline_views import of_referral
from .eligibility import answers
from .filters import ReferralFilters
from .forms import explained, said
from .models import Journey, Referral
from .pathways import open_pathways
from .terms import in_short
from .workflow import ENDED, Status

TAGS = {Status.DRAFT: "govuk-tag--grey", Status.SUBMITTED: "govuk-tag--yellow", Status.ACCEPTED: "govuk-tag--blue",
        Status.ENGAGED: "govuk-tag--turquoise", Status.COMPLETED: "govuk-tag--green"}  # fmt: skip

LATEST = 50  # lines of what happened; the person's own page has them all

# What other apps offer on a referral's page: functions of (user, referral) that return (label, address), or None.
# An app adds its own when it is ready.
OFFERS = []


class ReferralList(ListPage):
    """Referrals sent or received by the user's team, with what became of them."""

    template_name = "referrals/list.html"
    permission_required = "referrals.view_referral"
    verb = "referral"
    filterset_class = ReferralFilters
    orders = {"-referred_on": ("-referred_on", "-id"), "referred_on": ("referred_on", "id")}

    def scope(self):
        return Referral.objects.visible_to(self.request.user).with_names()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        rows = [(row, TAGS.get(row.status, "govuk-tag--grey")) for row in context["page"].rows]
        user = self.request.user
        may_refer = user.has_perm("referrals.add_referral")
        unfinished = Journey.objects.visible_to(user).unfinished() if may_refer else []
        return context | {"rows": rows, "may_refer": may_refer, "unfinished": unfinished}


class ReferralPage(RecordPage):
    template_name = "referrals/detail.html"
    verb = "referral"

    def scope(self):
        user = self.request.user
        return Referral.objects.visible_to(user).with_names().with_leave(user)

    def get_context_data(self, **kwargs):
        referral, user = self.object, self.request.user
        attach([referral], user)
        is_draft = referral.status == Status.DRAFT
        rules = answers(referral) if is_draft else referral.eligibility
        age = referral.offender.age(referral.referred_on)
        entries = Entry.objects.visible_to(user).filter(matters__contains=[referral.pk]).with_names()
        offers = [offer for give in OFFERS if (offer := give(user, referral))]
        taken = referral.steps_for(user)
        if not set(open_pathways()) - {referral.pathway}:
            taken.pop("redirect", None)  # there is nowhere to redirect to
        steps = [(step.label, reverse(f"referrals:{verb}", args=[referral.pk])) for verb, step in taken.items()]
        return super().get_context_data(
            why=panels.why(user, referral.offender),
            tags=[(referral.get_status_display(), TAGS.get(referral.status, "govuk-tag--grey"))],
            facts=[referral.get_pathway_display(), f"Referred {referral.referred_on:%-d %B %Y}", referral.became],
            outcome=outcome(referral),
            deadlines=of_referral(user, referral),
            said=[("Age", "" if age is None else str(age)), *said(referral, may_read=referral.may_read)],
            rules=explained(rules) if referral.reads_rules else [],
            resolution=in_short(user, referral),
            documents=self.documents(),
            is_draft=is_draft,
            steps=[*offers, *steps],
            is_ending=not offers and all(step.target in ENDED for step in taken.values()),
            entries=[shown(entry) for entry in entries.newest_first()[:LATEST]],
            **kwargs,
        )

    def documents(self):
        """For documents/list.html: those that belong to the referral; None where documents are not theirs to read."""
        referral, user = self.object, self.request.user
        may_read = user.has_perm("documents.view_document")
        return of_matter(user, referral.offender, referral.pk) if may_read else None


def outcome(referral):
    """What became of it, one fact a line: status and dates."""
    receiver = str(referral.to_unit or referral.to_agency)
    rows = [("Sent to", receiver), ("Stands", referral.became)]
    rows += [("Who sees them", str(referral.worker))] if referral.worker else []
    rows += [("Ended on", f"{referral.ended_on:%-d %B %Y}")] if referral.ended_on else []
    return [*rows, *([("Reason", referral.end_reason)] if referral.end_reason else [])]


def shown(entry):
    """An entry of the timeline as frame/timeline.html wants it."""
    is_note = entry.kind == Entry.Kind.NOTE
    sentence, _, text = entry.sentence.partition(": ") if is_note else (entry.sentence, "", "")
    return {
        "sentence": sentence, "text": text, "happened_at": entry.happened_at, "by_name": str(entry.by),
        "agency_name": str(entry.unit or entry.agency), "category_label": "",
    }  # fmt: skip


class Sent(RecordPage):
    """What to read out, what happens next, and words for the person."""

    template_name = "referrals/sent.html"
    verb = "referral"

    def scope(self):
        return Referral.objects.visible_to(self.request.user).exclude(status=Status.DRAFT).with_names()
