"""Who works here: agencies, their units and services, and people with their memberships."""

import unicodedata
import uuid
from copy import copy

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Permission
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models, transaction
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.functional import cached_property

from .access_review import AccessReview as AccessReview
from .access_review import ReviewedMembership as ReviewedMembership
from .agreement import Agreement as Agreement
from .audit.models import Event
from .dated import Dated, DatedQuerySet, days
from .once import Receipt as Receipt
from .roles import ROLES, Category, roles_with
from .settings import Setting as Setting
from .skills import Skill

OF_A_SYSTEM = "@systems.invalid"  # how the e-mail address of a user ends that is a system's: no mail goes there
NO_UNIT = uuid.UUID(int=0)  # what compares as the unit of a service that is the whole agency's


class Area(models.Model):
    """Where someone lives or offends: a local authority, "outside the force area" or "no fixed abode"."""

    OUTSIDE, NO_FIXED_ABODE = "OUTSIDE", "NFA"

    code = models.CharField(
        max_length=9, primary_key=True, help_text="ONS code; OUTSIDE and NFA for the two that have none."
    )
    name = models.CharField(max_length=60, unique=True)
    in_force_area = models.BooleanField(default=True)
    latitude = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True, help_text="Of its middle.")
    longitude = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True, help_text="Of its middle.")

    class Meta:
        ordering = ["code"]  # the local authorities by name, as ONS numbered them, then the two that are none

    def __str__(self):
        return self.name


class Agency(models.Model):
    """An organisation that takes part."""

    class Kind(models.TextChoices):
        POLICE = "police", "Police force"
        TREATMENT = "treatment", "Drug and alcohol treatment"
        REHAB = "rehab", "Residential rehab"
        PROBATION = "probation", "Probation"
        AUTHORITY = "authority", "Local authority"
        RETAILER = "retailer", "Retailer"
        CHARITY = "charity", "Charity"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    short_name = models.CharField(max_length=40, blank=True, help_text="As people say it: CGL.")
    kind = models.CharField(max_length=12, choices=Kind)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"

    def __str__(self):
        return self.short_name or self.name


class Unit(Dated):
    """A part of an agency: a neighbourhood unit, a local policing area, a department, a team or a custody suite."""

    class Kind(models.TextChoices):
        NPU = "npu", "Neighbourhood policing unit"
        LPA = "lpa", "Local policing area"
        DEPARTMENT = "department", "Department"
        TEAM = "team", "Team"
        CUSTODY = "custody", "Custody suite"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="units")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)

    class Meta(Dated.Meta):
        ordering = ["name", "valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="unit_is_named_once_at_a_time",
                expressions=[
                    ("agency", RangeOperators.EQUAL),
                    ("name", RangeOperators.EQUAL),
                    (days(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="This agency has a unit of that name on some of these days. End that first.",
            ),
        ]

    def __str__(self):
        return self.name


class Service(Dated):
    """What an agency (or one unit of it) offers: the pathway whose referrals it receives, where, since when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="services")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="services")
    pathway = models.CharField(max_length=12)
    areas = models.ManyToManyField(Area, related_name="services", blank=True, help_text="The areas it covers.")
    places = models.PositiveIntegerField(
        null=True, blank=True, help_text="Places bought, where the contract counts them."
    )
    phone = models.CharField(
        max_length=30, blank=True, help_text="What people referred to it can call. It is on what is handed to them."
    )
    source = models.CharField(max_length=200, blank=True, help_text="Where this is written: contract, paper, decision.")

    class Meta(Dated.Meta):
        ordering = ["pathway", "valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="service_is_offered_once_at_a_time",
                expressions=[
                    ("agency", RangeOperators.EQUAL),
                    (Coalesce("unit", Value(NO_UNIT)), RangeOperators.EQUAL),
                    ("pathway", RangeOperators.EQUAL),
                    (days(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="They offer this on some of these days already. End that first.",
            ),
        ]

    def __str__(self):
        return f"{self.pathway} by {self.unit or self.agency}"


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        """A person who can sign in once they have a password, and sees nothing until they have a membership."""
        user = self.model(email=self.address_of(email), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, email):
        return self.get(email=self.address_of(email))

    def address_of(self, email):
        """An e-mail address as it is kept and looked up, however it was typed: full-width, in capitals, with spaces."""
        return unicodedata.normalize("NFKC", email).strip().lower()


class User(AbstractBaseUser):
    """Someone who signs in. What they may see and do comes from the membership they act as, and nothing else.

    There is no superuser: no one is above the rules.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    title = models.CharField(max_length=20, blank=True, help_text="Rank or title, as in PC or Dr.")
    given_names = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    collar_number = models.CharField(max_length=12, blank=True)
    skills = ArrayField(
        models.CharField(max_length=20, choices=Skill), default=list, blank=True,
        help_text="Shown to whoever chooses whom to give a person to.",
    )  # fmt: skip
    is_active = models.BooleanField(
        default=True, help_text="They may sign in. Closing the account clears it; their work stays theirs."
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["given_names", "family_name"]
    is_superuser = False

    # where the request comes from, for the record; set by `act_as`
    request_id = None
    ip_address = None
    unwritten = None  # rows of the record that are written together (partners/audit/models.py)

    class Meta:
        ordering = ["family_name", "given_names", "id"]
        constraints = [
            models.CheckConstraint(name="email_is_lower_case", condition=Q(email=Lower("email"))),
        ]
        permissions = [
            ("open_backoffice", "Can open the back office"),
            ("work_agency_wide", "Works for the whole agency, not one unit of it"),
            ("view_roles", "Can read the table of roles"),
        ]

    def __str__(self):
        return " ".join(part for part in (self.title, self.given_names, self.family_name) if part)

    def get_full_name(self):
        return str(self)

    @property
    def skills_in_words(self):
        """The labels, in the order of the list."""
        return [skill.label for skill in Skill if skill in self.skills]

    # the hat

    @cached_property
    def live_memberships(self):
        """The hats this user may wear today."""
        if not self.is_active:
            return []
        return list(self.memberships.on().select_related("agency", "unit"))

    @cached_property
    def membership(self):
        """The hat worn: chosen by `act_as`, else the only one there is, else none (and then they see nothing)."""
        return self.live_memberships[0] if len(self.live_memberships) == 1 else None

    def act_as(self, membership, *, request_id=None, ip_address=None):
        """Wear this hat from now on. Anything remembered of another is dropped. Returns the user."""
        self.__dict__.pop("permissions", None)
        self.__dict__.pop("shown_by", None)
        self.__dict__["membership"] = membership
        self.request_id, self.ip_address = request_id, ip_address
        return self

    # what it allows

    @cached_property
    def permissions(self):
        """The permissions of the hat worn, as in "referrals.accept_referral"."""
        if not (self.is_active and self.membership):
            return frozenset()
        pairs = Permission.objects.filter(group__name=self.membership.role).values_list(
            "content_type__app_label", "codename"
        )
        return frozenset(f"{app}.{codename}" for app, codename in pairs)

    def has_perm(self, permission, obj=None):
        return permission in self.permissions

    def has_perms(self, permissions, obj=None):
        return self.permissions.issuperset(permissions)

    def has_module_perms(self, app_label):
        return any(permission.startswith(f"{app_label}.") for permission in self.permissions)

    def in_each_hat(self):
        """This user as they are in each hat that they may wear today."""
        return [copy(self).act_as(hat) for hat in self.live_memberships]

    def sees_any(self, rows):
        """Whether they see one of these rows, in whichever of their hats."""
        return self.is_active and any(rows.visible_to(one).exists() for one in self.in_each_hat())

    @property
    def is_staff(self):
        """Whether the back office opens to them; the admin asks by this name."""
        return self.has_perm("partners.open_backoffice")

    @property
    def categories(self):
        """The categories of information the hat worn may see."""
        return ROLES[self.membership.role].categories if self.permissions else frozenset()

    @property
    def with_consent(self):
        """The categories the hat worn may see of another agency's only with the person's consent."""
        return ROLES[self.membership.role].with_consent if self.permissions else frozenset()

    @cached_property
    def shown_by(self):
        """What each agency may show the one this hat works for today: {id: categories}. Its own, everything."""
        if not self.membership:
            return {}
        own = self.membership.agency_id
        theirs = Agreement.objects.on().filter(agencies=own).order_by().values("pk")
        agreed = Agreement.objects.filter(pk__in=theirs).order_by().values_list("agencies", "categories")
        shown = {agency: frozenset() for agency, _ in agreed}
        for agency, categories in agreed:
            shown[agency] |= frozenset(categories)
        return shown | {own: frozenset(Category.values)}

    @cached_property
    def units(self):
        """The ids of the units they are or were in, in any role."""
        return [unit for unit in self.memberships.order_by().values_list("unit", flat=True).distinct() if unit]

    def mine(self, prefix=""):
        """Q: rows of the agency this hat works for, and of its unit unless the hat works agency-wide.

        `prefix` names the fields: "from_" asks of from_agency and from_unit. A row that names no
        unit is nobody's but an agency-wide hat's: what is not known opens nothing.
        """
        if not self.permissions:
            return Q(pk__in=[])
        agency = Q(**{f"{prefix}agency": self.membership.agency_id})
        if self.has_perm("partners.work_agency_wide"):
            return agency
        if not self.membership.unit_id:
            return Q(pk__in=[])
        return agency & Q(**{f"{prefix}unit": self.membership.unit_id})


class MembershipQuerySet(DatedQuerySet):
    def holding(self, permission):
        """Those of today whose role has this permission, of users who may sign in."""
        return self.on().filter(role__in=roles_with(permission), user__is_active=True, user__system=None)

    def users(self):
        """Whose they are."""
        return User.objects.filter(pk__in=self.values("user"))


class Membership(Dated):
    """A user's place in an agency, in a role, between two days. Embedded staff have two."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=30, choices=[(name, role.label) for name, role in ROLES.items()])

    objects = MembershipQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["agency__name", "role", "id"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="membership_is_held_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("agency", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (days(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="They already hold this role there on some of these days.",
            ),
        ]

    def __str__(self):
        return f"{self.get_role_display()}, {self.unit or self.agency}"

    @transaction.atomic
    def end(self, *, by, reason):
        """Today is its last day. One that has not begun is taken back: nothing was done under it."""
        today = timezone.localdate()
        before = {name: str(getattr(self, name) or "") for name in ("role", "valid_from", "valid_to")}
        has_begun = self.valid_from <= today
        Event.objects.record(
            Event.Kind.ADMINISTRATION, "membership.end", by=by, subject=self, before=before,
            after={"valid_to": str(today)} if has_begun else None, reason=reason,
        )  # fmt: skip
        if not has_begun:
            self.delete()
        elif self.valid_to is None or self.valid_to > today:
            self.valid_to = today
            self.save(update_fields=["valid_to"])
