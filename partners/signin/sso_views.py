"""The way to an agency's provider, and the agency's word that someone is signed out there."""

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from partners.audit.models import Event
from partners.middleware import way_on

from .sessions import Session
from .sso import Provider
from .sso_adapter import FAILED, refused


@login_not_required
@never_cache
@require_GET
def begin(request, slug):
    """To the provider, to come back signed in. Who is signed in already is asked there anew."""
    row = get_object_or_404(Provider.objects.on(), slug=slug)
    if not row.secret:
        return refused(request, FAILED, row).response
    asks = {"max_age": "0", "prompt": "login"} if request.user.is_authenticated else {}
    provider = get_adapter().get_provider(request, row.slug)
    try:
        return provider.redirect(
            request, process="login", next_url=way_on(request), scope=row.scopes.split(), auth_params=asks
        )
    except requests.RequestException:
        return refused(request, FAILED, row).response
    except ImmediateHttpResponse as answer:
        return answer.response


@csrf_exempt
@login_not_required
@never_cache
@require_POST
def ended(request, slug):
    """OpenID Connect back-channel logout: the provider says, signed, that someone is signed out there."""
    provider = get_object_or_404(Provider.objects.on(), slug=slug)
    try:
        said = provider.who_left(request.POST.get("logout_token", ""))
    except (jwt.PyJWTError, requests.RequestException, ValueError, KeyError, TypeError):
        return JsonResponse({"error": "invalid_request"}, status=400)
    if not cache.add(f"signin.logout:{provider.pk}:{said['jti']}", True, 600):
        return JsonResponse({"error": "invalid_request"}, status=400)
    rows = Session.objects.filter(provided__provider=provider)
    if said.get("sid"):
        rows = rows.filter(provided__its_session=said["sid"])
    if said.get("sub"):
        rows = rows.filter(provided__subject=said["sub"])
    for row in rows.select_related("user"):
        Event.objects.record(Event.Kind.SIGN_IN, "session.end_by_provider", by=row.user, provider=provider.slug)
        row.delete()
    return HttpResponse(status=200)
