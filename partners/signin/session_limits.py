"""No session outlives its use: after some minutes without anything done it ends, wherever its cookie is."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from partners.audit.models import Event
from partners.middleware import ActingMiddleware, is_api

UNSENT = "unsent"  # what was sent too late, in the session of whoever signs in next
NOT_CARRIED = {"csrfmiddlewaretoken", "once"}
# nor is what holds a password or a code: no row keeps one as it was typed
NOT_KEPT = ActingMiddleware.OWN | {
    "sign_in", "account_login", "admin:login", "sign_out", "admin:logout", "signin:stay", "signin:confirm",
    "offenders:search",
}  # fmt: skip
KEPT_SIGNS = 100_000
ENDED = "You were signed out, because nothing was done here for {} minutes. Sign in to go on."

LEFT = "Your agency says that you are no longer signed in there, or gave no answer. Sign in again."


def idle_limit(user):
    """How long a session of this user lasts without use: shorter in a role that opens the back office."""
    return settings.IDLE_PRIVILEGED if user.is_staff else settings.IDLE


def sent(form):
    """What was sent with a form, to be sent again: [(name, value)]."""
    return [(name, value) for name, values in form.lists() if name not in NOT_CARRIED for value in values]


def time_left(request):
    """(seconds until the session ends unless it is used, seconds until it ends anyway); None where there is none."""
    row = getattr(request.session, "row", None)
    if row is None or SESSION_KEY not in request.session:
        return None
    now = timezone.now()
    anyway = (row.expire_date - now).total_seconds()
    unused = (row.seen_at + idle_limit(request.user) - now).total_seconds()
    return int(min(unused, anyway)), int(anyway)


class SessionLimits:
    """Ends what was not used for too long, and notes that it is used. Comes after the hat, on which the limit depends.

    Asking how long is left is no use of it. What was sent with a session that had ended is kept for whoever's it was,
    until they sign in with this browser.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user, row = request.user, getattr(request.session, "row", None)
        if row is None or not user.is_authenticated or SESSION_KEY not in request.session:
            return self.get_response(request)
        limit = idle_limit(user)
        is_over = row.seen_at + limit <= timezone.now()
        if request.path == reverse("signin:time_left") or (is_over and request.path == reverse("signin:stay")):
            return self.get_response(request)  # the script's: of one that is over it learns so, and nothing else
        if is_over:
            Event.objects.record(Event.Kind.SIGN_IN, "session.idle", by=user)
            logout(request)
            request.was_of = user
            if not request.path.startswith("/api/"):
                messages.info(request, ENDED.format(int(limit.total_seconds() // 60)))
        elif (provided := getattr(row, "provided", None)) and not provided.holds():
            Event.objects.record(Event.Kind.SIGN_IN, "session.end_by_provider", by=user)
            logout(request)
            if not request.path.startswith("/api/"):
                messages.info(request, LEFT)
        else:
            row.used(request)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """Comes after the check that the form is ours, so that nobody else's is kept for them to send."""
        user = getattr(request, "was_of", None)
        if user is None or request.method != "POST" or is_api(request) or request.FILES:
            return None
        carried = sent(request.POST)
        if request.resolver_match.view_name in NOT_KEPT or sum(len(value) for _, value in carried) > KEPT_SIGNS:
            return None
        request.session[UNSENT] = {"user": str(user.pk), "there": request.get_full_path(), "sent": carried}
        return redirect(reverse("sign_in", query={"next": reverse("signin:unsent")}))
