"""A supervisor's look into a case, and what came of the last one."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from offenders.workflow import Stepped, insert
from partners.audit.models import Event
from partners.notices.models import Notice
from partners.notices.occasions import Occasion
from partners.roles import Category
from partners.settings import setting
from referrals.models import Task
from referrals.rehab.review.workflow import REVIEW_STEPS, Stands

from .case import Case


class Answer(models.TextChoices):
    YES = "yes", "Yes"
    NO = "no", "No"
    UNSURE = "unsure", "Not sure"


class ReviewQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the user's team's cases; while one is not signed off, for those alone who review."""
        if not user.has_perm("rehab.view_review"):
            return self.none()
        rows = self.filter(case__in=Case.objects.visible_to(user).held_by(user).values("pk"))
        return rows if user.has_perm("rehab.begin_review") else rows.signed()

    def held_by(self, user):
        """Those of the user's team's cases."""
        return self.filter(case__in=Case.objects.held_by(user).values("pk"))

    def of(self, user):
        """Those that the user writes, or wrote."""
        return self.filter(by=user)

    def about(self, facilitator):
        """Those of this facilitator's work."""
        return self.filter(facilitator=facilitator)

    def amendable_by(self, user):
        """Those that the user signed off."""
        rows = self.visible_to(user) if user.has_perm("rehab.finish_review") else self.none()
        return rows.signed().of(user)

    def open(self):
        return self.filter(status=Stands.OPEN)

    def signed(self):
        return self.filter(status=Stands.SIGNED)

    def newest_first(self):
        return self.order_by("-finished_on", "-begun_at")

    def with_names(self):
        return self.select_related("case__offender", "case__referral", "case__facilitator", "by", "facilitator")


class Review(Stepped):
    """A supervisor's look into one case: what was seen, what is good, what is to be done and when to look again.

    It is begun, written, and signed off; then it changes no more, but for what is amended with a reason. What is to
    be done are tasks of the facilitator. It is of the team that holds the case: no agency it is shared with reads it.
    """

    STEPS = REVIEW_STEPS
    ANSWERS = ("contact", "safety", "way", "partners", "written")
    category = Category.POLICE

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="reviews")
    facilitator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviewed", editable=False,
        help_text="Whose work was looked into: who held the case then.",
    )  # fmt: skip
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews", editable=False)
    status = models.CharField(max_length=6, choices=Stands, default=Stands.OPEN, editable=False)
    begun_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_on = models.DateField("signed off on", null=True, editable=False)
    contact = models.CharField("is the person met or reached often enough?", max_length=6, choices=Answer, blank=True)
    safety = models.CharField("are the risks known, and acted on?", max_length=6, choices=Answer, blank=True)
    way = models.CharField(
        "is it clear what comes next, and is it what the person wants?", max_length=6, choices=Answer, blank=True
    )
    partners = models.CharField(
        "do those who work with them know what they need to?", max_length=6, choices=Answer, blank=True
    )
    written = models.CharField("is the record whole and up to date?", max_length=6, choices=Answer, blank=True)
    found = models.TextField("what was seen", blank=True, max_length=4000)
    good = models.TextField("what is good", blank=True, max_length=2000)
    to_do = models.JSONField(
        "what the facilitator is to do", default=list, blank=True, editable=False,
        help_text="As it was signed off: [text, day]. What became of it is in the tasks.",
    )  # fmt: skip
    next_on = models.DateField("next review", null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-finished_on", "-begun_at", "-id"]
        default_permissions = ["view"]
        permissions = [
            ("begin_review", "Review: begin"),
            *((f"{verb}_review", f"Review: {step.label.lower()}") for verb, step in REVIEW_STEPS.items()),
        ]
        indexes = [
            models.Index(
                fields=["case", "-finished_on", "-begun_at"], include=["next_on"], name="review_last_of_case",
                condition=Q(status="signed"),
            ),
            models.Index(fields=["-begun_at", "-id"], name="review_by_day"),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(status="open"), name="case_is_reviewed_once_at_a_time",
                violation_error_message="Someone is reviewing this case already.",
            ),
            models.CheckConstraint(
                name="nobody_reviews_their_own_case", condition=~Q(by=F("facilitator")),
                violation_error_message="Nobody reviews their own case. Ask another supervisor.",
            ),
            models.CheckConstraint(
                name="signed_review_says_what_was_seen",
                condition=~Q(status="signed") | ~(
                    Q(found="") | Q(contact="") | Q(safety="") | Q(way="") | Q(partners="") | Q(written="")
                ),
                violation_error_message="Say what was seen, and answer each question.",
            ),
            models.CheckConstraint(
                name="signed_review_says_when_and_when_next",
                condition=Q(status="signed", finished_on__isnull=False, next_on__gt=F("finished_on"))
                | ~Q(status="signed") & Q(finished_on=None),
                violation_error_message="The next review is after this one.",
            ),
        ]  # fmt: skip

    def __str__(self):
        if not self.finished_on:
            return f"Review by {self.by}, {self.get_status_display().lower()}"
        return f"Review of {date_format(self.finished_on, 'j F Y')} by {self.by}"

    def get_absolute_url(self):
        return reverse("rehab:review", args=[self.pk])

    @property
    def offender(self):
        return self.case.offender

    @property
    def offender_id(self):
        return self.case.offender_id

    @property
    def matters(self):
        return [self.case_id]

    @property
    def answers(self):
        """(question, answer) in words."""
        fields = [self._meta.get_field(name) for name in self.ANSWERS]
        return [(field.verbose_name.capitalize(), getattr(self, f"get_{field.name}_display")()) for field in fields]

    @property
    def told(self):
        """What the timeline says of it, and when."""
        return [(self.STEPS["finish"].sentence, self.finished_on)]

    def amendable_fields(self, user):
        return {*self.ANSWERS, "found", "good", "next_on"} if self.status == Stands.SIGNED else set()

    def amended(self, was, *, by):
        if self.next_on != was.next_on:
            self.next_on_is_in_time()

    def actions(self, user):
        """The tasks that came of it, as far as this user sees them."""
        return Task.objects.visible_to(user).filter(matter=self.pk, kind=Task.Kind.REVIEW).with_names()

    @staticmethod
    def may_begin(user, case):
        """Whether this user may review this case: a supervisor of the team, who does not hold it."""
        theirs = Case.objects.visible_to(user).held_by(user).exclude(facilitator=user.pk)
        return user.has_perm("rehab.begin_review") and theirs.filter(pk=case.pk).exists()

    @classmethod
    def begin(cls, case, *, by):
        """Begin to look into a case. Raises PermissionDenied, or ValidationError where it is closed or being reviewed.

        Returns the Review.
        """
        if not cls.may_begin(by, case):
            raise PermissionDenied("You may not review this case. Nobody reviews their own.")
        with transaction.atomic():
            case.refresh_from_db(from_queryset=Case.objects.select_for_update(no_key=True))
            if case.closed_on:
                raise ValidationError("This case is closed: there is nothing to review.", code="closed")
            review = cls(case=case, facilitator=case.facilitator, by=by)
            insert(review, sure_of=["case", "facilitator", "by"])
            Event.objects.record(
                Event.Kind.COLLECTION, "review.begin", by=by, subject=review, offenders=[case.offender_id]
            )
        return review

    def write(self, *, by, to_do=(), **said):
        """Keep what is written so far: any of the answers, `found`, `good` and `next_on`, and what is to be done."""
        self._take("write", by=by, to_do=_kept(to_do), **said)

    def finish(self, *, by, to_do=(), next_on=None, on=None, **said):
        """Sign it off. `to_do` is what the facilitator is to do: (text, due day), each a task of theirs.

        The next review is on `next_on`, at the latest as the setting “review_weeks” says: then when it is left out.
        """
        from referrals.rehab.what_follows import answers_for, is_lately

        day = on or timezone.localdate()
        with transaction.atomic():
            case = Case.objects.select_for_update(no_key=True, of=("self",)).with_names().get(pk=self.case_id)
            if case.facilitator_id == by.pk:
                raise ValidationError("This case is yours now. Set the review aside; another supervisor takes it up.")
            if case.closed_on and to_do:
                raise ValidationError("This case is closed: nothing is to be done under it any more.", code="closed")
            self._take(
                "finish", by=by, on=on, finished_on=day, next_on=next_on or latest_next(day), to_do=_kept(to_do), **said
            )
            self.next_on_is_in_time()
            owner = answers_for(case)
            for text, due_on in to_do:
                Task.add(
                    case.offender, by=by, owner=owner, text=text, due_on=due_on, matter=self.pk,
                    matters=self.matters, kind=Task.Kind.REVIEW, category=self.category, url=self.get_absolute_url(),
                    follows=True,
                )  # fmt: skip
            if owner != by and is_lately(day):
                self._tell_facilitator(owner, by=by)

    def _tell_facilitator(self, user, *, by):
        """Once, of the review and all that it asks."""
        Notice.send(
            key=f"review {self.pk}", occasion=Occasion.REVIEW, channel=Notice.Channel.EMAIL, to=user.email,
            for_user=user, subject="A case of yours was reviewed", about=[self.offender_id], matter=self.case_id,
            tells_of=self.pk, by=by,
            text=f"A case of yours was reviewed. Sign in: {settings.SITE_URL}{self.get_absolute_url()}",
        )  # fmt: skip

    def leave(self, *, by, reason):
        """It is not finished: another may begin."""
        self._take("leave", by=by, reason=reason)

    def next_on_is_in_time(self):
        if self.next_on > (last := latest_next(self.finished_on)):
            sentence = f"The next review is on {date_format(last, 'j F Y')} at the latest."
            raise ValidationError({"next_on": sentence}, code="late")

    def _tell(self, sentence, *, by, at, reason="", category=Category.POLICE):
        if self.status == Stands.SIGNED:  # what is not signed off is nobody's to read but theirs who review
            super()._tell(sentence, by=by, at=at, reason=reason, category=category)


def latest_next(day):
    """The last day on which a case that was opened or reviewed that day is reviewed again."""
    return day + timedelta(weeks=int(setting("review_weeks", day)[0]))


def _kept(to_do):
    return [[text, day and day.isoformat()] for text, day in to_do]
