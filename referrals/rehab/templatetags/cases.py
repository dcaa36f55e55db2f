from django import template
from django.utils import timezone
from django.utils.dateformat import format as format_date

from referrals.rehab.workflow import Phase

register = template.Library()

PHASE_COLOURS = {
    Phase.ASSESSING: "yellow",
    Phase.PREPARING: "blue",
    Phase.DETOX: "purple",
    Phase.IN_REHAB: "green",
    Phase.THROUGHCARE: "teal",
}
RISK_COLOURS = {"high": "red", "medium": "orange", "low": "green"}


def days_until(day):
    return (day - timezone.localdate()).days


def in_days(number):
    return "1 day" if number == 1 else f"{number} days"


@register.filter
def ago(moment, otherwise="None recorded"):
    """ "today", "yesterday", "12 days ago"."""
    if not moment:
        return otherwise
    days = -days_until(timezone.localdate(moment) if hasattr(moment, "hour") else moment)
    return {0: "today", 1: "yesterday"}.get(days, f"{in_days(days)} ago")


@register.filter
def due(day):
    """ "3 days overdue", "due today", "due tomorrow", "due 4 March 2026"."""
    if not day:
        return ""
    days = days_until(day)
    if days < 0:
        return f"{in_days(-days)} overdue"
    return {0: "due today", 1: "due tomorrow"}.get(days, f"due {format_date(day, 'j F Y')}")


@register.filter
def is_past(day):
    return bool(day) and days_until(day) < 0


@register.filter
def stay_day(arrived_on):
    """Which day of the stay today is: the day of arrival is day 1."""
    return 1 - days_until(arrived_on)


@register.filter
def phase_colour(phase):
    return PHASE_COLOURS.get(phase, "grey")


@register.filter
def risk_colour(risk):
    return RISK_COLOURS.get(risk, "grey")
