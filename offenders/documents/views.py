"""The pages of documents: a person's, one, adding and removing one, and the file itself."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import View

from offenders import amend
from offenders import panels as person_panels
from offenders.steps import ask
from offenders.steps import take_step as take
from offenders.views import PersonPage, worked_person
from offenders.workflow import TooLate
from partners.audit.models import Event
from partners.frame.pages import RecordPage

from . import panels
from .forms import STEP_FORMS, DocumentForm
from .models import Document
from .uploads import LARGEST_BODY


class OfPerson(PersonPage):
    """A person's documents, as far as the user may read them."""

    template_name = "documents/of_person.html"

    def panel(self):
        return panels.documents(self.request.user, self.object, self.request.GET)


class DocumentPage(RecordPage):
    """What is known of one document, with what was amended in it."""

    verb = "document"
    template_name = "documents/document.html"

    def scope(self):
        rows = Document.objects.visible_to(self.request.user).with_names()
        return rows.select_related("offender", "removed_by")

    def get_context_data(self, **kwargs):
        document, user = self.object, self.request.user
        amend.attach([document], user)
        return super().get_context_data(
            why=person_panels.why(user, document.offender), may_remove="remove" in document.steps_for(user), **kwargs
        )


def add(request, pk, matter=None):
    """Add a document to a person, or to one of the matters that one works on with them."""
    offender = worked_person(request, pk, "documents.add_document")
    matters = offender.involvements.open_to(request.user).matters()
    if matter:
        if matter not in matters:
            raise Http404
        matters = [matter]
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DocumentForm(*sent, user=request.user)
    return ask(
        request, form, lambda: form.add_to(offender, by=request.user, matters=matters), record=offender,
        verb="add_document", heading="Add a document", button="Add", done="The document was added.",
        caption=str(offender),
    )  # fmt: skip


add.largest_body = LARGEST_BODY


def take_step(request, pk, verb):
    return take(request, pk, verb, model=Document, step_forms=STEP_FORMS)


class Download(View):
    """The file, to take away: to whoever sees the document, and recorded. No browser is to show it in our name."""

    def get(self, request, pk):
        document = get_object_or_404(Document.objects.visible_to(request.user), pk=pk)
        try:
            return file_of(document, by=request.user)
        except TooLate as error:
            messages.error(request, str(error))
            return redirect(document)


def file_of(document, *, by):
    """The answer that is the file of a document the user sees. Raises TooLate where there is none to be had."""
    file = document.opened()
    Event.objects.shown("document.download", [document], by=by, subject=document, sha256=document.sha256)
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    name, kind = document.file_name, document.served_as
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind, headers=headers)
