import django_filters
from django_filters import MultipleChoiceFilter

from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes
from partners.models import Agency

from .forms import WRITTEN
from .models import Entry, Note, Offender


def visible_offenders(request):
    return Offender.objects.visible_to(request.user) if request else Offender.objects.none()


class TimelineFilter(FilterSet):
    """What to show of one person's timeline; the agencies to choose from are those in it."""

    kind = MultipleChoiceFilter(label="What", choices=Entry.Kind.choices, widget=Checkboxes)
    agency = django_filters.ModelMultipleChoiceFilter(label="Agency", queryset=Agency.objects.none(), widget=Checkboxes)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        there = Agency.objects.filter(pk__in=self.queryset.order_by().values("agency"))
        self.filters["agency"].queryset = there


class EntryFilter(TimelineFilter):
    """The API's timeline: always of one person."""

    offender = django_filters.ModelChoiceFilter(queryset=visible_offenders, required=True)


class NoteFilter(FilterSet):
    offender = django_filters.ModelChoiceFilter(queryset=visible_offenders, required=True)
    kind = MultipleChoiceFilter(choices=Note.Kind.choices)
    category = MultipleChoiceFilter(choices=[(category.value, category.label) for category in WRITTEN])
