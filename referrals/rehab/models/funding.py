"""What funders are asked for a stay in rehab, what they agree to, what is paid, and what a stay may cost."""

import uuid

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Sum
from django.urls import reverse
from django.utils import timezone

from offenders.workflow import Stepped, TooLate, day_of, insert
from partners.audit.models import Event
from partners.frame.templatetags.frame import pounds
from partners.notices.occasions import Occasion
from partners.roles import Category
from partners.settings import setting
from referrals.rehab import what_follows
from referrals.rehab.workflow import FUNDING_STEPS, Answer, Stay, Wish

from .funder import MONEY, NOTHING, Funder, cost_of, total, year_label
from .placement import Placement

FROM_HERE = "from {} of one funder for a stay on, another supervisor confirms what is agreed before it counts."
UNPAID = [Stay.DECLINED, Stay.NOT_ARRIVED, Stay.WITHDRAWN]  # of a stay that ended so nothing is asked any more


class FundingQuerySet(models.QuerySet):
    def held_by(self, user):
        """Those of stays on the user's team's cases."""
        return self.filter(placement__in=Placement.objects.held_by(user).values("pk"))

    def visible_to(self, user):
        """Those of stays the user sees. Money is the team's own affair: neither the rehab nor treatment has it."""
        if not user.has_perm("rehab.view_funding"):
            return self.none()
        return self.filter(placement__in=Placement.objects.visible_to(user).held_by(user).values("pk"))

    def amendable_by(self, user):
        return self.visible_to(user) if user.has_perm("rehab.ask_funding") else self.none()

    def to_answer(self, user):
        """Those whose answer this user may record: someone else asked."""
        return self.visible_to(user).filter(status=Answer.ASKED).exclude(asked_by=user)

    def of_two_others(self, user):
        """Those of the user's team that others asked for and recorded the answer of."""
        return self.held_by(user).exclude(asked_by=user).exclude(answered_by=user)

    def to_confirm(self, user):
        """Those whose answer this user may confirm: two others asked and recorded it."""
        return self.visible_to(user).of_two_others(user).filter(status=Answer.TO_CONFIRM)

    def open(self):
        """Neither refused nor withdrawn."""
        return self.filter(status__in=[Answer.ASKED, Answer.TO_CONFIRM, Answer.AGREED])

    def agreed(self):
        return self.filter(status=Answer.AGREED)

    def with_paid(self):
        """Each with `paid`, in pounds."""
        return self.annotate(paid=total(Payment.objects.filter(funding=OuterRef("pk")), "amount", "funding"))

    def with_names(self):
        return self.select_related(
            "funder",
            "asked_by",
            "answered_by",
            "confirmed_by",
            "placement__offender",
            "placement__unit",
            "placement__case",
        )


class Funding(Stepped):
    """A sum asked of one funder for one stay, out of one year's budget.

    Asked for by whoever looks after the case; agreed or refused by the funder, as someone else records, and from a sum
    of the settings on a third confirms before it counts; paid in parts. An answer may be recorded again with another
    sum, and what is not needed any more is withdrawn.
    """

    STEPS = FUNDING_STEPS
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    placement = models.ForeignKey(Placement, models.PROTECT, related_name="fundings")
    funder = models.ForeignKey(Funder, models.PROTECT, related_name="fundings")
    year = models.PositiveSmallIntegerField("out of the budget of", help_text="That in which it begins.")
    status = models.CharField(max_length=12, choices=Answer, default=Answer.ASKED, editable=False)
    asked = models.DecimalField("asked for", **MONEY)
    asked_on = models.DateField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="fundings_asked", editable=False
    )
    agreed = models.DecimalField(**MONEY, null=True, blank=True, editable=False)
    answered_on = models.DateField(null=True, blank=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="fundings_answered",
        editable=False,
    )  # fmt: skip
    confirmed_on = models.DateField(null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="fundings_confirmed",
        editable=False,
    )  # fmt: skip
    end_reason = models.CharField("why not", max_length=200, blank=True, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = FundingQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_on", "-id"]
        verbose_name_plural = "sums asked of funders"
        default_permissions = ["view"]
        permissions = [
            ("ask_funding", "Funding: ask for"),
            *(
                (f"{verb}_funding", f"Funding: {step.label.lower()}")
                for verb, step in FUNDING_STEPS.items()
                if step.by_hand
            ),
        ]
        indexes = [
            models.Index(fields=["funder", "year", "status"], name="funding_of_budget"),
            models.Index(fields=["-asked_on", "-id"], name="funding_by_day"),
        ]
        constraints = [
            models.CheckConstraint(
                name="funding_asks_for_something", condition=Q(asked__gt=0),
                violation_error_message="Ask for more than nothing.",
            ),
            models.CheckConstraint(
                name="funding_is_agreed_up_to_what_is_asked",
                condition=Q(agreed=None) | Q(agreed__gte=0, agreed__lte=F("asked")),
                violation_error_message="A funder agrees to what was asked for, or to less. Ask for the rest.",
            ),
            models.CheckConstraint(
                name="funding_is_answered_with_day_and_name",
                condition=Q(status="asked", agreed=None, answered_on=None, answered_by=None)
                | Q(
                    status="to_confirm", agreed__isnull=False, answered_on__isnull=False, answered_by__isnull=False,
                    confirmed_by=None,
                )
                | Q(status="agreed", agreed__isnull=False, answered_on__isnull=False, answered_by__isnull=False)
                | Q(status="refused", agreed=None, answered_on__isnull=False, answered_by__isnull=False)
                | Q(status="withdrawn"),
            ),
            models.CheckConstraint(
                name="funding_that_failed_says_why",
                condition=~Q(status__in=["refused", "withdrawn"]) | ~Q(end_reason=""),
                violation_error_message="Say why.",
            ),
            models.CheckConstraint(
                name="funders_answer_is_recorded_by_another",
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")),
                violation_error_message="You asked for this. Someone else records the answer.",
            ),
            models.CheckConstraint(
                name="funding_is_confirmed_by_a_third",
                condition=Q(confirmed_by=None, confirmed_on=None)
                | Q(confirmed_by__isnull=False, confirmed_on__isnull=False)
                & ~Q(confirmed_by=F("answered_by")) & ~Q(confirmed_by=F("asked_by")),
                violation_error_message="Someone who neither asked for this nor recorded the answer confirms it.",
            ),
            models.UniqueConstraint(
                name="funder_is_asked_once_at_a_time", fields=["placement", "funder", "year"],
                condition=Q(status="asked"),
                violation_error_message="This funder has been asked and has not answered. Amend what was asked.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.funder}, {pounds(self.asked)}"

    def get_absolute_url(self):
        return reverse("rehab:funding", args=[self.pk])

    @property
    def offender_id(self):
        return self.placement.offender_id

    @property
    def offender(self):
        return self.placement.offender

    @property
    def matters(self):
        return [self.placement.case_id]

    @property
    def year_label(self):
        return year_label(self.year)

    def amendable_fields(self, user):
        """What was asked, until it is answered; the days after that too."""
        if self.status == Answer.ASKED:
            return {"asked", "asked_on", "year"}
        return {"asked_on", "answered_on"} if self.answered_on else {"asked_on"}

    @classmethod
    def may_ask(cls, user, placement):
        """Whether this user may ask for money for this stay: someone of the team that holds the case."""
        held = Placement.objects.visible_to(user).held_by(user).filter(pk=placement.pk)
        return user.has_perm("rehab.ask_funding") and held.exists()

    @classmethod
    def ask(cls, placement, *, by, funder, asked, year, on=None):
        """Ask a funder for a sum towards this stay. Returns the Funding."""
        if not cls.may_ask(by, placement):
            raise PermissionDenied("You may not ask for money for this stay.")
        at = day_of(on)
        with transaction.atomic():
            stay = Placement.objects.select_for_update(no_key=True).get(pk=placement.pk)
            if stay.status in UNPAID:
                raise ValidationError("Nothing is asked for: this stay did not come about.", code="ended")
            row = cls(
                placement=placement, funder=funder, asked=asked, year=year, asked_by=by,
                asked_on=on or timezone.localdate(),
            )  # fmt: skip
            insert(row)
            Event.objects.record(
                Event.Kind.COLLECTION, "funding.ask", by=by, subject=row, offenders=[placement.offender_id]
            )
            row._tell(f"{pounds(asked)} asked of {funder}", by=by, at=at, category=Category.POLICE)
        return row

    @classmethod
    def permission(cls, verb):
        return super().permission("agree" if verb == "put_up" else verb)

    def agree(self, *, by, agreed, on=None):
        """The funder pays up to this sum; recorded again, up to another one.

        A sum as large as the setting says, by itself or with what this funder agreed to for the stay that nobody
        confirmed, does not count until another supervisor confirms it; to take less of what is agreed nobody need.
        """
        (large,) = setting("approval_from_pounds")
        said = f"{self.funder} agreed to {pounds(agreed)}"
        with transaction.atomic():
            hold_stay(self.placement)
            self.refresh_from_db(fields=["status", "agreed"])
            if agreed + self._agreed_unconfirmed() < large:
                self._answer("agree", by=by, on=on, sentence=said, agreed=agreed, confirmed_by=None, confirmed_on=None)
            elif self.status != Answer.AGREED:
                self._answer("put_up", by=by, on=on, sentence=f"{said}, to be confirmed", agreed=agreed)
                tell_supervisors(self.placement, f"confirm {self.pk} {agreed}", by=by)
            elif agreed <= self.agreed:
                self._answer("agree", by=by, on=on, sentence=said, agreed=agreed)
            else:
                raise ValidationError({"agreed": f"Ask for the rest apart: {FROM_HERE.format(pounds(large))}"})

    def _agreed_unconfirmed(self):
        """Pounds that this funder agreed to for the stay besides, in one supervisor's name each."""
        others = self.placement.fundings.agreed().filter(funder=self.funder_id, confirmed_by=None).exclude(pk=self.pk)
        return others.aggregate(n=Sum("agreed"))["n"] or NOTHING

    def confirm(self, *, by, agreed=None):
        """A second supervisor says that it counts. Raises TooLate where it is not the sum `agreed` that they read."""
        with transaction.atomic():
            hold_stay(self.placement)
            self.refresh_from_db(fields=["status", "agreed"])
            if self.status == Answer.TO_CONFIRM and agreed not in (None, self.agreed):
                raise TooLate(f"You cannot confirm this: another sum was recorded, {pounds(self.agreed)}. Look again.")
            said = f"{pounds(self.agreed or NOTHING)} of {self.funder} confirmed"
            self._take("confirm", by=by, sentence=said, confirmed_by=by, confirmed_on=timezone.localdate())

    def refuse(self, *, by, reason, on=None):
        self._answer("refuse", by=by, on=on, reason=reason, end_reason=reason, agreed=None)

    def withdraw(self, *, by, reason, on=None):
        """Nothing is asked of this funder for this stay any more."""
        self._take("withdraw", by=by, on=on, reason=reason, end_reason=reason)

    def pay(self, *, by, amount, on=None, is_refund=False):
        """Write down money that was paid, or paid back. Returns the Payment."""
        said = "paid back to" if is_refund else "paid by"
        with transaction.atomic():
            self._take("pay", by=by, on=on, sentence=f"{pounds(amount)} {said} {self.funder}")
            payment = Payment(
                funding=self, on=on or timezone.localdate(), amount=-amount if is_refund else amount, by=by
            )
            insert(payment)
            Event.objects.record(
                Event.Kind.COLLECTION, "payment.record", by=by, subject=payment, offenders=[self.offender_id]
            )
        return payment

    def _answer(self, verb, *, by, on, **said):
        self._take(verb, by=by, on=on, answered_by=by, answered_on=on or timezone.localdate(), **said)

    @transaction.atomic
    def _take(self, verb, **said):
        # The stay first, then its money: who books it and who takes its money away wait for each other here.
        hold_stay(self.placement)
        super()._take(verb, **said)


class PaymentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(funding__in=Funding.objects.visible_to(user).values("pk"))

    def amendable_by(self, user):
        return self.visible_to(user) if user.has_perm("rehab.pay_funding") else self.none()

    def with_names(self):
        return self.select_related("by", "funding__funder", "funding__placement__offender")


class Payment(models.Model):
    """Money paid on a day out of what was agreed; less than nothing where it was paid back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    funding = models.ForeignKey(Funding, models.PROTECT, related_name="payments")
    on = models.DateField("paid on")
    amount = models.DecimalField(**MONEY)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payments_recorded", editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-recorded_at", "-id"]
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(
                name="payment_is_of_something", condition=~Q(amount=0),
                violation_error_message="Enter more than nothing.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{pounds(abs(self.amount))}{' paid back' if self.amount < 0 else ''}"

    def get_absolute_url(self):
        return self.funding.get_absolute_url()

    @property
    def offender_id(self):
        return self.funding.offender_id

    @property
    def offender(self):
        return self.funding.offender

    @property
    def matters(self):
        return self.funding.matters


# what a stay may cost


def hold_stay(placement):
    Placement.objects.select_for_update(no_key=True).only("pk").get(pk=placement.pk)


def tell_supervisors(placement, key, *, by):
    """Those of the team are told that the case needs them, as each chose to hear of what is to be approved."""
    supervisors = what_follows.supervisors(placement.case)
    what_follows.tell(placement, supervisors, Occasion.APPROVAL, key, by=by)


def agreed_for(placement):
    """Pounds that funders have agreed to for this stay."""
    return placement.fundings.agreed().aggregate(n=Sum("agreed"))["n"] or NOTHING


def must_be_covered(placement, until, *, by, why="", since=None, price=None):
    """Raise ValidationError where the stay, until that day, would cost more than is agreed and no word allows it.

    `why`, of someone who may give the word, gives it, up to that cost. `since` and `price` are those of the booking
    that is being made; without a price the cost is not known, and nothing stands in its way. The database's trigger
    says the same of every row, whoever writes it.
    """
    price = placement.weekly_price if price is None else price
    if price is None:
        return
    if not until:
        raise ValidationError(
            {"expected_departure": "Say when they will leave: what the stay costs is counted to then."}
        )
    with transaction.atomic():
        hold_stay(placement)
        now = Placement.objects.get(pk=placement.pk)
        cost = cost_of(price, max(filter(None, [since or now.expected_arrival, now.arrived_on])), until)
        agreed = agreed_for(now)
        if cost <= max(agreed, now.exceed_up_to or NOTHING):
            return
        if not why:
            allowed = f" A supervisor allowed {pounds(now.exceed_up_to)}." if now.exceed_up_to else ""
            raise ValidationError(
                f"Until then the stay costs {pounds(cost)}, and {pounds(agreed)} is agreed.{allowed} Ask for"
                " funding, choose an earlier day of departure, or have a supervisor let it go beyond what is agreed.",
                code="not_covered",
            )
        placement.exceed(by=by, exceed_up_to=cost, reason=why)


def release(placement, *, by, on, reason):
    """The stay did not come about: what was asked for it is withdrawn, and of what was agreed what was paid stays."""
    follows = {"by": by, "on": on, "follows": True}
    for funding in placement.fundings.open().with_paid():
        paid = funding.paid
        if paid:
            funding._take("agree", agreed=paid, **follows)
        else:
            funding._take("withdraw", reason=reason, end_reason=reason[:200], **follows)
    for wish in placement.overspends.filter(status=Wish.ASKED):
        wish._take("withdraw", reason=reason, end_reason=reason[:200], **follows)
