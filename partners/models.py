"""Who works here: agencies, their units and services, and people with their memberships."""

import uuid
from copy import copy

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Permission
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from .dated import Dated, DatedQuerySet, days
from .once import Receipt as Receipt
from .roles import ROLES, Category


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
            models.UniqueConstraint("agency", "name", "valid_from", name="unit_is_named_once_at_a_time"),
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

    def __str__(self):
        return f"{self.pathway} by {self.unit or self.agency}"


class AgreementQuerySet(DatedQuerySet):
    def between(self, one, other, day=None):
        """Those that hold that day (today when left out) between two agencies: rows, keys or outer references."""
        return self.on(day).filter(agencies=one).filter(agencies=other)

    def covering(self, category):
        """Those under which this category may be shown."""
        return self.filter(categories__contains=[category])


class Agreement(Dated):
    """An information-sharing agreement between agencies: for what, which categories, until when.

    It is asked for on each request: what it opened is closed from the day after its last. Who the person is and how
    their case stands is the least that one may share, so each covers identity and case.
    """

    LEAST = (Category.IDENTITY, Category.CASE)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    purpose = models.TextField()
    agencies = models.ManyToManyField(Agency, related_name="agreements")
    categories = ArrayField(models.CharField(max_length=20, choices=Category), default=list)
    review_on = models.DateField(null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["name"]
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="agreement_covers_identity_and_case",
                condition=Q(categories__contains=["identity", "case"]),
                violation_error_message="An agreement covers at least identity and case: without them nothing is seen.",
            ),
        ]

    def __str__(self):
        return self.name


class Setting(Dated):
    """A figure that policy or evidence decides, and may change: never a constant in code."""

    class Key(models.TextChoices):
        GOODS_MULTIPLIER = "goods_multiplier", "Pounds of goods stolen for a pound of drugs"
        LOW_DAILY_SPEND = "low_daily_spend", "Pounds a day counted at the most in the low estimate"
        HIGH_DAILY_SPEND = "high_daily_spend", "Pounds a day for a person not assessed, in the high estimate"
        STAFF_COST = "staff_cost", "Pounds a year that the programme's staff cost"
        UNPRICED_STAY = "unpriced_stay", "Pounds for a stay whose price is not known: low, central, high"
        FOLLOW_UP_WEEKS = "follow_up_weeks", "Weeks after departure at which a follow-up is due"
        FOLLOW_UP_ATTEMPTS = "follow_up_attempts", "Attempts before a follow-up is recorded as not reached"
        LAPSE_DAYS = "lapse_days", "Days in which the plan is gone through again after a lapse"
        EMERGENCY_ACCESS_HOURS = "emergency_access_hours", "Hours for which a person is opened in an emergency"
        INVOLVEMENT_DAYS = "involvement_days", "Days an agency keeps sight of a person after its work ends"
        HOLD_MINUTES = "hold_minutes", "Minutes for which a slot is held while a referral is finished"
        SLOT_DAYS = "slot_days", "Days ahead for which slots are offered"
        JOURNEY_DAYS = "journey_days", "Days after which a referral that was begun and left is cleared"
        CONTACT_DAYS = "contact_days", "Working days until someone referred should have been reached"
        CONTACT_ATTEMPTS = "contact_attempts", "Attempts to reach someone before “not engaged” is proposed"
        APPROVAL_FROM_GRAVITY = "approval_from_gravity", "Gravity score from which a resolution needs approval"
        REMINDER_HOURS = "reminder_hours", "Hours before an appointment at which people are reminded"
        PLAN_WARNING_DAYS = "plan_warning_days", "Days before leaving rehab at which an empty plan is pressed"
        LINK_DAYS = "link_days", "Days for which someone outside may answer an action by a link"
        STAY_WEEKS = "stay_weeks", "Weeks for which a rehab place is booked unless another day of leaving is said"
        AGREEMENT_WARNING_DAYS = "agreement_warning_days", "Days before an agreement ends at which people are warned"
        CONCERN_DAYS = "concern_days", "Days within which a concern of a rehab is looked into"
        CHECKLIST_DAYS = "checklist_days", "Days for which what happened in rehab, or after it, still starts tasks"
        CONTACT_AFTER_DAYS = "contact_after_days", "Days within which someone who left rehab early is spoken with"

    key = models.CharField(max_length=40, choices=Key)
    values = ArrayField(
        models.DecimalField(max_digits=10, decimal_places=2), help_text="One figure, or several: 1, 4, 12."
    )
    source = models.CharField(max_length=300, help_text="Where the figure comes from.")
    is_assumption = models.BooleanField(default=False, help_text="Not confirmed by a source.")

    class Meta(Dated.Meta):
        ordering = ["key", "-valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="setting_has_one_value_at_a_time",
                expressions=[
                    ("key", RangeOperators.EQUAL),
                    (days(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="Another value holds on some of these days. End that one first.",
            ),
        ]

    def __str__(self):
        return f"{self.get_key_display()}: {', '.join(f'{v:f}'.rstrip('0').rstrip('.') for v in self.values)}"


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        """A person who can sign in once they have a password, and sees nothing until they have a membership."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, email):
        return self.get(email=email.strip().lower())


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
    is_active = models.BooleanField(default=True, help_text="Clear this when someone leaves. Their work stays theirs.")
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


class Membership(Dated):
    """A user's place in an agency, in a role, between two days. Embedded staff have two."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=30, choices=[(name, role.label) for name, role in ROLES.items()])

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
