"""The administrators' tables. Nothing is deleted, and what has held is not rewritten: it ends, and another begins."""

import datetime as dt

from django import forms
from django.contrib import admin
from django.db import models
from django.utils import timezone

from .backoffice import RecordedAdmin, RecordedInline
from .dated import on
from .models import Agency, Agreement, Area, Membership, Service, Setting, Unit, User
from .roles import Category


class WhenFilter(admin.SimpleListFilter):
    """Rows that hold today, begin later, end within 30 days, or have ended."""

    title = "when"
    parameter_name = "when"

    def lookups(self, request, model_admin):
        return [
            ("now", "Holds today"),
            ("ending", "Ends within 30 days"),
            ("later", "Begins later"),
            ("ended", "Ended"),
        ]

    def queryset(self, request, rows):
        today = timezone.localdate()
        return {
            "now": rows.filter(on(today)),
            "ending": rows.filter(on(today), valid_to__lte=today + dt.timedelta(days=30)),
            "later": rows.filter(valid_from__gt=today),
            "ended": rows.filter(valid_to__lt=today),
        }.get(self.value(), rows)


class ReviewFilter(admin.SimpleListFilter):
    title = "review"
    parameter_name = "review"

    def lookups(self, request, model_admin):
        return [("due", "Due within 60 days, or overdue")]

    def queryset(self, request, rows):
        last = timezone.localdate() + dt.timedelta(days=60)
        return rows.filter(on(), review_on__lte=last) if self.value() == "due" else rows


@admin.register(Area)
class AreaAdmin(RecordedAdmin):
    list_display = ["name", "code", "in_force_area"]
    search_fields = ["name", "code"]


@admin.register(Agency)
class AgencyAdmin(RecordedAdmin):
    list_display = ["name", "short_name", "kind"]
    list_filter = ["kind"]
    search_fields = ["name", "short_name"]


@admin.register(Unit)
class UnitAdmin(RecordedAdmin):
    list_display = ["name", "agency", "kind", "valid_from", "valid_to"]
    list_filter = [WhenFilter, "kind", "agency"]
    list_select_related = ["agency"]
    search_fields = ["name"]


class UnitChoice(forms.ModelChoiceField):
    """Units with what tells two of one name apart."""

    def __init__(self, queryset, **kwargs):
        super().__init__(queryset.select_related("agency").order_by("agency__name", "name", "valid_from"), **kwargs)

    def label_from_instance(self, unit):
        ended = "" if unit.holds() else ", ended"
        return f"{unit.agency}: {unit}, {unit.get_kind_display().lower()}{ended}"


class OfOneAgencyForm(forms.ModelForm):
    """A row of an agency and, if given, of a unit, which must be one of that agency's."""

    class Meta:
        field_classes = {"unit": UnitChoice}

    def clean(self):
        answers = super().clean()
        unit, agency = answers.get("unit"), answers.get("agency")
        if unit and agency and unit.agency_id != agency.pk:
            self.add_error("unit", f"{unit} is not a unit of {agency}. Select one that is, or none.")
        return answers


@admin.register(Service)
class ServiceAdmin(RecordedAdmin):
    form = OfOneAgencyForm
    list_display = ["pathway", "agency", "unit", "places", "valid_from", "valid_to"]
    list_filter = [WhenFilter, "pathway"]
    list_select_related = ["agency", "unit"]
    search_fields = ["pathway", "agency__name"]
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}


class MembershipForm(OfOneAgencyForm):
    """A membership, given by somebody else than its holder."""

    by = None  # the administrator; set by the admin

    def clean(self):
        answers = super().clean()
        holder = answers.get("user") or getattr(self.instance, "user", None)
        if self.has_changed() and self.by is not None and holder == self.by:
            raise forms.ValidationError(
                "You cannot give yourself a role or change one you hold. Ask another administrator."
            )
        return answers


class MembershipInline(RecordedInline):
    """The roles someone holds. New ones are added here; to end one, open it."""

    model = Membership
    form = MembershipForm

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("agency", "unit")

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.by = request.user
        return formset

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Membership)
class MembershipAdmin(RecordedAdmin):
    form = MembershipForm
    list_display = ["user", "role", "agency", "unit", "valid_from", "valid_to"]
    list_filter = [WhenFilter, "role"]
    list_select_related = ["user", "agency", "unit"]
    search_fields = ["user__family_name", "user__given_names", "user__email"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.by = request.user
        return form

    def get_readonly_fields(self, request, obj=None):
        """Once given, a membership only ends: what someone did as whom must stay true."""
        return ["user", "agency", "unit", "role", "valid_from"] if obj else []


class UserForm(forms.ModelForm):
    def clean_email(self):
        return self.cleaned_data["email"].strip().lower()


@admin.register(User)
class UserAdmin(RecordedAdmin):
    form = UserForm
    fields = ["email", "title", "given_names", "family_name", "collar_number", "is_active"]
    list_display = ["family_name", "given_names", "title", "email", "is_active", "last_login"]
    list_display_links = ["family_name", "given_names"]
    list_filter = ["is_active"]
    search_fields = ["family_name", "given_names", "email", "collar_number"]
    inlines = [MembershipInline]

    def save_model(self, request, obj, form, change):
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


# What rests on an agreement, said by the apps above: functions of it that give a sentence.
RESTS_ON_IT = []


class AgreementForm(forms.ModelForm):
    categories = forms.MultipleChoiceField(
        choices=Category,
        widget=forms.CheckboxSelectMultiple,
        help_text="What may be shared under it. Identity and case always.",
    )


@admin.register(Agreement)
class AgreementAdmin(RecordedAdmin):
    form = AgreementForm
    list_display = ["name", "valid_from", "valid_to", "review_on"]
    list_filter = [WhenFilter, ReviewFilter]
    search_fields = ["name", "purpose"]
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}

    def get_readonly_fields(self, request, obj=None):
        return ["rests_on_it"] if obj else []

    @admin.display(description="What rests on it today")
    def rests_on_it(self, agreement):
        return " ".join(say(agreement) for say in RESTS_ON_IT)


@admin.register(Setting)
class SettingAdmin(RecordedAdmin):
    list_display = ["key", "figures", "valid_from", "valid_to", "is_assumption"]
    list_filter = [WhenFilter, "key", "is_assumption"]
    search_fields = ["source"]

    @admin.display(description="figures")
    def figures(self, row):
        return ", ".join(f"{value.normalize():f}" for value in row.values)

    def get_readonly_fields(self, request, obj=None):
        """A figure that has begun to hold was reported with: it ends, and another row begins."""
        begun = obj and obj.valid_from <= timezone.localdate()
        return ["key", "values", "valid_from"] if begun else []
