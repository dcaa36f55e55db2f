"""What a list of referrals can be asked for, by page and API alike."""

import django_filters as filters
from django.db.models import Exists, OuterRef

from partners.frame.filters import DayFilter, FilterSet
from partners.frame.forms import Checkboxes, Radios
from partners.models import Unit

from .models import Cover, Referral
from .pathways import Pathway, every_open_pathway
from .workflow import Status


def units_seen_by(request):
    """The units that sent a referral this user sees: no choice tells of a hidden row."""
    seen = Referral.objects.visible_to(request.user).filter(from_unit=OuterRef("pk"))
    return Unit.objects.filter(Exists(seen))


class ReferralFilters(FilterSet):
    whose = filters.ChoiceFilter(
        label="Whose",
        method="filter_whose",
        widget=Radios,
        empty_label="Any",
        choices=[
            ("mine", "Sent by me"),
            ("sent", "Sent by my unit"),
            ("received", "Received by my unit"),
            ("worked", "Given to me"),
        ],
    )
    status = filters.MultipleChoiceFilter(label="Status", choices=Status.choices, widget=Checkboxes)
    pathway = filters.ChoiceFilter(
        label="Pathway",
        widget=Radios,
        empty_label="Any",
        choices=lambda: [(one, Pathway(one).label) for one in every_open_pathway()],
    )
    from_unit = filters.ModelChoiceFilter(label="From unit", queryset=units_seen_by, empty_label="Any")
    referred_from = DayFilter(label="Referred on or after", field_name="referred_on", lookup_expr="gte")
    referred_to = DayFilter(label="Referred on or before", field_name="referred_on", lookup_expr="lte")

    class Meta(FilterSet.Meta):
        model = Referral
        fields = []

    def filter_whose(self, rows, name, value):
        user = self.request.user
        return {
            "mine": lambda: rows.filter(referred_by=user),
            "sent": lambda: rows.filter(pk__in=Referral.objects.sent_by(user).values("pk")),
            "received": lambda: rows.filter(pk__in=Referral.objects.received_by(user).values("pk")),
            "worked": lambda: rows.filter(worker__in=Cover.stood_in_for(user)),
        }[value]()
