"""What one was told, and how one wants to hear; and the page for whoever holds the address that came with a message."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from partners.audit.models import Event
from partners.frame.pages import ListPage

from .filters import NoticeFilter
from .forms import PreferencesForm
from .models import Notice
from .occasions import URGENT

# pages of the apps above that stand beside one's own: functions of the user that return (label, address), or None
BESIDE = []


def tabs(request):
    """The pages about messages that this user may open."""
    pages = [("What you were told", reverse("notices:list")), ("What you hear", reverse("notices:preferences"))]
    pages += [page for beside in BESIDE if (page := beside(request.user))]
    return [(label, address, address == request.path) for label, address in pages]


class NoticeList(ListPage):
    """What one was told, the latest first."""

    template_name = "notices/list.html"
    permission_required = ()
    verb = "notice"
    filterset_class = NoticeFilter
    orders = {"-sent": ("-send_at", "-id"), "sent": ("send_at", "id")}

    def scope(self):
        return Notice.objects.to(self.request.user).select_related("digest")

    def get_context_data(self, **kwargs):
        return super().get_context_data(tabs=tabs(self.request), **kwargs)


def preferences(request):
    """How one wants to hear of what."""
    form = PreferencesForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        form.write()
        messages.success(request, "Saved. It holds for what is written from now on.")
        return redirect("notices:preferences")
    Event.objects.record(Event.Kind.CONSULTATION, "preferences.view", by=request.user)
    context = {"form": form, "tabs": tabs(request), "urgent": [one.label for one in URGENT]}
    return render(request, "notices/preferences.html", context, status=422 if form.errors else 200)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_messages(request, token):
    """Asks whether messages should stop; a POST stops them. Says nothing of anyone: whoever finds it learns nothing.

    To open it changes nothing: programs open addresses that stand in messages.
    """
    notice = Notice.of_stop_token(token)
    if notice is None:
        raise Http404
    if request.method == "POST":
        notice.stop()
    return render(request, "notices/stop.html", {"stopped": request.method == "POST"})
