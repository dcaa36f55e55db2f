import datetime as dt
import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, models, transaction
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from offenders.models import Offender
from offenders.workflow import Stepped, TooLate, insert, the_databases_no
from partners.audit.models import Event
from partners.dated import midnight
from partners.frame.templatetags.frame import moment
from partners.models import User
from partners.settings import setting
from referrals.models import Referral
from referrals.workflow import UNDER_WAY
from referrals.workflow import Status as ReferralStatus

from ..workflow import APPOINTMENT_STEPS, TOOK_TIME, Status
from .availability import ANYWHERE, Mode
from .contact import keep_first_contact

RACE, CLASH = "worker_sees_one_person_at_a_time", "person_has_one_appointment_at_a_time"
TWICE = "one_hold_for_one_referral_by_one_user"
AT_ONCE = 5  # referrals that one user finishes side by side; the oldest hold makes way
TRIES = 3  # where two bookings wait for each other the database ends one, which tries again


def _time():
    """From start to end as a range, for constraints."""
    bounds = RangeBoundary(inclusive_lower=True, inclusive_upper=False)
    return Func("starts_at", "ends_at", bounds, function="TSTZRANGE", output_field=DateTimeRangeField())


class AppointmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of referrals the user sees: a hold is of none, and nobody's but its own page's."""
        if not user.has_perm("booking.view_appointment"):
            return self.none()
        return self.filter(referral__in=Referral.objects.visible_to(user).values("pk"))

    def given_by(self, user):
        """Those that the user's team gives."""
        return self.filter(user.mine())

    def sent_by(self, user):
        """Those of referrals that the user's team sent."""
        return self.filter(referral__in=Referral.objects.sent_by(user).values("pk"))

    def of_worker(self, user):
        return self.filter(worker=user)

    def taking_time(self, now=None):
        """Those whose time nothing else may have: kept, or to come, or held by someone for the moment."""
        held_no_longer = Q(status=Status.HELD, held_until__lte=now or timezone.now())
        return self.filter(status__in=TOOK_TIME, is_day_only=False).exclude(held_no_longer)

    def expired(self, now=None):
        """Holds whose time to be finished is over."""
        return self.filter(status=Status.HELD, held_until__lte=now or timezone.now())

    def held_by(self, user, key):
        """What the user holds while they finish the referral of this key."""
        return self.filter(status=Status.HELD, recorded_by=user, held_for=key)

    def coming(self, now=None):
        """Those booked whose time is still to come."""
        return self.filter(status=Status.BOOKED, starts_at__gt=now or timezone.now())

    def attended(self):
        return self.filter(status=Status.ATTENDED)

    def with_names(self):
        return self.select_related("offender", "worker", "referral", "referral__offender", "agency", "unit")


class Appointment(Stepped):
    """One worker, one person, one time.

    Of history brought in, the day alone is known: then it is somewhere between the midnights, and with whom and how is
    not known, so that it is in nobody's way.

    Held while a form is finished, then booked; recorded when its time is past: attended, missed, or it did not take
    place. One that is rescheduled stays as it was, and another replaces it.
    """

    STEPS = APPOINTMENT_STEPS

    class Kind(models.TextChoices):
        ONE_TO_ONE = "one_to_one", "1:1"
        FOLLOW_UP = "follow_up", "Follow-up 1:1"

    class AskedBy(models.TextChoices):
        PERSON = "person", "The person"
        WORKER = "worker", "The worker"
        OFFICER = "officer", "The officer"
        OTHER = "other", "Someone else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, null=True, editable=False, related_name="appointments")
    offender = models.ForeignKey(Offender, models.PROTECT, null=True, editable=False, related_name="appointments")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ONE_TO_ONE)
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="appointments")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, blank=True, related_name="appointments")
    starts_at = models.DateTimeField("starts")
    ends_at = models.DateTimeField("ends")
    mode = models.CharField(max_length=8, choices=Mode, blank=True)
    place = models.CharField(max_length=120, blank=True)
    is_day_only = models.BooleanField(
        default=False, editable=False, help_text="Only the day is known, where history was brought in."
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.BOOKED, editable=False)
    held_until = models.DateTimeField(null=True, editable=False)
    held_for = models.UUIDField(
        null=True, editable=False, help_text="The key of the referral that is being finished, or moved."
    )
    late_minutes = models.PositiveSmallIntegerField("minutes late", null=True, blank=True, editable=False)
    change_reason = models.CharField("why it was changed", max_length=200, blank=True, editable=False)
    change_asked_by = models.CharField(
        "who asked for the change", max_length=8, choices=AskedBy, blank=True, editable=False
    )
    replaces = models.OneToOneField("self", models.PROTECT, null=True, editable=False, related_name="replaced_by")
    outcome_recorded_at = models.DateTimeField(null=True, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="appointments_recorded"
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        default_permissions = ["view"]
        permissions = [
            ("book_appointment", "Can book an appointment"),
            *(
                (f"{verb}_appointment", f"Appointment: {step.label.lower()}")
                for verb, step in APPOINTMENT_STEPS.items()
            ),
        ]
        indexes = [
            models.Index(fields=["worker", "starts_at", "id"], name="appointment_of_worker"),
            models.Index(fields=["agency", "starts_at", "id"], name="appointment_of_agency"),
            models.Index(fields=["referral", "starts_at"], name="appointment_of_referral"),
            models.Index(fields=["held_until"], name="appointment_held", condition=Q(status="held")),
            models.Index(fields=["agency", "starts_at"], name="appointment_to_come", condition=Q(status="booked")),
        ]
        constraints = [
            ExclusionConstraint(
                name=RACE,
                expressions=[("worker", RangeOperators.EQUAL), (_time(), RangeOperators.OVERLAPS)],
                condition=Q(status__in=sorted(TOOK_TIME), is_day_only=False),
                violation_error_message="This time has just been taken. Choose another.",
            ),
            ExclusionConstraint(
                name=CLASH,
                expressions=[("offender", RangeOperators.EQUAL), (_time(), RangeOperators.OVERLAPS)],
                condition=Q(status__in=sorted(TOOK_TIME), is_day_only=False),
                violation_error_message="They have another appointment at that time.",
            ),
            models.CheckConstraint(
                name="appointment_at_a_time_is_with_someone_somehow",
                condition=Q(is_day_only=True, worker=None, mode="")
                | (Q(is_day_only=False, worker__isnull=False) & ~Q(mode="")),
            ),
            models.CheckConstraint(
                name="appointment_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="The end has to be after the start.",
            ),
            models.CheckConstraint(
                name="only_a_hold_is_about_nobody",
                condition=(
                    Q(status="held", referral=None, offender=None, held_until__isnull=False)
                    | (~Q(status="held") & Q(referral__isnull=False, offender__isnull=False, held_until=None))
                ),
            ),
            models.CheckConstraint(
                name="changed_appointment_says_why_and_who_asked",
                condition=~Q(status__in=["rescheduled", "cancelled"]) | (~Q(change_reason="") & ~Q(change_asked_by="")),
                violation_error_message="Say why, and who asked.",
            ),
            models.CheckConstraint(
                name="recorded_appointment_says_when",
                condition=~Q(status__in=["attended", "missed", "called_off"]) | Q(outcome_recorded_at__isnull=False),
            ),
            models.CheckConstraint(
                name="appointment_at_a_place_says_where",
                condition=~Q(mode__in=["surgery", "custody"]) | ~Q(place=""),
                violation_error_message="Say where: the surgery or the custody suite.",
            ),
            models.UniqueConstraint(
                name=TWICE,
                fields=["recorded_by", "held_for"],
                condition=Q(status="held"),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="appointment_that_did_not_take_place_says_why",
                condition=~Q(status="called_off") | ~Q(change_reason=""),
                violation_error_message="Say why it did not take place.",
            ),
            models.CheckConstraint(
                name="only_who_attended_was_late", condition=Q(late_minutes=None) | Q(status="attended")
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} on {moment(self.starts_at)}"

    def get_absolute_url(self):
        return reverse("booking:appointment", args=[self.pk])

    @property
    def matters(self):
        return [self.referral_id]

    @property
    def day(self):
        return timezone.localdate(self.starts_at)

    # holding and booking

    @classmethod
    def hold(cls, slot, *, by, key=None):
        """Keep this slot for `by` while they finish the referral of this key. A new choice replaces the old one.

        It is let go by itself after as many minutes as the setting `hold_minutes` says. Raises SlotTaken where the
        slot is not free any more.
        """
        if not by.has_perm("booking.book_appointment"):
            raise PermissionDenied("You may not book appointments.")

        def take():
            claimed = cls._claim(slot, by=by, key=key)
            others = cls.objects.filter(status=Status.HELD, recorded_by=by).order_by("-recorded_at", "pk")
            cls.objects.filter(pk__in=others.values("pk")[AT_ONCE - 1 :]).delete()
            until = timezone.now() + dt.timedelta(minutes=int(setting("hold_minutes")[0]))
            return cls._write(claimed, by=by, status=Status.HELD, held_until=until, held_for=key)

        return cls._race(take, slot)

    @classmethod
    def may_book(cls, user, referral):
        """Whether this user may book for this referral, whenever it is the time."""
        seen = Referral.objects.visible_to(user).filter(pk=referral.pk)
        return user.has_perm("booking.book_appointment") and seen.exists()

    @classmethod
    def book(cls, referral, *, by, slot, hold=None, kind=Kind.ONE_TO_ONE, is_only=False):
        """Book this slot for the person of a referral, and tell them. `hold`, where `by` held it meanwhile, is let go.

        `is_only`: where they have none yet; one there is, is moved instead. Raises SlotTaken where the slot is not free
        any more, TooLate where the referral is not open or they have one.
        """
        from .. import messages

        if not cls.may_book(by, referral):
            raise PermissionDenied("You may not book an appointment for this referral.")

        def take():
            cls._lock(referral)
            if referral.status not in UNDER_WAY:
                raise TooLate(
                    f"No appointment can be booked: this referral is {referral.get_status_display().lower()}."
                )
            if is_only and cls.objects.filter(referral=referral, status=Status.BOOKED).exists():
                raise TooLate("They have an appointment already. Reschedule it instead.")
            return cls._book(referral, by=by, slot=slot, hold=hold, kind=kind)

        with transaction.atomic():
            appointment = cls._race(take, slot, referral)
            appointment._tell(f"{appointment._named} booked", by=by, at=timezone.now())
            messages.booked(appointment, by=by)
        return appointment

    @classmethod
    def recall(cls, referral, *, by, on=None, slot=None):
        """Write down a 1:1 of the past that was arranged elsewhere: booked, until what came of it is recorded.

        With whom, when and how as `slot` says; or of a day, today at the latest, of which nothing else is known.
        """
        if not cls.may_book(by, referral):
            raise PermissionDenied("You may not book an appointment for this referral.")
        if slot:
            told = {name: getattr(slot, name) for name in ("worker", "starts_at", "ends_at", "mode", "place")}
        else:
            told = {"starts_at": midnight(on), "ends_at": midnight(on + dt.timedelta(days=1)), "is_day_only": True}
        if told["starts_at"] > timezone.now():
            raise ValidationError("This is still to come. Book it instead.", code="future")
        appointment = cls(
            referral=referral, offender_id=referral.offender_id, agency=referral.to_agency, unit=referral.to_unit,
            recorded_by=by, **told,
        )  # fmt: skip
        with transaction.atomic():
            cls._lock(referral)
            insert(appointment, sure_of=["referral", "offender", "agency", "unit", "worker", "recorded_by"])
            cls._record_booking(appointment, by)
            appointment._tell(f"{appointment._named} booked", by=by, at=appointment.starts_at)
        return appointment

    @classmethod
    def _book(cls, referral, *, by, slot, hold=None, **fields):
        """The booked row, with its line in the record: what booking and rescheduling share."""
        from ..slots import modes_for
        from ..what_follows import booked

        if slot.agency_id != referral.to_agency_id:
            raise ValidationError({"slot": "This slot is of another agency than the referral was sent to."})
        slot = cls._claim(slot, by=by, key=hold.held_for if hold else referral.pk)
        if slot.mode not in modes_for(referral.area_id, Mode):
            raise ValidationError({"slot": "They live outside the force area. Choose a time by phone or by video."})
        appointment = cls._write(slot, by=by, referral=referral, offender_id=referral.offender_id, **fields)
        cls._record_booking(appointment, by)
        booked(referral, by=by)
        return appointment

    @staticmethod
    def _record_booking(appointment, by):
        Event.objects.record(
            Event.Kind.COLLECTION, "appointment.book", by=by, subject=appointment, offenders=[appointment.offender_id]
        )

    @classmethod
    def _claim(cls, slot, *, by, key):
        """Wait for whoever books this worker at the moment, clear what is held no longer, and look again.

        Returns the slot as it is now: its key is all that is taken on trust. Raises SlotTaken where it is none.
        """
        from ..slots import SlotTaken, find

        User.objects.select_for_update(no_key=True).get(pk=slot.worker_id)
        cls.objects.expired().filter(Q(worker=slot.worker_id) | Q(recorded_by=by)).delete()
        cls.objects.held_by(by, key).delete()
        if found := find(slot.key, slot.agency_id):
            return found
        raise SlotTaken

    @classmethod
    def _write(cls, slot, *, by, **fields):
        appointment = cls(
            worker_id=slot.worker_id, agency_id=slot.agency_id, unit_id=slot.unit_id, starts_at=slot.starts_at,
            ends_at=slot.ends_at, mode=slot.mode, place=slot.place, recorded_by=by, **fields,
        )  # fmt: skip
        with the_databases_no(appointment):
            appointment.save(force_insert=True)
        return appointment

    @staticmethod
    def _race(take, slot, referral=None):
        """What `take` gives, all or nothing. Raises SlotTaken, with the next few, where someone else was first."""
        from ..slots import SlotTaken, next_few

        sentence = None
        for _ in range(TRIES):
            try:
                with transaction.atomic():
                    return take()
            except SlotTaken:
                break
            except ValidationError as error:
                code = getattr(error, "code", None)
                if code not in {RACE, CLASH, TWICE}:
                    raise
                if code != TWICE:
                    sentence = error.message if code == CLASH else None
                    break
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    raise
        alike = {Mode.CUSTODY: [Mode.CUSTODY], Mode.SURGERY: None}.get(slot.mode, ANYWHERE)
        person = referral and referral.offender_id
        raise SlotTaken(sentence, next_few(slot.agency_id, modes=alike, after=slot.starts_at, person=person))

    @staticmethod
    def _lock(referral):
        """The referral first, whatever is done to its appointments: so nobody waits for who waits for them."""
        referral.refresh_from_db(from_queryset=Referral.objects.select_for_update(no_key=True))

    # steps

    def record(self, *, by, took_place, attended=None, late_minutes=None, why=""):
        """What happened: whether it took place (`why` not, in words of a list), and whether the person attended.

        The first one attended makes the referral an engaged one: the paper's measure (paragraph 22).
        """
        self._outcome("record", by=by, took_place=took_place, attended=attended, late_minutes=late_minutes, why=why)

    def correct(self, *, by, reason, took_place, attended=None, late_minutes=None, why=""):
        """Record it again, with a reason. Who had attended nothing after all is not engaged any more."""
        self._outcome(
            "correct", by=by, reason=reason, took_place=took_place, attended=attended, late_minutes=late_minutes,
            why=why,
        )  # fmt: skip

    def reschedule(self, *, by, slot, asked_by, reason):
        """Move it to another slot. Returns the appointment that replaces it; this one stays, as it was."""
        from .. import messages

        self._not_past("rescheduled")

        def take():
            self._lock(self.referral)
            workers = sorted({self.worker_id, slot.worker_id})
            list(User.objects.select_for_update(no_key=True).filter(pk__in=workers).order_by("pk"))
            self._take(
                "reschedule", by=by, reason=reason, change_reason=reason, change_asked_by=asked_by,
                sentence=f"{self._named} moved to {moment(slot.starts_at)}",
            )  # fmt: skip
            return self._book(self.referral, by=by, slot=slot, kind=self.kind, replaces=self)

        try:
            with transaction.atomic():
                new = self._race(take, slot, self.referral)
                messages.moved(new, by=by)
            return new
        except (TooLate, ValidationError):
            self.refresh_from_db()
            raise

    def cancel(self, *, by, asked_by, reason, follows=False):
        """Call it off before its time. `follows` says that it goes with its referral, which ended."""
        from .. import messages

        self._not_past("cancelled")
        with transaction.atomic():
            self._lock(self.referral)
            self._take(
                "cancel", by=by, reason=reason, follows=follows, change_reason=reason, change_asked_by=asked_by,
                sentence=f"{self._named} cancelled",
            )  # fmt: skip
            messages.cancelled(self, by=by, for_good=follows)

    @property
    def _named(self):
        """As the timeline calls it."""
        return f"{self.get_kind_display()} on {moment(self.starts_at)}"

    def _not_past(self, what):
        if self.starts_at <= timezone.now():
            raise TooLate(f"Its time is past, so it cannot be {what}: record what happened.")

    @transaction.atomic
    def _outcome(self, verb, *, by, took_place, attended, late_minutes, why, reason=""):
        from .. import messages, what_follows

        if self.starts_at > timezone.now():
            raise ValidationError("This appointment is still to come. Reschedule it or cancel it.", code="future")
        if took_place and attended is None:
            raise ValidationError({"attended": "Say whether they attended."})
        if not took_place and not why:
            raise ValidationError({"why": "Say why it did not take place."})
        status = Status.CALLED_OFF if not took_place else Status.ATTENDED if attended else Status.MISSED
        what = {Status.ATTENDED: "attended", Status.MISSED: "not attended", Status.CALLED_OFF: "did not take place"}
        self._lock(self.referral)
        self.refresh_from_db(fields=["status"])
        was, day = self.status, timezone.localdate(self.starts_at)
        self._take(
            verb, by=by, on=day, reason=reason, status=status, outcome_recorded_at=timezone.now(),
            late_minutes=late_minutes if status == Status.ATTENDED else None, change_reason="" if took_place else why,
            sentence=f"{self._named}{', corrected' if reason else ''}: {what[status]}",
        )  # fmt: skip
        keep_first_contact(self.referral, by=by)
        others = Appointment.objects.filter(referral=self.referral_id).attended()
        stands = self.referral.status
        if stands == ReferralStatus.ACCEPTED and status == Status.ATTENDED:
            self.referral.engage(by=by, on=day)
            messages.engaged(self, by=by)
        elif stands == ReferralStatus.ENGAGED and was == Status.ATTENDED and not others.exists():
            self.referral.take_back(by=by, reason=reason)
            messages.taken_back(self, by=by)
        if status == Status.MISSED:
            messages.missed(self, by=by)
            what_follows.missed(self, by=by)
        elif was == Status.MISSED:
            what_follows.not_missed(self.referral, by=by)
