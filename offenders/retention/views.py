"""The pages of retention: whose records are due, one person's, and what was decided."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse

from offenders.steps import ask, steps_of, take_step
from partners.frame.pages import ListPage, RecordPage

from .forms import ACTS, DECISION_FORMS, HOLD_FORMS, DecisionFilter, ScheduleFilter
from .models import VIEW, Decision, Hold, Schedule


def tabs(current):
    pages = [("Due for review", "retention:list"), ("Decided", "retention:decisions")]
    return [(label, reverse(name), name == current) for label, name in pages]


class ScheduleList(ListPage):
    """Whose records are due for review, or soon will be; the first due first."""

    template_name = "retention/list.html"
    permission_required = VIEW
    verb = "schedule"
    filterset_class = ScheduleFilter
    orders = {"due": ("due_on", "offender_id"), "-due": ("-due_on", "-offender_id")}

    def scope(self):
        rows = Schedule.objects.visible_to(self.request.user).with_names()
        return rows if self.request.GET.get("due") == "any" else rows.listed()

    def get_context_data(self, **kwargs):
        return super().get_context_data(tabs=tabs("retention:list"), **kwargs)


class SchedulePage(RecordPage):
    """How long one person's records are kept, why, and what was decided."""

    template_name = "retention/schedule.html"
    verb = "schedule"

    def scope(self):
        return Schedule.objects.visible_to(self.request.user).with_names()

    def get_context_data(self, **kwargs):
        record, user = self.object, self.request.user
        holds = list(Hold.objects.visible_to(user).filter(offender=record.pk).with_names())
        decisions = list(Decision.objects.visible_to(user).filter(offender=record.pk).with_names()[:20])
        verbs = [verb for verb in ACTS if record.may(user, verb)]
        return super().get_context_data(
            acts=[(ACTS[verb][0], reverse(f"retention:{verb}", args=[record.pk])) for verb in verbs],
            holds=[(hold, steps_of(hold, user, "retention:hold_")) for hold in holds],
            decisions=[(one, steps_of(one, user, "retention:decision_")) for one in decisions],
            **kwargs,
        )


class DecisionList(ListPage):
    """What was decided, the newest first: what was kept, what waits for another, what was erased."""

    template_name = "retention/decisions.html"
    permission_required = VIEW
    verb = "decision"
    filterset_class = DecisionFilter
    orders = {"-at": ("-at", "-id"), "at": ("at", "id")}

    def scope(self):
        return Decision.objects.visible_to(self.request.user).with_names()

    def get_context_data(self, **kwargs):
        return super().get_context_data(tabs=tabs("retention:decisions"), **kwargs)


class DecisionPage(RecordPage):
    """One decision. Of what was erased it says when, by whom, and how many rows; nothing else is left."""

    template_name = "retention/decision.html"
    verb = "decision"

    def scope(self):
        return Decision.objects.visible_to(self.request.user).with_names()

    def get_context_data(self, **kwargs):
        steps = steps_of(self.object, self.request.user, "retention:decision_")
        return super().get_context_data(steps=steps, **kwargs)


def act(request, pk, verb):
    """Keep the records, propose to dispose of them, change the group, or hold them."""
    record = get_object_or_404(Schedule.objects.visible_to(request.user).with_names(), pk=pk)
    if not record.may(request.user, verb):
        raise PermissionDenied("You may not decide how long these records are kept.")
    heading, form_class, done = ACTS[verb]
    form = form_class(request.POST if request.method == "POST" else None, record=record, user=request.user)
    return ask(
        request, form, form.write, record=record, verb=verb, heading=heading, done=done, caption=str(record.offender),
        back=record.get_absolute_url(), danger=verb == "dispose",
    )  # fmt: skip


def decide(request, pk, verb):
    """Confirm or refuse a disposal that another proposed, or take one's own back."""
    return take_step(request, pk, verb, model=Decision, step_forms=DECISION_FORMS)


def lift(request, pk, verb):
    """Lift a legal hold."""
    return take_step(request, pk, verb, model=Hold, step_forms=HOLD_FORMS)
