"""What may be amended in what workers recorded."""

from django.utils import timezone

from offenders.amend import amendable
from offenders.amend_forms import AmendForm, moment_of
from partners.roles import Category

from .models import ContactAttempt, Intervention
from .worker_forms import ContactForm, InterventionForm


class AmendContactForm(AmendForm, ContactForm):
    """An attempt to reach someone."""

    stands_for = {"on": "occurred_at", "at": "occurred_at"}

    def made_with(self, row, user):
        return {"record": row.referral, "user": user}

    def initial_of(self, row):
        at = timezone.localtime(row.occurred_at)
        return {"on": at.date(), "at": f"{at:%H:%M}"}

    def asked(self, row):
        asked = {name: self.cleaned_data[name] for name in ("method", "result") if name in self.cleaned_data}
        if {"on", "at"} & self.fields.keys():
            asked["occurred_at"] = moment_of(self.cleaned_data, row.occurred_at)
        return asked


class AmendInterventionForm(AmendForm, InterventionForm):
    """What happened in a 1:1."""

    def initial_of(self, row):
        return {"drugs": list(row.drugs.all()), "main_drug": row.main_drug_id}


amendable(ContactAttempt, AmendContactForm, Category.GENERAL)
amendable(Intervention, AmendInterventionForm, Category.HEALTH, apart={"concern": Category.SAFEGUARDING})
