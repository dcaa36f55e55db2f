"""Which slots and appointments an answer of the API holds."""

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError

from partners.dated import midnight
from partners.frame.filters import DayFilter, FilterSet
from partners.frame.forms import Checkboxes, DateField, FilterForm
from partners.models import Area, User
from referrals.models import Referral

from .diary import team_of
from .models import Appointment, Mode
from .slots import DAY
from .workflow import Status

MOST = 200


class SlotsForm(FilterForm):
    """How, when and with whom; `area` is where the person lives, `referral` the one it is for."""

    mode = forms.MultipleChoiceField(choices=Mode, required=False, widget=Checkboxes)
    to = DateField(label="To", required=False)
    area = forms.ModelChoiceField(Area.objects.all(), required=False)
    worker = forms.UUIDField(required=False)
    referral = forms.ModelChoiceField(Referral.objects.none(), required=False)
    size = forms.IntegerField(min_value=1, max_value=MOST, required=False)

    def __init__(self, data, *, user):
        super().__init__(data)
        self.fields["from"] = DateField(label="From", required=False)
        self.fields["referral"].queryset = Referral.objects.visible_to(user)

    def clean(self):
        said = super().clean()
        if said.get("from") and said.get("to") and said["to"] < said["from"]:
            raise ValidationError("The last day cannot be before the first.")
        return said

    @property
    def asked(self):
        """The same in the words of `slots.free`; of a referral, its area and its person."""
        said, referral = self.cleaned_data, self.cleaned_data["referral"]
        return {
            "worker": said["worker"], "after": said["from"] and midnight(said["from"]),
            "until": said["to"] and midnight(said["to"] + DAY), "limit": said["size"] or 20,
            "person": referral and referral.offender_id,
        }  # fmt: skip

    @property
    def lives_in(self):
        referral = self.cleaned_data["referral"]
        return self.cleaned_data["area"] or (referral and referral.area_id)


class AppointmentFilters(FilterSet):
    """By how they stand, how the two meet, with whom, for which referral, and on which days."""

    status = filters.MultipleChoiceFilter(
        choices=[pair for pair in Status.choices if pair[0] != Status.HELD], widget=Checkboxes, label="Status",
        distinct=False,
    )  # fmt: skip
    mode = filters.MultipleChoiceFilter(choices=Mode.choices, widget=Checkboxes, label="How", distinct=False)
    worker = filters.ModelChoiceFilter(queryset=lambda request: workers_seen(request), label="With")
    referral = filters.UUIDFilter(label="Referral")

    class Meta(FilterSet.Meta):
        model = Appointment
        fields = ["status", "mode", "worker", "referral"]

    def from_day(self, rows, name, day):
        return rows.filter(starts_at__gte=midnight(day))

    def to_day(self, rows, name, day):
        return rows.filter(starts_at__lt=midnight(day + DAY))


# “from” is no name that a class can give
AppointmentFilters.base_filters |= {
    "from": DayFilter(label="From", method="from_day"),
    "to": DayFilter(label="To", method="to_day"),
}


def workers_seen(request):
    """Those of the appointments that the user sees."""
    if request is None:
        return User.objects.none()
    seen = Appointment.objects.visible_to(request.user).order_by().values("worker")
    return User.objects.filter(pk__in=seen) | team_of(request.user)
