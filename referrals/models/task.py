"""Something that one person undertakes to do for someone by a day."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from offenders.models import Involvement, Offender, shown_to
from offenders.workflow import Stepped, insert
from partners.audit.models import Event
from partners.models import Membership
from partners.notices.models import Notice
from partners.notices.occasions import Occasion
from partners.roles import Category
from partners.settings import setting
from referrals.workflow import TASK_STEPS, Todo

from .cover import Cover

NOT_PUT_OFF = {"snoozed_until": None, "snoozed_why": ""}


class TaskQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Their own and those of matters that their team works on, about people they work with, as far as the agency
        that wrote them may show them to this hat."""
        if not user.has_perm("referrals.view_task"):
            return self.none()
        theirs = Involvement.objects.open_to(user).filter(offender=OuterRef("offender"))
        return self.filter(
            shown_to(user),
            Q(owner=user) | Q(matters__overlap=ArraySubquery(theirs.values("matter"))),
            offender__in=Offender.objects.worked_by(user).values("pk"),
        )

    def of(self, user):
        """Those that the user undertook, and those of whom they cover today."""
        return self.filter(owner__in=Cover.stood_in_for(user))

    def of_team(self, user):
        """Those of someone who is or was of the user's team: colleagues stand in for each other."""
        hats = Membership.objects.filter(user.mine(), user=OuterRef("owner"))
        return self.filter(Exists(hats))

    def asked_by(self, user):
        """Those that the user's team asked for by hand."""
        return self.filter(user.mine(), kind=Task.Kind.HAND)

    def amendable_by(self, user):
        """Those whose words and days the user may correct: their team's own, and what it asked for."""
        if not user.has_perm("referrals.do_task"):
            return self.none()
        return self.visible_to(user).filter(pk__in=(self.of_team(user) | self.asked_by(user)).order_by().values("pk"))

    def open(self):
        return self.filter(status=Todo.OPEN)

    def put_off(self, on=None):
        """Those open that wait until after that day (today when left out)."""
        return self.open().filter(snoozed_until__gt=on or timezone.localdate())

    def now(self, on=None):
        """Those open that are not put off: what somebody has in front of them."""
        return self.open().exclude(snoozed_until__gt=on or timezone.localdate())

    def overdue(self, on=None):
        """Those open that were due before that day (today when left out), put off or not."""
        return self.open().filter(due_on__lt=on or timezone.localdate())

    def about(self, *matters):
        """Those that belong to one of these matters."""
        return self.filter(matters__overlap=list(matters))

    def with_names(self):
        return self.select_related("offender", "owner", "done_by", "made_by", "agency")


class Task(Stepped):
    """Something to be done for a person by a day, that one user answers for.

    It is asked for by hand, or comes of what else was recorded: a concern, someone who left rehab early, a plan. It
    is done, or it is not and says why; it can be put off for some days, which moves nothing but when it is in front of
    its owner, and it can be handed to someone else who sees the person.
    """

    STEPS = TASK_STEPS

    class Kind(models.TextChoices):
        CONCERN = "concern", "A concern"
        CHECKLIST = "checklist", "After an early departure"
        PLAN = "plan", "Throughcare plan"
        FOLLOW_UP = "follow_up", "Follow-up"
        REVIEW = "review", "A supervisor's review"
        MISSED = "missed", "A missed appointment"
        HAND = "hand", "Something to do"

    TOLD_ANYWAY = (Kind.CONCERN, Kind.CHECKLIST, Kind.REVIEW)  # of the concern, the departure, the review

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offender = models.ForeignKey(Offender, models.PROTECT, related_name="tasks", editable=False)
    matter = models.UUIDField(editable=False, help_text="What it comes of: a case, a placement, an action.")
    matters = ArrayField(models.UUIDField(), default=list, editable=False, help_text="Whoever works on one reads it.")
    kind = models.CharField(max_length=10, choices=Kind, editable=False)
    category = models.CharField(max_length=20, choices=Category, default=Category.CASE, editable=False)
    text = models.TextField("what is to be done")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tasks", editable=False)
    due_on = models.DateField("by when")
    snoozed_until = models.DateField("put off until", null=True, blank=True, editable=False)
    snoozed_why = models.CharField("why it is put off", max_length=200, blank=True, editable=False)
    snoozes = models.PositiveSmallIntegerField("times it was put off", default=0, editable=False)
    status = models.CharField(max_length=10, choices=Todo, default=Todo.OPEN, editable=False)
    done_on = models.DateField("when it was done", null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="tasks_done", editable=False,
        verbose_name="who did it", help_text="Or who said that it is not done.",
    )  # fmt: skip
    why = models.TextField("what came of it", blank=True, help_text="Of one that was not done: why not.")
    url = models.CharField(max_length=200, blank=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tasks_made", editable=False)
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="tasks", editable=False)
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, related_name="tasks", editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        default_permissions = ["view", "add"]
        permissions = [(f"{verb}_task", f"Task: {step.label.lower()}") for verb, step in TASK_STEPS.items()]
        indexes = [
            models.Index(fields=["owner", "status", "due_on", "id"], name="task_of_owner"),
            models.Index(fields=["offender", "status", "due_on", "id"], name="task_of_offender"),
            models.Index(fields=["matter"], name="task_of_matter"),
            models.Index(fields=["due_on", "id"], name="task_open", condition=Q(status="open")),
        ]
        constraints = [
            models.CheckConstraint(
                name="task_says_what_is_to_be_done", condition=~Q(text=""),
                violation_error_message="Say what is to be done.",
            ),
            models.CheckConstraint(
                name="task_that_is_done_says_when", condition=Q(status="done") ^ Q(done_on=None),
                violation_error_message="What is done says when; what is not done has no such day.",
            ),
            models.CheckConstraint(
                name="task_not_done_says_why", condition=~Q(status="not_done") | ~Q(why=""),
                violation_error_message="Say why it is not done.",
            ),
            models.CheckConstraint(
                name="task_that_is_over_says_by_whom", condition=Q(status="open") ^ Q(done_by__isnull=False),
                violation_error_message="What is done, or is not, says by whom; what is to be done does not yet.",
            ),
            models.CheckConstraint(
                name="task_put_off_says_why", condition=Q(snoozed_until=None) ^ ~Q(snoozed_why=""),
                violation_error_message="Say why it is put off.",
            ),
            models.CheckConstraint(
                name="task_that_is_over_is_not_put_off", condition=Q(status="open") | Q(snoozed_until=None),
            ),
            models.CheckConstraint(
                name="urgent_task_is_not_put_off_beyond_its_day",
                condition=~Q(kind__in=["concern", "checklist"]) | Q(snoozed_until=None)
                | Q(snoozed_until__lte=models.F("due_on")),
                violation_error_message="What comes of a concern or an early departure cannot be put off beyond the day"
                " by which it is to be done. Hand it to someone who can do it.",
            ),
            models.UniqueConstraint(
                name="one_task_at_a_time_after_missed_appointments", fields=["matter"],
                condition=Q(kind="missed", status="open"),
                violation_error_message="Someone is to try to reach them again already.",
            ),
            models.CheckConstraint(
                name="task_belongs_to_its_matter", condition=Q(matters__contains=[models.F("matter")]),
            ),
        ]  # fmt: skip

    def __str__(self):
        return Truncator(self.text).chars(80)

    def get_absolute_url(self):
        return reverse("tasks:task", args=[self.pk])

    @property
    def is_overdue(self):
        return self.status == Todo.OPEN and self.due_on < timezone.localdate()

    @property
    def is_put_off(self):
        return self.snoozed_until is not None and self.snoozed_until > timezone.localdate()

    def amendable_fields(self, user):
        """What and by when, of those asked for by hand; by when, of the others; what came of it, once it is over."""
        fields = {"due_on"} | ({"text"} if self.kind == self.Kind.HAND else set())
        fields |= {"done_on"} if self.done_on else set()
        return fields | ({"why"} if self.status != Todo.OPEN else set())

    @classmethod
    def add(
        cls, offender, *, by, owner, text, due_on, matter, kind=Kind.HAND, matters=(), category=Category.CASE, url="",
        follows=False, team=None,
    ):  # fmt: skip
        """Have someone undertake this for the person by that day. Returns the Task.

        `matter` is the id of what it comes of; `matters`, where others read it too, those it belongs to. `follows`
        says that something else that is recorded brought it about: then it is anyone's to add, whoever the owner is,
        and has no line of its own on the timeline. Its words are of the hat's agency and unit, or of `team`'s. Raises
        PermissionDenied or ValidationError.
        """
        agency, unit = team or (by.membership.agency, by.membership.unit)
        task = cls(
            offender=offender, matter=matter, matters=list(dict.fromkeys([matter, *matters])), kind=kind,
            category=category, text=text, owner=owner, due_on=due_on, url=url, made_by=by, agency=agency,
            unit=unit,
        )  # fmt: skip
        if not follows and not cls.may_add(by, offender, matter):
            raise PermissionDenied("You may not give anyone a task about this person.")
        with transaction.atomic():
            insert(task, sure_of=["offender", "owner", "made_by", "agency", "unit"])
            if not follows:
                task._check_owner()
            Event.objects.record(
                Event.Kind.COLLECTION, "task.add", by=by, subject=task, offenders=[offender.pk], owner=str(owner.pk)
            )
            if not follows:
                task._tell(f"Task for {owner} by {due_on:%-d %B %Y}: {text}", by=by)
            if due_on >= timezone.localdate():  # what was due before it was written down is history
                task._tell_owner(by=by)
        return task

    @staticmethod
    def may_add(user, offender, matter):
        """Whether this user may give tasks by hand: someone whose team works on that matter of this person."""
        theirs = Involvement.objects.open_to(user).filter(user.mine(), offender=offender.pk, matter=matter)
        seen = Offender.objects.worked_by(user).filter(pk=offender.pk)
        return user.has_perm("referrals.add_task") and theirs.exists() and seen.exists()

    def do(self, *, by, on=None, why="", follows=False):
        """It is done; `why` says what came of it."""
        done_on = on or timezone.localdate()
        self._take(
            "do", by=by, on=on, reason=why, follows=follows, done_on=done_on, done_by=by, why=why,
            sentence=f"Done: {self.text}", **NOT_PUT_OFF,
        )  # fmt: skip

    def drop(self, *, by, why, on=None, follows=False):
        """It is not done, and why not."""
        self._take(
            "drop", by=by, on=on, reason=why, follows=follows, done_by=by, why=why, sentence=f"Not done: {self.text}",
            **NOT_PUT_OFF,
        )  # fmt: skip

    def snooze(self, *, by, until, reason):
        """It waits until that day, and is then back by itself; the day by which it is to be done stays.

        Raises ValidationError where that is not after today, or further off than a task may be put off.
        """
        today, (days,) = timezone.localdate(), setting("snooze_days")
        last = today + timedelta(days=int(days))
        if not today < until <= last:
            sentence = f"Choose a day after today, {last:%-d %B %Y} at the latest."
            raise ValidationError({"until": sentence}, code="until")
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Task.objects.select_for_update())
            self._take(
                "snooze", by=by, reason=reason, snoozed_until=until, snoozed_why=reason, snoozes=self.snoozes + 1,
                sentence=f"Put off until {until:%-d %B %Y}: {self.text}",
            )  # fmt: skip

    def hand_over(self, *, by, owner, reason="", follows=False):
        """Someone else undertakes it. Raises ValidationError where they would not see it."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Task.objects.select_for_update())
            if self.owner_id == owner.pk:
                raise ValidationError({"owner": f"{owner} has this task already."}, code="same")
            sentence = f"Task handed to {owner}: {self.text}"
            self._take(
                "hand_over", by=by, reason=reason, follows=follows, sentence=sentence, owner=owner, **NOT_PUT_OFF
            )
            Notice.objects.filter(tells_of=self.pk).cancel(by=by)
            if not follows:
                self._check_owner()
                self._tell_owner(by=by)

    def _tell_owner(self, *, by):
        """Tell who was given it by someone else; but not of what they are told of anyway."""
        if self.owner_id == by.pk or self.kind in self.TOLD_ANYWAY:
            return
        Notice.send(
            key=f"task {self.pk} {self.owner_id} {timezone.now().isoformat()}", occasion=Occasion.TASK,
            channel=Notice.Channel.EMAIL, to=self.owner.email, for_user=self.owner, subject="A task for you",
            text=f"Someone gave you a task, to be done by {self.due_on:%-d %B %Y}. Sign in to see it: "
            f"{settings.SITE_URL}{self.get_absolute_url()}",
            about=[self.offender_id], matter=self.matter, tells_of=self.pk, by=by,
        )  # fmt: skip

    def _check_owner(self):
        if not self.owner.sees_any(Task.objects.filter(pk=self.pk)):
            sentence = f"{self.owner} does not see this person. Choose someone whose team works with them."
            raise ValidationError({"owner": sentence}, code="unseen")

    def _tell(self, sentence, *, by, at=None, reason="", category=None):
        super()._tell(sentence, by=by, at=at, reason=reason, category=self.category)
