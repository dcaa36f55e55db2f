"""What belongs to no room: home, and the pages of errors."""

import contextlib
import json
import logging
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import get_template
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from partners.audit.models import Event
from partners.roles import ROLES

from .context import navigation_of
from .home import at_a_glance, panels_for

DIRECTIVES = {"script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr",
              "img-src", "font-src", "connect-src", "frame-src", "form-action", "base-uri", "object-src"}  # fmt: skip
logger = logging.getLogger(__name__)


def home(request):
    """What is now for this hat to do. Where panels show people, that is recorded."""
    panels = panels_for(request.user)
    if shown := [row for panel in panels for row in panel.shown]:
        Event.objects.shown("home.view", shown, by=request.user)
    hat = request.user.membership
    context = {
        "glance": at_a_glance(panels),
        "panels": [panel for panel in panels if not panel.is_empty],
        "empty": [panel for panel in panels if panel.is_empty],
        "role": hat.get_role_display(),
        "sees": ROLES[hat.role].rows,
    }
    return render(request, "home.html", context)


def more(request):
    """What the menu has no room for."""
    return render(request, "more.html", {"rarer": navigation_of(request.user)[1]})


def _error(request, status, sentence=""):
    context = {"sentence": sentence, "reference": getattr(request, "id", "")}
    return render(request, f"{status}.html", context, status=status)


def bad_request(request, exception=None):
    return _error(request, 400, str(exception) if exception else "")


def forbidden(request, exception=None):
    return _error(request, 403, str(exception) if exception else "")


def not_found(request, exception=None):
    return _error(request, 404)


def server_error(request):
    """Needs neither database nor session: either may be what failed."""
    page = get_template("500.html").render({"reference": getattr(request, "id", "")})
    return HttpResponseServerError(page)


class ErrorPages:
    """What a view answers with 400 or 404 is our own page in development too: Django's shows the settings."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, Http404):
            return not_found(request, exception)
        return bad_request(request, exception) if isinstance(exception, BadRequest) else None


@csrf_exempt
@login_not_required
@require_POST
def csp_report(request):
    """What a browser refused to load or run on a page of ours: to the log, without the page's address."""
    if request.content_type != "application/csp-report":
        return HttpResponse(status=204)
    with contextlib.suppress(ValueError, AttributeError, TypeError):
        said = json.loads(request.body).get("csp-report", {})
        directive, blocked = said.get("effective-directive") or said.get("violated-directive"), said.get("blocked-uri")
        directive = directive if directive in DIRECTIVES else "another"
        host = urlsplit(str(blocked)).hostname or ""
        logger.warning("The content policy refused %s of %s", directive, host[:100])
    return HttpResponse(status=204)


def csrf_failure(request, reason=""):
    return render(request, "csrf.html", {"reference": getattr(request, "id", "")}, status=403)
