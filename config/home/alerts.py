"""The reviewer's panel of odd reading."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from offenders.alerts.models import Alert
from partners.frame.paging import capped_count

from .panels import Line, Panel, day_words, few

WITHIN = timedelta(days=7)  # a week after it was found it is late


def to_look_into(user):
    alerts = Alert.objects.visible_to(user).open()
    late = timezone.now() - WITHIN
    lines = [
        Line(str(row.user), f"{row.get_rule_display()}, {day_words(row.day)}", row.get_absolute_url(),
             overdue=row.raised_at < late)
        for row in few(alerts.with_names().order_by("raised_at", "pk"))
    ]  # fmt: skip
    words = "" if lines else "The record shows nothing that is out of the ordinary."
    url = f"{reverse('alerts:list')}?status=open"
    return Panel("Reading to look into", url, count=capped_count(alerts), lines=lines, words=words)
