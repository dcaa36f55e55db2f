"""A new password: by whoever knows the old one, or by the link that is sent to their address."""

import uuid

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.tokens import default_token_generator
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView
from procrastinate.contrib.django import app

from partners.audit.models import Event
from partners.middleware import acting
from partners.models import User

from .adapter import OFTEN
from .forms import ChangePasswordForm, ForgottenForm, PasswordForm
from .second_step import tell


def link_of(user):
    """Where this user chooses a new password, within the hour and once. It is written into the message that is sent,
    and kept nowhere."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    there = reverse("signin:new_password", args=[uid, default_token_generator.make_token(user)])
    return f"{settings.SITE_URL}{there}"


class ChangePassword(auth.PasswordChangeView):
    """Signs them out everywhere else."""

    template_name = "frame/step.html"
    form_class = ChangePasswordForm
    success_url = reverse_lazy("mfa_index")
    extra_context = {
        "heading": "Change your password", "button": "Change your password", "cancel_url": success_url,
        "lead": "Everywhere else you are signed out.",
    }  # fmt: skip

    def post(self, request, *args, **kwargs):
        form = self.get_form()
        if not ratelimit.consume(request, action="change_password", user=request.user):
            form.add_error(None, OFTEN)
            return self.form_invalid(form)
        return self.form_valid(form) if form.is_valid() else self.form_invalid(form)

    def form_valid(self, form):
        user = self.request.user
        Event.objects.record(Event.Kind.ADMINISTRATION, "password.change", by=user, subject=user)
        tell(user, "The password of your account was changed.", by=user)
        messages.success(self.request, "Your password is changed. Everywhere else you are signed out.")
        return super().form_valid(form)

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)


@method_decorator(login_not_required, name="dispatch")
class Forgotten(FormView):
    """Asks for a link. Whether there is such an account nobody is told, neither by words nor by the time it takes."""

    template_name = "frame/step.html"
    form_class = ForgottenForm
    success_url = reverse_lazy("signin:forgotten_sent")
    extra_context = {
        "heading": "Choose a new password", "button": "Send me a link", "cancel_url": reverse_lazy("sign_in"),
        "lead": "If you forgot yours, or have none yet: enter your work e-mail address, and a link is sent to it.",
    }  # fmt: skip

    def form_valid(self, form):
        email = User.objects.address_of(form.cleaned_data["email"])
        if not ratelimit.consume(self.request, action="reset_password", key=email):
            form.add_error(None, OFTEN)
            return self.form_invalid(form)
        user = User.objects.filter(email=email, is_active=True).first()
        app.configure_task("signin.send_link").defer(user=str(user.pk if user else uuid.uuid4()))
        Event.objects.record(Event.Kind.SIGN_IN, "password.ask", by=user and acting(user, self.request))
        return super().form_valid(form)

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)


@login_not_required
def sent(request):
    return render(request, "signin/forgotten_sent.html")


@method_decorator([login_not_required, sensitive_post_parameters()], name="dispatch")
class NewPassword(auth.PasswordResetConfirmView):
    """By the link. It signs nobody in: the second step is asked for at the door, as always."""

    template_name = "signin/new_password.html"
    form_class = PasswordForm
    success_url = reverse_lazy("sign_in")

    def form_valid(self, form):
        user = acting(self.user, self.request)
        Event.objects.record(Event.Kind.ADMINISTRATION, "password.reset", by=user, subject=user)
        tell(user, "The password of your account was changed, by a link sent to this address.", by=user)
        ratelimit.clear(self.request, action="login_failed", key=user.email)
        messages.success(self.request, "Your password is changed. Sign in with the new one.")
        return super().form_valid(form)

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)
