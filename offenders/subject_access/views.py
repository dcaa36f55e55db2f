"""People who ask what is held about them: the list, each request with its texts to review, and the answer."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.generic import View

from offenders.account import as_pdf
from offenders.steps import say_why, steps_of, take_step
from partners.audit.models import Event
from partners.frame.pages import ListPage, RecordPage
from partners.frame.paging import keyset_page

from .answer import answer, as_data
from .forms import LINE_FORMS, STEP_FORMS, ReceiveForm, SubjectRequestFilter
from .models import ANSWER, SubjectLine, SubjectRequest


def requests(user):
    return SubjectRequest.objects.visible_to(user).with_names()


class RequestList(ListPage):
    template_name = "subject_access/list.html"
    permission_required = ANSWER
    verb = "subjectrequest"
    filterset_class = SubjectRequestFilter
    orders = {"due_on": ("due_on", "id"), "-due_on": ("-due_on", "-id")}

    def scope(self):
        return requests(self.request.user)


def receive(request):
    """Someone asked: who, when, and where the answer goes."""
    user = request.user
    if not user.has_perm(ANSWER):
        raise PermissionDenied("You may not answer people who ask what is held about them.")
    form = ReceiveForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        try:
            with transaction.atomic():
                return redirect(form.receive())
        except ValidationError as error:
            say_why(form, error)
    context = {"heading": "Someone asks what is held about them", "button": "Record it", "form": form,
               "cancel_url": reverse("subject_access:list")}  # fmt: skip
    Event.objects.record(Event.Kind.CONSULTATION, "subjectrequest.receive.ask", by=user)
    return TemplateResponse(request, "frame/step.html", context, status=422 if form.errors else 200)


class RequestPage(RecordPage):
    """One request: how far it is, what is to be done, and the texts, those to be decided on first."""

    template_name = "subject_access/request.html"
    verb = "subjectrequest"

    def scope(self):
        return requests(self.request.user)

    def get_context_data(self, **kwargs):
        lines, steps = self.object.lines.all(), steps_of(self.object, self.request.user, "subject_access:")
        if held := lines.held().count():
            steps.insert(0, (f"Review the texts ({held} left)", lines.held().first().get_absolute_url()))
        page = keyset_page(lines, ("number", "id"), self.request.GET)
        return super().get_context_data(page=page, total=lines.count(), steps=steps, **kwargs)


class LinePage(RecordPage):
    """What one record holds, with the words to decide on."""

    template_name = "subject_access/line.html"
    verb = "subjectline"

    def scope(self):
        return SubjectLine.objects.visible_to(self.request.user).with_names()

    def get_context_data(self, **kwargs):
        steps = self.object.steps_for(self.request.user) if self.object.words else {}
        others = [(one.label, reverse(f"subject_access:{verb}", args=[self.object.pk])) for verb, one in steps.items()
                  if verb != "release"]  # fmt: skip
        return super().get_context_data(may_release="release" in steps, steps=others, **kwargs)


def step(request, pk, verb):
    return take_step(request, pk, verb, model=SubjectRequest, step_forms=STEP_FORMS)


def decide(request, pk, verb):
    """Decide on one text; then the next that is to be decided on."""
    line = get_object_or_404(SubjectLine.objects.visible_to(request.user), pk=pk)
    left = SubjectLine.objects.filter(request=line.request_id).held().exclude(pk=pk)
    following = left.filter(number__gt=line.number).first() or left.first()
    back = (following or line.request).get_absolute_url()
    return take_step(request, pk, verb, model=SubjectLine, step_forms=LINE_FORMS, back=back)


class Answer(PermissionRequiredMixin, View):
    """The answer as a paper or as data, to look through and to send. Each time is recorded."""

    permission_required = ANSWER
    raise_exception = True
    form = "pdf"

    def get(self, request, pk):
        asked = get_object_or_404(requests(request.user).with_an_answer(), pk=pk)
        name = f"answer-{asked.offender.reference}.{self.form}"
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
        if self.form == "json":
            return JsonResponse(as_data(asked, by=request.user), headers=headers)
        pdf = as_pdf(answer(asked, by=request.user))
        return HttpResponse(pdf, content_type="application/pdf", headers=headers)
