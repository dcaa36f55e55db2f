"""The back office of what others rest on: a change says what it will affect before it is made."""

from django.db.models import Q
from django.template.response import TemplateResponse
from django.utils import timezone

from .audit.models import Event
from .backoffice import RecordedAdmin, record
from .frame.paging import COUNTED, capped_count

# What the apps above know that a change affects: {the model's label: functions of a row that give a sentence, or
# nothing}. They are asked with the change made; it is undone while it is only being asked about.
AFFECTED = {}


class Affects(Exception):
    """The change is made, and to be undone: whoever asked for it has not read yet what it affects."""

    def __init__(self, row, sentences):
        self.row, self.sentences = row, sentences


def resting_on(row):
    """How many rows of other tables name this one, in words; nothing where none does."""
    named_by = {}
    for relation in row._meta.related_objects:
        if relation.related_model is not Event:
            named_by.setdefault(relation.related_model, []).append(relation.field.name)
    counts = {
        model: capped_count(model._base_manager.filter(Q.create([(name, row) for name in names], Q.OR)))
        for model, names in named_by.items()
    }
    said = [
        f"{model._meta.verbose_name_plural} {f'{COUNTED:,}+' if n > COUNTED else n}" for model, n in counts.items() if n
    ]
    return f"What uses it: {', '.join(said)}." if said else ""


class DatedAdmin(RecordedAdmin):
    """The admin of rows that others rest on, most from one day to another.

    What has begun to hold is not rewritten: of the fields that are `fixed` none changes, the row ends and another
    begins. What a change will affect is said first, on a page of its own.
    """

    fixed = []
    matters_when_added = False  # a new row changes what is worked out, though nothing names it yet

    def get_readonly_fields(self, request, obj=None):
        begun = self.fixed and obj and obj.valid_from <= timezone.localdate()
        return [*self.readonly_fields, *self.fixed, "valid_from"] if begun else self.readonly_fields

    def get_fieldsets(self, request, obj=None):
        """What has begun says how it is changed all the same."""
        sets = super().get_fieldsets(request, obj)
        if "valid_from" not in self.get_readonly_fields(request, obj) or not self.has_change_permission(request, obj):
            return sets
        words = "What holds is not rewritten. To change it, give its last day; then add another from the day after."
        return [(name, options | {"description": words}) for name, options in sets]

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        changed = form.has_changed() or any(formset.has_changed() for formset in formsets)
        if changed and "told" not in request.POST and (sentences := self.affected(form.instance, change)):
            raise Affects(form.instance, sentences)

    def affected(self, row, change):
        """What the change affects: sentences for a person."""
        if not (change or self.matters_when_added):
            return []
        said = [resting_on(row), *(say(row) for say in AFFECTED.get(row._meta.label_lower, ()))]
        return [sentence for sentence in said if sentence]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Affects as affects:
            return self._say_first(request, affects, adding=object_id is None)

    def _say_first(self, request, affects, *, adding):
        row = affects.row
        record(request, self.model, "change.ask", [row], subject=None if adding else row)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "record": row, "heading": "Before it is saved",
            "title": "Before it is saved", "caption": str(row), "button": "Save it", "sentences": affects.sentences,
            "carried": [(name, value) for name, values in request.POST.lists() for value in values
                        if name != "csrfmiddlewaretoken"],
            "cancel_url": request.path,
        }  # fmt: skip
        return TemplateResponse(request, "admin/affected.html", context)
