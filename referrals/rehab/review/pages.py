"""Looking into caseloads in the back office: the team, one worker's caseload, one case."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry
from offenders.steps import ask
from partners.audit.models import Event
from partners.models import User
from referrals.models import Deadline, Task
from referrals.rehab.load import of_worker
from referrals.rehab.models import Case, FollowUp, Review, gaps

from . import figures
from .forms import STEP_FORMS
from .views import last_review

MOST, LINES = 200, 40  # cases of one worker, and lines of a timeline, on a page


def _only_who_reviews(user):
    if not user.has_perm("rehab.begin_review"):
        raise PermissionDenied("Caseloads are for supervisors of the team to look into.")


def team(request, **context):
    """Each of the team: how much they carry, and what is overdue."""
    user = request.user
    _only_who_reviews(user)
    Event.objects.record(Event.Kind.CONSULTATION, "caseload.team", by=user)
    context |= {
        "title": "The team",
        "lines": figures.team(user),
        "labels": [label for _, label, *_ in figures.COLUMNS],
        "co_workers": figures.co_workers(user),
        "trend": figures.trend(user),
    }
    return TemplateResponse(request, "admin/rehab/case/team.html", context)


def caseload(request, pk, **context):
    """What one worker holds, what is to be reviewed first, and how it was over the last weeks."""
    user = request.user
    _only_who_reviews(user)
    worker = get_object_or_404(User, pk=pk)
    line = next((line for line in figures.team(user) if line.user == worker), None)
    if line is None:
        raise Http404
    rows = Case.objects.visible_to(user).held_by(user).open().filter(facilitator=worker)
    rows = (
        rows.with_names().with_review().with_last_contact(by=user).with_stay().order_by("-is_picked", "review_on", "pk")
    )
    rows = list(rows[:MOST])
    Event.objects.shown("caseload.view", rows, by=user, worker=str(worker.pk))
    context |= {
        "title": f"Caseload of {worker}",
        "line": line,
        "cases": rows,
        "most": MOST,
        "today": timezone.localdate(),
        "mine": worker == user,
        "trend": figures.trend(user, worker),
    }
    return TemplateResponse(request, "admin/rehab/case/caseload.html", context)


def review(request, pk, **context):
    """One case on one page: how it stands, what changed, what was asked last time; and what is seen now."""
    user = request.user
    rows = Case.objects.visible_to(user).with_names().with_last_contact(by=user).with_review().with_stay().with_plan()
    case = get_object_or_404(rows, pk=pk)
    if not Review.may_begin(user, case):
        raise PermissionDenied("You may not review this case. Nobody reviews their own.")
    under_way = case.reviews.open().with_names().first()
    if case.closed_on and not under_way:
        messages.error(request, "This case is closed: there is nothing to review.")
        return redirect("admin:rehab_case_change", case.pk)
    if under_way and under_way.by != user:
        messages.error(request, f"{under_way.by} is reviewing this case. It can be set aside here.")
        return redirect("admin:rehab_review_change", under_way.pk)
    draft = under_way or Review(case=case, facilitator=case.facilitator, by=user)
    verb = "write" if "write" in request.POST else "finish"
    form = STEP_FORMS[verb](request.POST if request.method == "POST" else None, record=draft, user=user)

    def write():
        if form.record._state.adding:
            form.record = Review.begin(case, by=user)
        form.take(verb)

    kept = verb == "write"
    done = "Kept. Nobody but those who review reads it yet." if kept else "Review signed off."
    back = reverse("admin:rehab_case_review", args=[pk]) if kept else _caseload_of(case)
    return ask(
        request, form, write, record=case, verb="review", heading=f"Review of {case.offender}", done=done,
        template="admin/rehab/case/review.html", back=back, title=f"Review of {case}", case=case,
        under_way=under_way, **_how_it_stands(user, case), **context,
    )  # fmt: skip


def _caseload_of(case):
    return reverse("admin:rehab_case_worker", args=[case.facilitator_id])


def _how_it_stands(user, case):
    """What a reviewer reads before they write; recorded as shown."""
    last = last_review(user, case)
    since = last.finished_on if last else case.opened_on
    changed = Entry.objects.visible_to(user).filter(offender=case.offender_id, happened_at__date__gte=since)
    counts = dict(changed.order_by().values_list("kind").annotate(Count("pk")))
    lines = list(changed.with_names().newest_first()[:LINES])
    tasks = list(Task.objects.visible_to(user).about(case.pk).open().with_names())
    Event.objects.shown("entry.list", lines or [case], by=user, subject=case)
    Event.objects.shown("task.list", tasks, by=user, subject=case)
    due = FollowUp.objects.visible_to(user).planned().filter(case=case).order_by("due_on")
    return {
        "last": last,
        "since": since,
        "counts": [(label, counts[kind]) for kind, label in Entry.Kind.choices if kind in counts],
        "entries": lines,
        "lines": LINES,
        "tasks": tasks,
        "gaps": [domain.label for domain in gaps(case)],
        "deadlines": list(Deadline.objects.visible_to(user).open().filter(referral=case.referral_id)),
        "follow_ups": list(due),
        "load": of_worker(user, case.facilitator),
        "today": timezone.localdate(),
    }
