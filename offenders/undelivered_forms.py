"""What is asked about messages that were not delivered, the same for page and API."""

import django_filters as filters
from django import forms

from partners.frame.filters import FilterSet
from partners.frame.forms import Form, Radios
from partners.notices.models import Notice

from .undelivered import alike, see_to, what_to_do, whom


class UndeliveredFilter(FilterSet):
    to = filters.ChoiceFilter(
        label="To whom", method="by_whom", widget=Radios, empty_label="Any",
        choices=[("person", "A person"), ("staff", "Someone who works here"), ("outsider", "Someone outside")],
    )  # fmt: skip

    class Meta(FilterSet.Meta):
        model = Notice
        fields = ["to"]

    def by_whom(self, rows, name, value):
        return rows.filter(for_user__isnull=value != "staff", is_to_outsider=value == "outsider")


class SeeToForm(Form):
    """What was done instead of the message."""

    reason = forms.CharField(
        label="What did you do instead?", widget=forms.Textarea({"rows": 3}), max_length=300,
        help_text="For example: rang them, and corrected the number. Leave out their health.",
    )  # fmt: skip

    def __init__(self, *args, record, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.record, self.user = record, user

    def context(self):
        record, others = self.record, alike(self.record, self.user).exclude(pk=self.record.pk).count()
        todo, _ = what_to_do(record, self.user)
        more = f"{others} other message{'s' if others > 1 else ''} to the same address will be seen to with this one."
        return {
            "answers": [
                ("To", whom(record)),
                ("What it said", record.text),
                ("Why it did not arrive", record.problem),
                ("What to do", todo),
            ],
            "consequence": more if others else "",
        }

    def write(self):
        see_to(self.record, by=self.user, reason=self.cleaned_data["reason"])
