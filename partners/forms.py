from allauth.account.adapter import get_adapter
from django import forms

from .frame.forms import Form, Radios


class SignInForm(Form):
    """E-mail address and password. What is wrong with them is said only as far as it helps nobody else."""

    username = forms.CharField(
        label="E-mail address", max_length=254, error_messages={"required": "Enter your e-mail address"},
        widget=forms.EmailInput({"autocomplete": "username", "spellcheck": "false"}),
    )  # fmt: skip
    password = forms.CharField(
        strip=False, max_length=1000, error_messages={"required": "Enter your password"},
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )  # fmt: skip

    def __init__(self, *args, request, **kwargs):
        self.request = request
        super().__init__(*args, **kwargs)

    def clean(self):
        answers = super().clean()
        if not self.errors:
            door = get_adapter(self.request)
            self.user = door.authenticate(self.request, email=answers["username"], password=answers["password"])
            if self.user is None:
                raise door.validation_error("email_password_mismatch")
            if not self.user.is_active:  # said once the password is right
                raise door.validation_error("account_inactive")
        return answers


class HatForm(Form):
    """Which of their live memberships someone acts in from now on."""

    membership = forms.ChoiceField(
        label="Which role are you working in?",
        widget=Radios,
        error_messages={
            "required": "Select the role you are working in",
            "invalid_choice": "You do not hold that role today. Select another.",
        },
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.hats = {str(hat.pk): hat for hat in user.live_memberships}
        self.fields["membership"].choices = [(pk, f"{hat}") for pk, hat in self.hats.items()]

    @property
    def hat(self):
        return self.hats[self.cleaned_data["membership"]]
