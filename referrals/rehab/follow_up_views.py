"""Pages of follow-ups: what is due, attempts to reach people, what was found."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from offenders import panels
from offenders.amend import attach
from offenders.steps import ask
from partners.frame.pages import ListPage, RecordPage

from .follow_up_forms import AttemptForm, FollowUpForm
from .models import Case, FollowUp, FollowUpAttempt
from .placement_filters import FollowUpFilter
from .placement_views import sent


class FollowUpList(ListPage):
    """Those still to do; recorded ones when asked for."""

    template_name = "rehab/follow_up/list.html"
    permission_required = "rehab.view_followup"
    verb = "follow_up"
    filterset_class = FollowUpFilter
    orders = {"due": ("day", "id"), "-due": ("-day", "-id")}

    def scope(self):
        rows = follow_ups(self.request.user)
        return rows if self.request.GET.get("when") else rows.planned()


def follow_ups(user):
    """What pages, API and back office start from."""
    return FollowUp.objects.visible_to(user).with_names().with_day().with_leave(user).with_attempts(by=user)


class FollowUpPage(RecordPage):
    template_name = "rehab/follow_up/detail.html"
    verb = "follow_up"

    def scope(self):
        return follow_ups(self.request.user)

    def get_context_data(self, **kwargs):
        user, follow_up = self.request.user, self.object
        attach([follow_up], user)
        attempts = FollowUpAttempt.objects.visible_to(user).filter(follow_up=follow_up).with_names()
        return super().get_context_data(
            why=panels.why(user, follow_up.offender),
            attempts=attach(attempts, user),
            is_to_do=not follow_up.done_on and not follow_up.case.closed_on,
            **kwargs,
        )


def to_do(request, pk):
    """The follow-up, to be written in; where it is done, that is said."""
    follow_up = get_object_or_404(
        FollowUp.objects.visible_to(request.user).with_names().with_attempts(by=request.user), pk=pk
    )
    if not request.user.has_perm("rehab.record_followup"):
        raise PermissionDenied("You may not record follow-ups.")
    if follow_up.done_on:
        messages.error(request, "This follow-up is already recorded. Amend it instead.")
    return follow_up


def log_attempt(request, pk):
    """Write down that someone tried to reach the person."""
    follow_up = to_do(request, pk)
    if follow_up.done_on:
        return redirect(follow_up)
    form = AttemptForm(sent(request), record=follow_up, user=request.user)
    return ask(
        request, form, form.write, record=follow_up, verb="attempt", heading="Log an attempt to reach them",
        caption=f"{follow_up.offender}, {follow_up}", button="Log the attempt", done="Attempt logged.",
        back=follow_up.get_absolute_url(),
    )  # fmt: skip


def record_follow_up(request, pk):
    """Write down what a planned check found."""
    follow_up = to_do(request, pk)
    if follow_up.done_on:
        return redirect(follow_up)
    form = FollowUpForm(sent(request), record=follow_up, user=request.user)
    return ask(
        request, form, form.write, record=follow_up, verb="record", heading=f"Record the {follow_up}",
        caption=str(follow_up.offender), button="Record", cancel_url=reverse("rehab:follow_ups"),
        done="Follow-up recorded.",
    )  # fmt: skip


def add_follow_up(request, pk):
    """Record a check that was not planned."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_names(), pk=pk)
    if not request.user.has_perm("rehab.record_followup"):
        raise PermissionDenied("You may not record follow-ups.")
    form = FollowUpForm(sent(request), record=case, user=request.user)
    return ask(
        request, form, form.write, record=case, verb="add_follow_up", heading="Record a follow-up", button="Record",
        done="Follow-up recorded.",
    )  # fmt: skip
