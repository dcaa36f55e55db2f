"""How a status moves: one table of steps, one method that takes them.

Permissions, addresses, buttons, API actions, the diagram and the tests are read from the table,
so none of them can disagree with it.
"""

import datetime as dt
from contextlib import contextmanager
from typing import NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from partners.audit.models import Event
from partners.roles import Category


class Step(NamedTuple):
    """A named move. `whose` names queryset methods: rows of any of them are the user's to move."""

    sources: frozenset
    target: str | None  # None: the status stays as it is
    whose: tuple
    label: str  # the button
    sentence: str  # the timeline
    by_hand: bool = True  # False: only ever follows from another step, so it has no button
    category: str = Category.CASE  # of its line on the timeline


RESTRICTION_STEPS = {
    "agree": Step(frozenset({"proposed"}), "agreed", ("of_another",), "Agree", "Agreed"),
    "refuse": Step(frozenset({"proposed"}), "refused", ("of_another",), "Refuse", "Refused"),
}
EMERGENCY_STEPS = {
    "close": Step(frozenset({"waiting"}), None, ("of",), "Close it now", "Emergency access closed"),
    "review": Step(frozenset({"waiting"}), "reviewed", ("of_another",), "Review", "Emergency access reviewed"),
}


class TooLate(Exception):
    """What is asked was done, or ruled out, already: a moment ago perhaps."""


class IllegalStep(TooLate):
    """The step exists, but not from where the record stands."""

    def __init__(self, record, step):
        what = record._meta.verbose_name
        super().__init__(
            f"You cannot {step.label[0].lower()}{step.label[1:]}: this {what} is {record.state_label.lower()}."
        )


def day_of(on):
    """A day as the moment the timeline keeps: now for today, midnight for another day. Refuses the future."""
    today = timezone.localdate()
    if on is None or on == today:
        return timezone.now()
    if on > today:
        raise ValidationError("This cannot have happened in the future.", code="future")
    return timezone.make_aware(dt.datetime.combine(on, dt.time()))


@contextmanager
def the_databases_no(record):
    """Where a constraint of the record's table refuses, a ValidationError with that constraint's own sentence.

    A trigger that refuses says its sentence as the error's hint, and raises under a constraint's name.

    The database decides, so that two people at once are told the same as one after another. The transaction that
    this is in is spoilt by the refusal: the error must leave it.
    """
    try:
        yield
    except IntegrityError as error:
        diag = getattr(error.__cause__, "diag", None)
        name = getattr(diag, "constraint_name", None)
        if name and diag.message_hint:
            raise ValidationError(diag.message_hint, code=name) from error
        for constraint in record._meta.constraints:
            if constraint.name == name:
                raise ValidationError(constraint.get_violation_error_message(), code=name) from error
        raise


def insert(row, *, sure_of=()):
    """Save a new row, its fields checked but those we are `sure_of`. Raises ValidationError where it cannot be."""
    row.full_clean(exclude=sure_of, validate_unique=False, validate_constraints=False)
    with the_databases_no(row), transaction.atomic():
        row.save(force_insert=True)


class Stepped(models.Model):
    """A record about a person whose status moves by steps.

    A model gives STEPS, the field that holds its state, its `matters`, and an `offender`; one that is about staff says
    `about` nobody, and has a KIND of its own in the record.
    """

    STEPS: dict = {}
    STATE = "status"
    KIND = Event.Kind.ALTERATION

    class Meta:
        abstract = True

    @property
    def state(self):
        return getattr(self, self.STATE)

    @property
    def state_label(self):
        return getattr(self, f"get_{self.STATE}_display")()

    @property
    def about(self):
        """The ids of the people it concerns."""
        return [self.offender_id]

    @property
    def matters(self):
        """The matters its timeline belongs to: whoever is involved in one of them reads it."""
        return [self.pk]

    @classmethod
    def permission(cls, verb):
        return f"{cls._meta.app_label}.{verb}_{cls._meta.model_name}"

    def may(self, user, verb):
        """Whether this step is this user's to take, whenever its time comes."""
        return verb in self._theirs(user, [verb])

    def steps_for(self, user):
        """The steps to offer this user now: {verb: Step}."""
        verbs = [verb for verb, step in self.STEPS.items() if step.by_hand and self.state in step.sources]
        return {verb: self.STEPS[verb] for verb in self._theirs(user, verbs)}

    def _theirs(self, user, verbs):
        """Of these steps, those that are the user's: permitted, of a record they see, from a side they are on."""
        verbs = [verb for verb in verbs if user.has_perm(self.permission(verb))]
        sides = {side for verb in verbs for side in self.STEPS[verb].whose}
        row = type(self).objects.filter(pk=self.pk)
        seen = row.visible_to(user)
        if len(sides) == 1:  # both in one question: the most usual one, and sight is the dear half of it
            row = seen
        elif not (verbs and seen.exists()):
            return []
        on = {side for side in sides if getattr(row, side)(user).exists()}
        return [verb for verb in verbs if on.intersection(self.STEPS[verb].whose)]

    @transaction.atomic
    def _take(self, verb, *, by, on=None, reason="", follows=False, sentence="", **changes):
        """Lock, check, change, record: the only way a status moves.

        `on` is the day it happened (today when left out). `follows` says that another record's
        step, already allowed, brought this one about. Raises PermissionDenied, IllegalStep or
        ValidationError, and then nothing has changed.
        """
        step, at = self.STEPS[verb], day_of(on)
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
        if not follows and not self.may(by, verb):
            raise PermissionDenied(f"You may not {step.label[0].lower()}{step.label[1:]}.")
        before = self.state
        if before not in step.sources:
            raise IllegalStep(self, step)
        if step.target is not None:
            changes[self.STATE] = step.target
        for field, value in changes.items():
            setattr(self, field, value)
        with the_databases_no(self):
            self.save(update_fields=list(changes))
        Event.objects.record(
            self.KIND,
            f"{self._meta.model_name}.{verb}",
            by=by,
            subject=self,
            offenders=self.about,
            before={self.STATE: before},
            after={self.STATE: self.state},
            reason=reason,
            happened_on=timezone.localdate(at),
        )
        if not follows:  # the step that brought it about has its own line
            self._tell(sentence or step.sentence, by=by, at=at, reason=reason, category=step.category)

    def _tell(self, sentence, *, by, at, reason="", category=Category.CASE):
        from offenders.models import Entry

        text = f"{sentence}: {reason}" if reason else sentence
        Entry.write(
            self.offender_id, text, by=by, at=at, kind=Entry.Kind.STEP, category=category, matters=self.matters,
            url=self.get_absolute_url(),
        )  # fmt: skip
