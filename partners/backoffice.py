"""The back office: the stock admin, scoped, recorded, deleting nothing; a status moves by its steps alone."""

import json
from functools import update_wrapper

from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.text import capfirst

from .audit.models import Event
from .frame.forms import LOST_RACE
from .frame.paging import COUNTED, capped_count, first_which
from .frame.templatetags.frame import moment
from .frame.unsaid import address_of, said

# of the stock admin's addresses: passwords are not its affair, the way to "view on site" tells which ids exist, and
# the box that completes itself has no name for a screen reader: plain choices do
NOT_OURS = {"password_change", "password_change_done", "view_on_site", "autocomplete"}
# how the filters beside a list ask; anything further would follow a relation to fields and rows that are not shown
FILTERED_BY = {"exact", "isnull", "isempty", "id__exact", "gte", "lt"}
CHANGES = 20  # so many of a row's changes stand on its page, the latest


def visible(rows, user):
    """Of these rows, those that the user may know of; a table without `visible_to` concerns no person."""
    return rows.visible_to(user) if hasattr(rows, "visible_to") else rows


def record(request, model, verb, rows, **detail):
    """Record that the back office showed these rows."""
    verb = f"{model._meta.model_name}.{verb}"
    if hasattr(model, "offender_id"):
        Event.objects.shown(verb, rows, by=request.user, backoffice=True, **detail)
    else:
        Event.objects.record(
            Event.Kind.ADMINISTRATION, verb, by=request.user, rows=len(rows), backoffice=True, **detail
        )


def changes_of(row):
    """Who changed what of a row and when, the latest first: [(event, [(field, was, is)])]. Not about a person."""
    if hasattr(row, "offender_id"):
        return []
    events = Event.objects.about(row).filter(kind=Event.Kind.ADMINISTRATION, after__isnull=False).with_names()
    return [(event, [_difference(row, event, name) for name in event.after]) for event in events[:CHANGES]]


def _difference(row, event, name):
    """(what, was, is) of a field in an event of the record; of rows of other tables the ids are not said."""
    fields = {field.name: field for field in row._meta.get_fields()}
    field = fields.get(name)
    label = getattr(field, "verbose_name", name)
    if field is None or field.is_relation:
        return label, None, None
    choices = dict(getattr(getattr(field, "base_field", field), "flatchoices", ()))

    def said(values):
        value = (values or {}).get(name)
        if isinstance(value, list):
            return ", ".join(str(choices.get(one, one)) for one in value)
        return choices.get(value, value)

    return label, said(event.before), said(event.after)


def sentence_of(error, model=None):
    """What a refusal of the database says to a person: a trigger's hint, or the sentence of a constraint."""
    diag = getattr(error.__cause__, "diag", None)
    for constraint in model._meta.constraints if model and diag else ():
        if constraint.name == diag.constraint_name:
            return constraint.get_violation_error_message()
    return getattr(diag, "message_hint", None) or LOST_RACE


def ask(request, form, write, *, of, row, verb, heading, done, back, template="admin/step.html", **context):
    """A page of the back office that asks about one row, and does it: calls `write` with the answers, says `done`.

    `of` is the admin of its table. What cannot be done is said with the form.
    """
    if form.is_valid():
        try:
            with transaction.atomic():
                write(**form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except IntegrityError as error:
            form.add_error(None, sentence_of(error, of.model))
        else:
            messages.success(request, done)
            return redirect(back)
    record(request, of.model, f"{verb}.ask", [row], subject=row)
    context = {
        **of.admin_site.each_context(request), "opts": of.opts, "record": row, "title": heading, "heading": heading,
        "caption": str(row), "button": heading, "form": form, "cancel_url": back, **context,
    }  # fmt: skip
    return TemplateResponse(request, template, context, status=422 if form.errors else 200)


class BackOffice(admin.AdminSite):
    """The admin, for supervisors and administrators. It has no door of its own: one signs in, and out, where all do."""

    site_header = site_title = "Throughcare back office"
    index_title = "Back office"
    enable_nav_sidebar = False

    def register(self, model_or_iterable, admin_class=None, **options):
        """Only what records comes in: the groups' stock admin, which Django would add, does not."""
        if admin_class and issubclass(admin_class, RecordedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view, cacheable=False):
        inner = super().admin_view(view, cacheable)

        def for_staff(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied("The back office is for supervisors and administrators.")
            return inner(request, *args, **kwargs)

        return update_wrapper(for_staff, view)

    def get_urls(self):
        return [url for url in super().get_urls() if getattr(url, "name", None) not in NOT_OURS]

    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("sign_in"))

    def logout(self, request, extra_context=None):
        from .views import SignOut

        return SignOut.as_view()(request)


class Scoped:
    """What the admin of a table and its inlines share: rows and choices that the user may know of, and no deletes.

    `read_only` ones add and change nothing either.
    """

    read_only = False

    def get_queryset(self, request):
        return visible(super().get_queryset(request), request.user)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs.setdefault("queryset", visible(db_field.remote_field.model._default_manager.all(), request.user))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs.setdefault("queryset", visible(db_field.remote_field.model._default_manager.all(), request.user))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_add_permission(self, request, *obj):
        return not self.read_only and super().has_add_permission(request, *obj)

    def has_change_permission(self, request, obj=None):
        return not self.read_only and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return False


class RecordedInline(Scoped, admin.TabularInline):
    """Rows of another table on a page of the back office."""

    template = "admin/inline.html"
    extra = 0
    can_delete = False
    show_change_link = True
    view_on_site = False

    def get_queryset(self, request):
        """Each with the rows that it names, fetched with it."""
        names = [field.name for field in self.opts.concrete_fields if field.is_relation]
        return super().get_queryset(request).select_related(*names)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Each control with a name of its own: the head of its column names it for those who see the table alone."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and field.label:
            field.widget.attrs.setdefault("aria-label", capfirst(field.label))
        return field


class TellsBoth:
    """A form of the back office: what someone else changed since it was opened is told, not overwritten.

    The page carries what it showed, in `seen`. Whoever is told sees their own answers still, and what stands there
    now; they put right which they want, and save again.
    """

    @property
    def stands(self):
        """What stands in the row now, as text: {field: value}."""
        return {name: _as_text(self.initial.get(name)) for name in self.fields}

    def clean(self):
        answers, stands = super().clean(), self.stands
        try:
            seen = dict(json.loads(self.data.get("seen", "")))
        except (ValueError, TypeError):
            seen = {}
        for name in [name for name, value in stands.items() if value != seen.get(name)]:
            if name not in self.cleaned_data or _as_text(self.cleaned_data[name]) != stands[name]:
                self.add_error(name, self._changed(name))
        return answers

    def _changed(self, name):
        last = Event.objects.about(self.instance).filter(after__has_key=name).with_names().order_by("-id").first()
        who = f"{last.by} changed this on {moment(last.at)}" if last else "This was changed"
        now = _in_words(self.instance, name)
        return f"{who}, after you opened the page: it is {now} now. Put in what is right, then save again."


class CappedPaginator(Paginator):
    """Pages of a list that may have a million rows: it counts, and one pages, no further than any list does."""

    @cached_property
    def count(self):
        return capped_count(self.object_list)


class RowsFirst(ChangeList):
    """A list that is asked first which rows it shows, and of those alone what it shows of them."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = first_which(self.queryset, self.result_list)


class RecordedAdmin(Scoped, admin.ModelAdmin):
    """The admin of a table: starts from `visible_to` where rows concern people, and records each read and change.

    Nothing is deleted here. Rows that are not about a person (agencies, users) are administration,
    and their record says what was there before and after.
    """

    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    view_on_site = False

    def get_urls(self):
        # the stock history names no reads and no roles: the record does
        return [url for url in super().get_urls() if not (url.name or "").endswith(("_history", "_delete"))]

    def lookup_allowed(self, lookup, value, request):
        """Only what the filters shown ask: any other would let one ask, row by row, of fields that are not."""
        filters = [one[0] if isinstance(one, tuple) else one for one in self.get_list_filter(request)]
        names = [one if isinstance(one, str) else one.parameter_name for one in filters]
        return any(lookup == name or lookup.removeprefix(f"{name}__") in FILTERED_BY for name in names)

    # reads

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, said(request, search_term))

    def get_changelist(self, request, **kwargs):
        return RowsFirst

    def changelist_view(self, request, extra_context=None):
        if "unsaid" in request.POST:
            return redirect(address_of(request, [SEARCH_VAR]))
        response = super().changelist_view(request, extra_context)
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        if changelist is not None:
            changelist.query = said(request, changelist.query)
            if changelist.result_count > COUNTED:  # then nobody knows how many: the line beneath the list says so
                changelist.counted, changelist.full_result_count = f"{COUNTED:,}", changelist.result_count
            record(request, self.model, "list", list(changelist.result_list), filters=sorted(request.GET))
        return response

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            record(request, self.model, "view", [obj], subject=obj)
            context["seen"] = json.dumps(getattr(context["adminform"].form, "stands", None))
            context["changes"] = changes_of(obj) if self.has_change_permission(request, obj) else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    # changes

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form)(form.__name__, (TellsBoth, form), {}) if change else form

    def get_object(self, request, object_id, from_field=None):
        """The row; where it is about to be changed, nobody else's to change until that is done."""
        row = super().get_object(request, object_id, from_field)
        if row is None or request.method != "POST":
            return row
        self.model._base_manager.select_for_update(no_key=True).get(pk=row.pk)
        return super().get_object(request, object_id, from_field)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        except IntegrityError as error:
            messages.error(request, sentence_of(error, self.model))
        return redirect(request.get_full_path())

    def save_related(self, request, form, formsets, change):
        changed = [(form, change)] if form.has_changed() or not change else []
        for (
            formset
        ) in formsets:  # asked before they are saved: after it, those that may not be changed say they were not
            changed += [(one, one not in formset.extra_forms) for one in formset.forms if one.has_changed()]
        super().save_related(request, form, formsets, change)
        for one, was_there in changed:
            self._record_change(request, one, "change" if was_there else "add")

    def _record_change(self, request, form, verb):
        row, fields = form.instance, form.changed_data
        verb = f"{row._meta.model_name}.{verb}"
        if hasattr(row, "offender_id"):
            kind = Event.Kind.ALTERATION if verb.endswith("change") else Event.Kind.COLLECTION
            ids = [row.offender_id]
            Event.objects.record(kind, verb, by=request.user, subject=row, offenders=ids, fields=fields)
            return
        before = {name: _as_text(form.initial.get(name)) for name in fields} if verb.endswith("change") else None
        after = {name: _as_text(form.cleaned_data.get(name)) for name in fields}
        Event.objects.record(Event.Kind.ADMINISTRATION, verb, by=request.user, subject=row, before=before, after=after)

    def log_addition(self, request, obj, message):
        """Left to the record."""

    def log_change(self, request, obj, message):
        """Left to the record."""


def _in_words(row, name):
    """A field's value for a person."""
    value = getattr(row, f"get_{name}_display", lambda: getattr(row, name))()
    if hasattr(value, "all"):
        value = value.all()
    if hasattr(value, "__iter__") and not isinstance(value, str):
        value = ", ".join(str(one) for one in value)
    words = {True: "yes", False: "no"} if isinstance(value, bool) else {None: "empty", "": "empty"}
    return words.get(value) or f"“{value}”"


def _as_text(value):
    """A field's value as the record keeps it: rows by their ids."""
    if value is None or isinstance(value, bool):
        return value
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return [_as_text(one) for one in value]
    return str(getattr(value, "pk", value))
