"""Taking a step, by page and by API: the same form, the same method, the same answers when it cannot be."""

import keyword

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from partners.audit.models import Event
from partners.frame.api import DOMAIN_ERRORS, checked
from partners.frame.forms import LOST_RACE, DateField, Form

from .versions import KEEP, NOT_CARRIED, Overtaken, chosen, compare, seal
from .workflow import IllegalStep, TooLate

DOMAIN_ERRORS[TooLate] = (409, "too_late")


class StepForm(Form):
    """What a step must be told; by itself, only when it happened.

    `replaces` names fields of the record that the step writes over: what someone else wrote there meanwhile is not
    undone unknowingly.
    """

    replaces = ()
    on = DateField(label="When did this happen?", noun="the date", required=False, help_text="Leave empty for today.")

    def __init__(self, *args, record, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.record, self.user = record, user
        if self.replaces and not record._state.adding:
            initial = seal(record, self.replaces)
            self.fields["seen"] = forms.CharField(required=False, widget=forms.HiddenInput, initial=initial)

    def context(self):
        """What else the page says: `lead`, `answers`, `consequence`, `danger` (see frame/step.html)."""
        return {}

    def take(self, verb):
        """Take the step. Returns what the step's method returns."""
        method = f"{verb}_" if keyword.iskeyword(verb) else verb
        with transaction.atomic():
            written_over = {name: self.cleaned_data.get(name) for name in self.replaces if name in self.fields}
            answers = self.cleaned_data | self.settled(written_over)
            answers = {name: value for name, value in answers.items() if value not in (None, "") and name != "seen"}
            return getattr(self.record, method)(by=self.user, **answers)

    def settled(self, changes):
        """These changes, with what is recorded now where that is kept. Raises Overtaken while that is to be chosen."""
        if not self.cleaned_data.get("seen"):
            return changes
        locked = type(self.record).objects.select_for_update().get(pk=self.record.pk)
        ours = chosen(changes, self.data)
        compare(locked, ours, self.cleaned_data["seen"], by=self.user)
        return {name: ours[name] if name in ours else getattr(locked, name) for name in changes}


class ReasonForm(StepForm):
    """A step that is not taken without saying why."""

    reason = forms.CharField(label="Why?", widget=forms.Textarea({"rows": 3}), max_length=200)
    field_order = ["reason", "on"]


def take_step(request, pk, verb, *, model, step_forms, template="frame/step.html", back=None, **context):
    """The page of a step: asks what it needs to know, then takes it.

    `back` is where to go afterwards: without it to what the step made, or the record's own page.
    """
    record = get_object_or_404(model.objects.visible_to(request.user).with_names(), pk=pk)
    step = model.STEPS[verb]
    if not record.may(request.user, verb):
        raise PermissionDenied(f"You may not {step.label.lower()}.")
    if record.state not in step.sources:
        messages.error(request, str(IllegalStep(record, step)))
        return redirect(back or record)
    data = request.POST if request.method == "POST" else None
    form = step_forms.get(verb, StepForm)(data, record=record, user=request.user)
    return ask(
        request, form, lambda: form.take(verb), record=record, verb=verb, done=f"{step.sentence}.", heading=step.label,
        template=template, back=back, **context,
    )  # fmt: skip


def say_why(form, error):
    """Say with the form why it cannot be written: at the field that it concerns, where it has that field."""
    fields = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
    for name, sentences in fields.items():
        form.add_error(name if name in form.fields else None, sentences)


def ask(request, form, write, *, record, verb, heading, done, template="frame/step.html", back=None, **context):
    """The page of a form about one record: asks, then calls `write()`, says `done` and shows what came of it.

    What cannot be written is said with the form, at the field it concerns where it has that field; what is too late,
    on the page it leads to. The page shows who the record is about, so that is recorded. `context` is what else the
    template takes; `back` is where to go afterwards: without it to what was made, or the record's own page.
    """
    if form.is_valid():
        try:
            with transaction.atomic():
                result = write()
        except ValidationError as error:
            say_why(form, error)
        except IntegrityError:
            form.add_error(None, LOST_RACE)
        except Overtaken as overtaken:
            record.refresh_from_db()
            return ask_which(request, overtaken, record=record, verb=verb, back=back)
        except TooLate as error:
            messages.error(request, str(error))
            return redirect(back or record)
        else:
            messages.success(request, done)
            return redirect(back or (result if hasattr(result, "get_absolute_url") else record))
        record.refresh_from_db()  # it holds what could not be written
    Event.objects.shown(f"{record._meta.model_name}.{verb}.ask", [record], by=request.user, subject=record)
    context = {
        "record": record,
        "heading": heading,
        "caption": _caption(record),
        "button": heading,
        "form": form,
        "cancel_url": back or record.get_absolute_url(),
        **getattr(form, "context", dict)(),
        **context,
    }
    return TemplateResponse(request, template, context, status=422 if form.errors else 200)


def ask_which(request, overtaken, *, record, verb, back=None):
    """The page of who was overtaken: both versions of each field, and what was sent, to be sent again with a choice."""
    Event.objects.shown(f"{record._meta.model_name}.{verb}.ask", [record], by=request.user, subject=record)
    carried = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in NOT_CARRIED and name not in {KEEP + one.name for one in overtaken.differences}
    ]
    context = {
        "caption": _caption(record),
        "differences": overtaken.differences,
        "carried": [*carried, ("seen", overtaken.seal)],
        "cancel_url": back or record.get_absolute_url(),
    }
    return TemplateResponse(request, "offenders/versions.html", context, status=409)


def _caption(record):
    """Who and what the page is about; a record whose pages name nobody has a `caption` of its own."""
    whose = f"{record.offender}, {record}" if hasattr(record, "offender") else str(record)
    return getattr(record, "caption", whose)


def steps_of(record, user, prefix, *, without=()):
    """[(words, address)] of the steps that the user may take now, as frame/steps.html takes them; `prefix` is how the
    names of their addresses begin."""
    return [
        (step.label, reverse(f"{prefix}{verb}", args=[record.pk]))
        for verb, step in record.steps_for(user).items()
        if verb not in without
    ]


def step_names(model):
    """The verbs that may be taken by hand, as a pattern for an address."""
    return "|".join(verb for verb, step in model.STEPS.items() if step.by_hand)


def written(write):
    """What `write()` returns, all or nothing; a race that was lost is a ValidationError with a sentence."""
    try:
        with transaction.atomic():
            return write()
    except IntegrityError:
        raise ValidationError(LOST_RACE) from None


class StepsField(serializers.ListField):
    """In an answer of the API: the steps that the user may take now."""

    def __init__(self, **kwargs):
        kwargs = {"source": "*", "read_only": True, "help_text": "The steps that are yours to take now."} | kwargs
        super().__init__(child=serializers.CharField(), **kwargs)

    def to_representation(self, record):
        return list(record.steps_for(self.context["request"].user))


def step_action(model, step_forms, **schema):
    """The action of a view set that takes the steps of its model, each by its name in the address.

    It answers the record as it then is, and raises what `exception_handler` turns into 4xx. `schema` is what the
    API's description says of it besides.
    """
    verbs = step_names(model)
    named = OpenApiParameter("verb", str, OpenApiParameter.PATH, enum=verbs.split("|"))

    @extend_schema(parameters=[named], **schema)
    @action(detail=True, methods=["post"], url_path=f"(?P<verb>{verbs})")
    def step(view, request, pk, verb):
        """Take a step. What it must be told is what its page asks; fields it does not have are refused."""
        record, user = view.get_object(), request.user
        if not record.may(user, verb):
            raise PermissionDenied(f"You may not {record.STEPS[verb].label.lower()}.")
        form = step_forms.get(verb, StepForm)(request.data, record=record, user=user)
        form.fields.pop("seen", None)  # a program says what it read by If-Match
        checked(form)
        written(lambda: form.take(verb))
        return view.answer_anew(record)

    return step
