"""Choosing a colleague: what each carries, what they are good at, and whether they are away."""

from functools import cached_property

from django import forms
from django.utils.formats import date_format

from partners.frame.forms import Radios
from partners.frame.templatetags.frame import lower_first

from .models import Cover

# Said by the apps above, of the team of the hat that a user wears: functions of the user.
CARRIED = []  # {id: what each carries, in words}
AWAY = []  # {id: the last day of those who are away today}


def away(user):
    """Those of the user's agency who are away today: {id: their last day}."""
    covers = Cover.objects.holding().filter(agency=user.membership.agency_id)
    days = dict(covers.values_list("absent", "valid_to"))
    for tell in AWAY:
        days |= {pk: max(day, days.get(pk, day)) for pk, day in tell(user).items()}
    return days


class Colleagues:
    """What the pickers of one page say of those whom this user may choose; looked up once, and only when asked."""

    def __init__(self, user):
        self.user = user

    @cached_property
    def carried(self):
        return {pk: words for tell in CARRIED for pk, words in tell(self.user).items()}

    @cached_property
    def away(self):
        return away(self.user)

    def in_words(self, one, carries=""):
        """ "Ama Worker: 12 clients, load 27 of 30. Punjabi. Away until 4 December." """
        told = [
            self.carried.get(one.pk, carries),
            ", ".join(one.skills_in_words),
            f"Away until {date_format(self.away[one.pk], 'j F')}" if one.pk in self.away else "",
        ]
        told = [words for words in told if words]
        return f"{one}: {'. '.join([lower_first(told[0]), *told[1:]])}" if told else str(one)


class ColleagueField(forms.ModelChoiceField):
    """One of a team. The form says among whom, and who asks."""

    widget = Radios
    colleagues = None

    def among(self, rows, user):
        self.queryset, self.colleagues = rows, Colleagues(user)

    def carries(self, one):
        """What they carry, where no app says more of it."""
        return ""

    def label_from_instance(self, one):
        return self.colleagues.in_words(one, self.carries(one))
