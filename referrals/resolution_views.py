"""The pages of resolutions: the list, one resolution, a dip sample, and the take-up by team."""

from django.urls import reverse

from offenders import panels
from offenders.amend import attach
from partners.frame.pages import ListPage, RecordPage

from .forms import explained
from .models import Resolution
from .resolution_forms import NOT_DEFERRED, ResolutionFilters
from .terms import agreed, decided, happened
from .views import TAGS, outcome
from .workflow import Approval

APPROVAL_TAGS = {Approval.ASKED: "govuk-tag--yellow", Approval.APPROVED: "govuk-tag--green",
                 Approval.REFUSED: "govuk-tag--red"}  # fmt: skip


def tags(resolution):
    """Where its referral stands, and the lead's word where that was asked."""
    status = resolution.referral.status
    shown = [(resolution.referral.get_status_display(), TAGS.get(status, "govuk-tag--grey"))]
    if resolution.approval != Approval.NOT_NEEDED:
        shown.append((resolution.get_approval_display(), APPROVAL_TAGS[resolution.approval]))
    if resolution.formal_outcome:
        shown.append((resolution.get_formal_outcome_display(), "govuk-tag--purple"))
    return shown


class ResolutionList(ListPage):
    """Every resolution of whoever oversees them, and what became of the person."""

    template_name = "referrals/resolutions.html"
    permission_required = "referrals.oversee_resolution"
    verb = "resolution"
    filterset_class = ResolutionFilters
    orders = {
        "-referred_on": ("-referral__referred_on", "-referral__id"),
        "referred_on": ("referral__referred_on", "referral__id"),
    }

    def scope(self):
        return Resolution.objects.visible_to(self.request.user).with_names()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"rows": [(row, tags(row)) for row in context["page"].rows]}


class ResolutionPage(RecordPage):
    template_name = "referrals/resolution.html"
    verb = "resolution"

    def scope(self):
        user = self.request.user
        return Resolution.objects.visible_to(user).with_names().with_leave(user)

    def get_context_data(self, **kwargs):
        resolution, user = self.object, self.request.user
        attach([resolution], user)
        may_read, referral = resolution.may_read, resolution.referral
        steps = resolution.steps_for(user)
        return super().get_context_data(
            why=panels.why(user, resolution.offender),
            tags=tags(resolution),
            facts=[resolution.get_kind_display(), f"Referred {referral.referred_on:%-d %B %Y}", referral.became],
            outcome=outcome(referral),
            decided=decided(resolution, may_read=may_read),
            happened=happened(resolution, may_read=may_read),
            agreed=agreed(resolution, may_read=may_read),
            rules=explained(referral.eligibility) if may_read else [],
            drawn=resolution.drawn if may_read else "",
            marks=resolution.marks if may_read else [],
            not_deferred=NOT_DEFERRED,
            may_oversee=user.has_perm("referrals.oversee_resolution"),
            steps=[
                (step.label, reverse(f"referrals:resolution_{verb}", args=[resolution.pk]))
                for verb, step in steps.items()
            ],
            **kwargs,
        )
