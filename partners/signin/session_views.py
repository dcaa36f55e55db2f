"""Where one is signed in, how long still, and confirming that it is still oneself."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from partners.audit.models import Event
from partners.middleware import way_on

from .recent import FILES
from .session_forms import ConfirmForm
from .session_limits import UNSENT, sent
from .session_limits import time_left as left
from .sessions import Session

KEPT = "sent-"  # before the names of what was sent, while the page that asks carries it


@require_GET
def sessions(request):
    """Where this user is signed in: each browser, since when, and when it was last used."""
    rows = Session.objects.of(request.user)
    here = request.session.session_key
    context = {"rows": rows, "here": here, "others": any(row.pk != here for row in rows)}
    Event.objects.record(Event.Kind.CONSULTATION, "session.list", by=request.user, rows=len(rows))
    return render(request, "signin/sessions.html", context)


@require_POST
def end_session(request, handle):
    """End one of their own, elsewhere; this one ends by signing out."""
    rows = Session.objects.of(request.user).exclude(pk=request.session.session_key).filter(handle=handle)
    if not rows.exists():
        raise Http404
    rows.end("session.end", by=request.user, user=request.user)
    messages.success(request, "That browser is signed out.")
    return redirect("signin:sessions")


@require_POST
def end_others(request):
    """Sign out everywhere else."""
    rows = Session.objects.exclude(pk=request.session.session_key)
    rows.end("session.end_others", by=request.user, user=request.user)
    messages.success(request, "You are signed out everywhere but here.")
    return redirect("signin:sessions")


@never_cache
@require_GET
def time_left(request):
    """Seconds until the session ends unless used, and until it ends anyway, for the script that warns."""
    unused, anyway = left(request) or (0, 0)
    return JsonResponse({"unused": unused, "anyway": anyway})


@require_POST
def stay(request):
    """It is in use: sent by the script that warns, while someone types or says so."""
    return HttpResponse(status=204)


def _gives_a_file(there):
    try:
        return resolve(there.partition("?")[0]).view_name in FILES
    except Resolver404:
        return False


def ask_to_confirm(request, there, *, form=None, carried=None, status=200):
    """The page that asks. `carried` is what was sent to `there`: it stays in this page until it is sent again."""
    context = {"form": form or ConfirmForm(request=request), "next": there, "carried": carried, "kept": KEPT}
    return render(request, "signin/confirm.html", context, status=status)


@sensitive_post_parameters()
@never_cache
def confirm(request):
    """It is them: then on to where they were going, or to send again what they had sent."""
    there = way_on(request)
    if request.method != "POST":
        return ask_to_confirm(request, there)
    carried = None
    if "is_sent" in request.POST:
        kept = [(name, value) for name, value in sent(request.POST) if name.startswith(KEPT)]
        carried = [(name.removeprefix(KEPT), value) for name, value in kept]
    form = ConfirmForm(request.POST, request=request)
    if not (form.provider or request.session.row.claim_try()):
        Event.objects.record(Event.Kind.SIGN_IN, "session.not_confirmed", by=request.user, ended=True)
        logout(request)
        messages.error(request, "That was wrong too often, so you were signed out. Sign in again.")
        return redirect("sign_in")
    if not form.is_valid():
        Event.objects.record(Event.Kind.SIGN_IN, "session.not_confirmed", by=request.user)
        return ask_to_confirm(request, there, form=form, carried=carried, status=422)
    if not form.provider:
        request.session.confirm()
        Event.objects.record(Event.Kind.SIGN_IN, "session.confirm", by=request.user)
    if carried is not None or _gives_a_file(there):
        return render(request, "signin/confirmed.html", {"next": there, "carried": carried})
    return redirect(there)


@never_cache
@require_GET
def unsent(request):
    """What they had sent when their session was over, to be sent now; of somebody else's nothing."""
    kept = request.session.pop(UNSENT, None)
    if not kept or kept["user"] != str(request.user.pk):
        return redirect("home")
    return render(request, "signin/confirmed.html", {"next": kept["there"], "carried": kept["sent"]})
