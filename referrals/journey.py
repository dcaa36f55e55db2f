"""Answers given page by page, kept on the server until they are sent, saved, or left alone too long.

They are kept in the session, under a key that the address carries and that says nothing of the
person. The key becomes the id of the referral, so that one journey can make one referral only,
however often the button is pressed: the primary key says so.
"""

import datetime as dt
import uuid

from django.http import Http404
from django.utils import timezone

KEPT_FOR = dt.timedelta(hours=4)
AT_ONCE = 5  # journeys kept side by side; the oldest makes room
SESSION_KEY = "journeys"


class Expired(Exception):
    """The journey was left alone too long, and its answers are gone."""


class Journey:
    """One person being put forward: the answers so far, page by page, as they were typed."""

    def __init__(self, session, key, kept):
        self.session, self.key, self.kept = session, key, kept

    @classmethod
    def begin(cls, request, **pages):
        """A new journey of this user in this hat."""
        journeys = request.session.setdefault(SESSION_KEY, {})
        for oldest in sorted(journeys, key=lambda key: journeys[key]["at"])[: max(0, len(journeys) - AT_ONCE + 1)]:
            del journeys[oldest]
        journey = cls(request.session, uuid.uuid4(), {"hat": str(request.user.membership.pk), "pages": pages})
        journey._keep()
        return journey

    @classmethod
    def find(cls, request, key):
        """The journey of this key. Raises Http404 where it is not this user's in this hat, Expired when it is over."""
        kept = request.session.get(SESSION_KEY, {}).get(str(key))
        if kept is None or kept["hat"] != str(request.user.membership.pk):
            raise Http404
        journey = cls(request.session, key, kept)
        if timezone.now() - dt.datetime.fromisoformat(kept["at"]) > KEPT_FOR:
            journey.end()
            raise Expired
        return journey

    def __getitem__(self, page):
        """What was answered on this page, or None."""
        return self.kept["pages"].get(page)

    def answer(self, page, answers):
        """Keep what was typed on a page, without the token that protected it."""
        self.kept["pages"][page] = {name: answers[name] for name in answers if name != "csrfmiddlewaretoken"}
        self._keep()

    def forget(self, page):
        self.kept["pages"].pop(page, None)
        self._keep()

    def end(self):
        self.session.get(SESSION_KEY, {}).pop(str(self.key), None)
        self.session.modified = True

    def _keep(self):
        self.kept["at"] = timezone.now().isoformat()
        self.session.setdefault(SESSION_KEY, {})[str(self.key)] = self.kept
        self.session.modified = True
