"""The ten questions as pages and files. To ask is recorded; where it is about a person, in their history."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import BadRequest
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import TemplateView, View

from partners.frame.download import csv_response
from partners.frame.templatetags.frame import moment
from partners.frame.unsaid import address_of, all_said

from .questions import QUESTIONS, WHO, QuestionForm, ask

ON_A_PAGE = 200
UNSAID = ("person", "user", "address")  # who is asked about stands in no address


def form_of(name, request):
    """The form of this question, as far as its address says. Raises Http404, or BadRequest for what it does not ask."""
    if name not in QUESTIONS:
        raise Http404
    form = QuestionForm(all_said(request, request.GET, UNSAID), question=QUESTIONS[name])
    if form.stranger:
        raise BadRequest(form.stranger)
    return form


def as_text(rows):
    """Rows as a file or a program takes them: moments on the clock of the place."""
    for row in rows:
        yield [
            timezone.localtime(value).isoformat(" ", "seconds") if hasattr(value, "tzinfo") else value for value in row
        ]


def as_cells(columns, rows):
    """Rows as a page shows them: (label, words, note beneath); of who it was, one cell for four columns."""
    who = columns.index(WHO[0]) if WHO[1] in columns and WHO[-1] in columns else None
    for row in rows:
        words = [moment(value) if hasattr(value, "tzinfo") else value for value in row]
        cells = [(label, value, "") for label, value in zip(columns, words, strict=True)]
        if who is not None:
            name, _, *hat = words[who : who + len(WHO)]
            cells[who : who + len(WHO)] = [("Who", name or "Nobody known", ", ".join(filter(None, hat)))]
        yield cells


class Questions(PermissionRequiredMixin, TemplateView):
    """What can be asked."""

    permission_required = "audit.view_event"
    raise_exception = True
    template_name = "audit/questions.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(questions=QUESTIONS, **kwargs)


class QuestionPage(PermissionRequiredMixin, TemplateView):
    """One question: asks what it needs to know, then answers. The file has what is too long for a page."""

    permission_required = "audit.view_event"
    raise_exception = True
    template_name = "audit/question.html"

    def get(self, request, name):
        form, question = form_of(name, request), QUESTIONS[name]
        is_asked = bool(request.GET) or not question.asks
        rows = ask(form, by=request.user) if is_asked and form.is_valid() else None
        if not is_asked:
            form = QuestionForm(None, question=question)
        context = self.get_context_data(
            name=name, question=question, form=form, is_answered=rows is not None, total=len(rows or []),
            lines=list(as_cells(question.columns, (rows or [])[:ON_A_PAGE])), query=request.GET.urlencode(),
        )  # fmt: skip
        return self.render_to_response(context, status=422 if is_asked and form.errors else 200)

    def post(self, request, name):
        """The same question, with handles in its address for who is asked about."""
        form_of(name, request)
        return redirect(address_of(request, UNSAID))


class QuestionFile(PermissionRequiredMixin, View):
    """The answer as CSV, whole."""

    permission_required = "audit.view_event"
    raise_exception = True

    def get(self, request, name):
        form = form_of(name, request)
        if form.problem:
            raise BadRequest(form.problem)
        return csv_response(name, QUESTIONS[name].columns, as_text(ask(form, by=request.user)))
