"""Pages on which a person's answers are recorded and taken back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from .consent_forms import AnswerForm, WithdrawForm
from .models import Consent, Offender
from .steps import ask
from .views import worked_person
from .workflow import TooLate


def record_consent(request, pk):
    """Write down a person's answer, yes or no."""
    offender = worked_person(request, pk, "offenders.add_consent")
    form = AnswerForm(request.POST if request.method == "POST" else None)
    return ask(
        request, form, lambda: Consent.record(offender, by=request.user, **form.cleaned_data),
        record=offender, verb="record_consent", heading="Record an answer about consent", button="Record",
        back=reverse("offenders:sharing", args=[offender.pk]), done="Their answer is on the record.",
        consequence="It holds from now on, in place of an earlier answer for the same purpose and agency. "
        "They may answer again, or withdraw, at any time.",
    )  # fmt: skip


def withdraw_consent(request, pk, consent):
    """The person takes back what they had agreed to."""
    offender = get_object_or_404(Offender.objects.visible_to(request.user), pk=pk)
    rows = Consent.objects.visible_to(request.user).filter(offender=offender).with_names()
    consent = get_object_or_404(rows, pk=consent)
    if not consent.may_withdraw(request.user):
        raise PermissionDenied("You may not withdraw this consent.")
    back = reverse("offenders:sharing", args=[offender.pk])
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    try:
        consent.must_hold()
    except TooLate as error:
        messages.error(request, str(error))
        return redirect(back)
    return ask(
        request, form, lambda: consent.withdraw(by=request.user, **form.cleaned_data), record=offender,
        verb="withdraw_consent", heading="Withdraw consent", back=back, done="The consent is withdrawn.", danger=True,
        lead=f"{consent}, given {consent.answered_on:%-d %B %Y}, {consent.get_how_display().lower()}.",
        consequence="What it opened is closed at once. They may consent again at any time.",
    )  # fmt: skip
