"""Search, a person's own pages, and what adds to their record."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from partners.frame.pages import RecordPage
from partners.middleware import way_on

from . import amend, facts, panels
from .forms import NoteForm, SearchForm
from .models import Note, Offender
from .search import search as search_for
from .steps import ask


def search(request):
    """What someone typed, and whom it finds. Sent by POST: no address holds a name."""
    if not request.user.has_perm("offenders.view_offender"):
        raise PermissionDenied("You may not search for people.")
    form, found = SearchForm(request.POST if request.method == "POST" else None), None
    if form.is_valid():
        found = search_for(request.user, form.cleaned_data["q"])
        if found.opens:
            return redirect(found.opens)
    status = 422 if form.errors else 200
    context = {"form": form, "found": found, "may_refer": request.user.has_perm("referrals.add_referral")}
    return TemplateResponse(request, "offenders/search.html", context, status=status)


# a person's pages


# label, name of the address, and the permission that it takes, if any; an app adds its own when it is ready
TABS = [
    ("Overview", "offenders:detail", ""),
    ("Timeline", "offenders:timeline", ""),
    ("Sharing", "offenders:sharing", ""),
]


class PersonPage(RecordPage):
    """A tab of the person's page."""

    verb = "offender"
    status = 200

    def scope(self):
        return Offender.objects.visible_to(self.request.user).with_area()

    def panel(self):
        raise NotImplementedError

    def get_context_data(self, **kwargs):
        here, user = self.request.resolver_match.view_name, self.request.user
        tabs = [(label, name) for label, name, permission in TABS if not permission or user.has_perm(permission)]
        offers = [offer for give in panels.OFFERS if (offer := give(user, self.object))]
        return super().get_context_data(
            identity=panels.identity(user, self.object, steps=offers),
            tabs=[(label, reverse(name, args=[self.object.pk]), name == here) for label, name in tabs],
            why=panels.why(user, self.object),
            **self.panel(),
            **kwargs,
        )


class Overview(PersonPage):
    template_name = "offenders/overview.html"

    def panel(self):
        return panels.overview(self.request.user, self.object)


class Timeline(PersonPage):
    """What happened, and the composer on top of it."""

    template_name = "offenders/timeline.html"
    form = None

    def panel(self):
        request = self.request
        return panels.timeline(request.user, self.object, request.GET, request=request, form=self.form)

    def post(self, request, *args, **kwargs):
        self.object = self.get_object()
        if not request.user.has_perm("offenders.add_note"):
            raise PermissionDenied("You may not add a note.")
        self.form = NoteForm(request.POST, user=request.user)
        if self.form.is_valid():
            write_note(self.form, self.object, by=request.user)
            messages.success(request, "Note added.")
            return redirect(way_on(request, otherwise=request.path))
        return self.render_to_response(self.get_context_data(), status=422)


def write_note(form, offender, *, by):
    """The note that the form holds, written for those who are to read it."""
    answers = form.cleaned_data
    shared = answers["shared_with"] == NoteForm.SharedWith.EVERYONE
    matters = offender.involvements.open_to(by).matters() if shared else []
    fields = {name: answers[name] for name in ("kind", "text", "happened_at", "category", "is_opinion")}
    return Note.write(offender, by=by, matters=matters, **fields)


class Sharing(PersonPage):
    template_name = "offenders/sharing.html"

    def panel(self):
        return panels.sharing(self.request.user, self.object, self.request.GET)


# pages that change something


def worked_person(request, pk, permission):
    """The person, to change something of: 404 when not visible, 403 when this is not theirs to do."""
    offender = get_object_or_404(Offender.objects.visible_to(request.user), pk=pk)
    if not request.user.has_perm(permission):
        raise PermissionDenied("This is not yours to do.")
    if not Offender.objects.worked_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied("You opened this person in an emergency: to read, and to write notes of your own team.")
    return offender


class NotePage(RecordPage):
    """One note, with what was amended in it."""

    verb = "note"
    template_name = "offenders/note.html"

    def scope(self):
        return Note.objects.visible_to(self.request.user).with_names().select_related("offender")

    def get_context_data(self, **kwargs):
        amend.attach([self.object], self.request.user)
        return super().get_context_data(why=panels.why(self.request.user, self.object.offender), **kwargs)


def add_fact(request, pk, fact):
    """Add a name, number, address or warning."""
    kind = facts.FACTS[fact]
    offender = worked_person(request, pk, kind.permission)
    form = kind.form(request.POST if request.method == "POST" else None, user=request.user)

    def write():
        form.instance.offender = offender
        facts.record_fact(form.instance, by=request.user)

    return ask(
        request, form, write, record=offender, verb=f"add_{fact}", heading=kind.label, button="Add",
        done="It is on the record.",
    )  # fmt: skip
