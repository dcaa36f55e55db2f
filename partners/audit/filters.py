import contextlib
import datetime as dt
import uuid

import django_filters
from django import forms
from django.core.exceptions import ValidationError

from offenders.identifiers import KINDS, check_identifier
from offenders.models import Identifier, Offender
from partners.dated import midnight
from partners.frame.filters import DayFilter, FilterSet
from partners.frame.forms import Radios
from partners.models import User

from .models import Event


def people_known_by(text):
    """Ids of the people with exactly this reference, identifier or id; by reference, of all that is merged with them.

    An id is taken as it is: its person may be erased.
    """
    text = text.strip()
    with contextlib.suppress(ValueError):
        return [uuid.UUID(text)]
    numbers = set()
    for kind in KINDS:
        with contextlib.suppress(ValidationError):
            numbers.add((kind, check_identifier(kind, text)))
    people = Offender.objects.referred_to_as([text.replace(" ", "").upper()])
    ids = {pk for person in people for pk in person.all_ids}
    found = Identifier.objects.filter(value__in={value for _, value in numbers})
    return sorted(
        ids | {pk for pk, *number in found.values_list("offender", "kind", "value") if tuple(number) in numbers}
    )


class EventFilters(FilterSet):
    """Which events: about whom, by whom, of what kind, between two days."""

    unsaid = ("person", "user")

    person = django_filters.CharFilter(
        label="Person", method="about_person", help_text="Reference, PNC, CRO, NHS number or id. Not a name.",
    )  # fmt: skip
    user = django_filters.CharFilter(
        label="User", method="by_user", help_text="Their e-mail address.",
        widget=forms.EmailInput({"spellcheck": "false"}),
    )  # fmt: skip
    kind = django_filters.ChoiceFilter(label="Kind", choices=Event.Kind.choices, widget=Radios, empty_label=None)
    verb = django_filters.CharFilter(label="What was done", help_text="The code in the list: referral.accept.")
    since = DayFilter(label="From", method="from_day")
    until = DayFilter(label="To", method="to_day")

    class Meta(FilterSet.Meta):
        model = Event
        fields = []

    @property
    def people(self):
        """The ids asked for, when the search is for one person; else none."""
        text = self.form.cleaned_data.get("person") if self.form.is_valid() else ""
        return people_known_by(text) if text else []

    def about_person(self, events, name, text):
        people = people_known_by(text)
        return events.filter(offenders__overlap=people) if people else events.none()

    def by_user(self, events, name, text):
        user = User.objects.filter(email=User.objects.address_of(text)).values_list("pk", flat=True).first()
        return events.filter(by=user) if user else events.none()

    def from_day(self, events, name, day):
        return events.filter(at__gte=midnight(day))

    def to_day(self, events, name, day):
        return events.filter(at__lt=midnight(day + dt.timedelta(days=1)))
