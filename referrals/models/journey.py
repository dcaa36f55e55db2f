"""Answers to the pages before a referral exists."""

import datetime as dt
import uuid
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from partners.settings import setting

from ..pathways import ABOUT, Pathway


class Page(NamedTuple):
    """One page of a journey: the name of its address, and how a sentence calls what it asks."""

    url: str
    words: str


PAGES = {
    "who": Page("referrals:who", "who they are"),
    "match": Page("referrals:match", "whether they are known already"),
    "why": Page("referrals:why", "why them"),
    "happened": Page("referrals:happened", "what happened"),
    "fits": Page("referrals:fits", "what fits"),
    "terms": Page("referrals:resolution_terms", "what they accept, and their signature"),
    "slot": Page("booking:slot", "the appointment"),
    "check": Page("referrals:check", "check and send"),
    "book": Page("booking:check", "check and send"),
}
GENERAL = ["who", "match", "why", "check"]
STREET = ["who", "match", "happened", "fits", "terms", "slot", "book"]


def route(pathway):
    """The names of the pages of this pathway, in order."""
    return STREET if ABOUT[pathway].is_booked else GENERAL


class JourneyQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The user's own: begun in the hat they wear, which is nobody else's."""
        return self.filter(membership=user.membership) if user.membership else self.none()

    def expired(self, now=None):
        """Those left alone for longer than answers are kept."""
        (days,) = setting("journey_days")
        return self.filter(touched_at__lt=(now or timezone.now()) - dt.timedelta(days=int(days)))

    def unfinished(self):
        """Those that can be gone on with, the one touched last first."""
        return self.exclude(pk__in=self.expired().values("pk")).order_by("-touched_at", "pk")

    def clear(self):
        """Empty what was left alone too long: the row stays, to say so to whoever comes back. Returns how many."""
        return self.expired().exclude(answers={}).update(answers={})


class Journey(models.Model):
    """One person being put forward by one user: the answers so far, page by page, as they were typed.

    It is its user's alone, in the hat it was begun in, on whichever device. Its key becomes the id of the referral, so
    that one journey makes one referral however often a button is pressed; then it is deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="journeys")
    membership = models.ForeignKey("partners.Membership", models.CASCADE, related_name="+")
    pathway = models.CharField(max_length=12, choices=Pathway)
    answers = models.JSONField(default=dict, help_text="What was typed, by the name of the page.")
    begun_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)

    objects = JourneyQuerySet.as_manager()

    class Meta:
        default_permissions = []
        indexes = [models.Index(fields=["user", "membership", "-touched_at"], name="journey_of_user")]

    def __str__(self):
        return f"{self.get_pathway_display()}, begun {timezone.localtime(self.begun_at):%-d %B %Y at %H:%M}"

    def get_absolute_url(self):
        return self.address()

    def said(self, page):
        """What was answered on this page, or None."""
        return self.answers.get(page)

    def answer(self, page, answers):
        """Keep what was typed on a page, without the token that protected it."""
        self.answers[page] = {name: answers[name] for name in answers if name != "csrfmiddlewaretoken"}
        self.touch()

    def turn_to(self, pathway):
        """Put the person forward on another pathway: who they are stays answered."""
        self.pathway = pathway
        self.answers = {page: said for page, said in self.answers.items() if page in {"who", "match"}}
        self.touch()

    def touch(self):
        self.touched_at = timezone.now()
        self.save()

    def end(self):
        Journey.objects.filter(pk=self.pk).delete()

    @property
    def is_expired(self):
        return Journey.objects.expired().filter(pk=self.pk).exists()

    @property
    def route(self):
        return route(self.pathway)

    @property
    def missing(self):
        """The first page not answered; the last of them, which asks nothing, where all are."""
        # someone known was chosen without being typed
        answered = {*self.answers, *(["who"] if "match" in self.answers else [])}
        return next((page for page in self.route if page not in answered), self.route[-1])

    @property
    def whom(self):
        """The name as its user typed it. Of someone known whom they chose by other means, no more than that."""
        typed = self.said("who") or {}
        name = " ".join(filter(None, [typed.get("given_names", "").strip(), typed.get("family_name", "").strip()]))
        return name or ("Someone known already" if self.said("match") else "Nobody yet")

    @property
    def stands(self):
        """What comes next, in words."""
        return PAGES[self.missing].words

    def address(self, page=None):
        """Where this page is asked; without one, the first that is missing."""
        return reverse(PAGES[page or self.missing].url, args=[self.pk])
