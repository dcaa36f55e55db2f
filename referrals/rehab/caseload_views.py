"""The caseload, and the referrals that wait to join it."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from offenders.steps import ask
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.frame.pages import ListPage
from referrals.models import Referral
from referrals.pathways import Pathway
from referrals.workflow import STEPS as REFERRAL_STEPS
from referrals.workflow import Status

from .case_export import LARGEST, csv_of_cases
from .case_filters import CaseFilterSet
from .case_forms import BeginForm, referrals_to_assess
from .models import Case

NEVER = Value(dt.datetime(1900, 1, 1, tzinfo=dt.UTC))
NO_DAY = Value(dt.date(9999, 12, 31))


def carries(user):
    """Whether they hold cases themselves, rather than look after those who do."""
    return user.has_perm("rehab.begin_case") and not user.has_perm("rehab.allocate_case")


class TeamCaseload(ListPage):
    """The open cases that the user sees; closed ones when the filter asks for them."""

    permission_required = "rehab.view_case"
    template_name = "rehab/caseload/list.html"
    filterset_class = CaseFilterSet
    verb = "case"
    orders = {
        "due": ("due_key", "pk"),
        "-due": ("-due_key", "-pk"),
        "contact": ("contact_key", "pk"),
        "-contact": ("-contact_key", "-pk"),
        "-opened": ("-opened_on", "-pk"),
        "opened": ("opened_on", "pk"),
    }
    saved = [
        ("All open", ""),
        ("Overdue", "due=overdue"),
        ("In rehab", "phase=in_rehab"),
        ("No contact in 14 days", "no_contact=14"),
        ("Plans with gaps", "plan=gaps"),
        ("Closed", "phase=closed"),
    ]
    is_mine = False

    def scope(self):
        rows = Case.objects.visible_to(self.request.user).with_names().with_stay().with_plan()
        rows = rows.with_last_contact(by=self.request.user).annotate(
            due_key=Coalesce("next_action_due", NO_DAY), contact_key=Coalesce("last_contact_at", NEVER)
        )
        return rows if self.request.GET.getlist("phase") else rows.open()

    def get_context_data(self, **kwargs):
        here = self.request.GET.copy()
        for name in ("sort", "after", "before"):
            here.pop(name, None)
        lists = [(label, f"?{query}", query == here.urlencode()) for label, query in self.saved]
        name = "caseload_csv" if self.is_mine else "team_caseload_csv"
        context = super().get_context_data(
            is_mine=self.is_mine,
            may_switch=carries(self.request.user),
            lists=lists,
            export_url=f"{reverse(f'rehab:{name}')}?{self.request.GET.urlencode()}",
            **kwargs,
        )
        if self.is_mine:
            del context["filterset"].form.fields["facilitator"]
        return context


class Caseload(TeamCaseload):
    """The user's own cases, if they hold any; the team's otherwise."""

    @property
    def is_mine(self):
        return carries(self.request.user)

    def scope(self):
        rows = super().scope()
        return rows.of(self.request.user) if self.is_mine else rows


def export(request, caseload):
    """The list as it is filtered, as a file."""
    page = caseload()
    page.setup(request)
    if not page.has_permission():
        raise PermissionDenied("The caseload is not yours to see.")
    rows, _ = page.filtered()
    order = page.orders.get(request.GET.get("sort"), page.orders["due"])
    rows = list(rows.order_by(*order)[: LARGEST + 1])
    if len(rows) > LARGEST:
        raise BadRequest(f"That is more than {LARGEST:,} cases. Choose fewer with the filters, then download again.")
    Event.objects.shown("case.export", rows, by=request.user, filters=sorted(request.GET))
    return csv_of_cases(rows)


class ToAssess(ListPage):
    """O2R referrals on which no case has been opened, oldest first."""

    permission_required = "rehab.begin_case"
    template_name = "rehab/caseload/to_assess.html"
    verb = "case.to_assess"
    orders = {"oldest": ("referred_on", "pk")}

    def scope(self):
        others = Case.objects.open().filter(offender=OuterRef("offender"))
        return referrals_to_assess(self.request.user).with_names().annotate(has_open_case=Exists(others))

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_accept=self.request.user.has_perm("referrals.accept_referral"), **kwargs)


def begin(request, pk):
    """Open a case on an accepted referral."""
    rows = Referral.objects.visible_to(request.user).on_pathway(Pathway.O2R)
    referral = get_object_or_404(rows.with_names(), pk=pk)
    theirs = Referral.objects.received_by(request.user).filter(pk=pk).exists()
    if not (theirs and request.user.has_perm("rehab.begin_case")):
        raise PermissionDenied("You may not begin a case on this referral.")
    if referral.status != Status.ACCEPTED:
        messages.error(request, str(IllegalStep(referral, REFERRAL_STEPS["engage"])))
        return redirect(referral)
    data = request.POST if request.method == "POST" else None
    form = BeginForm(data, user=request.user, initial={"facilitator": referral.worker_id})
    return ask(
        request, form, lambda: form.begin(referral), record=referral, verb="begin", heading="Begin the case",
        done="Case opened.", consequence="The referral will be recorded as engaged: the person came.",
        cancel_url=reverse("rehab:to_assess"),
    )  # fmt: skip
