"""What django-allauth asks of us of those who come from their agency's provider: nobody gets an account by it."""

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.utils import encrypt
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.conf import settings
from django.shortcuts import redirect, render
from django.utils import timezone

from partners.audit.models import Event
from partners.middleware import acting

from .second_step import note
from .sso import SECOND_STEP, ProvidedSession, Provider

NOT_KNOWN = (
    "Your agency's sign-in worked, but there is no open account here with a role at that agency for you. Ask an"
    " administrator of your agency."
)
FAILED = "Signing in with your agency did not work. Try again; if it goes on, tell your agency's help desk."


def refused(request, sentence, provider, *, by=None):
    """Nobody is signed in: say why, and write it down."""
    by = acting(by, request) if by else None
    Event.objects.record(Event.Kind.SIGN_IN, "sign_in_failed", by=by, provider=provider.slug)
    return ImmediateHttpResponse(render(request, "signin/sso_refused.html", {"sentence": sentence}, status=403))


def claims_of(sociallogin):
    """What the provider says of them: of the two answers the signed one counts for what it has."""
    said = sociallogin.account.extra_data
    return said.get("userinfo", {}) | said.get("id_token", {})


class FromProvider(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request, sociallogin):
        return False

    def list_apps(self, request, provider=None, client_id=None):
        """The providers that hold today and have a secret, as the library knows them."""
        rows = Provider.objects.on()
        if provider not in (None, "openid_connect"):
            rows = rows.filter(slug=provider)
        return [
            SocialApp(
                provider="openid_connect", provider_id=row.slug, name=str(row.agency), client_id=row.client_id,
                secret=row.secret, settings={"server_url": row.issuer, "oauth_pkce_enabled": True},
            )
            for row in rows
            if row.secret
        ]  # fmt: skip

    def pre_social_login(self, request, sociallogin):
        """Let in whom the agency vouches for and an administrator made an account for; anyone else is told."""
        provider, claims = Provider.objects.on().get(slug=sociallogin.account.provider), claims_of(sociallogin)
        linked = sociallogin.user if sociallogin.is_existing else None
        account = SocialAccount.objects.filter(provider=provider.slug, uid=sociallogin.account.uid)
        account.update(extra_data={})  # what was said of them is looked at, and not kept
        user = provider.account_of(claims, linked)
        if request.user.is_authenticated:
            raise ImmediateHttpResponse(self._again(request, sociallogin, user, claims))
        if user is None:
            raise refused(request, NOT_KNOWN, provider, by=linked)
        if linked is None:
            if SocialAccount.objects.filter(provider=provider.slug, user=user).exists():
                raise refused(request, NOT_KNOWN, provider, by=user)  # one person there is not two here
            sociallogin.account = SocialAccount.objects.create(
                provider=provider.slug, uid=sociallogin.account.uid, user=user
            )
            sociallogin.account.extra_data = {"userinfo": claims}
        sociallogin.user, sociallogin.state["process"] = user, "login"

    def _again(self, request, sociallogin, user, claims):
        """Someone signed in already: they confirmed that it is them, where they just did so to their agency."""
        since = (timezone.now() - settings.RECENT).timestamp()
        if user == request.user and int(claims.get("auth_time", 0)) > since:
            request.session.confirm()
            Event.objects.record(Event.Kind.SIGN_IN, "session.confirm", by=request.user)
        return redirect(sociallogin.get_redirect_url(request) or "/")

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None):
        row = Provider.objects.on().get(slug=provider.app.provider_id)
        raise refused(request, FAILED, row)


def only_way(request, user, sociallogin):
    """The page for whoever came with a password or passkey, though their agency's provider is their only way in."""
    if sociallogin or not (provider := Provider.objects.only_way_of(user)):
        return None
    sentence = f"Your agency asks you to sign in with {provider.agency}, and with no password or passkey of ours."
    return refused(request, sentence, provider, by=user).response


def gave_second_step(claims):
    """Whether the provider says that it asked for more than a password."""
    return SECOND_STEP in (claims.get("amr") or [])


def began(request, sociallogin):
    """They are signed in: what the provider will be asked about this session with."""
    provider, claims = Provider.objects.on().get(slug=sociallogin.account.provider), claims_of(sociallogin)
    ProvidedSession.objects.create(
        session_id=request.session.session_key, provider=provider, subject=sociallogin.account.uid,
        its_session=claims.get("sid") or "", access=encrypt(sociallogin.token.token),
        refresh=encrypt(sociallogin.token.token_secret), gave_second_step=gave_second_step(claims),
    )  # fmt: skip
    if gave_second_step(claims):
        note(request, sociallogin.user, "provider")
