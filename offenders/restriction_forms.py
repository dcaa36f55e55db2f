"""What is asked of who proposes a restriction and of who decides; the same for pages and API."""

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime

from .forms import RestrictForm
from .models import Offender, Restriction
from .steps import ReasonForm, StepForm


class ProposeForm(RestrictForm):
    """A proposal as the API takes it, which says about whom and what."""

    offender = forms.ModelChoiceField(Offender.objects.none())
    what = forms.ChoiceField(choices=Restriction.What)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["offender"].queryset = Offender.objects.restrictable_by(user)


class AgreeForm(StepForm):
    """Nothing needs saying: the page says what is agreed to."""

    on = None
    reason = forms.CharField(label="Anything to add?", required=False, widget=forms.Textarea({"rows": 2}))

    def context(self):
        ends = self.record.what == Restriction.What.END
        then = (
            "Every agency that is involved can see this person again."
            if ends
            else "Only the people named, and you, can see this person from then on. To everyone else they do not exist."
        )
        return {"answers": said(self.record), "consequence": then}


class RefuseForm(ReasonForm):
    on = None

    def context(self):
        return {"answers": said(self.record), "consequence": "It stays as it is."}


def said(restriction):
    """What was proposed, one fact a line."""
    day = date_format(localtime(restriction.proposed_at), "j F Y, H:i")
    rows = [
        ("What", restriction.get_what_display()),
        ("Proposed by", f"{restriction.proposed_by}, {day}"),
        ("Why", restriction.reason),
    ]
    named = ", ".join(map(str, restriction.users.all()))
    return [*rows, ("Named", named)] if named else rows


STEP_FORMS = {"agree": AgreeForm, "refuse": RefuseForm}
