"""What a person said yes and no to, and what an agency may read of another's."""

from functools import reduce
from operator import or_

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from offenders.workflow import TooLate, day_of, insert
from partners.audit.models import Event
from partners.roles import Category

from .offender import Offender

EVERYTHING, NOTHING = ~Q(pk__in=[]), Q(pk__in=[])


def shown_to(user, *, own=None, category=None, agency="agency", offender="offender"):
    """Q: the rows that the agency which wrote them may show this user. The one statement of who reads whose.

    An agency reads what it wrote, and of another's what an agreement of the two covers today. Of that, the hat reads
    its own categories; and those that need consent, where the row is the user's own or the person lets this agency
    read that one's.

    `own`: Q of the user's own rows, their agency's when left out. `category`: that of every row, where they have no
    field of it. `agency` and `offender`: the way from a row to the agency that wrote it and to the person.
    """
    by = {}
    for held_by, covered in user.shown_by.items():
        by.setdefault(covered, []).append(held_by)

    def is_in(categories):
        if category is None:
            return Q(category__in=categories)
        return EVERYTHING if category in categories else NOTHING

    agreed = reduce(or_, (Q(**{f"{agency}__in": held_by}) & is_in(covered) for covered, held_by in by.items()), NOTHING)
    reader = user.membership.agency_id
    own = Q(**{agency: reader}) if own is None else own
    lets = Consent.objects.to_share(OuterRef(agency), with_=reader).filter(offender=OuterRef(offender))
    return agreed & (is_in(user.categories) | is_in(user.with_consent) & (own | Exists(lets)))


def yes_if(condition):
    """The condition as an annotation, even where it is known before any row is read."""
    return Case(When(condition, then=Value(True)), default=Value(False))


class ConsentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Answers of people the user sees: recorded by their agency, and of others' as far as an agreement covers
        general notes, those that name their agency, or all where the user may read who shares what."""
        if not user.has_perm("offenders.view_consent"):
            return self.none()
        agency = user.membership.agency_id
        named = EVERYTHING if user.has_perm("offenders.view_sharing") else Q(by_agency=agency) | Q(agency=agency)
        may_read = shown_to(user, category=Category.GENERAL, agency="by_agency")
        return self.filter(named, may_read, offender__in=Offender.objects.visible_to(user))

    def amendable_by(self, user):
        """Those that the user's own agency recorded, where the user records consent."""
        if not user.has_perm("offenders.add_consent"):
            return self.none()
        worked = Offender.objects.worked_by(user)
        return self.visible_to(user).filter(by_agency=user.membership.agency_id, offender__in=worked)

    def standing(self):
        """The answers that hold now: one for each purpose and agency."""
        return self.filter(ended_at=None)

    def given(self):
        return self.filter(answer=Consent.Answer.GIVEN)

    def to_share(self, held_by, *, with_):
        """Those that let agency `with_` read what agency `held_by` wrote: rows, keys or outer references."""
        rows = self.standing().given().filter(purpose=Consent.Purpose.SHARING, agency=with_).said_on_both_sides()
        return rows.filter(Q(covers=None) | Q(covers=held_by))

    def said_on_both_sides(self):
        """Not those of a person whose merge is to be reviewed, unless the record that was merged in says as much."""
        from .merge import Merge

        same = {name: OuterRef(OuterRef(name)) for name in ("purpose", "agency")}
        there = Consent.objects.standing().given().filter(offender=OuterRef("gone"), covers=None, **same)
        only_here = Merge.objects.to_review().filter(~Exists(there), kept=OuterRef("offender"))
        return self.filter(~Exists(only_here))

    def with_names(self):
        return self.select_related("offender", "agency", "by_agency", "recorded_by", "withdrawn_by")


class Consent(models.Model):
    """A person's answer, yes or no, for one purpose and one agency. It holds until they answer again or withdraw.

    Recorded when it is told, and in force from that moment; `answered_on` is the day on which they said so.
    """

    class Purpose(models.TextChoices):
        TREATMENT = "treatment", "Treatment"
        SHARING = "sharing", "Sharing health information"
        RESEARCH = "research", "Research"

    OPENS = {
        Purpose.TREATMENT: "The agency may offer them treatment. No record is opened by it.",
        Purpose.SHARING: "The agency reads the health information that others recorded, as far as an agreement "
        "between them covers health.",
        Purpose.RESEARCH: "The agency may use what it holds for research. No record is opened by it.",
    }

    class Answer(models.TextChoices):
        GIVEN = "given", "Yes, they consent"
        REFUSED = "refused", "No, they refuse"

    class How(models.TextChoices):
        IN_WORDS = "in_words", "In words, face to face"
        FORM = "form", "On a signed form"
        PHONE = "phone", "By phone"
        VIDEO = "video", "By video"
        WRITTEN = "written", "By letter, text message or e-mail"

    class Giver(models.TextChoices):
        PERSON = "person", "The person themselves"
        PARENT = "parent", "A parent or guardian"
        AUTHORITY = "authority", "Someone with authority to decide for them"

    offender = models.ForeignKey(Offender, models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=10, choices=Purpose)
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="consents")
    covers = models.ManyToManyField(
        "partners.Agency", related_name="+", blank=True, help_text="Whose records it is about; none: all agencies'."
    )
    answer = models.CharField(max_length=8, choices=Answer)
    answered_on = models.DateField()
    how = models.CharField("how they said so", max_length=10, choices=How)
    words = models.TextField("what they said", blank=True)
    giver = models.CharField("who answered", max_length=10, choices=Giver, default=Giver.PERSON)
    giver_name = models.CharField("their name", max_length=120, blank=True)
    language = models.CharField(max_length=60, blank=True, help_text="If not English.")
    interpreter = models.CharField(max_length=120, blank=True, help_text="Their name, if there was one.")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="consents_recorded")
    by_agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="consents_recorded")
    ended_at = models.DateTimeField(null=True, editable=False, help_text="Since when it no longer holds.")
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="consents_withdrawn",
        help_text="Who recorded that the person withdrew it; empty: it holds, or another answer followed.",
    )  # fmt: skip
    withdrawn_how = models.CharField(max_length=10, choices=How, blank=True, editable=False)
    withdrawn_why = models.CharField(max_length=200, blank=True, editable=False)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-id"]
        default_permissions = ["view", "add"]
        constraints = [
            models.UniqueConstraint(
                fields=["offender", "purpose", "agency"],
                condition=Q(ended_at=None),
                name="person_has_one_answer_for_a_purpose_and_agency",
                violation_error_message="Another answer was recorded at the same moment. Look again, then try again.",
            ),
            models.CheckConstraint(
                name="consent_is_given_or_refused",
                condition=Q(answer__in=["given", "refused"]),
                violation_error_message="Say whether the person consents or refuses.",
            ),
            models.CheckConstraint(
                name="consent_by_someone_else_names_them",
                condition=Q(giver="person") | ~Q(giver_name=""),
                violation_error_message="Name who answered for the person.",
            ),
            models.CheckConstraint(
                name="interpreted_consent_names_the_language",
                condition=Q(interpreter="") | ~Q(language=""),
                violation_error_message="Say in which language they were asked.",
            ),
            models.CheckConstraint(
                name="consent_withdrawn_was_given_and_says_how_and_why",
                condition=Q(withdrawn_by=None, withdrawn_how="", withdrawn_why="")
                | Q(answer="given", ended_at__isnull=False, withdrawn_by__isnull=False)
                & ~Q(withdrawn_how="")
                & ~Q(withdrawn_why=""),
                violation_error_message="A consent that was given is withdrawn with a reason, and how they said so.",
            ),
            models.CheckConstraint(
                name="consent_ends_after_it_is_recorded",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("recorded_at")),
            ),
        ]

    def __str__(self):
        return f"{self.get_purpose_display()}: {self.agency}"

    def get_absolute_url(self):
        return reverse("offenders:sharing", args=[self.offender_id])

    @property
    def stands(self) -> bool:
        return self.ended_at is None

    @property
    def is_given(self):
        return self.answer == self.Answer.GIVEN

    @classmethod
    @transaction.atomic
    def record(cls, offender, *, by, purpose, agency, answer, covers=(), answered_on=None, **said):
        """Write down what the person answered. What they answered before, for the same, stands no longer.

        Raises ValidationError where they have answered or withdrawn since that day: told late, it changes nothing.
        """
        worked = Offender.objects.worked_by(by).filter(pk=offender.pk)
        if not (by.has_perm("offenders.add_consent") and worked.exists()):
            raise PermissionDenied("You may not record this person's consent.")
        Offender.objects.select_for_update(no_key=True).get(pk=offender.pk)  # one answer after the other
        day = answered_on or timezone.localdate()
        same = cls.objects.filter(offender=offender, purpose=purpose, agency=agency)
        latest = max((earlier.last_word_on for earlier in same), default=day)
        if day < latest:
            raise ValidationError(
                {"answered_on": f"A later answer is recorded, of {latest:%-d %B %Y}. It is the one that holds."}
            )
        now = timezone.now()
        same.standing().update(ended_at=now)
        row = cls(
            offender=offender, purpose=purpose, agency=agency, answer=answer, answered_on=day, recorded_by=by,
            recorded_at=now, by_agency=by.membership.agency, **said,
        )  # fmt: skip
        insert(row, sure_of=["offender", "recorded_by", "by_agency"])
        row.covers.set(covers)
        done = "given" if row.is_given else "refused"
        row._tell("record", Event.Kind.COLLECTION, f"Consent {done}", by=by, at=day_of(day))
        return row

    def may_withdraw(self, user):
        """Whether this user may write down that the person takes it back: of someone they work with."""
        rows = Consent.objects.visible_to(user).filter(pk=self.pk, offender__in=Offender.objects.worked_by(user))
        return user.has_perm("offenders.add_consent") and rows.exists()

    @transaction.atomic
    def withdraw(self, *, by, how, reason):
        """The person takes their consent back: what it opened is closed from this moment. Raises TooLate."""
        if not self.may_withdraw(by):
            raise PermissionDenied("You may not withdraw this consent.")
        self.refresh_from_db(from_queryset=Consent.objects.select_for_update(of=["self"]))
        self.must_hold()
        self.ended_at, self.withdrawn_by = timezone.now(), by
        self.withdrawn_how, self.withdrawn_why = how, reason
        self.save(update_fields=["ended_at", "withdrawn_by", "withdrawn_how", "withdrawn_why"])
        self._tell("withdraw", Event.Kind.ALTERATION, "Consent withdrawn", by=by, reason=reason)

    def must_hold(self):
        """Raise TooLate where there is nothing to withdraw."""
        if not (self.stands and self.is_given):
            raise TooLate("This consent does not hold any more: it was withdrawn, or the person answered again.")

    @property
    def last_word_on(self):
        """The day on which the person last said something of it."""
        withdrawn = self.withdrawn_by_id and timezone.localdate(self.ended_at)
        return max(self.answered_on, withdrawn or self.answered_on)

    def _tell(self, verb, kind, sentence, *, by, at=None, reason=""):
        from .timeline import Entry

        Event.objects.record(
            kind, f"consent.{verb}", by=by, subject=self, offenders=[self.offender_id], reason=reason
        )  # fmt: skip
        # Everyone on the matter reads this: which agency it names is told on the page that those it concerns open.
        Entry.write(
            self.offender_id, f"{sentence}: {self.get_purpose_display().lower()}", by=by, at=at,
            category=Category.GENERAL, matters=self.offender.matters, url=self.get_absolute_url(),
        )  # fmt: skip
