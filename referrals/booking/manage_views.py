"""A manager's board, and the editor of when workers can be booked."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from offenders.steps import say_why
from partners.audit.models import Event
from partners.dated import midnight
from partners.frame.forms import LOST_RACE

from .board import COLUMNS, board
from .diary import given, team_of
from .manage_forms import BoardForm, ChangeHoursForm, EndForm, HoursForm, LeaveForm
from .models import Availability, Leave
from .models.availability import Weekday
from .waiting import by_age, waiting
from .workflow import Status

MANAGES = "booking.change_availability"
TO_MOVE = 50  # appointments during leave, the first of them


def asked(params):
    """The days of the board that an address asks for. Raises BadRequest."""
    form = BoardForm(params)
    if form.problem:
        raise BadRequest(form.problem)
    return form, form.cleaned_data["first"], form.cleaned_data["last"]


def figures_of(user, first, last):
    """The figures of these days; that they were shown is in the record."""
    Event.objects.shown("appointment.board", [], by=user, first=str(first), last=str(last))
    return {**board(user, first, last), "waiting": by_age(waiting(user))}


def show_board(request):
    """Free, booked and recorded, by worker and by mode; and who waits."""
    user, today = request.user, timezone.localdate()
    if not user.has_perm(MANAGES):
        raise PermissionDenied("The board is for those who manage workers.")
    form, first, last = asked(request.GET)
    days = last - first + timedelta(days=1)

    def address(begin):
        return f"{reverse('booking:board')}?first={begin}&last={begin + days - timedelta(days=1)}"

    context = {
        "form": form,
        "heading": f"{date_format(first, 'j F')} to {date_format(last, 'j F Y')}",
        "columns": COLUMNS,
        "has_past": first < today,
        "previous": address(first - days),
        "next": address(first + days),
        "this_week": None if first <= today <= last else reverse("booking:board"),
        **figures_of(user, first, last),
    }
    return TemplateResponse(request, "booking/board.html", context)


# when a worker can be booked


def _worker(request, pk):
    """Someone of the user's team: for a manager anyone, for others themselves."""
    team = team_of(request.user) if request.user.has_perm("booking.view_availability") else team_of(request.user).none()
    worker = get_object_or_404(team, pk=pk)
    if worker != request.user and not request.user.has_perm(MANAGES):
        raise PermissionDenied("You may not see when others can be booked.")
    return worker


def hours(request, pk):
    """The week of one worker as it is, and as it will be; their leave, and what is booked in it."""
    worker, user, today = _worker(request, pk), request.user, timezone.localdate()
    rows = Availability.objects.visible_to(user).filter(Q(valid_to=None) | Q(valid_to__gte=today), worker=worker)
    rows = list(rows.order_by("weekday", "starts", "valid_from"))
    leave = list(Leave.objects.visible_to(user).filter(worker=worker, valid_to__gte=today).order_by("valid_from"))
    to_move = list(_during(user, worker, leave)[:TO_MOVE])
    Event.objects.shown("availability.list", [*rows, *to_move], by=user, subject=worker)
    context = {
        "worker": worker,
        "days": [(day.label, [row for row in rows if row.weekday == day]) for day in Weekday],
        "has_hours": bool(rows),
        "leave": leave,
        "to_move": to_move,
        "may_change": user.has_perm(MANAGES),
        "today": today,
    }
    return TemplateResponse(request, "booking/hours.html", context)


def _during(user, worker, leave):
    """What is booked with the worker while they are away."""
    away = Q(pk__in=[])
    for one in leave:
        after = midnight(one.valid_to + timedelta(days=1))
        away |= Q(starts_at__gte=midnight(one.valid_from), starts_at__lt=after)
    rows = given(user).of_worker(worker).filter(away, status=Status.BOOKED, ends_at__gt=timezone.now())
    return rows.order_by("starts_at", "pk")


def add(request, pk, *, form_class, heading, done):
    """More hours, or leave, for a worker."""
    worker = _worker(request, pk)
    form = form_class(request.POST if request.method == "POST" else None, user=request.user, worker=worker)
    return _ask(request, form, worker=worker, heading=heading, done=done)


def change(request, pk, *, model, form_class, heading, done):
    """Other hours from a day on; or the last day of hours, or of leave."""
    row = get_object_or_404(model.objects.visible_to(request.user).with_names(), pk=pk)
    form = form_class(request.POST if request.method == "POST" else None, instance=row, user=request.user,
                      **({"worker": row.worker} if form_class is ChangeHoursForm else {}))  # fmt: skip
    return _ask(request, form, worker=row.worker, heading=heading, done=done, lead=f"{row}.")


def _ask(request, form, *, worker, heading, done, lead=""):
    """The page of a form about when a worker can be booked."""
    if not request.user.has_perm(MANAGES):
        raise PermissionDenied("Only a manager says when workers can be booked.")
    back = reverse("booking:hours", args=[worker.pk])
    if form.is_valid():
        try:
            with transaction.atomic():
                form.write()
        except ValidationError as error:
            say_why(form, error)
        except IntegrityError:
            form.add_error(None, LOST_RACE)
        else:
            messages.success(request, done)
            return redirect(back)
    context = {"form": form, "heading": heading, "button": heading, "caption": str(worker), "cancel_url": back,
               "lead": lead}  # fmt: skip
    return TemplateResponse(request, "frame/step.html", context, status=422 if form.errors else 200)


ADD = {
    "add_hours": {"form_class": HoursForm, "heading": "Add hours", "done": "Hours added."},
    "add_leave": {"form_class": LeaveForm, "heading": "Add leave", "done": "Leave added."},
}
CHANGE = {
    "change_hours": {"model": Availability, "form_class": ChangeHoursForm, "heading": "Change hours",
                     "done": "Hours changed."},
    "end_hours": {"model": Availability, "form_class": EndForm, "heading": "End hours", "done": "Hours ended."},
    "end_leave": {"model": Leave, "form_class": EndForm, "heading": "Change the last day of leave",
                  "done": "Leave changed."},
}  # fmt: skip
