"""The pages of resolutions: the list, one resolution, a dip sample, and the take-up by team."""

import secrets
from urllib.parse import urlencode

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import BadRequest
from django.db.models import CharField, F, Value
from django.db.models.functions import MD5, Cast, Concat
from django.urls import reverse
from django.views.generic import TemplateView

from offenders import panels
from offenders.amend import attach
from partners.audit.models import Event
from partners.frame.filters import tags_of
from partners.frame.pages import ListPage, RecordPage

from .forms import explained
from .models import Resolution
from .resolution_forms import NOT_DEFERRED, ResolutionFilters, SampleFilters, TakeUpFilters
from .take_up import by_team
from .terms import agreed, decided, happened
from .views import TAGS, outcome
from .workflow import Approval

APPROVAL_TAGS = {Approval.ASKED: "govuk-tag--yellow", Approval.APPROVED: "govuk-tag--green",
                 Approval.REFUSED: "govuk-tag--red"}  # fmt: skip


def tags(resolution, *, may_read=True):
    """Where its referral stands, and the lead's word where that was asked; `may_read` as `with_leave` says."""
    status = resolution.referral.status
    shown = [(resolution.referral.get_status_display(), TAGS.get(status, "govuk-tag--grey"))]
    if resolution.approval != Approval.NOT_NEEDED:
        shown.append((resolution.get_approval_display(), APPROVAL_TAGS[resolution.approval]))
    if resolution.formal_outcome and may_read:
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
        asked = self.request.GET.copy()
        asked.setlist("seed", [secrets.token_hex(4)])
        for name in ("after", "before", "sort"):
            asked.pop(name, None)
        return context | {"rows": [(row, tags(row)) for row in context["page"].rows], "sample": asked.urlencode()}


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
            tags=tags(resolution, may_read=may_read),
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


class Sample(PermissionRequiredMixin, TemplateView):
    """A few resolutions of those that filters choose, picked by chance, to be looked into (board paper, paragraph 23).

    Which they are follows from the `seed` in the address, which is recorded: the same sample can be drawn again.
    """

    template_name = "referrals/sample.html"
    permission_required = "referrals.oversee_resolution"
    raise_exception = True
    SIZE = 10

    def get_context_data(self, **kwargs):
        user, params = self.request.user, self.request.GET
        rows = Resolution.objects.visible_to(user).with_names()
        filterset = SampleFilters(params, queryset=rows, request=self.request)
        if filterset.problem:
            raise BadRequest(filterset.problem)
        seed = filterset.form.cleaned_data["seed"]
        chance = MD5(Concat(Value(seed), Cast(F("pk"), CharField())))
        picked = list(filterset.qs.order_by(chance)[: self.SIZE])
        Event.objects.shown("resolution.sample", picked, by=user, filters=sorted(params), seed=seed)
        again = params.copy()
        again["seed"] = secrets.token_hex(4)
        asked = params.copy()
        asked.pop("seed")
        return super().get_context_data(
            rows=[(row, tags(row)) for row in picked],
            filter_tags=[label for label, _ in tags_of(filterset.form, params) if not label.startswith("Seed")],
            seed=seed, list_url=f"{reverse('referrals:resolutions')}?{asked.urlencode()}", again=again.urlencode(),
            **kwargs,
        )  # fmt: skip


class TakeUp(PermissionRequiredMixin, TemplateView):
    """What became of those that each team referred in a period."""

    template_name = "referrals/take_up.html"
    permission_required = "referrals.oversee_resolution"
    raise_exception = True

    def get_context_data(self, **kwargs):
        user, params = self.request.user, self.request.GET
        filterset = TakeUpFilters(params, queryset=Resolution.objects.none(), request=self.request)
        if filterset.problem:
            raise BadRequest(filterset.problem)
        first, last, only = filterset.asked
        teams, total = by_team(user, first, last, **only)
        Event.objects.shown("resolution.take_up", [], by=user, filters=sorted(params))
        behind = {"referred_from": first, "referred_to": last} | only
        return super().get_context_data(
            teams=[(team, self._behind(team, behind)) for team in teams],
            total=total, first=first, last=last, filterset=filterset, filter_tags=tags_of(filterset.form, params),
            **kwargs,
        )  # fmt: skip

    def _behind(self, team, asked):
        """The address of the list of them; without one where no unit is named, which no filter asks for."""
        query = urlencode(asked | {"from_unit": team.unit})
        return f"{reverse('referrals:resolutions')}?{query}" if team.unit else ""
