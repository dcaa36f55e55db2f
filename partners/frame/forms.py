"""Forms of the pages and of the API alike: plain Django forms that speak in sentences and print GOV.UK's HTML."""

import calendar
import datetime
import re

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.fields import BLANK_CHOICE_DASH

from .renderer import GovukRenderer

YEARS = range(1900, 9999)  # outside them a day is a slip of the hand, and the one before or after it may not exist
# what a form says where a constraint refused it that has no sentence of its own
LOST_RACE = "Someone else recorded something that rules this out, at the same moment. Look again, then try again."
MONTHS = [name.lower() for name in calendar.month_name[1:]]
CHOSEN = (forms.RadioSelect, forms.Select, forms.CheckboxSelectMultiple)


def as_noun(label):
    """The label as it stands inside a sentence: "Date of birth" is "date of birth", "PNC ID" stays."""
    label = str(label).replace("%", "%%")
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def say_in_sentences(name, field):
    """Give the field a label, and words of ours where the form's author gave none."""
    if field.label is None:
        field.label = forms.utils.pretty_name(name)
    label, noun = str(field.label).replace("%", "%%"), getattr(field, "noun", "") or as_noun(field.label)
    verb = "Select" if isinstance(field.widget, CHOSEN) else "Enter"
    ours = {"required": f"Answer “{field.label}”" if label.endswith("?") else f"{verb} {noun}"}
    if isinstance(field, forms.CharField):
        ours["max_length"] = f"{label} must be %(limit_value)d characters or fewer"
    for code, words in ours.items():
        if field.error_messages.get(code) == forms.Field.default_error_messages.get(code):
            field.error_messages[code] = words
    if isinstance(field.widget, forms.Textarea):
        # Width is the style sheet's business.
        field.widget.attrs = {"rows": "5"} | {
            k: v for k, v in field.widget.attrs.items() if k != "cols" and (k, v) != ("rows", "10")
        }
    if isinstance(field.widget, forms.NumberInput):
        # A number box scrolls the figure away under a mouse wheel and hides what it refuses.
        field.widget.input_type = "text"
        field.widget.attrs = {"inputmode": "numeric"} | {
            k: v for k, v in field.widget.attrs.items() if k not in {"min", "max", "step"}
        }


class Sentences:
    """What our two kinds of form share."""

    default_renderer = GovukRenderer
    use_required_attribute = False
    marks_optional = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            say_in_sentences(name, field)


class Form(Sentences, forms.Form):
    """The base of every form of ours without a model behind it."""


class FilterForm(Form):
    """Every field of it may be left empty, so none is marked; it stands beside a list, so its options are small."""

    marks_optional = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.small = True

    @property
    def unknown(self):
        """The parameters given that it does not ask for; a day comes whole, or in three parts."""
        parts = (f"{name}{end}" for name, f in self.fields.items() for end in getattr(f.widget, "widgets_names", []))
        return sorted(set(self.data) - {*self.fields, *parts})

    @property
    def stranger(self):
        """A sentence about a parameter that it does not ask for, or nothing."""
        if not self.unknown:
            return ""
        return f"There is no filter “{self.unknown[0]}” here. There are: {', '.join(sorted(self.fields))}."

    @property
    def problem(self):
        """A sentence about the first thing that is wrong with the parameters, or nothing."""
        wrong = next(iter(self.errors.items()), None)
        if self.stranger or not wrong:
            return self.stranger
        name, errors = wrong
        label = self.fields[name].label if name in self.fields else ""
        return f"{label}: {errors[0]}" if label else errors[0]


class YesNoUnknown(forms.NullBooleanSelect):
    """Whatever else a program sends, a list or an object, is not known."""

    def value_from_datadict(self, data, files, name):
        value = data.get(name)
        return super().value_from_datadict({name: value if isinstance(value, bool) else str(value)}, files, name)


def formfield(field, **kwargs):
    """Our control for a model's field: radios for choices one can take in, three boxes for a date."""
    if field.choices and len(field.choices) <= 12:
        kwargs.setdefault("widget", Radios)
    elif isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        kwargs.setdefault("form_class", DateField)
    elif isinstance(field, models.BooleanField) and field.null:
        kwargs.setdefault("widget", YesNoUnknown)
    return field.formfield(**kwargs)


class ModelForm(Sentences, forms.ModelForm):
    """The base of every form of ours with a model behind it."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        meta = cls.__dict__.get("Meta")
        if meta and not hasattr(meta, "formfield_callback"):
            meta.formfield_callback = staticmethod(formfield)


class Options:
    """The first option has the control's own id, so that a link from the error summary finds it."""

    option_template_name = "frame/option.html"
    small = False

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["small"] = self.small
        return context

    def id_for_label(self, id_, index=None):
        return f"{id_}-{int(index) + 1}" if id_ and index not in {None, "0", 0} else id_

    def optgroups(self, name, value, attrs=None):
        """Without Django's line of dashes: nothing is chosen until something is."""
        return [
            (group, [option for option in options if option["label"] != BLANK_CHOICE_DASH[0][1]], index)
            for group, options, index in super().optgroups(name, value, attrs)
        ]


class Radios(Options, forms.RadioSelect):
    template_name = "frame/radios.html"


class Checkboxes(Options, forms.CheckboxSelectMultiple):
    template_name = "frame/checkboxes.html"


WORDS = {True: "yes", False: "no", None: "unknown"}  # how a form says what a record answers


def yes_or_no(**kwargs):
    """A question whose answer is a bool, and that starts unanswered."""
    choices = [(True, "Yes"), (False, "No")]
    return forms.TypedChoiceField(
        choices=choices, coerce=lambda value: value == "True", empty_value=None, widget=Radios, **kwargs
    )


def yes_no_or_unknown(**kwargs):
    """A question whose answer is True, False, or None where it is not known; it starts unanswered."""
    choices = [("yes", "Yes"), ("no", "No"), ("unknown", "Not known")]
    coerce = {word: answer for answer, word in WORDS.items()}.get
    return forms.TypedChoiceField(choices=choices, coerce=coerce, empty_value=None, widget=Radios, **kwargs)


def date_parts(text):
    """Day, month and year as they were written: "27/3/1990", "1990-03-27", "27th March 1990"."""
    parts = re.findall(r"[^\s/.,-]+", text)
    if len(parts) == 3 and re.fullmatch(r"\d{4}", parts[0]):
        parts.reverse()
    return [*parts[:2], " ".join(parts[2:])] if len(parts) > 1 else [text, "", ""]


class DateInput(forms.MultiWidget):
    """Three boxes, sent as name_day, name_month and name_year; also takes one string sent as name."""

    template_name = "frame/date.html"
    parts = ("day", "month", "year")

    def __init__(self, attrs=None):
        super().__init__({part: forms.TextInput({"inputmode": "numeric"}) for part in self.parts}, attrs)

    def value_from_datadict(self, data, files, name):
        if isinstance(whole := data.get(name), datetime.date):
            return self.decompress(whole)
        if whole not in (None, ""):
            return date_parts(str(whole))
        return super().value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data, files, name):
        return name not in data and super().value_omitted_from_data(data, files, name)

    def decompress(self, value):
        if isinstance(value, str):
            return date_parts(value)
        return [value.day, value.month, value.year] if value else ["", "", ""]

    def get_context(self, name, value, attrs):
        attrs = dict(attrs or {})
        wrong = attrs.pop("wrong_parts", ())
        context = super().get_context(name, value, attrs)
        for part, box in zip(self.parts, context["widget"]["subwidgets"], strict=True):
            classes = ["govuk-input", "govuk-date-input__input", f"govuk-input--width-{4 if part == 'year' else 2}"]
            classes += ["govuk-input--error"] if part in wrong else []
            box["label"] = part.capitalize()
            box["attrs"] |= {"id": f"{attrs.get('id', name)}-{part}", "class": " ".join(classes)}
        return context


class DateField(forms.DateField):
    """A day. The month may be a word, the error names the part that is wrong; `noun` is how a sentence calls it."""

    widget = DateInput

    def __init__(self, *, noun="", **kwargs):
        self.noun = noun
        super().__init__(**kwargs)

    def to_python(self, value):
        if isinstance(value, list | tuple):
            value = [str(part or "").strip() for part in value]
        elif isinstance(value, str) and value:
            value = date_parts(value)
        else:
            return super().to_python(value)
        if not any(value):
            return None
        noun = self.noun or as_noun(self.label or "the date")
        noun = noun[:1].upper() + noun[1:]
        if missing := [part for part, text in zip(DateInput.parts, value, strict=True) if not text]:
            raise self.error(f"{noun} must include a {' and a '.join(missing)}", missing)
        day, month, year = value
        day = re.sub(r"(?<=\d)(st|nd|rd|th)$", "", day)
        day = int(day) if day.isdecimal() and len(day) < 3 else 0
        month = (int(month) if len(month) < 3 else 0) if month.isdecimal() else self.month(month)
        if not (year.isdecimal() and len(year) == 4):
            raise self.error("Year must include 4 numbers", ["year"])
        if not 1 <= month <= 12:
            raise self.error(f"{noun} must be a real date", ["month"])
        if not 1 <= day <= 31:
            raise self.error(f"{noun} must be a real date", ["day"])
        try:
            date = datetime.date(int(year), month, day)
        except ValueError:
            raise self.error(f"{noun} must be a real date", DateInput.parts) from None
        if date.year not in YEARS:
            raise self.error(f"{noun} must be a real date", ["year"])
        return date

    @staticmethod
    def month(word):
        """1 to 12 for a month's name or its first three letters or more, else 0."""
        found = [month for month in MONTHS if len(word) > 2 and month.startswith(word.lower().rstrip("."))]
        return MONTHS.index(found[0]) + 1 if found else 0

    @staticmethod
    def error(sentence, parts):
        return ValidationError(sentence.replace("%", "%%"), code="invalid", params={"parts": tuple(parts)})


class MoneyInput(forms.TextInput):
    template_name = "frame/money.html"

    def __init__(self, attrs=None):
        super().__init__({"inputmode": "decimal", "class": "govuk-input--width-5"} | (attrs or {}))


class MoneyField(forms.DecimalField):
    """Pounds, to the penny, as an exact Decimal; "£1,250.50" is understood."""

    widget = MoneyInput

    def __init__(self, *, min_value=0, max_digits=9, decimal_places=2, **kwargs):
        super().__init__(min_value=min_value, max_digits=max_digits, decimal_places=decimal_places, **kwargs)
        self.error_messages |= {
            "invalid": "Enter an amount in pounds, like 20 or 1250.50",
            "min_value": "Enter an amount of £%(limit_value)s or more",
            "max_decimal_places": "Enter pounds and pence, with at most two figures after the point",
        } | (kwargs.get("error_messages") or {})

    def to_python(self, value):
        return super().to_python(re.sub(r"[£,\s]", "", value) if isinstance(value, str) else value)
