from django import template
from django.utils import timezone

from referrals.booking.models import Mode
from referrals.booking.workflow import Status

register = template.Library()

COLOURS = {Status.BOOKED: "blue", Status.ATTENDED: "green", Status.MISSED: "red", Status.CALLED_OFF: "orange"}


@register.filter
def mode_words(mode):
    """ "by phone": how two people meet, inside a sentence."""
    return Mode(mode).in_words if mode else "not known how"


@register.filter
def status_tag(appointment):
    """The class of the tag that says how an appointment stands."""
    return f"govuk-tag--{COLOURS.get(appointment.status, 'grey')}"


@register.filter
def is_young(appointment):
    """Whether it is of someone who was under 18 that day: a young person's."""
    resolution = getattr(appointment.referral, "resolution", None)
    age = appointment.offender.age(timezone.localdate(appointment.starts_at))
    return bool(resolution and resolution.is_child) or (age is not None and age < 18)


@register.filter
def is_unsaid(appointment):
    """Whether it is over, and nobody said what came of it."""
    return appointment.status == Status.BOOKED and appointment.ends_at <= timezone.now()


@register.filter
def at(figures, name):
    """The figure of this name."""
    return figures[name]
