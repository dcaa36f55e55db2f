"""The pages of messages that were not delivered."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse

from partners.frame.pages import ListPage
from partners.notices.views import tabs

from .steps import ask
from .undelivered import SEE_TO, undelivered, what_to_do, whom, with_people
from .undelivered_forms import SeeToForm, UndeliveredFilter


class UndeliveredList(ListPage):
    """Those that nobody has seen to, the latest first."""

    template_name = "offenders/undelivered.html"
    permission_required = SEE_TO
    verb = "notice"
    filterset_class = UndeliveredFilter
    orders = {"-due": ("-send_at", "-id"), "due": ("send_at", "id")}

    def scope(self):
        return undelivered(self.request.user)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(tabs=tabs(self.request), **kwargs)
        rows = with_people(context["page"].rows, self.request.user)
        context["rows"] = [(notice, whom(notice), *what_to_do(notice, self.request.user)) for notice in rows]
        return context


def see_to_notice(request, pk):
    """Say what was done instead."""
    user, back = request.user, reverse("offenders:undelivered")
    if not user.has_perm(SEE_TO):
        raise PermissionDenied("You may not see to messages.")
    (notice,) = with_people([get_object_or_404(undelivered(user), pk=pk)], user)
    form = SeeToForm(request.POST if request.method == "POST" else None, record=notice, user=user)
    return ask(
        request, form, form.write, record=notice, verb="see_to", heading="Seen to", button="It is seen to", back=back,
        done="Seen to, with your name and what you did.",
    )  # fmt: skip
