"""What the queue of approvals can be asked for, by page and API alike."""

from django import forms

from partners.frame.filters import PAGING
from partners.frame.forms import Checkboxes, FilterForm, Radios

from .approvals import kinds_of, waiting


class ApprovalFilter(FilterForm):
    """Of which kind, and how long it has waited at the least."""

    kind = forms.MultipleChoiceField(label="What", required=False, widget=Checkboxes)
    days = forms.TypedChoiceField(
        label="Waiting for", required=False, widget=Radios, coerce=int, empty_value=0,
        choices=[("", "Any time"), (2, "2 days or more"), (7, "A week or more"), (14, "2 weeks or more")],
    )  # fmt: skip

    def __init__(self, params, *, user):
        data = params.copy()
        for name in PAGING:
            data.pop(name, None)
        super().__init__(data)
        self.user = user
        self.fields["kind"].choices = kinds_of(user)

    @property
    def queue(self):
        """What waits and is like that, by kind; of a form without a problem."""
        return waiting(self.user, self.cleaned_data["kind"], self.cleaned_data["days"])
