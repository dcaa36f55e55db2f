"""What a rehab asks before it answers a request for a place."""

import uuid

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from offenders.models import shown_to, yes_if
from offenders.workflow import Stepped, insert
from partners.audit.models import Event
from partners.roles import Category
from referrals.rehab.workflow import QUESTION_STEPS, Asked

from .placement import Placement


class PlacementQuestionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those about placements the user sees, as far as the rehab that asks may show what it wrote."""
        if not user.has_perm("rehab.view_placementquestion"):
            return self.none()
        may_read = shown_to(
            user, category=Category.GENERAL, agency="placement__unit__agency", offender="placement__offender"
        )
        return self.filter(may_read, placement__in=Placement.objects.visible_to(user))

    def held_by(self, user):
        """Those about placements of the user's team's cases."""
        return self.filter(placement__in=Placement.objects.held_by(user))

    def sent_by(self, user):
        """Those that the user's rehab asks."""
        return self.filter(placement__in=Placement.objects.sent_to(user))

    def amendable_by(self, user):
        """Those whose words the user may correct: the question of their rehab, or the answer of their team."""
        asks, answers = (user.has_perm(f"rehab.{verb}_placementquestion") for verb in ("ask", "answer"))
        mine = Q(pk__in=self.model.objects.sent_by(user).values("pk")) if asks else Q(pk__in=[])
        if answers:
            mine |= Q(pk__in=self.model.objects.held_by(user).values("pk"), status=Asked.ANSWERED)
        return self.visible_to(user).filter(mine)

    def open(self):
        """Not answered, of placements that are still to be."""
        return self.filter(status=Asked.ASKED, placement__in=Placement.objects.ahead())

    def with_leave(self, user):
        """Each with `may_read`: the answer is health, shown as far as the agency that answers may."""
        answered = shown_to(
            user, category=Category.HEALTH, agency="placement__case__agency", offender="placement__offender"
        )
        return self.annotate(may_read=yes_if(answered))

    def with_names(self):
        return self.select_related("placement", "placement__offender", "placement__unit", "by", "answered_by")


class PlacementQuestion(Stepped):
    """A question that a rehab has about a request for a place, and what the team answered."""

    STEPS = QUESTION_STEPS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    placement = models.ForeignKey(Placement, models.PROTECT, related_name="questions")
    status = models.CharField(max_length=10, choices=Asked, default=Asked.ASKED, editable=False)
    text = models.CharField("question", max_length=600)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="questions_asked")
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    answer_text = models.TextField("answer", blank=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="questions_answered", editable=False
    )
    answered_at = models.DateTimeField(null=True, editable=False)

    objects = PlacementQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "id"]
        default_permissions = ["view"]
        permissions = [
            ("ask_placementquestion", "Question about a placement: ask"),
            ("answer_placementquestion", "Question about a placement: answer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["placement", "text"], name="question_is_asked_once",
                violation_error_message="This has been asked already.",
            ),
            models.CheckConstraint(
                name="answered_question_says_what_by_whom_and_when",
                condition=Q(status="asked", answer_text="", answered_by=None, answered_at=None)
                | (Q(status="answered", answered_by__isnull=False, answered_at__isnull=False) & ~Q(answer_text="")),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"Question of {self.placement.unit}"

    def get_absolute_url(self):
        return self.placement.get_absolute_url()

    @property
    def offender(self):
        return self.placement.offender

    @property
    def offender_id(self):
        return self.placement.offender_id

    @property
    def matters(self):
        return self.placement.matters

    def amendable_fields(self, user):
        """The question is its rehab's to correct, the answer its team's."""
        row = PlacementQuestion.objects.filter(pk=self.pk)
        fields = {"text"} if row.sent_by(user).exists() else set()
        return fields | ({"answer_text"} if self.status == Asked.ANSWERED and row.held_by(user).exists() else set())

    @staticmethod
    def may_ask(user, placement):
        """Whether this user may ask about this placement: someone of the rehab it was sent to."""
        theirs = Placement.objects.visible_to(user).sent_to(user).filter(pk=placement.pk)
        return user.has_perm("rehab.ask_placementquestion") and theirs.exists()

    @classmethod
    def ask(cls, placement, *, by, text):
        """Ask the team something about this request, before the person is there."""
        if not cls.may_ask(by, placement):
            raise PermissionDenied("You may not ask about this placement.")
        with transaction.atomic():
            placement.refresh_from_db(from_queryset=Placement.objects.select_for_update(no_key=True))
            if not placement.is_ahead:
                raise ValidationError("Questions are asked before the person is there.", code="too_late")
            question = cls(placement=placement, by=by, text=text)
            insert(question, sure_of=["placement", "by"])
            Event.objects.record(
                Event.Kind.COLLECTION, "placementquestion.ask", by=by, subject=question,
                offenders=[question.offender_id],
            )  # fmt: skip
            question._tell(f"{placement.unit} asked a question", by=by, at=question.asked_at)
        return question

    def answer(self, *, by, answer_text):
        self._take("answer", by=by, answer_text=answer_text, answered_by=by, answered_at=timezone.now())
