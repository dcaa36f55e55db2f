"""What django-allauth asks of us: whom it lets in, what the record says of it, and in which words people hear of it."""

import datetime as dt
import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import redirect
from django.utils import timezone

from partners.audit.models import Event
from partners.middleware import acting, came_from
from partners.models import User

from .sso_adapter import began, only_way

OFTEN = "There were too many tries. Try again in a quarter of an hour."


class Account(DefaultAccountAdapter):
    """Who may sign in is who an administrator made an account for: nobody signs up, or changes their own address."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The e-mail address or the password is not right. Check both, and try again.",
        "account_inactive": "This account is closed. Ask an administrator of your agency if that is a mistake.",
        "too_many_login_attempts": OFTEN,
        "rate_limited": OFTEN,
    }

    def is_open_for_signup(self, request):
        return False

    def _get_login_attempts_cache_key(self, request, **credentials):
        """What tries are counted by: the address as it is looked up, so that no spelling of it is another."""
        return User.objects.address_of(credentials["email"])

    def pre_login(self, request, user, *, signal_kwargs=None, **kwargs):
        """Whoever's agency is their only way in comes from there, and by no other door."""
        return only_way(request, user, (signal_kwargs or {}).get("sociallogin")) or super().pre_login(
            request, user, signal_kwargs=signal_kwargs, **kwargs
        )

    def post_login(self, request, user, *, signal_kwargs=None, **kwargs):
        if sociallogin := (signal_kwargs or {}).get("sociallogin"):
            began(request, sociallogin)
        return super().post_login(request, user, signal_kwargs=signal_kwargs, **kwargs)

    def get_login_stages(self):
        ours = {"allauth.mfa.stages.AuthenticateStage": "partners.signin.sso_stage.SecondStep"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def pre_authenticate(self, request, **credentials):
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise ValidationError(self._until(request, **credentials), code="too_many_login_attempts") from None

    def _until(self, request, **credentials):
        """The sentence that says until when nobody gets in, whether there is such an account or not; recorded once."""
        key, full = self._get_login_attempts_cache_key(request, **credentials), {}
        for rate in ratelimit.get_rates(app="allauth.account", action="login_failed"):
            counted = ratelimit.get_cache_key(
                request, app="allauth.account", action="login_failed", rate=rate, key=key
            )  # fmt: skip
            tries = cache.get(counted, [])
            if len(tries) >= rate.amount:
                full[counted] = tries[-1] + rate.duration
        until = max(full.values(), default=time.time())
        for counted, ends in full.items():
            if cache.add(f"signin.kept_out:{counted}", True, ends - time.time()):
                self._record("sign_in_kept_out", request, credentials["email"])
        clock = timezone.localtime(dt.datetime.fromtimestamp(until + 59, dt.UTC))
        return f"There were too many tries. Try again at {clock:%H:%M}, or sign in with a passkey."

    def authentication_failed(self, request, **credentials):
        self._record("sign_in_failed", request, credentials["email"])

    def _record(self, verb, request, email):
        """Write down that someone tried, never what was typed: people type passwords into the wrong box."""
        known = User.objects.filter(email=User.objects.address_of(email)).first()
        detail = {} if known else {"ip_address": came_from(request)}
        Event.objects.record(Event.Kind.SIGN_IN, verb, by=known and acting(known, request), **detail)

    def login(self, request, user):
        """Whichever way they came, and once all of it is done. No record, no session."""
        if not user.is_active:  # closed since they gave the password
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        with transaction.atomic():
            super().login(request, user)
            hats = user.live_memberships
            acting(user, request, hats[0] if len(hats) == 1 else None)
            Event.objects.record(Event.Kind.SIGN_IN, "sign_in", by=user, live_memberships=len(hats))

    def respond_user_inactive(self, request, user):
        self._record("sign_in_failed", request, user.email)
        messages.error(request, self.error_messages["account_inactive"])
        return redirect("sign_in")

    def is_reauthentication_required(self, *, app, **kwargs):
        """Never by the library: who has to sign in again before what is one table of ours, for all addresses."""
        return False

    def add_message(self, request, level, message_template=None, *args, message=None, **kwargs):
        """Of the library's messages none: our pages say what happened in their own words."""
        if message:
            super().add_message(request, level, message=message)
