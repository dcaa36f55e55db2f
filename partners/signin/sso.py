"""Single sign-on: an agency's people sign in where they do for all else, and who has left there is out here."""

import datetime as dt
import os
import re
import uuid

import jwt
import requests
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.cache import cache
from django.core.validators import URLValidator
from django.db import models, transaction
from django.utils import timezone

from partners.dated import Dated, DatedQuerySet, days
from partners.models import User

from .sessions import Session

WAITS = 4  # seconds for an answer
SECOND_STEP = "mfa"  # in amr (RFC 8176): more than one thing was asked for
SIGNED_WITH = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]  # never a shared secret, never nothing
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class ProviderQuerySet(DatedQuerySet):
    def only_way_of(self, user):
        """The provider by which alone this user may sign in today, or None."""
        domain = user.email.rpartition("@")[2]
        return self.on().filter(is_only_way=True, domains__contains=[domain]).first()


class Provider(Dated):
    """Where the people of an agency sign in: the agency's own OpenID Connect provider.

    Its secret is in the environment and not in a row, so that no copy of the database holds it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="providers")
    slug = models.SlugField(
        max_length=20, unique=True,
        help_text="A short name, as in “wmp”. The agency registers /account/sso/wmp/callback/, and for the end of"
        " sessions /account/sso/wmp/ended/; the secret is in the environment as SSO_SECRET_WMP.",
    )  # fmt: skip
    issuer = models.URLField(
        validators=[URLValidator(["https"])], help_text="As the agency's provider calls itself, without “.well-known”."
    )
    client_id = models.CharField(max_length=191, help_text="As the agency knows this service.")
    scopes = models.CharField(max_length=200, default="openid email profile offline_access")
    domains = ArrayField(
        models.CharField(max_length=100), help_text="Of the e-mail addresses of its people: wmp.police.uk."
    )
    is_only_way = models.BooleanField(
        "is the only way", default=False,
        help_text="Whoever has an e-mail address of these domains signs in here alone, and by no password.",
    )  # fmt: skip

    objects = ProviderQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["slug"]
        default_permissions = ["view", "add", "change"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="agency_has_one_provider_at_a_time",
                expressions=[("agency", RangeOperators.EQUAL), (days(), RangeOperators.OVERLAPS)],
                violation_error_message="This agency has a provider on some of these days. End that first.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.agency}, by {self.slug}"

    @property
    def secret(self):
        """Nothing where whoever runs the server put none there: then nobody signs in by it. So no administrator makes,
        alone, a provider that vouches for others."""
        return os.environ.get(f"SSO_SECRET_{re.sub(r'[^A-Z0-9]', '_', self.slug.upper())}", "")

    def account_of(self, claims, linked=None):
        """Their account here: one that is open, with a role at the agency today. None where there is none.

        `linked` is whom this subject signed in as before; else it is found by an e-mail address of the agency's domains
        that the provider says is verified.
        """
        email = User.objects.address_of(str(claims.get("email", "")))
        if linked is None:
            if claims.get("email_verified") is not True or email.rpartition("@")[2] not in self.domains:
                return None
            linked = User.objects.filter(email=email).first()
        if linked is None or not linked.is_active or hasattr(linked, "system"):
            return None
        return linked if linked.memberships.on().filter(agency=self.agency).exists() else None

    # what is asked of it

    @property
    def configuration(self):
        """What it says of itself, remembered for an hour."""
        return cache.get_or_set(f"signin.provider:{self.pk}:{self.issuer}", self._ask_configuration, 3600)

    def _ask_configuration(self):
        answer = requests.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", timeout=WAITS)
        answer.raise_for_status()
        found = answer.json()
        if found.get("issuer", "").rstrip("/") != self.issuer.rstrip("/"):
            raise requests.RequestException("It calls itself by another name.")
        return found

    @property
    def _keys_at(self):
        return f"signin.provider.keys:{self.pk}:{self.issuer}"

    def _key(self, kid):
        """Its key of this id, of those remembered for an hour: whoever sends it words makes us ask it no more often."""
        keys = cache.get_or_set(self._keys_at, self._ask_keys, 3600)
        return next((key for key in jwt.PyJWKSet.from_dict(keys).keys if key.key_id == kid), None)

    def _ask_keys(self):
        answer = requests.get(self.configuration["jwks_uri"], timeout=WAITS)
        answer.raise_for_status()
        return answer.json()

    def subject_of(self, access):
        """Whose this token is today; None where it is nobody's any more. Raises where there is no answer."""
        answer = requests.get(
            self.configuration["userinfo_endpoint"], headers={"Authorization": f"Bearer {access}"}, timeout=WAITS
        )
        if answer.status_code in (400, 401, 403):
            return None
        answer.raise_for_status()
        return answer.json().get("sub")

    def refresh(self, token):
        """New tokens for one that is over, {} where they are refused. Raises where there is no answer."""
        answer = requests.post(
            self.configuration["token_endpoint"], timeout=WAITS,
            data={"grant_type": "refresh_token", "refresh_token": token, "client_id": self.client_id,
                  "client_secret": self.secret},
        )  # fmt: skip
        if answer.status_code in (400, 401, 403):
            return {}
        answer.raise_for_status()
        return answer.json()

    def who_left(self, logout_token):
        """{"sub", "sid"} of whoever it says is signed out. Raises jwt.PyJWTError where the token is not its word."""
        kid = jwt.get_unverified_header(logout_token).get("kid")
        key = self._key(kid)
        if key is None and cache.add(f"signin.provider.keys.new:{self.pk}", True, 60):  # it may have a new one
            cache.delete(self._keys_at)
            key = self._key(kid)
        if key is None:
            raise jwt.InvalidTokenError("It is signed with a key that the provider does not have.")
        said = jwt.decode(
            logout_token, key.key, algorithms=SIGNED_WITH, audience=self.client_id, issuer=self.configuration["issuer"],
            options={"require": ["iat", "jti", "aud", "iss", "events"]}, leeway=60,
        )  # fmt: skip
        is_old = said["iat"] < (timezone.now() - dt.timedelta(minutes=5)).timestamp()
        if LOGOUT not in said["events"] or "nonce" in said or is_old or not (said.get("sub") or said.get("sid")):
            raise jwt.InvalidTokenError("It is no word of someone signed out just now.")
        return said


class ProvidedSession(models.Model):
    """A session that began at an agency's provider, and what the provider is asked about it with."""

    session = models.OneToOneField(Session, models.CASCADE, primary_key=True, related_name="provided")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="sessions")
    subject = models.CharField(max_length=255)
    its_session = models.CharField(max_length=255, blank=True)
    access = models.TextField()
    refresh = models.TextField(blank=True)
    gave_second_step = models.BooleanField(default=False)
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = []
        indexes = [models.Index(fields=["provider", "subject"], name="provided_by_subject")]

    def __str__(self):
        return f"{self.provider}, since {self.session.began_at:%Y-%m-%d %H:%M}"

    @transaction.atomic
    def holds(self):
        """Whether the provider still knows them: asked again where its last answer is too old.

        Where there is no answer, the last one is trusted for a while. Of several requests at once one asks.
        """
        rows = ProvidedSession.objects.select_for_update(of=["self"]).select_related("provider")
        row, now = rows.filter(pk=self.pk).first(), timezone.now()
        if row is None or not row.provider.holds():  # it was ended meanwhile, or the provider was
            return False
        if row.answered_at > now - settings.SSO_ASK_AGAIN:
            return True
        try:
            subject, renews = row.provider.subject_of(decrypt(row.access)), decrypt(row.refresh)
            if subject is None and renews:
                tokens = row.provider.refresh(renews)
                access = tokens.get("access_token", "")
                row.access, row.refresh = encrypt(access), encrypt(tokens.get("refresh_token", renews))
                row.save(update_fields=["access", "refresh"])  # the old one is used up, whatever is answered next
                subject = row.provider.subject_of(access) if access else None
        except (requests.RequestException, ValueError, KeyError):
            return row.answered_at > now - settings.SSO_TRUST_UNANSWERED
        if subject != row.subject:
            return False
        row.answered_at = now
        row.save(update_fields=["answered_at"])
        return True
