"""Giving people to another of the team: which are to be given to someone, and giving one or many at once."""

import uuid

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from offenders.models import yes_if
from offenders.workflow import TooLate
from partners.frame.forms import Form, Radios
from partners.frame.templatetags.frame import lower_first
from partners.models import Membership, User
from partners.notices.models import Notice
from partners.notices.occasions import Occasion

from .colleagues import ColleagueField
from .forms import ReassignForm
from .models import Referral
from .workflow import Status

AT_ONCE = 200  # more are given in several goes
TICKED, ALL = "ticked", "all"


class Pool:
    """The referrals of a team that somebody works on, or is to: what a list of them starts from, and how one is given.

    `work` is the permission of those who do that work, `permission` of who says which of them does.
    """

    permission = work = ""

    @classmethod
    def rows(cls, user):
        """All under way, each with `holder` and whether that one `has_left`."""
        if not user.has_perm(cls.permission):
            return Referral.objects.none()
        received = Referral.objects.received_by(user)
        rows = cls.under_way(Referral.objects.visible_to(user).filter(pk__in=received.values("pk")))
        here = cls.members(user).filter(user=OuterRef("holder"))
        return rows.annotate(has_left=yes_if(Q(holder__isnull=False) & ~Exists(here))).with_names()

    @classmethod
    def members(cls, user):
        """The memberships of today of those of the user's team who do the work."""
        return Membership.objects.holding(cls.work).filter(user.mine())

    @classmethod
    def people(cls, user):
        return cls.members(user).users()

    @classmethod
    def under_way(cls, referrals):
        """Those of these that somebody works on, or is to, each with `holder`: the id of who does."""
        raise NotImplementedError

    @classmethod
    def waiting(cls, rows):
        """Those of them that are to be given to someone."""
        raise NotImplementedError

    @classmethod
    def stands(cls, row):
        """The address of one of them, who has it, and what it is and how it stands in words."""
        return row.get_absolute_url(), row.worker, f"referral, {lower_first(row.get_status_display())}"

    @classmethod
    def give(cls, row, *, by, to, reason, note):
        row.reassign(by=by, worker=to, reason=reason)


def give_all(rows, give):
    """Give each of these, all or none. Raises ValidationError with a sentence for each that cannot be given."""
    problems = []
    with transaction.atomic():
        for row in rows:
            try:
                with transaction.atomic():
                    give(row)
            except (PermissionDenied, TooLate) as error:
                problems.append(f"{row}: {error}")
            except ValidationError as error:
                problems.append(f"{row}: {' '.join(error.messages)}")
        if problems:
            number = len(problems)
            first = f"Nothing was changed: {number} of {len(rows)} cannot be given to them."
            raise ValidationError([first, *problems])


def tell(user, referrals, *, by):
    """Have someone told, once for all of them, that people were given to them; unless they did it themselves."""
    if user == by or not referrals:
        return
    Notice.send(
        key=f"allocation {uuid.uuid4()}", channel=Notice.Channel.EMAIL, to=user.email, for_user=user,
        occasion=Occasion.COVER, tells_of=referrals[0], by=by, subject="Work was given to you",
        text=f"Work was given to you. Sign in to see it: {settings.SITE_URL}/",
    )  # fmt: skip


class AllocationForm(Form):
    """Which of a list, to whom, and why."""

    which = forms.ChoiceField(
        label="Which of them?", choices=[(TICKED, "Those ticked above"), (ALL, "All of this list")],
        widget=Radios, initial=TICKED,
    )  # fmt: skip
    rows = forms.ModelMultipleChoiceField(
        Referral.objects.none(), required=False, label="Whom to give",
        error_messages={"invalid_choice": "Someone ticked is no longer in this list. Look again, then try again."},
    )  # fmt: skip
    to = ColleagueField(User.objects.none(), label="Who takes them on?", empty_label=None)
    reason = forms.ChoiceField(label="Why?", widget=Radios)
    note = forms.CharField(
        label="What must they know?", widget=forms.Textarea({"rows": 3}), max_length=2000, required=False,
        help_text="Kept with each case that is given: all who work on it may read it. Leave out health.",
    )  # fmt: skip

    def __init__(self, *args, user, pool, listed, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.pool = user, pool
        self.fields["rows"].queryset = self.listed = listed.exclude(status=Status.SUBMITTED)  # those are accepted first
        self.fields["to"].among(pool.people(user), user)
        self.fields["reason"].choices = [(words, words) for words in ReassignForm.REASONS]

    def clean(self):
        said = super().clean()
        chosen = self.listed if said.get("which") == ALL else said.get("rows")
        said["chosen"] = list(chosen[: AT_ONCE + 1]) if chosen else []
        if not said["chosen"] and "rows" not in self.errors:
            self.add_error("rows", "Tick whom to give, or choose all of the list.")
        if len(said["chosen"]) > AT_ONCE:
            self.add_error(None, f"That is more than {AT_ONCE} at once. Tick some of them.")
        if to := said.get("to"):  # who has them already keeps them
            said["chosen"] = [row for row in said["chosen"] if row.holder != to.pk]
        return said

    def write(self):
        """Give them; returns how many."""
        said = self.cleaned_data
        told = {name: said[name] for name in ("to", "reason", "note")}
        give_all(said["chosen"], lambda row: self.pool.give(row, by=self.user, **told))
        tell(said["to"], [row.pk for row in said["chosen"]], by=self.user)
        return len(said["chosen"])
