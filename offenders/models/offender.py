"""Who a person is: what is recorded of them once, and the facts that are rows of their own."""

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from offenders.codes import Ethnicity, OfficerEthnicity, Sex
from offenders.identifiers import HEALTH_KINDS, KINDS, check_identifier, kinds_read_by
from offenders.workflow import insert
from partners.audit.models import Event
from partners.dated import Dated, DatedQuerySet
from partners.reference import next_reference
from partners.roles import Category


def _involved(user, *otherwise):
    """Q: those opened to the user by one of their involvements, or by one of these other rows.

    As a union, whose parts each have an index, PostgreSQL begins with the team's few, and not with everyone there is.
    """
    from .sharing import Involvement

    first, *others = (
        rows.order_by().values("offender") for rows in (*Involvement.objects.parts_open_to(user), *otherwise)
    )
    return Q(pk__in=first.union(*others, all=True))


class OffenderQuerySet(models.QuerySet):
    def open_to(self, user):
        """Those not restricted, or restricted to named people of whom this is one."""
        from .sharing import NamedUser

        named = NamedUser.objects.on().filter(offender=OuterRef("pk"), user=user.pk)
        return self.filter(Q(is_restricted=False) | Exists(named))

    def visible_to(self, user):
        """Those the user's agency is involved with today, and those they opened in an emergency. Else no sight."""
        from .emergency import EmergencyAccess

        if not user.has_perm("offenders.view_offender"):
            return self.none()
        opened = EmergencyAccess.objects.live().of(user)
        return self.open_to(user).filter(_involved(user, opened)).known_whole_to(user)

    def worked_by(self, user):
        """Those the user's agency is involved with today: to read, and to work with. An emergency only shows."""
        if not user.has_perm("offenders.view_offender"):
            return self.none()
        return self.open_to(user).filter(_involved(user)).known_whole_to(user)

    def known_whole_to(self, user):
        """Those not merged into another; of a merge that is to be reviewed, to who is involved with both sides."""
        from .merge import Merge

        rows = self.filter(merged_into=None)
        if Merge.objects.to_review().exists():  # seldom: to ask is sooner done than to put the condition into words
            rows = rows.exclude(Exists(Merge.objects.half_known_to(user).filter(kept=OuterRef("pk"))))
        return rows

    def referred_to_as(self, references):
        """Those with one of these references, and those into whom such a one was merged."""
        merged = Offender.objects.filter(merged_into__isnull=False, reference__in=references)
        return self.filter(Q(reference__in=references) | Q(pk__in=merged.values("merged_into")))

    def restrictable_by(self, user):
        """Those whom the user may propose to restrict, or decide on it."""
        return self.worked_by(user) if user.has_perm("offenders.restrict_offender") else self.none()

    def findable_by(self, user):
        """Those a search by someone about to refer may recognise, to the extent of identity."""
        if not user.has_perm("offenders.find_offender"):
            return self.visible_to(user)
        return self.open_to(user).filter(merged_into=None)

    def amendable_by(self, user):
        """Those whose facts the user may correct."""
        return self.worked_by(user) if user.has_perm("offenders.change_offender") else self.none()

    def with_area(self):
        """Each with `area`: the name of where they live today, if known."""
        today = Address.objects.on().filter(offender=OuterRef("pk"))
        return self.annotate(area=Subquery(today.values("area__name")[:1]))


class Offender(models.Model):
    """A person the work is for, once, across all pathways and agencies."""

    class Standing(models.TextChoices):
        SELF_REPORTED = "self_reported", "Self-reported"
        OFFICER = "officer", "Recorded by an officer"
        VERIFIED = "verified", "Verified"

    # what is recorded of a person: amended, and in a merge chosen, field by field
    FACTS = (
        "given_names", "family_name", "date_of_birth", "is_birth_date_about", "sex", "gender", "ethnicity",
        "officer_ethnicity", "language", "needs_interpreter", "access_needs", "phone", "email", "safe_contact",
        "no_messages", "deceased_on",
    )  # fmt: skip

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=8, unique=True, editable=False)
    given_names = models.CharField(max_length=120)
    family_name = models.CharField(max_length=120)
    date_of_birth = models.DateField(null=True, blank=True)
    is_birth_date_about = models.BooleanField("about", default=False, help_text="The date of birth is an estimate.")
    sex = models.CharField(max_length=1, choices=Sex, default=Sex.UNKNOWN)
    gender = models.CharField(max_length=60, blank=True, help_text="If different from sex.")
    ethnicity = models.CharField("self-defined ethnicity", max_length=2, choices=Ethnicity, default=Ethnicity.UNKNOWN)
    officer_ethnicity = models.CharField(
        "officer-defined ethnicity", max_length=1, choices=OfficerEthnicity, default=OfficerEthnicity.UNKNOWN
    )
    language = models.CharField(max_length=60, blank=True, help_text="First language, if not English.")
    needs_interpreter = models.BooleanField(default=False)
    access_needs = models.TextField(blank=True, help_text="What to do so that they can take part.")
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    safe_contact = models.TextField(blank=True, help_text="How, when and where it is safe to make contact.")
    no_messages = models.BooleanField(
        "no texts or e-mails", default=False, help_text="They asked us to send no text messages and no e-mails."
    )
    deceased_on = models.DateField(null=True, blank=True)
    standing = models.JSONField(default=dict, blank=True, help_text="Fact by fact: self-reported, officer, verified.")
    is_restricted = models.BooleanField(default=False, editable=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="merged")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="offenders_recorded")
    # names, aliases, dates, numbers and references, normalised; kept by the database (see the migration)
    search = models.TextField(editable=False, default="")

    objects = OffenderQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_names", "id"]
        verbose_name = "person"
        verbose_name_plural = "people"
        indexes = [
            models.Index(fields=["family_name", "given_names", "id"], name="offender_by_name"),
            GinIndex(fields=["search"], name="offender_by_search", opclasses=["gin_trgm_ops"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="offender_is_born_before_today",
                condition=Q(date_of_birth=None) | Q(date_of_birth__lte=Now()),
                violation_error_message="The date of birth cannot be in the future.",
            ),
            models.CheckConstraint(
                name="offender_dies_after_birth",
                condition=Q(deceased_on=None) | Q(date_of_birth=None) | Q(deceased_on__gte=F("date_of_birth")),
                violation_error_message="The date of death cannot be before the date of birth.",
            ),
            models.CheckConstraint(
                name="offender_is_not_merged_into_itself", condition=Q(merged_into=None) | ~Q(merged_into=F("pk"))
            ),
        ]
        permissions = [
            ("find_offender", "Can search for anyone, in order to refer them"),
            ("restrict_offender", "Can restrict a person to named users"),
            ("view_sharing", "Can read who has seen a person"),
        ]

    def __str__(self):
        return f"{self.given_names} {self.family_name}"

    def get_absolute_url(self):
        return reverse("offenders:detail", args=[self.pk])

    @property
    def offender_id(self):
        """Every row that concerns a person says whom by this name; a person concerns itself."""
        return self.pk

    @property
    def all_ids(self):
        """Its own key and those of whoever was merged into it: the record names the person by any of them."""
        return [self.pk, *self.merged.order_by("pk").values_list("pk", flat=True)]

    def age(self, on=None):
        """Years completed on that day (today when left out), at death if dead; None if the birth date is not known."""
        if not self.date_of_birth:
            return None
        day = self.deceased_on or on or timezone.localdate()
        born = self.date_of_birth
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    @classmethod
    def add(cls, *, by, is_compared=True, **fields):
        """Record a new person. Nobody sees them until an involvement is opened.

        They are compared with everyone else at once, unless who adds many does so at the end.
        """
        from offenders.duplicates import look_again

        offender = cls(reference=next_reference("PN"), recorded_by=by, **fields)
        insert(offender, sure_of=["recorded_by"])
        Event.objects.record(Event.Kind.COLLECTION, "offender.add", by=by, subject=offender, offenders=[offender.pk])
        if is_compared:
            look_again(offender)
        return offender

    @property
    def matters(self):
        """The matters that agencies are involved in today: what concerns the person themselves belongs to all."""
        return self.involvements.live().matters()


class FactQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of people the user sees."""
        return self.filter(offender__in=Offender.objects.visible_to(user))

    def amendable_by(self, user):
        """Those the user may correct: whoever may add such a fact. What was typed wrong is no one agency's."""
        may = user.has_perm(f"offenders.add_{self.model._meta.model_name}")
        return self.filter(offender__in=Offender.objects.worked_by(user)) if may else self.none()


class DatedFactQuerySet(FactQuerySet, DatedQuerySet):
    """Facts that hold between two days."""


class Alias(models.Model):
    """Another name the person goes by or went by."""

    offender = models.ForeignKey(Offender, models.PROTECT, related_name="aliases")
    given_names = models.CharField(max_length=120, blank=True)
    family_name = models.CharField(max_length=120, blank=True)
    kind = models.CharField(
        max_length=12,
        choices={"alias": "Also known as", "former": "Former name", "nickname": "Nickname"},
        default="alias",
    )

    objects = FactQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "aliases"

    def __str__(self):
        return f"{self.given_names} {self.family_name}".strip()


class IdentifierQuerySet(FactQuerySet):
    def visible_to(self, user):
        return super().visible_to(user).readable_by(user)

    def readable_by(self, user):
        """Those of the kinds that the user's hat reads: health numbers with the health category."""
        return self.filter(kind__in=kinds_read_by(user))


class Identifier(models.Model):
    """A number that another system knows the person by, checked by its own algorithm, kept in its canonical form."""

    offender = models.ForeignKey(Offender, models.PROTECT, related_name="identifiers")
    kind = models.CharField(max_length=10, choices=KINDS)
    value = models.CharField(max_length=30)

    objects = IdentifierQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "value", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["offender", "kind", "value"],
                name="identifier_is_given_once",
                violation_error_message="This person already has this number.",
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.value}"

    @property
    def category(self):
        return Category.HEALTH if self.kind in HEALTH_KINDS else Category.IDENTITY

    def clean(self):
        self.value = check_identifier(self.kind, self.value)


class Address(Dated):
    """Where the person lived, between two days. The one that holds today says which area they reside in."""

    offender = models.ForeignKey(Offender, models.PROTECT, related_name="addresses")
    lines = models.TextField("address", blank=True, help_text="Leave empty for no fixed abode.")
    postcode = models.CharField(max_length=8, blank=True)
    area = models.ForeignKey("partners.Area", models.PROTECT, related_name="addresses")

    objects = DatedFactQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["-valid_from", "-id"]
        verbose_name_plural = "addresses"

    def __str__(self):
        return ", ".join(part for part in (*self.lines.splitlines(), self.postcode) if part) or str(self.area)


class Marker(Dated):
    """A warning to whoever meets the person. Its detail is for the police alone."""

    class Kind(models.TextChoices):
        VIOLENT = "violent", "Violence"
        WEAPONS = "weapons", "Weapons"
        SELF_HARM = "self_harm", "Self-harm or suicide"
        ESCAPER = "escaper", "Escape"
        AILMENT = "ailment", "Medical condition"
        CONTAGIOUS = "contagious", "Contagious"
        MENTAL_HEALTH = "mental", "Mental health"
        ADDRESS = "address", "Address: do not attend alone"
        STAFF = "staff", "Risk to staff"

    offender = models.ForeignKey(Offender, models.PROTECT, related_name="markers")
    kind = models.CharField(max_length=12, choices=Kind)
    detail = models.TextField(blank=True)

    objects = DatedFactQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["kind", "id"]

    def __str__(self):
        return self.get_kind_display()
