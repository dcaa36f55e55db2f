"""The links by which people outside answer what they were asked to do under a plan."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from offenders.models import Entry
from offenders.workflow import Stepped, TooLate, day_of, insert
from partners.audit.models import Event
from partners.dated import midnight
from partners.notices.models import Notice
from partners.settings import setting
from referrals.rehab.plan.workflow import LINK_STEPS, LinkState
from referrals.workflow import Todo

from .action import Action

SIGNED = signing.Signer(salt="rehab.link", sep=".")


class ActionLinkQuerySet(models.QuerySet):
    def held_by(self, user):
        """Those of actions of the user's team's cases."""
        return self.filter(action__in=Action.objects.held_by(user).values("pk"))

    def visible_to(self, user):
        """Those of actions the user sees, of cases their team holds or shares."""
        if not user.has_perm("rehab.view_case"):
            return self.none()
        return self.filter(action__in=Action.objects.visible_to(user).values("pk"))

    def with_names(self):
        return self.select_related(
            "action__domain__plan__case__offender", "action__domain__plan__case__referral", "by", "by_agency", "by_unit"
        )


class ActionLink(Stepped):
    """A link by which someone outside these agencies answers one action, once, without an account.

    Its address is this row's key under our signature: it is made when the e-mail goes out and is kept nowhere.
    """

    STEPS = LINK_STEPS
    MISSES = 5  # wrong e-mail addresses, after which it opens no more

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    action = models.ForeignKey(Action, models.PROTECT, related_name="links")
    email = models.EmailField("e-mail address")
    status = models.CharField(max_length=8, choices=LinkState, default=LinkState.SENT, editable=False)
    expires_at = models.DateTimeField(editable=False)
    misses = models.PositiveSmallIntegerField("wrong addresses typed", default=0, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="links_sent")
    by_agency = models.ForeignKey("partners.Agency", models.PROTECT, editable=False, related_name="+")
    by_unit = models.ForeignKey("partners.Unit", models.PROTECT, null=True, editable=False, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ActionLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-id"]
        default_permissions = []
        verbose_name = "link"
        permissions = [("revoke_actionlink", "Link: withdraw")]
        constraints = [
            models.UniqueConstraint(
                fields=["action"], condition=Q(status="sent"), name="action_has_one_link_at_a_time",
                violation_error_message="A link was sent already. Withdraw that one before you send another.",
            )
        ]  # fmt: skip

    def __str__(self):
        return f"Link sent {timezone.localtime(self.recorded_at):%-d %B %Y}"

    def get_absolute_url(self):
        return self.action.get_absolute_url()

    @property
    def matters(self):
        return self.action.matters

    @property
    def offender(self):
        return self.action.offender

    @property
    def offender_id(self):
        return self.action.offender_id

    @property
    def notice_key(self):
        return f"link {self.pk}"

    @property
    def token(self):
        return SIGNED.sign(self.pk.hex)

    @classmethod
    def address_of(cls, pk):
        """Where the link with this id is opened: what its e-mail ends with."""
        return f"{settings.SITE_URL}{reverse('answer_link', args=[cls(pk=pk).token])}"

    @classmethod
    def of_token(cls, token):
        """The link that this token is, whether or not it still opens; None where it is none of ours."""
        try:
            pk = uuid.UUID(hex=SIGNED.unsign(token))
        except (signing.BadSignature, ValueError):
            return None
        return cls.objects.filter(pk=pk).with_names().first()

    @property
    def is_live(self):
        """Whether it still opens: sent, not expired, and its action still to do in a case that goes on."""
        to_do = self.action.status == Todo.OPEN and not self.action.case.closed_on
        return self.status == LinkState.SENT and timezone.now() < self.expires_at and to_do

    @property
    def last_day(self):
        """The last on which it opens: the one that the e-mail names."""
        return timezone.localdate(self.expires_at) - timedelta(days=1)

    def is_to(self, email):
        """Whether this is the address that it was sent to, however it is typed."""
        return constant_time_compare(email.strip().lower(), self.email.lower())

    @staticmethod
    def may_send(user, action):
        """Whether this user may send a link for this action: someone of the team that holds the case."""
        held = Action.objects.visible_to(user).held_by(user).filter(pk=action.pk)
        return user.has_perm("rehab.link_action") and held.exists()

    @classmethod
    def send(cls, action, *, by, email):
        """Ask someone outside to answer this action, by e-mail. One sent before that has expired opens no more.

        Raises PermissionDenied, or ValidationError where the action is not for someone outside, or is answered.
        """
        if not cls.may_send(by, action):
            raise PermissionDenied("You may not send a link for this action.")
        with transaction.atomic():
            action.refresh_from_db(from_queryset=Action.objects.select_for_update())
            if not action.partner or action.status != Todo.OPEN:
                raise ValidationError("A link is for what someone outside these agencies is still to do.", code="to_do")
            expired = cls.objects.filter(action=action, status=LinkState.SENT, expires_at__lte=timezone.now())
            for old in expired:
                old._take("revoke", by=by, follows=True, reason="It had expired")
            (days,) = setting("link_days")
            last = timezone.localdate() + timedelta(days=int(days))
            link = cls(
                action=action, email=email, by=by, by_agency=by.membership.agency, by_unit=by.membership.unit,
                expires_at=midnight(last + timedelta(days=1)),
            )  # fmt: skip
            insert(link, sure_of=["by", "by_agency", "by_unit"])
            Event.objects.record(
                Event.Kind.DISCLOSURE, "actionlink.send", by=by, subject=link, offenders=[action.offender_id],
                to=action.partner,
            )  # fmt: skip
            link._tell(f"Link to answer sent to {action.partner}", by=by, at=day_of(None))
            Notice.send(
                key=link.notice_key, channel="email", to=email, by=by, about=[action.offender_id], tells_of=link.pk,
                matter=action.case.pk, is_to_outsider=True, subject="Please answer one question",
                text=f"{action.case.agency.name} asks you to say whether something was done that you agreed to do.\n\n"
                f"Open this address to see what it is and to answer, by {last:%-d %B %Y}. You need no account. Do not"
                " pass it on: it is for this e-mail address.",
            )  # fmt: skip
        return link

    def revoke(self, *, by, why):
        """It opens no more; the e-mail is not sent if it is still waiting."""
        with transaction.atomic():
            self._take("revoke", by=by, reason=why)
            Notice.cancel(self.notice_key, by=by)

    def missed(self):
        """Someone typed another address than the one it was sent to. Too often, and it opens no more: then True."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=ActionLink.objects.select_for_update())
            self.misses += 1
            self.save(update_fields=["misses"])
            if self.misses >= self.MISSES and self.status == LinkState.SENT:
                self._take("revoke", by=None, follows=True, reason="Other e-mail addresses were typed")
                self._line(f"Link to {self.action.partner} closed: other e-mail addresses were typed")
            return self.misses >= self.MISSES

    def answer(self, *, done, why=""):
        """Whoever it was sent to answers, once. Nobody is signed in. Raises TooLate where it opens no more."""
        with transaction.atomic():
            self._take("answer", by=None, follows=True)
            if timezone.now() >= self.expires_at or self.action.case.closed_on:
                raise TooLate("This link opens no more.")
            verb = "do" if done else "drop"
            self.action._answer(verb, by=None, on=None, why=why, link=self, follows=True)
            self._line(f"{self.action._outcome(verb)}, answered by link" + (f": {why}" if why else ""))

    def _tell(self, sentence, *, by, at, reason="", category=None):
        # that someone was asked about a health domain is health, as the action is
        super()._tell(sentence, by=by, at=at, reason=reason, category=self.action.category)

    def _line(self, sentence):
        """A line on the timeline in the name of who sent the link, as nobody was signed in."""
        Entry.objects.create(
            offender_id=self.offender_id, sentence=sentence, kind=Entry.Kind.STEP, category=self.action.category,
            matters=self.matters, happened_at=timezone.now(), by=self.by, agency=self.by_agency, unit=self.by_unit,
            url=self.get_absolute_url(),
        )  # fmt: skip
