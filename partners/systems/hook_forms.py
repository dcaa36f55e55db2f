"""What is asked about a webhook, by page and by API."""

from django import forms

from partners.frame.forms import Form


class PauseForm(Form):
    reason = forms.CharField(label="Why is it paused?", max_length=200)


class RenewForm(Form):
    at_once = forms.BooleanField(
        label="The secret there is now stops at once", required=False,
        help_text="If someone else may know it. Otherwise both sign for a day, for the receiver to change over.",
    )  # fmt: skip
