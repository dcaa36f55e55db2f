"""Pages of placements, of progress in them, and of rehab units."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode

from offenders import panels
from offenders.amend import attach
from offenders.steps import ask
from partners.audit.models import Event
from partners.frame.pages import ListPage, RecordPage
from partners.frame.paging import capped_count
from referrals.models import Task

from .deadlines import to_answer
from .funding.views import of_stay
from .models import Absence, Case, Placement, PlacementQuestion, Progress, RehabUnit
from .placement_filters import PlacementFilter
from .placement_forms import ProgressForm
from .workflow import Asked, Away, Stay


def placements(user):
    """What pages and API start from."""
    return Placement.objects.visible_to(user).with_names().with_day().with_leave(user)


class PlacementList(ListPage):
    template_name = "rehab/placement/list.html"
    permission_required = "rehab.view_placement"
    verb = "placement"
    filterset_class = PlacementFilter
    orders = {
        "-requested": ("-requested_on", "-id"),
        "requested": ("requested_on", "id"),
        "day": ("day", "id"),
        "-day": ("-day", "-id"),
    }

    def scope(self):
        return placements(self.request.user)

    def get_context_data(self, **kwargs):
        return super().get_context_data(tabs=list(self.tabs()), **kwargs)

    def tabs(self):
        """Where placements stand, in the order of the work: (label and how many, address, whether it is this page)."""
        asks = self.request.user.has_perm("rehab.request_placement")
        views = [
            ("Waiting for an answer" if asks else "Requests to answer", [Stay.REQUESTED], "requested"),
            ("Expected", [Stay.OFFERED, Stay.BOOKED], "day"),
            ("In house", [Stay.ARRIVED], "day"),
            ("Departed lately", [Stay.DEPARTED], "-day"),
        ]
        chosen = self.request.GET.getlist("status")
        yield "All", self.request.path, not chosen
        for label, statuses, sort in views:
            if Stay.DEPARTED not in statuses:
                rows = Placement.objects.visible_to(self.request.user).filter(status__in=statuses)
                label = f"{label} ({capped_count(rows)})"
            query = urlencode({"status": statuses, "sort": sort}, doseq=True)
            yield label, f"?{query}", sorted(chosen) == sorted(statuses)


class PlacementPage(RecordPage):
    template_name = "rehab/placement/detail.html"
    verb = "placement"

    def scope(self):
        return placements(self.request.user)

    def get_context_data(self, **kwargs):
        stay, user = self.object, self.request.user
        attach([stay], user)
        steps = sorted(stay.steps_for(user).items(), key=lambda pair: pair[1].target == stay.status)
        steps = [(step.label, reverse(f"rehab:placement_{verb}", args=[stay.pk])) for verb, step in steps]
        may_log = stay.arrived_on and stay.may_log(user)
        absences = attach(Absence.objects.visible_to(user).filter(placement=stay).with_names(), user)
        away = next((absence for absence in absences if absence.status == Away.AWAY), None)
        if away and away.may(user, "return"):
            steps.insert(0, ("Record the return", away.return_url))
        elif not away and stay.status == Stay.ARRIVED and Absence.may_record(user, stay):
            steps.append(("Record that they are away", reverse("rehab:absence_add", args=[stay.pk])))
        tasks = Task.objects.visible_to(user).about(stay.pk).open().with_names()
        legs = Placement.objects.visible_to(user).select_related("unit")
        if may_log:
            steps.insert(0, ("Record progress", reverse("rehab:progress_add", args=[stay.pk])))
        if stay.is_ahead and PlacementQuestion.may_ask(user, stay):
            steps.append(("Ask a question", reverse("rehab:question_ask", args=[stay.pk])))
        return super().get_context_data(
            answer=to_answer(stay).open().first(),
            why=panels.why(user, stay.offender),
            steps=steps,
            may_log=may_log,
            money=of_stay(user, stay),
            absences=absences,
            away=away,
            checklist=[task for task in tasks if task.kind == Task.Kind.CHECKLIST],
            tasks=[task for task in tasks if task.kind != Task.Kind.CHECKLIST],
            before=legs.filter(pk=stay.continues_id).first(),
            after=legs.filter(continues=stay).first(),
            case=Case.objects.visible_to(user).filter(pk=stay.case_id).first(),
            questions=self.questions(),
            progress=attach(Progress.objects.visible_to(user).filter(placement=stay).with_names(), user),
            **kwargs,
        )

    def questions(self):
        """What the rehab asked, each with `answer_url` where the answer is the user's to give."""
        stay, user = self.object, self.request.user
        rows = PlacementQuestion.objects.visible_to(user).filter(placement=stay).with_leave(user).with_names()
        rows = attach(rows, user)
        Event.objects.shown("placementquestion.list", rows, by=user, subject=stay)
        may = user.has_perm("rehab.answer_placementquestion") and Placement.objects.held_by(user).filter(pk=stay.pk)
        for row in rows if may else ():
            if row.status == Asked.ASKED:
                row.answer_url = reverse("rehab:question_answer", args=[row.pk])
        return rows


def sent(request):
    """What a form is given: the answers sent, even none of them."""
    return request.POST if request.method == "POST" else None


def add_progress(request, pk):
    """Log a week in rehab."""
    stay = get_object_or_404(Placement.objects.visible_to(request.user).with_names(), pk=pk)
    if not stay.may_log(request.user):
        raise PermissionDenied("You may not record progress on this placement.")
    if not stay.arrived_on:
        messages.error(request, "Progress is recorded once the person has arrived.")
        return redirect(stay)
    form = ProgressForm(sent(request), record=stay, user=request.user)
    return ask(
        request, form, form.write, record=stay, verb="progress", heading="Record progress", done="Progress recorded."
    )


class UnitList(ListPage):
    template_name = "rehab/placement/units.html"
    permission_required = ("rehab.view_rehabunit", "rehab.view_placement")
    verb = "rehab_unit"
    orders = {"name": ("name", "id")}

    def scope(self):
        return units(self.request.user)


def units(user):
    """What pages and API start from: units that take people today, with what is free in each."""
    return RehabUnit.objects.visible_to(user).on().select_related("agency").with_free_places().with_next_departure(user)
