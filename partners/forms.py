from django import forms
from django.contrib.auth.forms import AuthenticationForm

from .frame.forms import Form, Radios


class SignInForm(Form, AuthenticationForm):
    """E-mail address and password. What is wrong with them is said only as far as it helps nobody else."""

    error_messages = {
        "invalid_login": "The e-mail address or the password is not right. Check both, and try again.",
        "inactive": "This account is closed. Ask an administrator of your agency if that is a mistake.",
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail address"
        self.fields["username"].widget = forms.EmailInput({"autocomplete": "username", "spellcheck": "false"})
        self.fields["username"].error_messages["required"] = "Enter your e-mail address"
        self.fields["password"].error_messages["required"] = "Enter your password"


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
