"""What is asked of whoever looks after how they sign in: codes, the app, passkeys, passwords."""

from allauth.core import context, ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm, DeactivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth import forms as django_forms
from django.core.exceptions import ValidationError

from partners.frame.forms import Form

from .codes import RecoveryCode
from .second_step import note

CODE = {"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "none"}
GOOD_PASSWORD = (
    "15 characters or more. Some words that have nothing to do with each other are good. You may paste it from a"
    " password manager."
)


class CodeForm(Form, AuthenticateForm):
    """A code of the authenticator app, or a recovery code. `kind` says which it was, once it is right."""

    code = forms.CharField(
        label="Code", max_length=40, widget=forms.TextInput(CODE), error_messages={"required": "Enter the code"},
        help_text="The six figures that your authenticator app shows now, or one of your recovery codes.",
    )  # fmt: skip
    kind = "app"

    def clean_code(self):
        try:
            return super().clean_code()
        except ValidationError as error:
            code = self.cleaned_data["code"]
            if error.code != "incorrect_code" or not RecoveryCode.objects.spend(self.user, code):
                raise
            self.kind = "recovery_code"
            ratelimit.clear(context.request, action="login_failed", key=f"mfa-auth-user-{self.user.pk}")
            return code

    def save(self):
        if self.kind == "app":
            super().save()
        else:
            note(context.request, self.user, self.kind)


class AppForm(Form, ActivateTOTPForm):
    """Shows that the authenticator app has the secret."""

    code = forms.CharField(
        label="Code", max_length=10, widget=forms.TextInput(CODE | {"inputmode": "numeric"}),
        help_text="The six figures that the app shows for Throughcare now.",
        error_messages={"required": "Enter the code that the app shows"},
    )  # fmt: skip


class RemoveAppForm(Form, DeactivateTOTPForm):
    """Nothing to fill in; it says why the app must stay, where it must."""


class PasskeyForm(Form, AddWebAuthnForm):
    """A passkey as the browser made it. Each can sign in by itself: it asks for a finger, a face or a PIN."""

    name = forms.CharField(
        label="What do you call it?", required=False, max_length=60, help_text="For example: work phone, blue key."
    )
    credential = forms.JSONField(
        widget=forms.HiddenInput, error_messages={"required": "Press the button: the browser then makes the passkey."}
    )
    passwordless = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)


class PasswordForm(Form, django_forms.SetPasswordForm):
    """A new password, twice."""

    error_messages = {"password_mismatch": "The two are not the same. Type the new password again."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        first, second = self.fields["new_password1"], self.fields["new_password2"]
        first.label, first.help_text = "New password", GOOD_PASSWORD
        second.label, second.help_text = "New password again", ""
        first.error_messages["required"] = "Enter a new password"
        second.error_messages["required"] = "Enter the new password again"


class ChangePasswordForm(PasswordForm, django_forms.PasswordChangeForm):
    """The same by whoever knows the old one."""

    field_order = ["old_password", "new_password1", "new_password2"]
    error_messages = PasswordForm.error_messages | {"password_incorrect": "That is not your current password."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Your current password"


class ForgottenForm(Form):
    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput({"autocomplete": "username"}),
        error_messages={"required": "Enter your e-mail address"},
    )  # fmt: skip
