"""What is asked of who proposes a restriction and of who decides; the same for pages and API."""

from django import forms
from django.core.exceptions import ValidationError

from partners.frame.templatetags.frame import moment
from partners.models import User

from .forms import WhyForm
from .models import Offender, Restriction
from .steps import ReasonForm, StepForm


class RestrictForm(WhyForm):
    """Who is to see the person, and why nobody else."""

    people = forms.CharField(
        label="Who may still see this person?", widget=forms.Textarea({"rows": 4}),
        help_text="Their e-mail addresses, one a line. You are always one of them.", required=False,
    )  # fmt: skip
    field_order = ["people", "reason"]

    def clean_people(self):
        emails = {line.lower() for line in self.cleaned_data["people"].split()}
        users = list(User.objects.filter(email__in=emails, is_active=True))
        if missing := emails - {user.email for user in users}:
            raise ValidationError(f"Nobody here signs in as {min(missing)}. Check the address.")
        return users


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
    rows = [
        ("What", restriction.get_what_display()),
        ("Proposed by", f"{restriction.proposed_by}, {moment(restriction.proposed_at)}"),
        ("Why", restriction.reason),
    ]
    named = ", ".join(map(str, restriction.users.all()))
    return [*rows, ("Named", named)] if named else rows


STEP_FORMS = {"agree": AgreeForm, "refuse": RefuseForm}
