"""Under which role a request acts, and what is written of those refused."""

import uuid

from django.core.exceptions import BadRequest
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control

from .audit.models import Event

UNDONE = {"40P01", "40001"}  # deadlock, and what cannot be put in order with another
SEND_AGAIN = "Someone else changed the same things at the same moment, so nothing you sent was saved. Send it again."


def is_api(request):
    """Whether this is asked of the API, once the address is resolved."""
    return request.resolver_match.namespaces[:1] == ["api"]


class ActingMiddleware:
    """Puts the hat on, before any view looks; and records what was refused, after.

    The hat is looked up anew on each request, so that a membership that ended, or a role taken
    away, is gone on the very next one.
    """

    # what someone without a hat may still open
    OPEN = frozenset({"hats", "wear_hat", "sign_out", "stop_messages", "answer", "answer_link"})

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = uuid.uuid4()
        request.encoding = "utf-8"  # whatever it claims: of other names for encodings, some decode no text at all
        user = request.user
        if user.is_authenticated:
            chosen = request.session.get("membership")
            hats = user.live_memberships
            if chosen:  # one that ended is not quietly exchanged for another
                hat = next((m for m in hats if str(m.pk) == chosen), None)
            else:
                hat = hats[0] if len(hats) == 1 else None
            user.act_as(hat, request_id=request.id, ip_address=request.META.get("REMOTE_ADDR") or None)
        response = self.get_response(request)
        if user.is_authenticated:  # nothing of it stays in a browser that the next person uses
            patch_cache_control(response, private=True, no_store=True)
        self._record_refusal(request, response)
        return response

    def process_view(self, request, view, args, kwargs):
        match = request.resolver_match
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("An address cannot hold a null character.")
        sent = request.POST.lists() if request.method == "POST" and not is_api(request) else []
        if any("\0" in text for name, values in sent for text in (name, *values)):
            raise BadRequest("A form cannot hold a null character.")
        if not request.user.is_authenticated or request.user.membership or match.view_name in self.OPEN:
            return None
        if is_api(request):
            sentence = "You have no live membership, or several: choose one at /hats/ first."
            return JsonResponse({"code": "no_membership", "detail": sentence}, status=403)
        after = {"next": request.get_full_path()} if request.method == "GET" and not request.htmx else {}
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
        Event.objects.record(
            Event.Kind.REFUSED,
            str(response.status_code),
            by=request.user,
            address=match.view_name,
            method=request.method,
            asked={key: str(value)[:100] for key, value in match.captured_kwargs.items()},
        )
