"""What belongs to no room: home, and the pages of errors."""

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import get_template

from partners.audit.models import Event
from partners.roles import ROLES

from .home import panels_for


def home(request):
    """What is now for this hat to do. Where panels show people, that is recorded."""
    panels = panels_for(request.user)
    if shown := [row for panel in panels for row in panel.shown]:
        Event.objects.shown("home.view", shown, by=request.user)
    hat = request.user.membership
    context = {
        "panels": [panel for panel in panels if not panel.is_empty],
        "empty": [panel for panel in panels if panel.is_empty],
        "role": hat.get_role_display(),
        "sees": ROLES[hat.role].rows,
    }
    return render(request, "home.html", context)


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


def csrf_failure(request, reason=""):
    return render(request, "csrf.html", {"reference": getattr(request, "id", "")}, status=403)
