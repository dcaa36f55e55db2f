"""What is asked about a partner system and its tokens."""

from django import forms

from partners.frame.forms import Form, Radios

from .models import Token


class TokenForm(Form):
    scope = forms.ChoiceField(label="What may it do?", choices=Token.Scope, widget=Radios)


class RevokeForm(Form):
    reason = forms.CharField(
        label="Why is it revoked?", max_length=200, help_text="For example: the system has changed over to the new one."
    )


class CloseForm(Form):
    reason = forms.CharField(label="Why is the system closed?", max_length=200)
