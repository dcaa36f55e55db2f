"""Asking rehab units for a place, and what they ask back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from offenders.steps import ask
from referrals.rehab.models import Case, Placement, PlacementQuestion
from referrals.rehab.placement_views import sent

from .forms import AskForm, RequestForm


def request_placement(request, pk):
    """Ask units for a place for the person of this case."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_names(), pk=pk)
    if not Placement.may_request(request.user, case):
        raise PermissionDenied("You may not request a rehab place for this person.")
    if case.closed_on:
        messages.error(request, "This case is closed. Reopen it before requesting a place.")
        return redirect(case)
    form = RequestForm(sent(request), record=case, user=request.user)
    return ask(
        request, form, form.write, record=case, verb="request_placement", heading="Request a rehab place",
        button="Send the request", done="Request sent. Each unit that you asked sees it now.",
        template="rehab/request/ask_units.html", back=reverse("rehab:case_rehab", args=[case.pk]),
    )  # fmt: skip


def ask_question(request, pk):
    """Ask the team about a request."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_names(), pk=pk)
    if not PlacementQuestion.may_ask(request.user, placement):
        raise PermissionDenied("You may not ask about this placement.")
    if not placement.is_ahead:
        messages.error(request, "Questions are asked before the person is there.")
        return redirect(placement)
    form = AskForm(sent(request), record=placement, user=request.user)
    return ask(
        request, form, form.write, record=placement, verb="ask_question", heading="Ask a question",
        done="Question sent. The answer will show here.",
    )  # fmt: skip
