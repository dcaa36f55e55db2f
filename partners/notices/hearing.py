"""How each member of staff hears of what, and the hours in which nobody is disturbed."""

import datetime as dt

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from partners.audit.models import Event
from partners.models import User
from partners.settings import setting

from .occasions import CHOSEN, URGENT, USUALLY, How, Occasion


class Preference(models.Model):
    """How one member of staff hears of one kind of occasion, where they said."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="preferences")
    occasion = models.CharField(max_length=10, choices=Occasion)
    how = models.CharField(max_length=5, choices=How)

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint("user", "occasion", name="preference_is_one_for_each_occasion"),
            models.CheckConstraint(
                name="what_is_urgent_is_told_at_once",
                condition=~Q(occasion__in=[*URGENT, Occasion.DIGEST]),
                violation_error_message="Of a concern, an early departure and an emergency you are told at once.",
            ),
        ]

    def __str__(self):
        return f"{self.get_occasion_display()}: {self.get_how_display()}"


class Quiet(models.Model):
    """Whether the quiet hours are kept for one member of staff. Where they never said, they are."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="quiet")
    is_kept = models.BooleanField()

    class Meta:
        default_permissions = []

    def __str__(self):
        return "Quiet hours" if self.is_kept else "At any hour"


def how_to_tell(user, occasion):
    """How this user is told of this kind of occasion."""
    if occasion not in CHOSEN:
        return How.NOW
    said = Preference.objects.filter(user=user.pk, occasion=occasion).values_list("how", flat=True).first()
    return said or USUALLY.get(occasion, How.NOW)


def preferences_of(user):
    """{occasion: how they hear of it}, of those that are theirs to choose; and `quiet_hours`, whether they have any."""
    said = dict(Preference.objects.filter(user=user.pk).values_list("occasion", "how"))
    hows = {str(one): str(said.get(one) or USUALLY.get(one, How.NOW)) for one in CHOSEN}
    return hows | {"quiet_hours": keeps_quiet(user)}


def keeps_quiet(user):
    return not Quiet.objects.filter(user=user.pk, is_kept=False).exists()


@transaction.atomic
def prefer(preferences, *, by):
    """From now on this user hears of things so: what `preferences_of` returns, or a part of it."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=by.pk)
    before = preferences_of(by)
    changed = {name: value for name, value in preferences.items() if before[name] != value}
    for name, value in changed.items():
        if name == "quiet_hours":
            Quiet.objects.update_or_create(user_id=by.pk, defaults={"is_kept": value})
        else:
            Preference.objects.update_or_create(user_id=by.pk, occasion=name, defaults={"how": value})
    if changed:
        Event.objects.record(
            Event.Kind.ADMINISTRATION, "preferences.change", by=by, subject=by, after=changed,
            before={name: before[name] for name in changed},
        )  # fmt: skip


def quiet_hours():
    """The hours of the day from which and to which nobody is disturbed."""
    begin, end = setting("quiet_hours")
    return int(begin), int(end)


def after_quiet(moment):
    """The moment itself; one in the quiet hours, when they end, on the clock of the place."""
    begin, end = quiet_hours()
    local = timezone.localtime(moment)
    over_midnight = begin > end
    is_quiet = local.hour >= begin or local.hour < end if over_midnight else begin <= local.hour < end
    if not is_quiet:
        return moment
    day = local.date() + dt.timedelta(days=over_midnight and local.hour >= begin)
    return timezone.make_aware(dt.datetime.combine(day, dt.time(end)))
