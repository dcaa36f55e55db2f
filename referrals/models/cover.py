"""Who stands in for a colleague that is away, and from when to when."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from offenders.models import Offender
from offenders.workflow import Stepped, TooLate, insert
from partners.audit.models import Event
from partners.dated import Dated, DatedQuerySet, days
from partners.models import Membership
from partners.notices.models import Notice
from partners.notices.occasions import Occasion
from referrals.workflow import COVER_STEPS, Arranged

# What a colleague leaves behind, said by the apps above: functions of a cover that give rows with an `offender`.
LEFT_BEHIND = []


class CoverQuerySet(DatedQuerySet):
    def visible_to(self, user):
        """Those of the user's team."""
        return self.of_team(user) if user.has_perm("referrals.view_cover") else self.none()

    def of_team(self, user):
        """Those of the user's team."""
        return self.filter(user.mine())

    def arranged(self):
        """Those not cancelled."""
        return self.filter(status=Arranged.ARRANGED)

    def holding(self, day=None):
        """Those under which someone stands in that day; today when left out."""
        return self.arranged().on(day)

    def ahead(self):
        """Those that hold today or will."""
        return self.arranged().filter(valid_to__gte=timezone.localdate())

    def of(self, user):
        """Those under which this user, in the hat they wear, stands in today."""
        return self.holding().filter(user.mine(), covered_by=user.pk)

    def with_names(self):
        return self.select_related("absent", "covered_by", "agency", "unit", "made_by")


class Cover(Dated, Stepped):
    """One member of a team stands in for another who is away, from one day to another, both included.

    Nothing is moved: while it holds, what is the absent one's shows as the other's to do as well, and what was done
    is credited to who did it. It opens nobody: the other sees what their own hat in the same team shows.
    """

    STEPS = COVER_STEPS
    KIND = Event.Kind.ADMINISTRATION

    class Reason(models.TextChoices):
        LEAVE = "leave", "Leave"
        SICKNESS = "sickness", "Sickness"
        COURSE = "course", "A course"
        OTHER = "other", "Something else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    absent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="absences")
    covered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="covers")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="covers", editable=False)
    unit = models.ForeignKey(
        "partners.Unit", models.PROTECT, null=True, related_name="covers", editable=False,
        help_text="Empty where the team is the whole agency.",
    )  # fmt: skip
    reason = models.CharField("why they are away", max_length=8, choices=Reason)
    status = models.CharField(max_length=10, choices=Arranged, default=Arranged.ARRANGED, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="covers_made", editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CoverQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["valid_from", "id"]
        default_permissions = ["view", "add"]
        permissions = [(f"{verb}_cover", f"Cover: {step.label.lower()}") for verb, step in COVER_STEPS.items()]
        indexes = [
            models.Index(
                fields=["covered_by", "valid_to"], name="cover_of_user", condition=Q(status="arranged"),
            ),
            models.Index(fields=["agency", "unit", "valid_to", "id"], name="cover_of_team"),
        ]  # fmt: skip
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="cover_says_its_last_day",
                condition=Q(valid_to__isnull=False),
                violation_error_message="Say the last day. It can be changed while it holds.",
            ),
            models.CheckConstraint(
                name="nobody_stands_in_for_themselves",
                condition=~Q(absent=F("covered_by")),
                violation_error_message="Nobody stands in for themselves. Choose someone else.",
            ),
            ExclusionConstraint(
                name="absent_one_is_covered_once_at_a_time",
                expressions=[
                    ("absent", RangeOperators.EQUAL),
                    ("agency", RangeOperators.EQUAL),
                    (days(), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="arranged"),
                violation_error_message="Someone stands in for them on some of these days already. Change that first.",
            ),
        ]

    def __str__(self):
        return f"{self.covered_by} for {self.absent}"

    def get_absolute_url(self):
        return reverse("cover:cover", args=[self.pk])

    @property
    def about(self):
        """It concerns staff, and none of the people they work with."""
        return []

    @property
    def is_over(self):
        return self.valid_to < timezone.localdate()

    @property
    def is_ahead(self):
        """Whether it holds today or will."""
        return self.status == Arranged.ARRANGED and not self.is_over

    @property
    def has_begun(self):
        return self.valid_from <= timezone.localdate()

    @property
    def days_in_words(self):
        return f"{date_format(self.valid_from, 'j F')} to {date_format(self.valid_to, 'j F Y')}"

    @property
    def stands(self):
        """Whether it holds, in words."""
        if self.status == Arranged.CANCELLED:
            return "Cancelled"
        return "Over" if self.is_over else "Holds now" if self.has_begun else "Arranged"

    @property
    def left_out(self):
        """How many restricted people the absent one works with whom the other is not named for, and so does not see."""
        theirs = set()
        for rows in LEFT_BEHIND:
            theirs |= set(rows(self).filter(offender__is_restricted=True).values_list("offender", flat=True))
        named = Offender.objects.open_to(self.covered_by).filter(pk__in=theirs)
        return len(theirs) - (named.count() if theirs else 0)

    @classmethod
    def stood_in_for(cls, user):
        """The ids of those whose work is this user's today, in the hat they wear: their own, and whom they cover."""
        return [user.pk, *cls.objects.of(user).order_by().values_list("absent", flat=True)]

    @classmethod
    def may_arrange(cls, user):
        return user.has_perm("referrals.add_cover")

    @classmethod
    def members(cls, user):
        """Those who work in the user's team today; nobody where their hat is of no team."""
        return Membership.objects.on().filter(user.mine(), user__is_active=True).users()

    @classmethod
    @transaction.atomic
    def arrange(cls, *, by, absent, covered_by, first, last, reason):
        """Have one of the team stand in for another. Raises PermissionDenied, or ValidationError where one of them is
        not in the team, or is not there, on some of these days."""
        if not (cls.may_arrange(by) and cls.members(by).filter(pk=absent.pk).exists()):
            raise PermissionDenied("You may not arrange who stands in for them.")
        if first < timezone.localdate():
            raise ValidationError({"first": "Someone stands in from today on, or from a later day."}, code="past")
        unit = None if by.has_perm("partners.work_agency_wide") else by.membership.unit
        cover = cls(
            absent=absent, covered_by=covered_by, agency=by.membership.agency, unit=unit, valid_from=first,
            valid_to=last, reason=reason, made_by=by,
        )  # fmt: skip
        insert(cover, sure_of=["absent", "covered_by", "agency", "unit", "made_by"])
        Event.objects.record(
            cls.KIND, "cover.add", by=by, subject=cover, absent=str(absent.pk), covered_by=str(covered_by.pk),
            first=str(first), last=str(last),
        )  # fmt: skip
        where = f"{settings.SITE_URL}{cover.get_absolute_url()}"
        Notice.send(
            key=f"cover {cover.pk}", channel=Notice.Channel.EMAIL, to=covered_by.email, for_user=covered_by,
            occasion=Occasion.COVER, tells_of=cover.pk, by=by, subject="You are to stand in for a colleague",
            text=f"You are to stand in for a colleague. Sign in to see for whom, and from when to when: {where}",
        )  # fmt: skip
        return cover

    @transaction.atomic
    def end(self, *, by, last):
        """Its last day, sooner or later than was said; yesterday at the earliest."""
        self.refresh_from_db(from_queryset=Cover.objects.select_for_update())
        if self.is_over:
            raise TooLate("You cannot change the last day: it is over.")
        if last < timezone.localdate() - timedelta(days=1):
            raise ValidationError({"last": "What was done under it stays so. It ends yesterday or later."}, code="past")
        said = f"until {date_format(last, 'j F Y')}, not {date_format(self.valid_to, 'j F Y')}"
        self._take("end", by=by, reason=said, valid_to=last)

    @transaction.atomic
    def cancel(self, *, by, reason=""):
        """It does not take place."""
        self.refresh_from_db(from_queryset=Cover.objects.select_for_update())
        if self.valid_from < timezone.localdate():
            raise TooLate("You cannot cancel this: it has begun. Change its last day.")
        self._take("cancel", by=by, reason=reason)

    def steps_for(self, user):
        """What is over stays; what began before today ends, and is not undone."""
        steps = {} if self.is_over else super().steps_for(user)
        if self.valid_from < timezone.localdate():
            steps.pop("cancel", None)
        return steps

    def _tell(self, sentence, **told):
        """It is on nobody's timeline."""
