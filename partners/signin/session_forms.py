from django import forms

from partners.frame.forms import Form


class ConfirmForm(Form):
    """The password of whoever is signed in, once more. Who came from their agency's provider is asked there instead."""

    password = forms.CharField(
        label="Your password", strip=False, max_length=1000,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password"},
    )  # fmt: skip

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        provided = getattr(request.session.row, "provided", None)
        self.provider = provided.provider if provided else None
        if self.provider:
            del self.fields["password"]

    def clean_password(self):
        password = self.cleaned_data["password"]
        if not self.request.user.check_password(password):
            raise forms.ValidationError("The password is not right. Check it, and try again.")
        return password

    def clean(self):
        if self.provider and not self.request.session.is_recent:
            raise forms.ValidationError(f"Sign in again with {self.provider.agency} first, then continue.")
        return super().clean()
