"""What every answer says to a browser, faults and files too; and how much a request may bring."""

import uuid

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from partners.middleware import is_api

LARGEST_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # where a view does not say that it takes more: `largest_body`
IN_CLEAR = "Come by https. What you sent was readable on its way: whatever was secret in it, exchange it."
TOO_LARGE = "This is too long. Send less at once."

# Beside what Django's SecurityMiddleware and django-csp write. Passkeys stay allowed, to our own pages alone.
EVERY_ANSWER = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer", "autoplay", "camera", "display-capture", "fullscreen", "geolocation",
            "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb",
        )
    ),
}  # fmt: skip


class Headers:
    """Comes first, so that what the other middlewares answer has them as well.

    Each request has an id, in its answer too: who quotes it has what was written of it found in the log and the
    record. What does not say for how long it may be kept is not kept at all; files of ours say.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = uuid.uuid4()
        response = self.get_response(request)
        response["X-Request-ID"] = str(request.id)
        for name, value in EVERY_ANSWER.items():
            response.setdefault(name, value)
        if "Cache-Control" not in response:
            patch_cache_control(response, private=True, no_store=True)
        return response

    def process_view(self, request, view, args, kwargs):
        """403 for a program that comes in clear, and 413 for a body that is too large, before anything reads it."""
        if is_api(request) and settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return JsonResponse({"code": "in_clear", "detail": IN_CLEAR}, status=403)
        try:
            brings = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            brings = 0
        kind = getattr(view, "view_class", getattr(view, "cls", view))
        if brings <= getattr(kind, "largest_body", LARGEST_BODY):
            return None
        if is_api(request):
            return JsonResponse({"code": "too_large", "detail": TOO_LARGE}, status=413)
        context = {"sentence": TOO_LARGE, "reference": request.id}
        return render(request, "413.html", context, status=413)
