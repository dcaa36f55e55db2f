"""What may be amended in a referral after it is sent."""

from offenders.amend import amendable
from offenders.amend_forms import AmendForm
from offenders.forms import not_in_future

from .journey_forms import WhyForm
from .models import Referral


class AmendReferralForm(AmendForm):
    """The answers a referral was sent with; the rules keep the answers that they were asked with.

    Whom it is about, on which pathway and who sent it stay: sight follows from them, so one that was sent wrongly is
    withdrawn, and sent again.
    """

    source, area, offending_area, funds_addiction, summary = (WhyForm.base_fields[n] for n in WhyForm.MODEL_FIELDS)
    referred_on = WhyForm.base_fields["referred_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["referred_on"].required, self.fields["referred_on"].help_text = True, ""

    def initial_of(self, row):
        return {"funds_addiction": {True: "yes", False: "no", None: "unknown"}[row.funds_addiction]}

    def clean_referred_on(self):
        return not_in_future(self.cleaned_data["referred_on"])


amendable(Referral, AmendReferralForm)
