"""GOV.UK's HTML out of Django's own form rendering; a test compares it with the design system's fixtures."""

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

# A widget gets the class of the first line it is an instance of; Django's checkboxes are a kind of radios.
CSS = [
    ((forms.CheckboxInput, forms.CheckboxSelectMultiple), "govuk-checkboxes__input"),
    (forms.RadioSelect, "govuk-radios__input"),
    (forms.Select, "govuk-select"),
    (forms.Textarea, "govuk-textarea"),
    (forms.MultiWidget, ""),
    (forms.FileInput, "govuk-file-upload"),
    (forms.widgets.Input, "govuk-input"),
]


class GovukBoundField(BoundField):
    """A field in a form, with the ids and classes the design system gives its parts."""

    @property
    def optional(self):
        """Whether the label says so. One box to tick is left empty for "no", which is an answer; of fields that are
        `is_either` one will do, and which is theirs to say."""
        marks = getattr(self.form, "marks_optional", True) and not getattr(self.field, "is_either", False)
        return marks and not self.field.required and not self.is_tick_box

    @property
    def is_tick_box(self):
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def hint_id(self):
        return f"{self.auto_id}-hint" if self.help_text else ""

    @property
    def error_id(self):
        return f"{self.auto_id}-error" if self.errors else ""

    @property
    def aria_describedby(self):
        return " ".join(filter(None, [self.hint_id, self.error_id])) or None

    @property
    def wrong_parts(self):
        """Of a control in several boxes, the names of those the error is about; none named is all of them."""
        parts = getattr(self.field.widget, "parts", ())
        for error in self.errors.as_data():
            return (error.params or {}).get("parts", parts)
        return ()

    @property
    def focus_id(self):
        """The id of the control that a link in the error summary lands on."""
        return f"{self.auto_id}-{self.wrong_parts[0]}" if self.wrong_parts else self.auto_id

    def build_widget_attrs(self, attrs, widget=None):
        attrs = super().build_widget_attrs(attrs, widget)
        attrs.pop("aria-invalid", None)  # the design system says it by the error's own words
        widget = self.field.widget
        name = next((name for kind, name in CSS if isinstance(widget, kind)), "")
        wrong = f"{name}--error" if self.errors and name and not self.use_fieldset and not self.is_tick_box else ""
        if classes := " ".join(filter(None, [name, widget.attrs.get("class"), wrong])):
            attrs["class"] = classes
        if hasattr(widget, "parts"):
            attrs["wrong_parts"] = self.wrong_parts  # taken out again by the widget
        return attrs


class GovukRenderer(TemplatesSetting):
    form_template_name = "frame/form.html"
    field_template_name = "frame/field.html"
    bound_field_class = GovukBoundField
