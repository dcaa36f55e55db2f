"""Which time, on the street."""

from django import forms

from partners.frame.forms import Form, Radios


class NextFewForm(Form):
    """Which of the next few times suits the person."""

    slot = forms.ChoiceField(
        label="Which time suits them?", widget=Radios,
        error_messages={
            "required": "Select the time that suits them",
            "invalid_choice": "That time has just been taken. These are the next that are free",
        },
    )  # fmt: skip

    def __init__(self, data=None, *, offered, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["slot"].choices = [(slot.key, slot.in_words) for slot in offered]
