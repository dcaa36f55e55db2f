"""Finding a person, as people mistype them."""

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q

from .models import Offender


def likely_matches(user, given_names, family_name, date_of_birth=None, limit=5):
    """The people already known who may be this one, likeliest first; those the user may find, and no others."""
    close = TrigramSimilarity("search", f"{given_names} {family_name}".lower())
    near = Q(closeness__gte=0.4)
    if date_of_birth:
        near |= Q(closeness__gte=0.25, date_of_birth=date_of_birth)
    found = Offender.objects.findable_by(user).annotate(closeness=close).filter(near)
    return list(found.order_by("-closeness", "id")[:limit])
