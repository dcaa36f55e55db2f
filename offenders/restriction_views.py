"""Proposing that a person be restricted, or no longer, and deciding on what another proposed."""

from django.urls import reverse

from .forms import WhyForm
from .models import Restriction
from .models.restriction import PERMISSION
from .restriction_forms import STEP_FORMS, RestrictForm
from .steps import ask, take_step
from .views import worked_person

ASKED = "Nothing changes until another person who may restrict, and whose team is involved, agrees. "


def restrict(request, pk):
    """Propose to open the person to named users alone, or to change who is named."""
    offender = worked_person(request, pk, PERMISSION)
    named = offender.named_users.on().values_list("user__email", flat=True) if offender.is_restricted else []
    form = RestrictForm(request.POST if request.method == "POST" else None, initial={"people": "\n".join(named)})
    what = Restriction.What.CHANGE if offender.is_restricted else Restriction.What.RESTRICT
    return _propose(
        request, offender, form, what, danger=True,
        consequence=f"{ASKED}Then this person no longer exists to anyone but those named: not in lists, searches or "
        "counts. Whoever agrees is named too.",
    )  # fmt: skip


def unrestrict(request, pk):
    """Propose to open the person again to every agency that is involved with them."""
    form = WhyForm(request.POST if request.method == "POST" else None)
    return _propose(
        request, worked_person(request, pk, PERMISSION), form, Restriction.What.END,
        consequence=f"{ASKED}Then every agency that is involved can see this person again.",
    )  # fmt: skip


def _propose(request, offender, form, what, **context):
    def write():
        answers = form.cleaned_data
        users = answers.get("people", [])
        return Restriction.propose(offender, by=request.user, what=what, users=users, reason=answers["reason"])

    return ask(
        request, form, write, record=offender, verb=f"restriction.{what}", heading=what.label, button="Propose",
        back=reverse("offenders:sharing", args=[offender.pk]), done="Proposed. Another person is to agree to it.",
        **context,
    )  # fmt: skip


def decide(request, pk, verb):
    """Agree to what another proposed, or refuse it."""
    return take_step(request, pk, verb, model=Restriction, step_forms=STEP_FORMS)
