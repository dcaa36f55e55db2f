import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, Func, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry, Involvement, Offender
from offenders.workflow import Stepped, day_of
from partners.audit.models import Event
from partners.dated import Dated
from partners.models import Agreement
from partners.roles import Category
from partners.settings import setting
from referrals.rehab.workflow import PLACEMENT_STEPS, Stay

from .case import Case


class RehabUnit(Dated):
    """A residential rehab that takes people: how many, whom, at what price."""

    class Takes(models.TextChoices):
        MIXED = "mixed", "Men and women"
        MEN = "men", "Men"
        WOMEN = "women", "Women"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="rehab_units")
    name = models.CharField(max_length=120, unique=True)
    places = models.PositiveIntegerField(null=True, blank=True, help_text="How many people at once; empty: not known.")
    takes = models.CharField(max_length=6, choices=Takes, default=Takes.MIXED)
    has_detox = models.BooleanField("detox on site", default=False)
    restrictions = models.TextField(blank=True, help_text="Whom it cannot take: no arson, no recent prescribing.")
    weekly_price = models.DecimalField("price a week", max_digits=8, decimal_places=2, null=True, blank=True)

    class Meta(Dated.Meta):
        ordering = ["name", "id"]

    def __str__(self):
        return self.name


class PlacementQuerySet(models.QuerySet):
    def held_by(self, user):
        """Those of the user's team's cases."""
        return self.filter(case__in=Case.objects.held_by(user).values("pk"))

    def shared_with(self, user):
        return self.filter(case__in=Case.objects.shared_with(user).values("pk"))

    def sent_to(self, user):
        """Those requested of a rehab of the user's agency, while that agency is involved."""
        involved = Involvement.objects.live().filter(user.mine(), matter=OuterRef("pk"))
        return self.filter(Exists(involved), unit__agency=user.membership.agency_id if user.permissions else None)

    def visible_to(self, user):
        """Those of cases the user's team holds or shares, or sent to their rehab, about people they see."""
        if not user.has_perm("rehab.view_placement"):
            return self.none()
        seen = Offender.objects.visible_to(user).filter(pk=OuterRef("offender"))
        rows = self.model.objects
        theirs = rows.sent_to(user)
        if user.has_perm("rehab.view_case"):
            theirs = theirs | rows.held_by(user) | rows.shared_with(user)
        return self.filter(Exists(seen), pk__in=theirs.values("pk"))

    def live(self):
        """Requests and stays that have not ended."""
        return self.filter(status__in=[Stay.REQUESTED, Stay.OFFERED, Stay.BOOKED, Stay.ARRIVED])

    def in_house(self):
        return self.filter(status=Stay.ARRIVED)

    def with_names(self):
        return self.select_related("offender", "case", "case__facilitator", "case__referral", "unit", "unit__agency")


class Placement(Stepped):
    """A stay in residential rehab, from request to departure.

    Requested of one unit, which offers or declines; booked with expected dates; then arrival or not, and
    departure. Days in rehab run from the day of arrival up to, not including, the day of departure.
    """

    STEPS = PLACEMENT_STEPS

    class Reason(models.TextChoices):
        COMPLETED = "completed", "Completed"
        LEFT_EARLY = "left_early", "Left early"
        ASKED_TO_LEAVE = "asked_to_leave", "Asked to leave"
        MOVED_UNIT = "moved_unit", "Moved to another unit"
        HOSPITAL = "hospital", "Hospital"
        CUSTODY = "custody", "Custody"
        DIED = "died", "Died"
        UNKNOWN = "unknown", "Not known"

    class MoveOn(models.TextChoices):
        DRY_HOUSE = "dry_house", "Dry house or move-on house"
        SUPPORTED = "supported", "Supported housing"
        TENANCY = "tenancy", "Own tenancy"
        FAMILY = "family", "Family or friends"
        ANOTHER_REHAB = "another_rehab", "Another rehab"
        HOSTEL = "hostel", "Hostel"
        NO_FIXED_ABODE = "nfa", "No fixed abode"
        CUSTODY = "custody", "Custody"
        HOSPITAL = "hospital", "Hospital"
        DIED = "died", "Died"
        UNKNOWN = "unknown", "Not known"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="placements")
    offender = models.ForeignKey(Offender, models.PROTECT, related_name="placements", editable=False)
    unit = models.ForeignKey(
        RehabUnit, models.PROTECT, null=True, blank=True, related_name="placements", help_text="Empty: not known."
    )
    status = models.CharField(max_length=12, choices=Stay, default=Stay.REQUESTED, editable=False)
    requested_on = models.DateField()
    needs = models.TextField(blank=True, help_text="What the unit must know to answer: needs, risks, prescribing.")
    needs_detox = models.BooleanField(default=False)
    expected_arrival = models.DateField(null=True, blank=True)
    expected_departure = models.DateField(null=True, blank=True)
    arrived_on = models.DateField(null=True, blank=True, editable=False)
    departed_on = models.DateField(null=True, blank=True, editable=False)
    departure_reason = models.CharField(max_length=16, choices=Reason, blank=True, editable=False)
    move_on = models.CharField("move-on", max_length=16, choices=MoveOn, blank=True, editable=False)
    end_reason = models.CharField("why it did not happen", max_length=200, blank=True, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_on", "-id"]
        default_permissions = ["view"]
        permissions = [
            ("request_placement", "Placement: request"),
            *((f"{verb}_placement", f"Placement: {step.label.lower()}") for verb, step in PLACEMENT_STEPS.items()),
        ]
        indexes = [
            models.Index(fields=["unit", "status", "expected_arrival", "id"], name="placement_of_unit"),
            models.Index(fields=["case", "-requested_on", "-id"], name="placement_of_case"),
            models.Index(fields=["arrived_on", "departed_on"], name="placement_by_stay"),
            models.Index(fields=["-requested_on", "-id"], name="placement_by_day"),
        ]
        constraints = [
            models.CheckConstraint(
                name="arrival_is_recorded_with_its_day",
                condition=Q(status__in=["arrived", "departed"], arrived_on__isnull=False)
                | ~Q(status__in=["arrived", "departed"]) & Q(arrived_on=None),
            ),
            models.CheckConstraint(
                name="departure_is_recorded_with_its_day_and_reason",
                condition=(Q(status="departed", departed_on__isnull=False) & ~Q(departure_reason=""))
                | (~Q(status="departed") & Q(departed_on=None)),
            ),
            models.CheckConstraint(
                name="departure_is_not_before_arrival",
                condition=Q(departed_on=None) | Q(departed_on__gte=F("arrived_on")),
                violation_error_message="They cannot leave before they arrived.",
            ),
            models.CheckConstraint(
                name="expected_departure_is_not_before_arrival",
                condition=Q(expected_departure=None) | Q(expected_departure__gte=F("expected_arrival")),
                violation_error_message="They cannot be expected to leave before they arrive.",
            ),
            models.CheckConstraint(
                name="placement_that_failed_says_why",
                condition=~Q(status__in=["declined", "not_arrived", "withdrawn"]) | ~Q(end_reason=""),
                violation_error_message="Say why.",
            ),
            ExclusionConstraint(
                name="person_is_in_one_rehab_at_a_time",
                expressions=[
                    ("offender", RangeOperators.EQUAL),
                    (
                        Func(
                            "arrived_on",
                            "departed_on",
                            RangeBoundary(),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(arrived_on__isnull=False),
                violation_error_message="This person is already in rehab on some of these days.",
            ),
        ]

    def __str__(self):
        return f"{self.unit or 'Rehab'}, {self.get_status_display().lower()}"

    def get_absolute_url(self):
        return reverse("rehab:placement", args=[self.pk])

    @property
    def matters(self):
        return [self.case_id, self.pk]

    def days(self, until=None):
        """Days in rehab so far: arrival to departure, or to that day (today when left out) while there."""
        if not self.arrived_on:
            return 0
        return ((self.departed_on or until or timezone.localdate()) - self.arrived_on).days

    @classmethod
    def request(cls, case, *, by, unit, on=None, **fields):
        """Ask a unit for a place. The unit's agency sees the person, as far as the request carries, from now on."""
        held = Case.objects.visible_to(by).held_by(by).filter(pk=case.pk)
        if not (by.has_perm("rehab.request_placement") and held.exists()):
            raise PermissionDenied("You may not request a rehab place for this person.")
        if case.phase == "closed":
            raise ValidationError("This case is closed. Reopen it before requesting a place.", code="closed")
        at = day_of(on)
        with transaction.atomic():
            placement = cls(
                case=case, offender=case.offender, unit=unit, requested_on=on or timezone.localdate(), **fields
            )
            placement.full_clean()
            placement.save(force_insert=True)
            Event.objects.record(
                Event.Kind.COLLECTION, "placement.request", by=by, subject=placement, offenders=[case.offender_id]
            )
            if unit:
                agreement = Agreement.objects.on().filter(agencies=unit.agency).filter(agencies=case.agency).first()
                Involvement.open(
                    case.offender, agency=unit.agency, basis=Involvement.Basis.PLACEMENT, matter=placement.pk, by=by,
                    on=placement.requested_on, agreement=agreement,
                )  # fmt: skip
            placement._tell(f"Rehab place requested: {unit or 'unit not known'}", by=by, at=at)
        return placement

    def offer(self, *, by, on=None, expected_arrival=None):
        """The unit can take the person."""
        changes = {"expected_arrival": expected_arrival} if expected_arrival else {}
        self._take("offer", by=by, on=on, **changes)

    def decline(self, *, by, reason, on=None):
        self._fail("decline", by=by, on=on, reason=reason)

    def book(self, *, by, expected_arrival, expected_departure=None, on=None):
        """Agree the dates."""
        self._take(
            "book", by=by, on=on, expected_arrival=expected_arrival, expected_departure=expected_departure,
            sentence=f"Rehab place booked: {self.unit or 'unit not known'} from {expected_arrival:%-d %B %Y}",
        )  # fmt: skip

    def arrive(self, *, by, on=None):
        """The person arrived: the admission."""
        with transaction.atomic():
            self._take("arrive", by=by, on=on, arrived_on=on or timezone.localdate())
            self.case._take("enter_rehab", by=by, on=on, follows=True)

    def not_arrive(self, *, by, reason, on=None):
        self._fail("not_arrive", by=by, on=on, reason=reason)

    def depart(self, *, by, departure_reason, move_on=MoveOn.UNKNOWN, on=None):
        """The person left. Follow-ups fall due from this day; a death is written on their record, and none do."""
        day = on or timezone.localdate()
        label = self.Reason(departure_reason).label.lower()
        with transaction.atomic():
            self._take(
                "depart", by=by, on=on, sentence=f"Departed from rehab: {label}", departed_on=day,
                departure_reason=departure_reason, move_on=move_on,
            )  # fmt: skip
            Involvement.objects.end(self.pk, on=day)
            self.case._take("leave_rehab", by=by, on=on, follows=True)
            if departure_reason == self.Reason.DIED:
                Offender.objects.filter(pk=self.offender_id, deceased_on=None).update(deceased_on=day)
            elif departure_reason != self.Reason.MOVED_UNIT:
                FollowUp.objects.bulk_create(
                    FollowUp(case=self.case, placement=self, weeks=int(weeks), due_on=day + timedelta(weeks=int(weeks)))
                    for weeks in setting("follow_up_weeks", day)
                )

    def withdraw(self, *, by, reason, on=None):
        self._fail("withdraw", by=by, on=on, reason=reason)

    def _fail(self, verb, *, by, on, reason):
        with transaction.atomic():
            self._take(verb, by=by, on=on, reason=reason, end_reason=reason[:200])
            Involvement.objects.end(self.pk, on=on or timezone.localdate())


class Progress(models.Model):
    """A week in rehab, as the provider saw it."""

    class Engagement(models.TextChoices):
        WELL = "well", "Engaging well"
        MIXED = "mixed", "Up and down"
        POORLY = "poorly", "Not engaging"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    placement = models.ForeignKey(Placement, models.PROTECT, related_name="progress")
    on = models.DateField("week ending")
    engagement = models.CharField(max_length=8, choices=Engagement)
    text = models.TextField("how the week went")
    concern = models.TextField(
        blank=True, help_text="Anything that worries you about their safety or whether they will stay."
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="progress_written")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-on", "-recorded_at", "-id"]
        default_permissions = ["view", "add"]
        verbose_name_plural = "progress"
        constraints = [
            models.UniqueConstraint(
                fields=["placement", "on"], name="progress_is_recorded_once_a_week",
                violation_error_message="Progress for this week is already recorded.",
            )
        ]  # fmt: skip

    def __str__(self):
        return f"Week ending {self.on:%Y-%m-%d}"

    @classmethod
    def record(cls, placement, *, by, on, engagement, text, concern=""):
        """Log a week. Only while the person is there, by the rehab that has them."""
        theirs = Placement.objects.visible_to(by).sent_to(by).filter(pk=placement.pk)
        if not (by.has_perm("rehab.add_progress") and theirs.exists()):
            raise PermissionDenied("You may not record progress on this placement.")
        if placement.status not in (Stay.ARRIVED, Stay.DEPARTED) or on < placement.arrived_on:
            raise ValidationError("Progress is recorded for weeks in which the person was in rehab.", code="not_there")
        at = day_of(on)
        with transaction.atomic():
            row = cls(placement=placement, by=by, on=on, engagement=engagement, text=text, concern=concern)
            row.full_clean(exclude=["by"])
            row.save(force_insert=True)
            Event.objects.record(
                Event.Kind.COLLECTION, "progress.record", by=by, subject=row, offenders=[placement.offender_id]
            )
            told = f"Week in rehab, {row.get_engagement_display().lower()}: {text}"
            Entry.write(
                placement.offender_id, f"{told} Concern: {concern}" if concern else told, by=by, at=at,
                category=Category.GENERAL, matters=placement.matters, url=placement.get_absolute_url(),
            )  # fmt: skip
        return row


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user):
        if not user.has_perm("rehab.view_followup"):
            return self.none()
        return self.filter(case__in=Case.objects.visible_to(user))

    def due(self, on=None):
        """Not yet done, and due by that day (today when left out), while the person lives."""
        return self.filter(
            done_on=None, due_on__lte=on or timezone.localdate(), case__offender__deceased_on=None
        ).exclude(case__phase="closed")

    def done(self):
        return self.filter(done_on__isnull=False)

    def with_names(self):
        return self.select_related("case", "case__offender", "case__facilitator", "case__referral", "placement")


class FollowUp(models.Model):
    """A dated check after rehab: abstinent? offending? housed? Planned when the person departs, recorded when done."""

    class Answer(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        UNKNOWN = "unknown", "Not known"

    class How(models.TextChoices):
        SAID = "said", "They said so"
        TESTED = "tested", "Tested"
        OBSERVED = "observed", "Someone saw"
        UNKNOWN = "unknown", "Not known"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="follow_ups")
    placement = models.ForeignKey(Placement, models.PROTECT, null=True, blank=True, related_name="follow_ups")
    weeks = models.PositiveIntegerField(null=True, help_text="Weeks after departure; empty: not one of the set points.")
    due_on = models.DateField(null=True)
    done_on = models.DateField(null=True, blank=True)
    abstinent = models.CharField(max_length=8, choices=Answer, default=Answer.UNKNOWN)
    how_known = models.CharField(max_length=8, choices=How, default=How.UNKNOWN)
    offending = models.CharField(max_length=8, choices=Answer, default=Answer.UNKNOWN)
    housed = models.CharField(max_length=8, choices=Answer, default=Answer.UNKNOWN)
    working = models.CharField(max_length=8, choices=Answer, default=Answer.UNKNOWN)
    reached = models.BooleanField(default=True, help_text="Whether the person could be reached.")
    text = models.TextField("what was said", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="follow_ups")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, null=True, related_name="follow_ups")
    recorded_at = models.DateTimeField(null=True, editable=False)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "done_on", "id"]
        default_permissions = ["view"]
        permissions = [("record_followup", "Follow-up: record")]
        indexes = [
            models.Index(fields=["due_on", "id"], name="follow_up_due", condition=Q(done_on=None)),
            models.Index(fields=["case", "-done_on"], name="follow_up_of_case"),
        ]
        constraints = [
            models.CheckConstraint(
                name="follow_up_done_says_by_whom",
                condition=Q(done_on=None, by=None, recorded_at=None)
                | Q(done_on__isnull=False, by__isnull=False, recorded_at__isnull=False),
            ),
            models.CheckConstraint(name="follow_up_is_planned_or_done", condition=~Q(due_on=None, done_on=None)),
        ]

    def __str__(self):
        return f"{self.weeks}-week follow-up" if self.weeks else "Follow-up"

    @property
    def offender_id(self):
        return self.case.offender_id

    @classmethod
    def add(cls, case, *, by, on, weeks=None, placement=None, **answers):
        """Record a check that was not planned."""
        follow_up = cls(case=case, placement=placement, weeks=weeks, due_on=None)
        follow_up.record(by=by, on=on, **answers)
        return follow_up

    def record(self, *, by, on, **answers):
        """Write down what was found. `answers`: abstinent, how_known, offending, housed, working, reached, text."""
        if not (by.has_perm("rehab.record_followup") and Case.objects.visible_to(by).filter(pk=self.case_id).exists()):
            raise PermissionDenied("You may not record this follow-up.")
        at = day_of(on)
        with transaction.atomic():
            if not self._state.adding:
                self.refresh_from_db(from_queryset=FollowUp.objects.select_for_update())
                if self.done_on:
                    raise ValidationError("This follow-up is already recorded. Amend it instead.", code="done")
            for field, value in {**answers, "done_on": on, "by": by, "agency": by.membership.agency}.items():
                setattr(self, field, value)
            self.recorded_at = timezone.now()
            self.full_clean(exclude=["by"])
            self.save()
            Event.objects.record(
                Event.Kind.COLLECTION, "follow_up.record", by=by, subject=self, offenders=[self.offender_id],
                happened_on=on,
            )  # fmt: skip
            found = (
                f"abstinent: {self.get_abstinent_display().lower()}, offending: {self.get_offending_display().lower()}"
                if self.reached
                else "could not be reached"
            )
            Entry.write(
                self.offender_id, f"{self}: {found}", by=by, at=at, category=Category.HEALTH, matters=[self.case_id],
                url=f"{self.case.get_absolute_url()}throughcare/",
            )  # fmt: skip
