"""Which of the messages to oneself a list shows, by page and by API."""

import django_filters as filters

from partners.frame.filters import FilterSet
from partners.frame.forms import Checkboxes

from .models import Notice
from .occasions import Occasion


class NoticeFilter(FilterSet):
    occasion = filters.MultipleChoiceFilter(label="About what", choices=Occasion.choices, widget=Checkboxes)

    class Meta(FilterSet.Meta):
        model = Notice
        fields = ["occasion"]
