"""The second step of signing in: a code or a passkey besides the password. Without it nothing opens, where required."""

import base64
import uuid

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac

from partners.audit.models import Event
from partners.middleware import ActingMiddleware, is_api
from partners.notices.models import Notice
from partners.notices.occasions import Occasion

from .codes import RecoveryCode

# what opens without: what does to someone without a hat, how one gets in, and what keeps a session
OPEN = ActingMiddleware.OPEN | {
    "mfa_authenticate", "mfa_login_webauthn", "signin:forgotten", "signin:forgotten_sent", "signin:new_password",
}  # fmt: skip
SET_UP = {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn"}  # and to whoever has none yet, where it is set up


def has_second_step(user):
    """Whether this user has an authenticator app or a passkey."""
    return Authenticator.objects.filter(user=user.pk).exists()


def taken(request):
    """Whether whoever is signed in took a second step in this session."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


@transaction.atomic
def take_away(user, *, by, reason):
    """Another lost their phone and their codes, or it may be in wrong hands. They are signed out everywhere, and choose
    a new password by a link sent to them, so that the old one alone lets nobody set up a new second step.

    Raises PermissionDenied of oneself, ValidationError where there is none.
    """
    if user == by:
        raise PermissionDenied("You cannot take away your own second step. Ask another administrator.")
    gone, _ = Authenticator.objects.filter(user=user.pk).delete()
    if not gone:
        raise ValidationError("They have no second step.", code="none")
    RecoveryCode.objects.filter(user=user.pk).delete()
    user.set_unusable_password()  # which every session of theirs rests on
    user.save(update_fields=["password"])
    Event.objects.record(Event.Kind.ADMINISTRATION, "second_step.take_away", by=by, subject=user, reason=reason)
    there = f"{settings.SITE_URL}{reverse('signin:forgotten')}"
    tell(user, f"An administrator took away the second step of your account. Choose a new password at {there}, sign in,"
         " and set up a new second step.", by=by)  # fmt: skip


def tell(user, what, *, by, to=""):
    """Send the user a message about how they sign in, so that they hear of it if it was not them: to the address of
    their account, or the one it had."""
    Notice.send(
        key=f"account {uuid.uuid4()}", channel="email", to=to or user.email, for_user=user, by=by,
        occasion=Occasion.ACCOUNT, subject="Your Throughcare account",
        text=f"{what} If this was not you, or you did not expect it, tell an administrator of your agency at once."
        f"\n\n{settings.SITE_URL}",
    )  # fmt: skip


def note(request, user, kind):
    """They took it in this session. `kind` is what with: app, passkey, recovery_code or provider."""
    record_authentication(request, user, "mfa", type=kind)


class SecondStep:
    """Sends whoever signed in with a password alone to where they set up a second step, where it is required.

    A partner's system has no session, and is not asked.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not settings.MFA_REQUIRED or not request.user.is_authenticated or SESSION_KEY not in request.session:
            return None
        name = request.resolver_match.view_name
        if name in OPEN or taken(request):
            return None
        if is_api(request):
            sentence = "This needs a second step of signing in: set one up at /account/security/, or sign in with it."
            return JsonResponse({"code": "second_step_missing", "detail": sentence}, status=403)
        if has_second_step(request.user):  # set up since, elsewhere: so they sign in with it
            logout(request)
            return redirect("sign_in")
        return None if name in SET_UP else redirect("mfa_index")


class SecondSteps(DefaultMFAAdapter):
    """What the library asks about authenticators: their secrets are kept encrypted, with a key made from SECRET_KEY."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That is not right, or it was used already. Wait for the next code, and try again.",
        "cannot_delete_authenticator": "A second step is required here. Add another one first, then remove this one.",
    }

    def _keys(self):
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        made = (salted_hmac("second step", "", secret=key, algorithm="sha256").digest() for key in keys)
        return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])

    def encrypt(self, text):
        return self._keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return self._keys().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator):
        others = Authenticator.objects.filter(user=authenticator.user_id).exclude(pk=authenticator.pk)
        return not settings.MFA_REQUIRED or others.exists()

    def get_totp_issuer(self):
        return "Throughcare"

    def generate_authenticator_name(self, user, type):
        return f"Passkey {Authenticator.objects.filter(user=user.pk, type=type).count() + 1}"

    def get_public_key_credential_rp_entity(self):
        return super().get_public_key_credential_rp_entity() | {"name": "Throughcare"}

    def _get_site_name(self):
        return "Throughcare"
