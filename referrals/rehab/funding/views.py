"""Pages of money for stays: what is asked and agreed, what is paid, and what is left of each budget."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, Sum
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from offenders import panels
from offenders.amend import attach
from offenders.steps import ask, steps_of
from partners.frame.pages import ListPage, RecordPage
from referrals.rehab.models import Budget, Funding, Overspend, Payment, Placement
from referrals.rehab.models.funder import year_label
from referrals.rehab.models.funding import UNPAID, agreed_for

from .filters import BudgetFilter, FundingFilter
from .forms import AskFunderForm, OverspendForm


def fundings(user):
    """What pages and API start from."""
    return Funding.objects.visible_to(user).with_names().with_paid()


def budgets():
    """What page and API start from."""
    return Budget.objects.select_related("funder").with_totals().annotate(name=F("funder__name"))


def without_budget():
    """[(funder, year in words, pounds)] agreed to out of a budget that nobody has recorded."""
    there = Budget.objects.filter(funder=OuterRef("funder"), year=OuterRef("year"))
    rows = Funding.objects.agreed().filter(~Exists(there)).order_by("-year", "funder__name")
    rows = rows.values_list("funder__name", "year").annotate(n=Sum("agreed"))
    return [(funder, year_label(year), agreed) for funder, year, agreed in rows]


class FundingList(ListPage):
    template_name = "rehab/funding/list.html"
    permission_required = "rehab.view_funding"
    verb = "funding"
    filterset_class = FundingFilter
    orders = {"-asked": ("-asked_on", "-id"), "asked": ("asked_on", "id")}

    def scope(self):
        return fundings(self.request.user)


class FundingPage(RecordPage):
    template_name = "rehab/funding/detail.html"
    verb = "funding"

    def scope(self):
        return fundings(self.request.user)

    def get_context_data(self, **kwargs):
        funding, user = self.object, self.request.user
        attach([funding], user)
        steps = funding.steps_for(user).items()
        steps = sorted(steps, key=lambda pair: (pair[0] == "withdraw", pair[1].target == funding.status))
        return super().get_context_data(
            why=panels.why(user, funding.offender),
            steps=[(step.label, reverse(f"rehab:funding_{verb}", args=[funding.pk])) for verb, step in steps],
            payments=attach(Payment.objects.visible_to(user).filter(funding=funding).with_names(), user),
            waits_for_another=(funding.status == "asked" and funding.asked_by == user)
            or (funding.status == "to_confirm" and user in (funding.asked_by, funding.answered_by)),
            **kwargs,
        )


def of_stay(user, stay):
    """What the page of a stay shows of its money; None where it is not the user's to know."""
    if not user.has_perm("rehab.view_funding"):
        return None
    rows = list(fundings(user).filter(placement=stay))
    cost, agreed = stay.cost, agreed_for(stay)
    may_ask = stay.status not in UNPAID and Funding.may_ask(user, stay)
    wish = Overspend.objects.visible_to(user).open().filter(placement=stay).with_names().first()
    short = cost and cost > max(agreed, stay.exceed_up_to or 0)
    may_wish = may_ask and short and not wish and stay.status in stay.STEPS["exceed"].sources
    return {
        "wish": wish,
        "wish_steps": steps_of(wish, user, "rehab:overspend_") if wish else [],
        "wish_url": reverse("rehab:overspend_ask", args=[stay.pk]) if may_wish else "",
        "rows": rows,
        "cost": cost,
        "agreed": agreed,
        "short": max(cost - agreed, 0) if cost else None,
        "ask_url": reverse("rehab:funding_ask", args=[stay.pk]) if may_ask else "",
    }


def ask_funding(request, pk):
    """Ask a funder for money for this stay."""
    stay = get_object_or_404(Placement.objects.visible_to(request.user).with_names(), pk=pk)
    if not Funding.may_ask(request.user, stay):
        raise PermissionDenied("You may not ask for money for this stay.")
    if stay.status in UNPAID:
        messages.error(request, "Nothing is asked for: this stay did not come about.")
        return redirect(stay)
    form = AskFunderForm(request.POST if request.method == "POST" else None, record=stay, user=request.user)
    return ask(
        request, form, form.write, record=stay, verb="ask_funding", heading="Ask for funding",
        button="Record what is asked", back=stay.get_absolute_url(),
        done="Recorded. Someone else records what the funder answers.",
    )  # fmt: skip


def ask_overspend(request, pk):
    """Ask a supervisor to let this stay cost more than is agreed."""
    stay = get_object_or_404(Placement.objects.visible_to(request.user).with_names(), pk=pk)
    if not Funding.may_ask(request.user, stay):
        raise PermissionDenied("You may not ask for money for this stay.")
    form = OverspendForm(request.POST if request.method == "POST" else None, record=stay, user=request.user)
    return ask(
        request, form, form.write, record=stay, verb="ask_overspend", heading="Ask to go beyond what is agreed",
        button="Ask a supervisor", back=stay.get_absolute_url(), done="Asked. A supervisor decides.",
    )  # fmt: skip


class BudgetList(ListPage):
    """What each funder has for a year, and what is left of it. About nobody."""

    template_name = "rehab/funding/budgets.html"
    permission_required = "rehab.agree_funding"
    verb = "budget"
    filterset_class = BudgetFilter
    orders = {"-year": ("-year", "name", "id"), "year": ("year", "name", "id")}

    def scope(self):
        return budgets()

    def get_context_data(self, **kwargs):
        return super().get_context_data(without=without_budget(), **kwargs)
