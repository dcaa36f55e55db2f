"""Two records of what may be one person: that they are likely to be, and what was made one of them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from .offender import Offender
from .sharing import Involvement

LEAST = 50  # the score from which a pair is worth someone's look


class LikelyPairQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of whom the user sees both people."""
        if not user.has_perm("offenders.view_likelypair"):
            return self.none()
        seen = Offender.objects.visible_to(user).order_by().values("pk")
        return self.filter(one__in=seen, other__in=seen)

    def open(self):
        """Those still to be decided."""
        return self.filter(state=LikelyPair.State.OPEN, score__gte=LEAST)

    def with_names(self):
        return self.select_related("one", "other", "decided_by")


class LikelyPair(models.Model):
    """Two people whose records are alike enough to be of one, with how alike and in what; decided by a supervisor.

    Found by offenders.duplicates. What was said not to be the same is proposed again only for a number that both hold.
    """

    class State(models.TextChoices):
        OPEN = "open", "To be decided"
        DIFFERENT = "different", "Not the same"
        MERGED = "merged", "Merged"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    one = models.ForeignKey(Offender, models.PROTECT, related_name="pairs_before")
    other = models.ForeignKey(Offender, models.PROTECT, related_name="pairs_after")
    score = models.PositiveSmallIntegerField(help_text="How alike, of 100.")
    reasons = models.JSONField(default=list, help_text="In what they are alike, and in what not.")
    found_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="pairs_decided"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    objects = LikelyPairQuerySet.as_manager()

    class Meta:
        ordering = ["-score", "-found_at", "-id"]
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(name="pair_is_of_two_in_order", condition=Q(one__lt=F("other"))),
            models.UniqueConstraint("one", "other", name="pair_is_there_once"),
            models.CheckConstraint(name="pair_scores_0_to_100", condition=Q(score__range=(0, 100))),
            models.CheckConstraint(
                name="decided_pair_says_who_and_why",
                condition=Q(state="open") | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason=""),
            ),
        ]
        indexes = [models.Index(fields=["state", "-score", "-found_at", "-id"], name="pair_by_score")]

    def __str__(self):
        return f"{self.one.reference} and {self.other.reference}"

    def get_absolute_url(self):
        return reverse("offenders:pair", args=[self.pk])

    @property
    def offender_id(self):
        return self.one_id

    @property
    def offender_ids(self):
        """A row that concerns several people says whom by this name."""
        return [self.one_id, self.other_id]


class MergeQuerySet(models.QuerySet):
    def standing(self):
        """Those not undone."""
        return self.filter(undone_at=None)

    def to_review(self):
        """Those that nobody but who merged has looked at."""
        return self.standing().filter(reviewed_at=None)

    def half_known_to(self, user):
        """Those to review of which the user's team is not involved with both sides."""
        theirs = Involvement.objects.open_to(user).filter(offender=OuterRef("kept"))
        brought = theirs.filter(merge=OuterRef("pk"))
        own = theirs.filter(Q(merge=None) | ~Q(merge=OuterRef("pk")))
        return self.to_review().exclude(Exists(brought), Exists(own))

    def visible_to(self, user):
        """Those whose person the user sees; once undone, both people."""
        if not user.has_perm("offenders.view_merge"):
            return self.none()
        seen = Offender.objects.visible_to(user).order_by().values("pk")
        return self.filter(Q(undone_at=None) | Q(gone__in=seen), kept__in=seen)

    def with_names(self):
        return self.select_related("kept", "gone", "by", "reviewed_by", "undone_by")


class Merge(models.Model):
    """One person's record made part of another's, by whom and why: what was chosen, and what moved, to undo it.

    Until someone else has reviewed it, only who is involved with both sides sees the person.
    """

    class State(models.TextChoices):
        TO_REVIEW = "to_review", "To be reviewed"
        REVIEWED = "reviewed", "Reviewed"
        UNDONE = "undone", "Un-merged"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kept = models.ForeignKey(Offender, models.PROTECT, related_name="merges")
    gone = models.ForeignKey(Offender, models.PROTECT, related_name="merges_away")
    choices = models.JSONField(default=dict, help_text="Fact: whose was taken, kept or gone.")
    moved = models.JSONField(default=dict, help_text="Table: [[key, {column: [before, after]}], …]; null: made by it.")
    own = models.JSONField(default=dict, help_text="Table: [key, …] of what the kept person already had.")
    left = models.JSONField(default=dict, help_text="Of one undone: what was changed or added since, and is left.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="merges_made")
    at = models.DateTimeField(default=timezone.now, editable=False)
    reason = models.TextField()
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="merges_reviewed"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="merges_undone"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_reason = models.TextField(blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        default_permissions = ["view"]
        permissions = [("merge_offender", "Can merge two records of one person, review a merge, and undo it")]
        constraints = [
            models.CheckConstraint(name="merge_is_of_two_people", condition=~Q(kept=F("gone"))),
            models.CheckConstraint(name="merge_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="merge_is_reviewed_by_someone_else",
                condition=Q(reviewed_by=None, reviewed_at=None)
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False) & ~Q(reviewed_by=F("by")),
                violation_error_message="Someone else than who merged them reviews it.",
            ),
            models.CheckConstraint(
                name="merge_undone_says_who_and_why",
                condition=Q(undone_by=None, undone_at=None, undone_reason="")
                | Q(undone_by__isnull=False, undone_at__isnull=False) & ~Q(undone_reason=""),
            ),
            models.UniqueConstraint(
                fields=["gone"], condition=Q(undone_at=None), name="person_is_merged_away_once",
                violation_error_message="This record is merged into another already.",
            ),
            models.UniqueConstraint(
                fields=["kept"], condition=Q(undone_at=None, reviewed_at=None),
                name="person_has_one_merge_to_review",
                violation_error_message="What was merged into this record before is still to be reviewed.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.gone.reference} into {self.kept.reference}"

    def get_absolute_url(self):
        return reverse("offenders:merge", args=[self.pk])

    @property
    def offender_id(self):
        return self.kept_id

    @property
    def offender_ids(self):
        return [self.kept_id, self.gone_id]

    @property
    def state(self):
        if self.undone_at:
            return self.State.UNDONE
        return self.State.REVIEWED if self.reviewed_at else self.State.TO_REVIEW
