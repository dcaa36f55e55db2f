"""Calls of partner systems: whoever shows a token calls the API as its system, and nobody calls too often."""

from django.conf import settings
from django.http import JsonResponse

from partners.audit.models import Event
from partners.middleware import acting, came_from
from partners.once import READS
from partners.settings import setting
from partners.signin.recent import RECENT

from .models import Calls, Token, may_be_held

API = "/api/"
SCHEME = "bearer "
MOST_FAILURES = 10  # a minute, of one address: beyond it nobody is told why a token does not hold, nor is it recorded
# what is for a person to do, whatever the role: what a person is asked to confirm first, as to restrict someone or to
# dispose of their records, where two must agree; to open someone in an emergency; to have an address made under which
# a calendar reads on without the token; to say how they want to hear of things
FOR_PEOPLE = RECENT.keys() | {
    "api:emergency-list", "api:emergency-step", "api:calendar-revoke", "api:notice-preferences-detail",
}  # fmt: skip
SAFE = ("GET", "HEAD", "OPTIONS")


class SystemMiddleware:
    """Whoever sends `Authorization: Bearer` to the API is the system of that token, from before anything looks.

    Comes after Django has looked for a session: a call that has both is refused, so that no page can have a browser
    make one. Counting is a transaction of its own: what a call undoes, it has made all the same.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.token = None
        given = request.headers.get("Authorization", "")
        if request.path_info.startswith(API) and given.lower().startswith(SCHEME):
            refused = self._let_in(request, given[len(SCHEME) :].strip())
            if refused:
                refused["Cache-Control"] = "private, no-store"
                return refused
        return self.get_response(request)

    def _let_in(self, request, secret):
        """Make the call one of the token's system. Returns the answer where it is none."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            return _no(400, "two_sign_ins", "Send a token or the cookie of a session, not both.")
        token = Token.objects.of(secret)
        if token is None:
            return self._fail(request, None, "token_unknown", "There is no such token.")
        if why := token.why_not():
            return self._fail(request, token.system.user, *why)
        (most,) = setting("calls_a_minute")
        number, seconds = Calls.count(f"system {token.system_id}")
        if number > most:
            if number == most + 1:  # once a minute
                self._record(request, Event.Kind.REFUSED, "429", token.system.user, calls=int(most))
            return _too_many(seconds, f"A system makes {most:.0f} calls a minute at the most.")
        token.note_use()
        request.user, request.token = token.system.user, token
        return None

    def _fail(self, request, user, code, sentence):
        number, seconds = Calls.count(f"address {came_from(request)}")
        if number > MOST_FAILURES:
            return _too_many(seconds, "Too many calls with a token that does not hold.")
        self._record(request, Event.Kind.SIGN_IN, "token_refused", user, why=code)
        refused = _no(401, code, sentence)
        refused["WWW-Authenticate"] = 'Bearer realm="Throughcare", error="invalid_token"'
        return refused

    def _record(self, request, kind, verb, user, **detail):
        by = acting(user, request, user.membership) if user else None
        Event.objects.record(kind, verb, by=by, **detail, **({} if by else {"ip_address": came_from(request)}))

    def process_view(self, request, view, args, kwargs):
        """What no token opens; the record has these refusals as any other."""
        if not request.token:
            return None
        hat, name = request.user.membership, request.resolver_match.view_name
        if hat is None:
            return _no(403, "no_membership", "This system holds no role today. Ask an administrator.")
        if not may_be_held(hat.role):
            return _no(403, "for_people", f"{hat.get_role_display()} is a role for people: no system acts in it.")
        if request.method in SAFE or name in READS:
            return None
        if request.token.scope == Token.Scope.READ:
            return _no(403, "read_only", "This token reads only. Ask for one that may write.")
        if name in FOR_PEOPLE:
            return _no(403, "for_people", "This is for a person to do, signed in as themselves.")
        return None


def _no(status, code, sentence):
    return JsonResponse({"code": code, "detail": sentence}, status=status)


def _too_many(seconds, sentence):
    refused = _no(429, "too_many_calls", f"{sentence} Try again in {seconds} seconds.")
    refused["Retry-After"] = str(seconds)
    return refused
