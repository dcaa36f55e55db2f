"""Finding a person, as people mistype them."""

from typing import NamedTuple

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q

from partners.audit.models import Event

from .models import Offender


class Match(NamedTuple):
    """Someone who may be the person about to be added."""

    offender: Offender
    is_visible: bool


def likely_matches(user, given_names, family_name, date_of_birth=None, identifiers=(), phone=""):
    """Those who may be the person about to be added, as a list of Match, likeliest first; recorded as shown."""
    close = TrigramSimilarity("search", f"{given_names} {family_name}".lower())
    near = Q(closeness__gte=0.4)
    if date_of_birth:
        near |= Q(closeness__gte=0.25, date_of_birth=date_of_birth)
    found = Offender.objects.findable_by(user).annotate(closeness=close).filter(near).order_by("-closeness", "id")[:5]
    seen = set(Offender.objects.visible_to(user).filter(pk__in=[o.pk for o in found]).values_list("pk", flat=True))
    Event.objects.shown("offender.match", found, by=user)
    return [Match(offender, offender.pk in seen) for offender in found]
