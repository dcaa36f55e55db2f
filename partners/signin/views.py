"""The second step, and the page on which everyone looks after how they sign in. Most is the library's; the words, the
record and what follows are ours."""

import re

from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from partners.audit.models import Event
from partners.frame.forms import Form
from partners.middleware import acting

from .codes import COUNT, RecoveryCode
from .forms import AppForm, CodeForm, PasskeyForm, RemoveAppForm
from .second_step import SecondSteps, has_second_step, note, tell
from .sso import Provider

NO_PASSKEY = "That passkey did not work. Try again, or sign in with your password. Passkeys need JavaScript."
SIGN_IN, ADMINISTRATION = Event.Kind.SIGN_IN, Event.Kind.ADMINISTRATION
REMOVES = {"lead": "You cannot sign in with it any more.", "cancel_url": reverse_lazy("mfa_index"), "danger": True}


def _refused(response):
    response.status_code = 422
    return response


@method_decorator(transaction.non_atomic_requests, name="dispatch")  # tries are counted for good, as passwords are
class SecondStepPage(AuthenticateView):
    """Between the password and everything else."""

    template_name = "signin/second_step.html"

    def get_form_class(self):
        return CodeForm

    def form_valid(self, form):
        user, kind = acting(self.stage.login.user, self.request), getattr(form, "kind", "passkey")
        Event.objects.record(SIGN_IN, "second_step.use", by=user, means=kind)
        if kind == "recovery_code":
            left = RecoveryCode.objects.unused(user).count()
            messages.warning(self.request, f"That recovery code cannot be used again. You have {left} more.")
        return super().form_valid(form)

    def form_invalid(self, form):
        Event.objects.record(SIGN_IN, "second_step.fail", by=acting(self.stage.login.user, self.request))
        return _refused(super().form_invalid(form))

    def get_context_data(self, **kwargs):
        user = self.stage.login.user
        held = set(Authenticator.objects.filter(user=user.pk).values_list("type", flat=True))
        return super().get_context_data(**kwargs) | {"has_passkey": "webauthn" in held, "has_app": "totp" in held}


class Security(IndexView):
    """How one signs in: the password, the app, passkeys, recovery codes."""

    template_name = "signin/security.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        kept = list(Authenticator.objects.filter(user=user.pk).order_by("created_at"))
        Event.objects.record(SIGN_IN, "account_security.view", by=user)
        return {
            "app": next((one for one in kept if one.type == "totp"), None),
            "passkeys": [one for one in kept if one.type == "webauthn"],
            "codes_left": RecoveryCode.objects.unused(user).count(),
            "count": COUNT,
            "must_add": not kept,
            "provider": Provider.objects.only_way_of(user),
        }


def _added(request, kind):
    """A second step was added: from now on this session has taken it."""
    note(request, request.user, kind)
    Event.objects.record(ADMINISTRATION, "second_step.add", by=request.user, subject=request.user, means=kind)
    tell(request.user, "A second step of signing in was added to your account.", by=request.user)


def _removed(user, kind):
    Event.objects.record(ADMINISTRATION, "second_step.remove", by=user, subject=user, means=kind)
    tell(user, "A second step of signing in was removed from your account.", by=user)


def _after_adding(request):
    return reverse("mfa_index") if RecoveryCode.objects.unused(request.user).exists() else reverse("signin:codes")


class AddApp(ActivateTOTPView):
    template_name = "signin/add_app.html"

    def get_form_class(self):
        return AppForm

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"key": " ".join(re.findall(".{1,4}", context["form"].secret))}

    def form_valid(self, form):
        super().form_valid(form)
        app = Authenticator.objects.get(user=self.request.user.pk, type="totp")
        app.wrap().validate_code(form.cleaned_data["code"])  # and so it is used: nobody signs in with it
        _added(self.request, "app")
        messages.success(self.request, "Your authenticator app is set up.")
        return redirect(_after_adding(self.request))

    def form_invalid(self, form):
        return _refused(super().form_invalid(form))


class RemoveApp(DeactivateTOTPView):
    template_name = "frame/step.html"
    extra_context = REMOVES | {"heading": "Remove the authenticator app", "button": "Remove the authenticator app"}

    def get_form_class(self):
        return RemoveAppForm

    def form_valid(self, form):
        _removed(self.request.user, "app")
        messages.success(self.request, "The authenticator app is removed.")
        return super().form_valid(form)

    def form_invalid(self, form):
        return _refused(super().form_invalid(form))


class AddPasskey(AddWebAuthnView):
    template_name = "signin/add_passkey.html"

    def get_form_class(self):
        return PasskeyForm

    def get_context_data(self, **kwargs):
        # the library's own forgets the form that did not do
        return super().get_context_data(**kwargs) | ({"form": kwargs["form"]} if "form" in kwargs else {})

    def form_valid(self, form):
        super().form_valid(form)
        _added(self.request, "passkey")
        messages.success(self.request, "Your passkey is added.")
        return redirect(_after_adding(self.request))

    def form_invalid(self, form):
        return _refused(super().form_invalid(form))


class RemovePasskey(RemoveWebAuthnView):
    http_method_names = ["get", "head", "post", "options"]  # Django's own delete would ask nothing
    template_name = "frame/step.html"
    form_class = Form
    success_url = reverse_lazy("mfa_index")  # the library's own list of passkeys has no address here
    extra_context = REMOVES | {"heading": "Remove the passkey", "button": "Remove the passkey"}

    def form_valid(self, form):
        user, passkey = self.request.user, self.get_object()
        if not SecondSteps().can_delete_authenticator(passkey):
            form.add_error(None, ValidationError(SecondSteps.error_messages["cannot_delete_authenticator"]))
            return _refused(self.render_to_response(self.get_context_data(form=form)))
        _removed(user, "passkey")
        messages.success(self.request, "The passkey is removed.")
        return super().form_valid(form)


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class SignInByPasskey(LoginWebAuthnView):
    """A passkey is what one has and what one is or knows: it takes the place of the password and the code."""

    def form_invalid(self, form):
        Event.objects.record(SIGN_IN, "sign_in_failed", by=None, means="passkey")
        messages.error(self.request, NO_PASSKEY)
        there = self.request.POST.get("next")
        return redirect(reverse("sign_in", query={"next": there} if there else None))


@never_cache
def codes(request):
    """Make recovery codes, and show them this once."""
    if not has_second_step(request.user):
        return redirect("mfa_index")
    made = []
    if request.method == "POST":
        made = RecoveryCode.objects.make(by=request.user)
    left = RecoveryCode.objects.unused(request.user).count()
    return render(request, "signin/codes.html", {"made": made, "left": left})
