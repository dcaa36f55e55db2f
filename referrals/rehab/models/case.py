import uuid
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from offenders.models import Involvement, Note, Offender
from offenders.workflow import Stepped, day_of, the_databases_no
from partners.audit.models import Event
from partners.roles import Category
from referrals.models import Cover, Referral, Task
from referrals.rehab.deadlines import hand_over, keep_assessed
from referrals.rehab.workflow import CASE_STEPS, DECISION_ENDINGS, DECISION_STEPS, Decision, Ending, Phase

UNRECORDED_DEATH = (
    "Their record does not say that they died. Write the day of death on the person's own page first, so that nobody "
    "tries to reach them."
)


def _contacts(user):
    """The notes of a contact that this user may read, of the outer row's person."""
    return Note.objects.visible_to(user).filter(offender=OuterRef("offender"), kind__in=Note.CONTACT)


def hold_person(offender_id):
    """What else ends or begins for this person waits until here is done, and is then told in a sentence."""
    Offender.objects.select_for_update(no_key=True).only("pk").get(pk=offender_id)


def _shared_with(user):
    shared = Involvement.objects.open_to(user).filter(user.mine(), basis=Involvement.Basis.CASE, matter=OuterRef("pk"))
    return Q(Exists(shared))


class CaseQuerySet(models.QuerySet):
    def held_by(self, user):
        """Those of the user's team."""
        return self.filter(user.mine())

    def shared_with(self, user):
        """Those another team shares with the user's agency."""
        return self.filter(_shared_with(user))

    def visible_to(self, user):
        """Those the user's team holds or shares, about people they see."""
        if not user.has_perm("rehab.view_case"):
            return self.none()
        seen = Offender.objects.worked_by(user).filter(pk=OuterRef("offender"))
        return self.filter(user.mine() | _shared_with(user), Exists(seen))

    def amendable_by(self, user):
        """Those whose days and outcome the user may correct: someone of the team that holds them."""
        return self.visible_to(user).held_by(user) if user.has_perm("rehab.begin_case") else self.none()

    def open(self):
        return self.exclude(phase=Phase.CLOSED)

    def of(self, user):
        """Those that are the user's to work on: their own, and of whom they cover today."""
        return self.filter(facilitator__in=Cover.stood_in_for(user))

    def held_on(self, user, day):
        """Those that this user held when that day ended, whoever holds them now."""
        held = Allocation.objects.held_on(day).filter(case=OuterRef("pk"), facilitator=user)
        return self.filter(Exists(held))

    def overdue(self, on=None):
        """Open cases whose next action was due before that day (today when left out)."""
        return self.open().filter(next_action_due__lt=on or timezone.localdate())

    def without_contact_since(self, day, *, by):
        """Open cases in which, as far as `by` may read, nobody met or reached the person on or after that day."""
        return self.open().exclude(Exists(_contacts(by).filter(happened_at__date__gte=day)))

    def lacking_plan(self, on=None):
        """Open cases whose person leaves rehab soon, or has left, with no throughcare plan or a domain of it empty."""
        from .plan import lacking_plan

        return self.open().filter(lacking_plan(on))

    def with_plan(self):
        """Each with `lacks_plan`: whether it is one of those."""
        return self.annotate(lacks_plan=Exists(Case.objects.lacking_plan().filter(pk=OuterRef("pk"))))

    def with_last_contact(self, *, by):
        """Each with `last_contact_at`: when someone last met or reached the person, as far as `by` may read."""
        return self.annotate(last_contact_at=Subquery(_contacts(by).newest_first().values("happened_at")[:1]))

    def with_stay(self):
        """Each with `in_rehab_since`: the day of arrival of those in rehab now."""
        from .placement import Placement

        stays = Placement.objects.in_house().filter(case=OuterRef("pk"))
        return self.annotate(in_rehab_since=Subquery(stays.values("arrived_on")[:1]))

    def with_review(self):
        """Each with `reviewed_on`, `review_on` (the next time at the latest) and `is_picked` by a dip sample since."""
        from .sample import with_review

        return with_review(self)

    def review_due(self, on=None):
        """Open cases whose review is due by that day (today when left out), or that a dip sample picked."""
        return self.open().with_review().filter(Q(review_on__lte=on or timezone.localdate()) | Q(is_picked=True))

    def with_names(self):
        return self.select_related("offender", "facilitator", "co_worker", "referral", "agency", "unit")


class Case(Stepped):
    """An offender's time on the O2R caseload, from assessment to closing.

    Begun on an accepted referral; a decision brings the person in or ends it; an arrival in rehab and
    the departure move its phase; it is closed with an outcome, and can be reopened.
    """

    STEPS = CASE_STEPS
    STATE = "phase"

    class Risk(models.TextChoices):
        UNKNOWN = "unknown", "Not known"
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    referral = models.OneToOneField(Referral, models.PROTECT, related_name="case")
    offender = models.ForeignKey(Offender, models.PROTECT, related_name="cases")
    agency = models.ForeignKey("partners.Agency", models.PROTECT, related_name="cases")
    unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, blank=True, related_name="cases")
    phase = models.CharField(max_length=12, choices=Phase, default=Phase.ASSESSING, editable=False)
    facilitator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="caseload")
    co_worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="shared_caseload"
    )
    risk = models.CharField(max_length=8, choices=Risk, default=Risk.UNKNOWN)
    opened_on = models.DateField()
    decision = models.CharField(max_length=12, choices=Decision, blank=True, editable=False)
    decided_on = models.DateField(null=True, blank=True, editable=False)
    next_action = models.CharField(max_length=200, blank=True)
    next_action_due = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True, editable=False)
    ending = models.CharField("how it ended", max_length=16, choices=Ending, blank=True)
    outcome = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_on", "-id"]
        default_permissions = ["view"]
        permissions = [
            ("begin_case", "Case: begin on an accepted referral"),
            ("assess_case", "Case: record an assessment"),
            *((f"{verb}_case", f"Case: {step.label.lower()}") for verb, step in CASE_STEPS.items() if step.by_hand),
        ]
        indexes = [
            models.Index(fields=["agency", "unit", "phase", "next_action_due", "id"], name="case_of_team"),
            models.Index(fields=["facilitator", "phase", "next_action_due", "id"], name="case_of_facilitator"),
            models.Index(fields=["-opened_on", "-id"], name="case_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["offender"], condition=~Q(phase="closed"), name="offender_has_one_open_case",
                violation_error_message="This person already has an open case.",
            ),
            models.CheckConstraint(
                name="closed_case_says_when",
                condition=Q(phase="closed", closed_on__isnull=False) | ~Q(phase="closed") & Q(closed_on=None),
            ),
            models.CheckConstraint(
                name="closed_case_says_how_it_ended", condition=Q(closed_on=None) ^ ~Q(ending=""),
                violation_error_message="Say how it ended.",
            ),
            models.CheckConstraint(
                name="case_is_decided_after_it_opens",
                condition=Q(decided_on=None) | Q(decided_on__gte=F("opened_on")),
                violation_error_message="The decision cannot be before the case was opened.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.referral.reference

    def amendable_fields(self, user):
        """The days that have come, and what is said of the end. The rest is said by steps."""
        closed = {"closed_on", "ending", "outcome"} if self.closed_on else set()
        return {"opened_on"} | ({"decided_on"} if self.decided_on else set()) | closed

    @property
    def ended(self):
        """How it ended, in words: of a decision that ended it, the decision's own."""
        said = self.ending in ("", Ending.UNKNOWN) or self.outcome == self.get_decision_display()
        return ": ".join(filter(None, ["" if said else self.get_ending_display(), self.outcome])) or "not known how"

    @property
    def told(self):
        """What the timeline says of its days."""
        decided = self.STEPS[DECISION_STEPS[self.decision]].sentence if self.decision else ""
        closed = f"Case closed: {self.ended}" if self.outcome != self.get_decision_display() else ""
        return [("Case opened", self.opened_on), (decided, self.decided_on), (closed, closed and self.closed_on)]

    def amended(self, was, *, by):
        """What was dated by these days moves with them."""
        in_order = [day for day in (self.opened_on, self.decided_on, self.closed_on) if day]
        if in_order != sorted(in_order):
            raise ValidationError("A case is opened, then decided, then closed. Check the dates.")
        if self.assessments.finished().filter(assessed_on__lt=self.opened_on).exists():
            raise ValidationError({"opened_on": "An assessment is dated before that day. Amend that first."})
        self.allocations.filter(valid_from=was.opened_on).update(valid_from=self.opened_on)
        if self.decided_on != was.decided_on:
            keep_assessed(self, by=by)
            referrals = Referral.objects.filter(pk=self.referral_id, ended_on=was.decided_on)
            if referrals.update(ended_on=self.decided_on):
                Involvement.objects.end_moved(self.referral_id, was=was.decided_on, on=self.decided_on)
        if self.closed_on != was.closed_on:
            self.allocations.filter(valid_to=was.closed_on).update(valid_to=self.closed_on)
            Involvement.objects.end_moved(self.pk, was=was.closed_on, on=self.closed_on)

    def get_absolute_url(self):
        return reverse("rehab:case", args=[self.pk])

    @classmethod
    def begin(cls, referral, *, by, on=None, facilitator=None):
        """Open a case on an accepted O2R referral: the person came to be assessed, and so engaged."""
        day = on or timezone.localdate()
        facilitator = facilitator or referral.worker
        if not by.has_perm("rehab.begin_case"):
            raise PermissionDenied("You may not begin a case.")
        with transaction.atomic():
            referral.engage(by=by, on=on)
            case = cls(
                referral=referral,
                offender=referral.offender,
                agency=referral.to_agency,
                unit=referral.to_unit,
                facilitator=facilitator,
                opened_on=day,
            )
            with the_databases_no(case):
                case.save(force_insert=True)
            Allocation.objects.create(case=case, facilitator=facilitator, valid_from=day, by=by)
            Event.objects.record(
                Event.Kind.COLLECTION, "case.begin", by=by, subject=case, offenders=[case.offender_id], happened_on=day
            )
            hand_over(case)
            case._open_to(case.agency, case.unit, by=by, on=day)
            case._tell(f"Case opened, facilitator {facilitator}", by=by, at=day_of(on))
        return case

    # the decision

    def bring_in(self, *, by, on=None, reason=""):
        """The person joins the programme."""
        self._decide("bring_in", Decision.BROUGHT_IN, by=by, on=on, reason=reason)

    def refer_on(self, *, by, reason, on=None):
        """Another service suits the person better; `reason` names it."""
        self._decide("refer_on", Decision.REFERRED_ON, by=by, on=on, reason=reason)

    def turn_down(self, *, by, reason, on=None):
        """The programme does not suit the person."""
        self._decide("turn_down", Decision.NOT_SUITABLE, by=by, on=on, reason=reason)

    def stand_down(self, *, by, reason, on=None):
        """The person withdrew before a decision."""
        self._decide("stand_down", Decision.WITHDREW, by=by, on=on, reason=reason)

    def _decide(self, verb, decision, *, by, on, reason):
        day = on or timezone.localdate()
        ends = {} if decision == Decision.BROUGHT_IN else {"closed_on": day, "outcome": decision.label}
        ends |= {"ending": DECISION_ENDINGS[decision]} if ends else {}
        with transaction.atomic():
            hold_person(self.offender_id)
            self._take(verb, by=by, on=on, reason=reason, decision=decision, decided_on=day, **ends)
            keep_assessed(self, by=by)
            self.referral.complete(by=by, on=on, outcome=decision.label)
            if ends:
                self._ended(day, by=by)

    # the caseload

    def start_detox(self, *, by, on=None):
        """The person is in detox, before rehab or after it."""
        self._take("start_detox", by=by, on=on)

    def plan(self, *, by, next_action, next_action_due):
        """Say what is to be done next, and by when."""
        self._take(
            "plan", by=by, sentence=f"Next: {next_action}", next_action=next_action, next_action_due=next_action_due
        )

    def rate(self, *, by, risk, reason="", on=None):
        """Say how high the risk is: to the person, or to others."""
        self._take("rate", by=by, on=on, reason=reason, sentence=f"Risk: {self.Risk(risk).label.lower()}", risk=risk)

    def allocate(self, *, by, facilitator, reason, on=None, note=""):
        """Give the case to another facilitator, with what was still to do. Who held it when stays on record.

        `note` is what the next one must know; all who work on the case may read it.
        """
        from .action import Action

        day = on or timezone.localdate()
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Case.objects.select_for_update())
            if self.facilitator == facilitator:
                raise ValidationError(f"{facilitator} holds this case already.", code="same")
            if not Offender.objects.open_to(facilitator).filter(pk=self.offender_id).exists():
                sentence = f"This person is restricted, and {facilitator} is not named. Have them named first."
                raise ValidationError({"facilitator": sentence}, code="unseen")
            sentence, was = f"Facilitator changed to {facilitator}", self.facilitator
            self._take("allocate", by=by, on=on, reason=reason, sentence=sentence, facilitator=facilitator)
            hand_over(self)
            Action.hand_over(self, by=by, was=was, now=facilitator)
            for task in Task.objects.open().about(self.pk).filter(owner=was):
                task.hand_over(by=by, owner=facilitator, follows=True)
            if note:
                Note.write(
                    self.offender, by=by, kind=Note.Kind.NOTE, category=Category.GENERAL, matters=self.matters,
                    text=f"Handover from {was} to {facilitator}: {note}", happened_at=day_of(on),
                )  # fmt: skip
            self.allocations.filter(valid_to=None).update(valid_to=day)
            Allocation.objects.create(case=self, facilitator=facilitator, valid_from=day, by=by, reason=reason)

    def share(self, *, by, agency, co_worker=None, on=None):
        """Open the case to a partner agency. Raises ValidationError where no agreement of the two holds."""
        changes = {"co_worker": co_worker} if co_worker else {}
        with transaction.atomic():
            self._take("share", by=by, on=on, sentence=f"Case shared with {agency}", **changes)
            self._open_to(agency, None, by=by, on=on)

    def close(self, *, by, ending=Ending.UNKNOWN, outcome="", on=None):
        """The work is over: how it ended, and what that was in words."""
        day = on or timezone.localdate()
        with transaction.atomic():
            hold_person(self.offender_id)
            if ending == Ending.DIED and not Offender.objects.get(pk=self.offender_id).deceased_on:
                raise ValidationError({"ending": UNRECORDED_DEATH}, code="alive")
            said = Case(ending=ending, outcome=outcome).ended
            self._take("close", by=by, on=on, reason=said, closed_on=day, ending=ending, outcome=outcome)
            self._ended(day, by=by)

    def reopen(self, *, by, reason, on=None):
        """It goes on where it was left. Checks that fell due meanwhile become one, soon."""
        with transaction.atomic():
            self._take("reopen", by=by, on=on, reason=reason, closed_on=None, ending="", outcome="")
            day = on or timezone.localdate()
            Allocation.objects.create(case=self, facilitator=self.facilitator, valid_from=day, by=by, reason=reason)
            Involvement.objects.resume(self.pk, by=by)
            missed = self.follow_ups.filter(
                done_on=None, attempts=None, due_on__lt=day, case__offender__deceased_on=None
            )
            if missed.exists():
                self.follow_ups.filter(pk__in=missed.values_list("pk", flat=True)).delete()  # plans, nothing written
                self.follow_ups.create(due_on=day + timedelta(weeks=1))

    def _ended(self, day, *, by):
        """What hangs on the case ends with it: requests for a place with all that hangs on them, preparations, and
        what is still to do under its throughcare plan."""
        from .action import Action

        for placement in self.placements.ahead():
            placement.end_with(by=by, on=day, reason="The case ended")
        for preparation in self.preparations.open():
            preparation.end_with_case(by=by, on=day)
        Action.close_of(self, by=by, on=day, why="The case ended")
        self.allocations.filter(valid_to=None).update(valid_to=day)
        Involvement.objects.end(self.pk, on=day, kept_by=(self.agency, self.unit))

    def _open_to(self, agency, unit, *, by, on=None):
        Involvement.open(
            self.offender, agency=agency, unit=unit, basis=Involvement.Basis.CASE, matter=self.pk, by=by, on=on,
            opened_by=self.agency,
        )  # fmt: skip


class AllocationQuerySet(models.QuerySet):
    def held_on(self, day):
        """Those that stood when that day ended: of a day on which a case changed hands, the last one's."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class Allocation(models.Model):
    """A facilitator's time with a case."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="allocations")
    facilitator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="allocations")
    valid_from = models.DateField("from")
    valid_to = models.DateField("to", null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = AllocationQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(valid_to=None), name="case_has_one_facilitator_at_a_time"
            ),
        ]

    def __str__(self):
        return str(self.facilitator)
