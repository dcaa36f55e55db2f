"""The rehab board, and which places are out of use."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from offenders.steps import ask
from partners.audit.models import Event
from partners.frame.pages import ListPage
from referrals.rehab.models import OutOfUse, RehabUnit
from referrals.rehab.placement_views import sent, units

from . import board
from .filters import BoardFilter
from .forms import ChangeOutOfUseForm, OutOfUseForm


class Board(ListPage):
    """Units by days. Everyone counts; named are those whom the user sees."""

    template_name = "rehab/board/board.html"
    permission_required = ("rehab.view_rehabunit", "rehab.view_placement")
    verb = "board"
    filterset_class = BoardFilter
    orders = {"name": ("name", "id")}

    def scope(self):
        return units(self.request.user)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        user, shown, asked = self.request.user, context["page"].rows, context["filterset"].form.cleaned_data
        (first, last), weeks = board.days_asked(asked), board.weeks_asked(asked)
        rows = board.rows(shown, first, last, weeks)
        expected, late = board.lines(user, shown, first, last)
        out = list(OutOfUse.objects.visible_to(user).filter(unit__in=shown).not_over().with_names())
        Event.objects.shown("placement.board", {line.stay for line in [*expected, *late]}, by=user)
        today, days = timezone.localdate(), list(self.days(rows, expected))
        return context | {
            "days": days,
            "is_quiet": not any(named or others for _, _, named, others in days),
            "rows": rows,
            "late": late,
            "weeks": weeks,
            "fits": sorted((row for row in rows if row.next_free), key=lambda row: (row.next_free, row.unit.name)),
            "out": sorted(out, key=lambda row: (row.unit.name, row.valid_from)),
            "may_put_out": user.has_perm("rehab.add_outofuse"),
            "first": first,
            "last": last,
            "today": today,
            "turns": [
                ("Earlier", first - board.SHOWN * board.ONE_DAY, "previous"),
                *([] if first <= today <= last else [("This week", None, "")]),
                ("Later", last + board.ONE_DAY, "next"),
            ],
        }

    def days(self, rows, expected):
        """[(day, the cells of all units, those expected whom the user sees, how many others)]."""
        for n in range(board.SHOWN):
            cells = [row.cells[n] for row in rows]
            if not cells:
                return
            named = [line for line in expected if line.on == cells[0].on]
            yield cells[0].on, cells, named, sum(cell.arrive + cell.leave for cell in cells) - len(named)


def add_out_of_use(request, pk):
    """Put places of a unit out of use."""
    unit = get_object_or_404(RehabUnit.objects.visible_to(request.user).select_related("agency"), pk=pk)
    if not OutOfUse.may_add(request.user, unit):
        raise PermissionDenied("You may not put places of this unit out of use.")
    form = OutOfUseForm(sent(request), record=unit, user=request.user)
    return ask(
        request, form, form.write, record=unit, verb="out_of_use", heading="Put places out of use",
        button="Put out of use", done="Places put out of use.", back=reverse("rehab:board"),
    )  # fmt: skip


def change_out_of_use(request, pk):
    """They were others, or are in use again from another day."""
    row = get_object_or_404(OutOfUse.objects.visible_to(request.user).with_names(), pk=pk)
    if not OutOfUse.objects.changeable_by(request.user).filter(pk=row.pk).exists():
        raise PermissionDenied("You may not change which places of this unit are out of use.")
    form = ChangeOutOfUseForm(sent(request), record=row, user=request.user)
    return ask(
        request, form, form.write, record=row, verb="change", heading="Change places out of use", button="Save",
        done="Saved.", back=reverse("rehab:board"),
    )  # fmt: skip
