"""The throughcare plan of a case: nine domains, and who leads each."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from offenders.models import shown_to, yes_if
from offenders.workflow import Stepped, day_of, insert
from partners.audit.models import Event
from partners.roles import Category
from partners.settings import setting
from referrals.rehab.plan.workflow import (
    DOMAIN_STEPS,
    HEALTH,
    PLAN_STEPS,
    Domain,
    DomainState,
    PlanState,
    category_of,
)
from referrals.rehab.workflow import Phase, Stay
from referrals.workflow import Todo

from .case import Case


def readable(user, *, domain, agency, offender):
    """Q: the rows whose words the agency that wrote them may show this user: of two domains they are health."""
    health = Q(**{f"{domain}__in": HEALTH})
    way = {"agency": agency, "offender": offender}
    return health & shown_to(user, category=Category.HEALTH, **way) | ~health & shown_to(
        user, category=Category.GENERAL, **way
    )


class PlanQuerySet(models.QuerySet):
    def held_by(self, user):
        """Those of the user's team's cases."""
        return self.filter(case__in=Case.objects.held_by(user).values("pk"))

    def shared_with(self, user):
        """Those of cases another team shares with the user's agency."""
        return self.filter(case__in=Case.objects.shared_with(user).values("pk"))

    def visible_to(self, user):
        """Those of cases the user sees."""
        if not user.has_perm("rehab.view_plan"):
            return self.none()
        return self.filter(case__in=Case.objects.visible_to(user).values("pk"))

    def lacking(self):
        """Those with a domain in which nobody leads or nothing is planned."""
        return self.filter(Exists(PlanDomain.objects.gaps().filter(plan=OuterRef("pk"))))

    def with_gaps(self):
        """Each with `empty`: how many of its domains are so."""
        empty = PlanDomain.objects.gaps().filter(plan=OuterRef("pk")).order_by().values("plan")
        return self.annotate(empty=Coalesce(Subquery(empty.annotate(many=Count("pk")).values("many")), 0))

    def with_leave(self, user):
        """Each with `may_read`: what the person wants is a general note of the team that holds the case."""
        may = shown_to(user, category=Category.GENERAL, agency="case__agency", offender="case__offender")
        return self.annotate(may_read=yes_if(may))

    def with_names(self):
        return self.select_related("case__offender", "case__referral", "case__facilitator", "by")


class Plan(Stepped):
    """What several agencies do for the person of a case, before and after rehab. Finished, it can be reopened."""

    STEPS = PLAN_STEPS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="throughcare_plan")
    status = models.CharField(max_length=8, choices=PlanState, default=PlanState.OPEN, editable=False)
    goal = models.TextField("what the person wants", blank=True, max_length=1000)
    begun_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="plans_begun")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_on", "-id"]
        default_permissions = ["view"]
        verbose_name = "throughcare plan"
        permissions = [
            ("begin_plan", "Plan: begin"),
            *((f"{verb}_plan", f"Plan: {step.label.lower()}") for verb, step in PLAN_STEPS.items()),
        ]

    def __str__(self):
        return "Throughcare plan"

    def get_absolute_url(self):
        return reverse("rehab:case_throughcare", args=[self.case_id])

    @property
    def matters(self):
        return [self.case_id]

    @property
    def offender(self):
        return self.case.offender

    @property
    def offender_id(self):
        return self.case.offender_id

    @staticmethod
    def may_begin(user, case):
        """Whether this user may begin the plan of this case: someone of the team that holds it."""
        held = Case.objects.visible_to(user).held_by(user).filter(pk=case.pk)
        return user.has_perm("rehab.begin_plan") and held.exists()

    @classmethod
    def begin(cls, case, *, by, goal="", on=None):
        """Begin the plan of a case, with every domain still to plan."""
        if not cls.may_begin(by, case):
            raise PermissionDenied("You may not begin the throughcare plan of this person.")
        at = day_of(on)
        with transaction.atomic():
            Case.objects.select_for_update(no_key=True).get(pk=case.pk)
            if case.phase == Phase.CLOSED:
                raise ValidationError("This case is closed. Reopen it before planning.", code="closed")
            if cls.objects.filter(case=case).exists():
                raise ValidationError("This case has a throughcare plan already.", code="begun")
            plan = cls(case=case, by=by, goal=goal, begun_on=timezone.localdate(at))
            insert(plan, sure_of=["by"])
            PlanDomain.objects.bulk_create(PlanDomain(plan=plan, domain=domain) for domain in Domain)
            Event.objects.record(
                Event.Kind.COLLECTION, "plan.begin", by=by, subject=plan, offenders=[case.offender_id]
            )  # fmt: skip
            plan._tell("Throughcare plan begun", by=by, at=at)
        return plan

    def finish(self, *, by, on=None):
        """Nothing is left to do. Raises ValidationError while an action is open."""
        with transaction.atomic():
            self._take("finish", by=by, on=on)
            if left := self.actions_open():
                many = "1 action is" if left == 1 else f"{left} actions are"
                raise ValidationError(f"{many} still open. Say what became of each first.", code="open")

    def reopen(self, *, by, why, on=None):
        """There is more to do: after a lapse, perhaps, which is no failure."""
        self._take("reopen", by=by, on=on, reason=why)

    @classmethod
    def reopen_for(cls, case, *, by, why):
        """What was just recorded of this case reopens its plan, whoever recorded it; one that is open stays so.

        `why` is read by all who work on the case: no health in it. Returns the plan, or None where there is none.
        """
        plan = cls.objects.select_for_update().filter(case=case).first()
        if plan and plan.status == PlanState.FINISHED:
            plan._take("reopen", by=by, follows=True, reason=why)
            plan._tell("Throughcare plan reopened", by=by, at=day_of(None), reason=why, category=Category.GENERAL)
        return plan

    def actions_open(self):
        """How many of its actions are still to do."""
        return sum(domain.actions.filter(status=Todo.OPEN).count() for domain in self.domains.all())


def gaps(case):
    """The domains of this case in which nobody leads or nothing is planned; all of them where there is no plan."""
    plan = Plan.objects.filter(case=case).first()
    return [Domain(row.domain) for row in plan.domains.gaps()] if plan else list(Domain)


def leaving(day=None):
    """Q: cases whose person leaves rehab soon after that day (today when left out), or has left: by now there should
    be a plan."""
    from .placement import Placement

    day = day or timezone.localdate()
    (ahead,) = setting("plan_warning_days", day)
    soon = Placement.objects.filter(
        case=OuterRef("pk"), status=Stay.ARRIVED, expected_departure__lte=day + timedelta(days=int(ahead))
    )
    return Q(Q(phase=Phase.THROUGHCARE) | Exists(soon), offender__deceased_on=None)


def lacking_plan(day=None):
    """Q: those of them without a plan, or with a domain of it empty."""
    whole = Plan.objects.filter(case=OuterRef("pk")).exclude(pk__in=Plan.objects.lacking().values("pk"))
    return leaving(day) & ~Exists(whole)


class PlanDomainQuerySet(models.QuerySet):
    def held_by(self, user):
        """Those of the user's team's cases."""
        return self.filter(plan__in=Plan.objects.held_by(user).values("pk"))

    def led_by(self, user):
        """Those that the user's agency leads, of cases shared with it."""
        shared = Plan.objects.shared_with(user).values("pk")
        return self.filter(plan__in=shared, lead_agency__in=[user.membership.agency_id] if user.membership else [])

    def visible_to(self, user):
        """Those of plans the user sees."""
        return self.filter(plan__in=Plan.objects.visible_to(user).values("pk"))

    def gaps(self):
        """Those in which nobody leads, or nothing is to do nor was done."""
        from .action import Action

        planned = Action.objects.filter(domain=OuterRef("pk")).exclude(status=Todo.NOT_DONE)
        return self.filter(Q(status=DomainState.TO_PLAN) | Q(status=DomainState.PLANNED) & ~Exists(planned))

    def with_leave(self, user):
        """Each with `may_read`: its words, as far as the agency that wrote them may show them."""
        may = readable(user, domain="domain", agency="by_agency", offender="plan__case__offender")
        return self.annotate(may_read=yes_if(may))

    def with_names(self):
        return self.select_related("plan__case__offender", "plan__case__referral", "lead_agency", "by_agency")


class PlanDomain(Stepped):
    """One part of the person's life in their plan: who leads it and to what end, or why nothing is needed."""

    STEPS = DOMAIN_STEPS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="domains")
    domain = models.CharField(max_length=10, choices=Domain)
    status = models.CharField(max_length=10, choices=DomainState, default=DomainState.TO_PLAN, editable=False)
    lead_agency = models.ForeignKey(
        "partners.Agency", models.PROTECT, null=True, blank=True, related_name="domains_led", verbose_name="lead"
    )
    lead_partner = models.CharField("lead outside these agencies", max_length=120, blank=True)
    words = models.TextField("aim, or why nothing is needed", blank=True, max_length=1000)
    by_agency = models.ForeignKey(
        "partners.Agency", models.PROTECT, null=True, editable=False, related_name="+", help_text="Who wrote it."
    )

    objects = PlanDomainQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "domain"]
        default_permissions = []
        verbose_name = "domain of a plan"
        verbose_name_plural = "domains of plans"
        permissions = [(f"{verb}_plandomain", f"Domain: {step.label.lower()}") for verb, step in DOMAIN_STEPS.items()]
        constraints = [
            models.UniqueConstraint(fields=["plan", "domain"], name="plan_has_each_domain_once"),
            models.CheckConstraint(
                name="planned_domain_has_one_lead",
                condition=Q(status="planned") & (Q(lead_agency=None) ^ Q(lead_partner=""))
                | ~Q(status="planned") & Q(lead_agency=None, lead_partner=""),
                violation_error_message="Name one lead: an agency, or someone outside these agencies.",
            ),
            models.CheckConstraint(
                name="domain_set_aside_says_why",
                condition=~Q(status="not_needed") | ~Q(words=""),
                violation_error_message="Say why nothing is needed.",
            ),
        ]

    def __str__(self):
        return self.get_domain_display()

    def get_absolute_url(self):
        return f"{self.plan.get_absolute_url()}#{self.domain}"

    @property
    def matters(self):
        return self.plan.matters

    @property
    def offender(self):
        return self.plan.case.offender

    @property
    def offender_id(self):
        return self.plan.case.offender_id

    @property
    def category(self):
        return category_of(self.domain)

    @property
    def lead_name(self):
        return str(self.lead_agency) if self.lead_agency_id else self.lead_partner

    def lead(self, *, by, lead_agency=None, lead_partner="", aim=None):
        """Say who leads it, one of our agencies or someone outside, and to what end; without an aim that stays.

        What stays is still theirs who wrote it, to show or not.
        """
        stays = aim is None and self.status == DomainState.PLANNED
        words = {} if stays else {"words": aim or "", "by_agency": by.membership.agency}
        sentence = f"{self} is led by {lead_agency or lead_partner}"
        self._set("lead", by, sentence, lead_agency=lead_agency, lead_partner=lead_partner, **words)

    def set_aside(self, *, by, why):
        """Nothing is needed here. Raises ValidationError while an action is open."""
        with transaction.atomic():
            self._set(
                "set_aside", by, f"{self}: nothing needed", lead_agency=None, lead_partner="", words=why,
                by_agency=by.membership.agency,
            )  # fmt: skip
            if self.actions.filter(status=Todo.OPEN).exists():
                raise ValidationError("There are actions still open here. Say what became of each first.", code="open")

    def _set(self, verb, by, sentence, **changes):
        with transaction.atomic():
            plan = Plan.objects.select_for_update().get(pk=self.plan_id)
            if plan.status != PlanState.OPEN:
                raise ValidationError("This plan is finished. Reopen it first.", code="finished")
            self._take(verb, by=by, sentence=f"Throughcare plan: {sentence}", **changes)
