"""Saying that someone is away from rehab for a while."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect

from offenders.steps import ask

from .absence_forms import AbsenceForm
from .models import Absence, Placement
from .workflow import Stay


def add_absence(request, pk):
    stay = get_object_or_404(Placement.objects.visible_to(request.user).with_names(), pk=pk)
    if not Absence.may_record(request.user, stay):
        raise PermissionDenied("You may not record absences from this stay.")
    if stay.status != Stay.ARRIVED:
        messages.error(request, "Absences are recorded while the person is in rehab.")
        return redirect(stay)
    form = AbsenceForm(request.POST if request.method == "POST" else None, record=stay, user=request.user)
    return ask(
        request, form, form.write, record=stay, verb="absence", heading="Record that they are away", button="Record",
        done="Recorded. Their place is kept.", back=stay.get_absolute_url(),
    )  # fmt: skip
