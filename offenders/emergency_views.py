"""Opening someone in an emergency, closing it, and the queue of those to look into."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse

from partners.frame.pages import ListPage, RecordPage
from partners.frame.paging import keyset_page

from .emergency_forms import STEP_FORMS, EmergencyFilter, OpenForm, what_happens
from .models import EmergencyAccess, Offender
from .search import recognised
from .steps import ask, take_step


def open_emergency(request):
    """Asks why, of someone a search recognised; then their pages are open."""
    user = request.user
    if not user.has_perm("offenders.open_emergency"):
        raise PermissionDenied("You may not open a person in an emergency.")
    offender = recognised(user, request.POST.get("person", ""))
    if offender is None:
        messages.error(request, "Search for the person again: by a whole number, or by full name and date of birth.")
        return redirect("offenders:search")
    if Offender.objects.visible_to(user).filter(pk=offender.pk).exists():
        return redirect(offender)
    form = OpenForm(request.POST if "reason" in request.POST else None, user=user, initial=request.POST.dict())
    return ask(
        request, form, lambda: form.open().offender, record=offender, verb="emergency",
        heading="Open in an emergency", button="Open", danger=True, consequence=what_happens(),
        cancel_url=reverse("offenders:search"), done="Open. Close it as soon as you are done.",
    )  # fmt: skip


class EmergencyList(ListPage):
    """What was opened in an emergency, to be looked into by someone else."""

    template_name = "offenders/emergencies.html"
    permission_required = "offenders.review_emergency"
    verb = "emergencyaccess"
    filterset_class = EmergencyFilter
    orders = {"-opened_at": ("-opened_at", "-id"), "opened_at": ("opened_at", "id")}

    def scope(self):
        return EmergencyAccess.objects.visible_to(self.request.user).with_names()


class EmergencyPage(RecordPage):
    """One emergency access, with all that the record says was seen or done in it."""

    template_name = "offenders/emergency.html"
    verb = "emergencyaccess"

    def scope(self):
        return EmergencyAccess.objects.visible_to(self.request.user).with_names()

    def get_context_data(self, **kwargs):
        access, user = self.object, self.request.user
        steps = access.steps_for(user)
        if not access.is_live:
            steps.pop("close", None)
        seen = Offender.objects.visible_to(user).filter(pk=access.offender_id)
        return super().get_context_data(
            page=keyset_page(access.events, ("-at", "-id"), self.request.GET),
            steps=[
                (one.label, reverse(f"offenders:emergency_{verb}", args=[access.pk])) for verb, one in steps.items()
            ],
            person_url=access.offender.get_absolute_url() if seen.exists() else "",
            **kwargs,
        )


def step(request, pk, verb):
    """Close one's own, or review another's."""
    back = reverse("home") if verb == "close" else None
    return take_step(request, pk, verb, model=EmergencyAccess, step_forms=STEP_FORMS, back=back)
