"""What someone who works here chooses to hear of, by page and by API."""

from django import forms

from partners.frame.forms import Form, Radios, as_noun, yes_or_no

from .hearing import prefer, preferences_of, quiet_hours
from .occasions import CHOSEN, How


def clock_words(hour):
    return {0: "midnight", 12: "midday"}.get(hour, f"{hour % 12 or 12}{'am' if hour < 12 else 'pm'}")


class PreferencesForm(Form):
    """How this user hears of each occasion that is theirs to choose, and whether the quiet hours are kept."""

    quiet_hours = yes_or_no(label="Should messages that can wait be kept until after the quiet hours?")

    def __init__(self, data=None, *, user):
        self.user, self.base_fields = user, {**{str(one): _question(one) for one in CHOSEN}, **self.base_fields}
        super().__init__(data, initial=preferences_of(user))
        begin, end = (clock_words(hour) for hour in quiet_hours())
        self.fields["quiet_hours"].help_text = f"They are from {begin} to {end}. What is urgent is always sent at once."

    def write(self):
        prefer(self.cleaned_data, by=self.user)


def _question(occasion):
    words = f"Select how you hear of it: {as_noun(occasion.label)}"
    return forms.ChoiceField(label=occasion.label, choices=How, widget=Radios, error_messages={"required": words})
