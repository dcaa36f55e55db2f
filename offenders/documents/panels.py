"""Documents as parts of other pages: of a person, all that the user may read; of a matter, those that belong to it."""

from django.urls import reverse

from offenders.models import NEWEST_FIRST, Offender
from partners.audit.models import Event
from partners.frame.paging import keyset_page

from .models import Document

LATEST = 20  # on the page of a matter; the person's own page has them all


def documents(user, offender, params, *, matter=None):
    """For documents/list.html: a page of the person's documents, and the way to add one, to this matter if any."""
    rows = Document.objects.visible_to(user).filter(offender=offender).with_names()
    page = keyset_page(rows, NEWEST_FIRST, params)
    Event.objects.shown("document.list", page.rows or [offender], by=user, subject=offender)
    return {"page": page, "documents": page.rows, "add_url": add_url(user, offender, matter)}


def of_matter(user, offender, matter):
    """For documents/list.html: the latest documents of one matter, where the user reads documents at all."""
    rows = Document.objects.visible_to(user).filter(offender=offender, matters__contains=[matter])
    shown = list(rows.with_names().newest_first()[:LATEST])
    if shown:
        Event.objects.shown("document.list", shown, by=user, subject=offender)
    return {"documents": shown, "add_url": add_url(user, offender, matter)}


def add_url(user, offender, matter=None):
    """Where to add a document; nothing where that is not the user's to do."""
    if not user.has_perm("documents.add_document"):
        return ""
    if not Offender.objects.worked_by(user).filter(pk=offender.pk).exists():
        return ""
    if matter and matter in offender.involvements.open_to(user).matters():
        return reverse("documents:add_to", args=[offender.pk, matter])
    return reverse("documents:add", args=[offender.pk])
