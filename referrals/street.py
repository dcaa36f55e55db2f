"""What a journey from the street has said so far, read again from what was typed."""

import datetime as dt

from offenders.models import Offender

from .journey_forms import WhoForm
from .journey_views import person_of
from .models import Referral, Resolution
from .pathways import Source
from .street_forms import HappenedForm, TermsForm


class Asked:
    """The person, the forms of the pages that were answered, and the referral to be with its resolution, not saved.

    `lacks` is the first page whose answers are missing, or do not hold any more; None where nothing is.
    """

    person = referral = None
    resolution = {}  # what was said of it, as fields

    def __init__(self, request, journey):
        self.journey, self.user = journey, request.user
        self.lacks = self._read(request)

    def _read(self, request):
        self.person = person_of(request, self.journey)
        if self.person is None:
            return "match"
        happened = self.happened_form()
        if not happened.is_valid():
            return "happened"
        self._be(happened.resolution_fields())
        terms = self.terms_form()
        if not terms.is_valid():
            return "terms"
        accepted_at = dt.datetime.fromisoformat(self.journey.said("terms")["accepted_at"])
        self._be(self.resolution | terms.resolution_fields(accepted_at))
        return None

    @property
    def is_new(self):
        return isinstance(self.person, WhoForm)

    def happened_form(self, data=None):
        """The form of what happened, with these answers or those given before."""
        return HappenedForm(self.journey.said("happened") if data is None else data, is_new=self.is_new)

    def terms_form(self, data=None):
        """The form of the terms, of what is known to have happened."""
        said = self.journey.said("terms") if data is None else data
        return TermsForm(said, is_child=self.referral.resolution.is_child)

    @property
    def answers(self):
        """Fields of the referral."""
        return {"source": Source.OFFICER, "area": self.area}

    @property
    def area(self):
        """Where they live: as typed of someone new, as recorded of someone known; None where that is not known."""
        if self.is_new:
            return self.person.cleaned_data["area"]
        address = self.person.addresses.on().select_related("area").order_by("-valid_from", "pk").first()
        return address and address.area

    def _be(self, resolution):
        """The referral, and behind it a resolution of these fields with what follows from them."""
        hat = self.user.membership
        if self.is_new:
            self.person.seen_as = self.journey.said("happened").get("officer_ethnicity", "")
        self.resolution = resolution
        self.referral = Referral(
            id=self.journey.pk, pathway=self.journey.pathway, from_agency=hat.agency, from_unit=hat.unit,
            offender=Offender(**self.person.facts) if self.is_new else self.person, **self.answers,
        )  # fmt: skip
        record = Resolution(referral=self.referral, **resolution)
        for name, value in record.worked_out().items():
            setattr(record, name, value)
