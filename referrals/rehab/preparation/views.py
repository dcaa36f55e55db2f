"""Courses and detoxes before the stay: the list of them, and arranging one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect

from offenders.steps import ask
from partners.frame.pages import ListPage
from referrals.rehab.models import Case, Preparation
from referrals.rehab.placement_views import sent
from referrals.rehab.workflow import Phase

from .filters import PreparationFilter
from .forms import ArrangeForm


class PreparationList(ListPage):
    """Those planned and under way; others when asked for."""

    template_name = "rehab/preparation/list.html"
    permission_required = "rehab.view_preparation"
    verb = "preparation"
    filterset_class = PreparationFilter
    orders = {"day": ("starts_on", "id"), "-day": ("-starts_on", "-id")}

    def scope(self):
        rows = preparations(self.request.user)
        return rows if self.request.GET.get("status") else rows.open()


def preparations(user):
    """What pages and API start from."""
    return Preparation.objects.visible_to(user).with_names()


def arrange(request, pk):
    """Plan a course or a detox for the person of this case."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_names(), pk=pk)
    if not Preparation.may_arrange(request.user, case):
        raise PermissionDenied("You may not arrange a preparation for this person.")
    if case.phase in (Phase.CLOSED, Phase.IN_REHAB):
        messages.error(request, f"This case is {case.get_phase_display().lower()}: nothing is arranged before a stay.")
        return redirect(case)
    form = ArrangeForm(sent(request), record=case, user=request.user)
    return ask(
        request, form, form.write, record=case, verb="arrange_preparation", heading="Arrange a course or detox",
        button="Arrange it", done="Arranged.",
    )  # fmt: skip
