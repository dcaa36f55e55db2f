"""What is said of someone on the street, as the referral it will be: by the pages and by the API."""

import datetime as dt

from offenders.models import Offender

from .journey_forms import WhoForm
from .models import Referral, Resolution
from .operations import person_of
from .pathways import Pathway, Source
from .street_forms import HappenedForm, TermsForm


def area_of(person):
    """Where they live: as said of someone new, as recorded of someone known; None where that is not known."""
    if isinstance(person, WhoForm):
        return person.cleaned_data["area"]
    address = person.addresses.on().select_related("area").order_by("-valid_from", "pk").first()
    return address and address.area


def answers_of(person):
    """Fields of the referral of this person, an Offender or a valid `WhoForm`."""
    return {"source": Source.OFFICER, "area": area_of(person)}


def to_be(person, resolution, *, by, key=None):
    """The referral to be, and its resolution of these fields with what follows from them; nothing of it is saved."""
    offender = Offender(**person.facts) if isinstance(person, WhoForm) else person
    hat, key = by.membership, {"id": key} if key else {}
    referral = Referral(
        pathway=Pathway.DIVERT, from_agency=hat.agency, from_unit=hat.unit, offender=offender, **key,
        **answers_of(person),
    )  # fmt: skip
    record = Resolution(referral=referral, **resolution)
    for name, value in record.worked_out().items():
        setattr(record, name, value)
    return referral


class Asked:
    """What a journey has said so far: the person, the forms of its pages, the referral to be with its resolution.

    `lacks` is the first page whose answers are missing, or do not hold any more; None where nothing is.
    """

    person = referral = None
    resolution = {}  # what was said of it, as fields

    def __init__(self, journey, *, user):
        self.journey, self.user = journey, user
        self.lacks = self._read()

    def _read(self):
        self.person = person_of(self.journey, user=self.user)
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

    def _be(self, resolution):
        if self.is_new:
            self.person.seen_as = self.journey.said("happened").get("officer_ethnicity", "")
        self.resolution = resolution
        self.referral = to_be(self.person, resolution, by=self.user, key=self.journey.pk)
