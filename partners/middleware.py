"""Under which role a request acts, and what is written of those refused."""

from allauth.account.adapter import get_adapter
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from structlog.contextvars import bind_contextvars

from .audit.models import Event

UNDONE = {"40P01", "40001"}  # deadlock, and what cannot be put in order with another
SEND_AGAIN = "Someone else changed the same things at the same moment, so nothing you sent was saved. Send it again."
NO_NULL = "An address cannot hold a null character."


def is_api(request):
    """Whether this is asked of the API, once the address is resolved."""
    return request.resolver_match.namespaces[:1] == ["api"]


def came_from(request):
    """The IP address that a request comes from, as far as proxies of ours say; None where nothing says so."""
    try:
        return get_adapter().get_client_ip(request)
    except PermissionDenied:
        return None


def way_on(request, otherwise="/"):
    """Where to go on to, as the form or the address says, where that is an address of ours."""
    there = request.POST.get("next") or request.GET.get("next") or ""
    secure = request.is_secure()
    return there if url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=secure) else otherwise


def acting(user, request, hat=None):
    """This user, in this hat from now on, with where the request comes from."""
    return user.act_as(hat, request_id=request.id, ip_address=came_from(request))


class ActingMiddleware:
    """Puts the hat on, before any view looks; and records what was refused, after.

    The hat is looked up anew on each request, so that a membership that ended, or a role taken
    away, is gone on the very next one.
    """

    # what someone without a hat may still open
    OPEN = frozenset({
        "hats", "wear_hat", "sign_out", "stop_messages", "answer", "answer_link", "calendar_feed", "signin:sessions",
        "signin:end_session", "signin:end_others", "signin:time_left", "signin:stay", "signin:confirm",
        "signin:unsent", "csp_report",
    })  # fmt: skip
    # nor does it take a role to look after how one signs in
    OWN = frozenset({
        "mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_remove_webauthn",
        "mfa_authenticate", "mfa_login_webauthn", "signin:codes", "signin:password", "signin:forgotten",
        "signin:forgotten_sent", "signin:new_password",
    })  # fmt: skip

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.encoding = "utf-8"  # whatever it claims: of other names for encodings, some decode no text at all
        user = request.user
        if user.is_authenticated:
            chosen = request.session.get("membership")
            hats = user.live_memberships
            if chosen:  # one that ended is not quietly exchanged for another
                hat = next((m for m in hats if str(m.pk) == chosen), None)
            else:
                hat = hats[0] if len(hats) == 1 else None
            bind_contextvars(user=str(user.pk))  # to each line of the log
            acting(user, request, hat)
        response = self.get_response(request)
        if user.is_authenticated:  # nothing of it stays in a browser that the next person uses
            patch_cache_control(response, private=True, no_store=True)
            if not request.user.is_authenticated:  # signed out by this very request
                response["Clear-Site-Data"] = '"cache", "storage"'
        self._record_refusal(request, response)
        return response

    def process_view(self, request, view, args, kwargs):
        match = request.resolver_match
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            if is_api(request):
                return JsonResponse({"code": "invalid", "detail": NO_NULL}, status=400)
            raise BadRequest(NO_NULL)
        sent = request.POST.lists() if request.method == "POST" and not is_api(request) else []
        if any("\0" in text for name, values in sent for text in (name, *values)):
            raise BadRequest("A form cannot hold a null character.")
        if not request.user.is_authenticated or request.user.membership or match.view_name in self.OPEN | self.OWN:
            return None
        if is_api(request):
            sentence = "You have no live membership, or several: choose one at /hats/ first."
            return JsonResponse({"code": "no_membership", "detail": sentence}, status=403)
        if match.captured_kwargs and not request.user.live_memberships:  # whoever has several is only asked which
            self._refused(request, 403)
        after = {"next": request.get_full_path()} if request.method == "GET" else {}
        return redirect(reverse("hats", query=after))

    def process_exception(self, request, error):
        """Of two that waited for each other PostgreSQL undoes one, all of it; whoever sent it may send it again."""
        if getattr(error.__cause__, "sqlstate", "") not in UNDONE:
            return None
        if is_api(request):
            return JsonResponse({"code": "too_late", "detail": SEND_AGAIN}, status=409)
        return render(request, "409.html", {"sentence": SEND_AGAIN, "reference": request.id}, status=409)

    def _record_refusal(self, request, response):
        """403, and 404 for a row by its id, in the address or sent: someone asked for what is not theirs to know."""
        match = request.resolver_match
        if not (match and request.user.is_authenticated) or response.status_code not in (403, 404):
            return
        if response.status_code == 404 and not match.captured_kwargs and request.method != "POST":
            return
        self._refused(request, response.status_code)

    def _refused(self, request, status):
        match = request.resolver_match
        Event.objects.record(
            Event.Kind.REFUSED,
            str(status),
            by=request.user,
            address=match.view_name,
            method=request.method,
            asked={key: str(value)[:100] for key, value in match.captured_kwargs.items()},
        )
