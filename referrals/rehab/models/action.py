"""What is to be done for a person under their throughcare plan, by one agency or by someone outside."""

import uuid

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from offenders.models import Involvement, Offender, yes_if
from offenders.workflow import Stepped, insert
from partners.audit.models import Event
from partners.models import Agreement
from referrals.models import Cover
from referrals.rehab.plan.workflow import ACTION_STEPS, DomainState, PlanState, category_of
from referrals.workflow import Todo

from .case import Case
from .plan import Plan, PlanDomain, readable

BASIS = Involvement.Basis.PLAN


def _given_to(user):
    """Q: those given to the user's agency, while the person is open to it for that."""
    involved = Involvement.objects.open_to(user).filter(
        user.mine(), basis=BASIS, matter=OuterRef("pk"), agency=OuterRef("agency")
    )
    return Q(Exists(involved))


class ActionQuerySet(models.QuerySet):
    def held_by(self, user):
        """Those of the user's team's cases."""
        return self.filter(domain__plan__case__in=Case.objects.held_by(user).values("pk"))

    def given_to(self, user):
        """Those given to the user's agency, while it is involved or shares the case."""
        shared = Case.objects.shared_with(user).values("pk")
        agency = [user.membership.agency_id] if user.membership else []
        return self.filter(_given_to(user) | Q(agency__in=agency, domain__plan__case__in=shared))

    def visible_to(self, user):
        """Those of cases the user sees, and those given to their agency, about people not closed to them.

        Who is given an action need not see the person's page: this is all that some of them see.
        """
        if not user.has_perm("rehab.view_action"):
            return self.none()
        person = Offender.objects.open_to(user).known_whole_to(user).filter(pk=OuterRef("domain__plan__case__offender"))
        given = _given_to(user) & Q(Exists(person))
        return self.filter(given | Q(domain__plan__case__in=Case.objects.visible_to(user).values("pk")))

    def amendable_by(self, user):
        """Those that the user's own agency wrote, where the user may still see them."""
        if not user.has_perm("rehab.add_action"):
            return self.none()
        return self.visible_to(user).filter(by_agency=user.membership.agency_id)

    def open(self):
        return self.filter(status=Todo.OPEN)

    def overdue(self, on=None):
        """Still to do, and due before that day (today when left out)."""
        return self.open().filter(due_on__lt=on or timezone.localdate())

    def of(self, user):
        """Those that are this user's: named to them or whom they cover, or to their agency and to nobody there."""
        mine = Q(worker__in=Cover.stood_in_for(user))
        mine |= Q(worker=None, agency__in=[user.membership.agency_id] if user.membership else [])
        return self.filter(mine)

    def with_leave(self, user):
        """Each with `may_read` what is to be done, and `may_read_answer`: as far as who wrote it may show it."""
        way = {"domain": "domain__domain", "offender": "domain__plan__case__offender"}
        return self.annotate(
            may_read=yes_if(readable(user, agency="by_agency", **way)),
            may_read_answer=yes_if(readable(user, agency="answered_agency", **way)),
        )

    def with_names(self):
        return self.select_related(
            "domain__plan__case__offender", "domain__plan__case__referral", "domain__plan__case__agency", "agency",
            "worker", "by", "by_agency", "answered_by", "answered_agency",
        )  # fmt: skip


class Action(Stepped):
    """One thing to do by a day, in a domain of a plan, given to an agency or to someone outside.

    Given to an agency it opens the person to that agency until it is answered. Someone outside answers by a link.
    """

    STEPS = ACTION_STEPS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    domain = models.ForeignKey(PlanDomain, models.PROTECT, related_name="actions")
    text = models.TextField("what is to be done", max_length=500)
    agency = models.ForeignKey(
        "partners.Agency", models.PROTECT, null=True, blank=True, related_name="actions", verbose_name="whose it is"
    )
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="actions",
        help_text="Who there does it, where that is known.",
    )  # fmt: skip
    partner = models.CharField("someone outside these agencies", max_length=120, blank=True)
    due_on = models.DateField("by when")
    is_printed = models.BooleanField("on the person's own copy", default=True)
    status = models.CharField(max_length=8, choices=Todo, default=Todo.OPEN, editable=False)
    answered_on = models.DateField(null=True, blank=True, editable=False)
    why = models.TextField("what came of it", blank=True, max_length=500, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="actions_answered",
        help_text="Empty when it was answered by a link.",
    )  # fmt: skip
    answered_agency = models.ForeignKey(
        "partners.Agency", models.PROTECT, null=True, editable=False, related_name="+",
        help_text="Whose words the answer is: of a link, the agency that sent it.",
    )  # fmt: skip
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="actions_written")
    by_agency = models.ForeignKey("partners.Agency", models.PROTECT, editable=False, related_name="actions_written")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        default_permissions = ["view", "add"]
        permissions = [
            *((f"{verb}_action", f"Action: {step.label.lower()}") for verb, step in ACTION_STEPS.items()),
            ("link_action", "Action: send a link to someone outside"),
        ]
        indexes = [
            models.Index(fields=["agency", "status", "due_on", "id"], name="action_of_agency"),
            models.Index(fields=["worker", "status", "due_on", "id"], name="action_of_worker"),
        ]
        constraints = [
            models.CheckConstraint(
                name="action_is_of_one_agency_or_of_someone_outside",
                condition=Q(agency=None) ^ Q(partner=""),
                violation_error_message="Say whose it is: one agency's, or someone's outside these agencies.",
            ),
            models.CheckConstraint(
                name="answered_action_says_when",
                condition=Q(status="open", answered_on=None, answered_agency=None, answered_by=None, why="")
                | ~Q(status="open") & Q(answered_on__isnull=False, answered_agency__isnull=False),
            ),
            models.CheckConstraint(
                name="action_not_done_says_why",
                condition=~Q(status="not_done") | ~Q(why=""),
                violation_error_message="Say why it will not be done.",
            ),
        ]

    def __str__(self):
        return f"{self.domain} action"

    def get_absolute_url(self):
        return reverse("rehab:action", args=[self.pk])

    @property
    def case(self):
        return self.domain.plan.case

    @property
    def matters(self):
        return [self.case.pk, self.pk]

    @property
    def offender(self):
        return self.case.offender

    @property
    def offender_id(self):
        return self.case.offender_id

    @property
    def category(self):
        return self.domain.category

    @property
    def whose(self):
        """Who is to do it, in words."""
        return f"{self.worker}, {self.agency}" if self.worker_id else str(self.agency or self.partner)

    @property
    def is_overdue(self):
        return self.status == Todo.OPEN and self.due_on < timezone.localdate()

    @property
    def told(self):
        """What the timeline says of it, and when."""
        return [(f"{self.domain} action for {self.agency or self.partner}: {self.text}", self.recorded_at)]

    def amendable_fields(self, user):
        return {"text", "due_on", "is_printed"}

    @staticmethod
    def may_add(user, plan):
        """Whether this user may add actions to this plan: the team for anyone, who shares the case for themselves."""
        rows = Plan.objects.visible_to(user).filter(pk=plan.pk)
        theirs = rows.held_by(user) | rows.shared_with(user)
        return user.has_perm("rehab.add_action") and theirs.exists()

    @classmethod
    def add(cls, domain, *, by, text, due_on, agency=None, worker=None, partner="", is_printed=True):
        """Say what is to be done, by whom and when. The person is open to that agency, for this, from now on.

        Raises PermissionDenied, or ValidationError where the plan is finished or nothing lets that agency read it.
        """
        plan = domain.plan
        if not cls.may_add(by, plan):
            raise PermissionDenied("You may not add actions to this plan.")
        if not Plan.objects.held_by(by).filter(pk=plan.pk).exists() and agency != by.membership.agency:
            raise PermissionDenied("You may add what your own agency is to do.")
        with transaction.atomic():
            case = going_on(plan)
            plan.refresh_from_db(from_queryset=Plan.objects.select_for_update())
            domain.refresh_from_db(from_queryset=PlanDomain.objects.select_for_update())
            if plan.status != PlanState.OPEN:
                raise ValidationError("This plan is finished. Reopen it first.", code="finished")
            if domain.status == DomainState.NOT_NEEDED:
                raise ValidationError("Nothing is needed here, it was said. Say who leads it first.", code="set_aside")
            if agency and not may_show(category_of(domain.domain), case.agency, agency):
                raise ValidationError({"agency": f"No agreement lets {agency} read what this part of a plan says."})
            action = cls(
                domain=domain, text=text, due_on=due_on, agency=agency, worker=worker, partner=partner,
                is_printed=is_printed, by=by, by_agency=by.membership.agency,
            )  # fmt: skip
            insert(action, sure_of=["by", "by_agency"])
            if domain.status == DomainState.TO_PLAN:  # whoever does the first thing leads until it is said otherwise
                domain._take(
                    "lead",
                    by=by,
                    follows=True,
                    lead_agency=agency,
                    lead_partner=partner,
                    by_agency=by.membership.agency,
                )
            Event.objects.record(
                Event.Kind.COLLECTION, "action.add", by=by, subject=action, offenders=[case.offender_id]
            )
            if agency and agency != case.agency:
                Involvement.open(
                    case.offender, agency=agency, basis=BASIS, matter=action.pk, by=by, opened_by=case.agency
                )
            ((sentence, _),) = action.told
            action._tell(sentence, by=by, at=action.recorded_at)
        return action

    # what came of it

    def do(self, *, by, why="", on=None):
        """It is done; `why` says what came of it, if anything is to be said."""
        self._answer("do", by=by, on=on, why=why)

    def drop(self, *, by, why, on=None):
        """It will not be done, and why."""
        self._answer("drop", by=by, on=on, why=why)

    def reopen(self, *, by, why):
        """It is to be done all the same. Raises ValidationError where the plan is finished, or the case closed."""
        with transaction.atomic():
            going_on(self.domain.plan)
            plan = Plan.objects.select_for_update().get(pk=self.domain.plan_id)
            if plan.status != PlanState.OPEN:
                raise ValidationError("This plan is finished. Reopen it first.", code="finished")
            fields = {"answered_on": None, "answered_by": None, "answered_agency": None, "why": ""}
            self._take("reopen", by=by, reason=why, **fields)
            Involvement.objects.resume(self.pk, by=by)

    def _answer(self, verb, *, by, on, why, link=None, **how):
        agency = link.by_agency if link else by.membership.agency
        day = on or timezone.localdate()
        with transaction.atomic():
            said = f": {why}" if why else ""
            self._take(
                verb, by=by, on=on, sentence=f"{self._outcome(verb)}{said}", answered_on=day, why=why, answered_by=by,
                answered_agency=agency, **how,
            )  # fmt: skip
            Involvement.objects.end(self.pk, on=day, at_once=True)

    def _outcome(self, verb):
        return f"{self.domain} action {'done' if verb == 'do' else 'not done'}, {self.agency or self.partner}"

    def _tell(self, sentence, *, by, at, reason="", category=None):
        # of a health domain every line about it is health
        super()._tell(sentence, by=by, at=at, reason=reason, category=self.category)

    @classmethod
    def close_of(cls, case, *, by, on, why):
        """The case ends: what was still to do will not be done."""
        for action in cls.objects.open().filter(domain__plan__case=case).with_names():
            action._answer("drop", by=by, on=on, why=why, follows=True)

    @classmethod
    def hand_over(cls, case, *, by, was, now):
        """What was still to do for the one worker is for the other. Returns how many actions these are."""
        actions = list(cls.objects.open().filter(domain__plan__case=case, worker=was).select_for_update(of=("self",)))
        cls.objects.filter(pk__in=[action.pk for action in actions]).update(worker=now)
        for action in actions:
            Event.objects.record(
                Event.Kind.ALTERATION, "action.hand_over", by=by, subject=action, offenders=[case.offender_id],
                before={"worker": str(was.pk)}, after={"worker": str(now.pk)},
            )  # fmt: skip
        return len(actions)


def going_on(plan):
    """The case of this plan, which nobody closes meanwhile. Raises ValidationError where it is closed already."""
    case = Case.objects.select_for_update(no_key=True, of=("self",)).with_names().get(pk=plan.case_id)
    if case.closed_on:
        raise ValidationError("This case is closed. Reopen it first.", code="closed")
    return case


def may_show(category, one, other):
    """Whether the one agency may show the other what is of this category, today."""
    return one == other or Agreement.objects.between(one, other).covering(category).exists()
