"""The administrators' tables. Nothing is deleted, and what has held is not rewritten: it ends, and another begins."""

import datetime as dt
from functools import partial

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from . import access_review_admin  # noqa: F401
from .backoffice import RecordedAdmin, RecordedInline, ask
from .dated import on
from .dated_admin import AFFECTED, DatedAdmin
from .frame.forms import DateField, Form
from .leaving import close, still_theirs
from .models import Agency, Agreement, Area, Membership, Service, Setting, Unit, User
from .roles import Category
from .signin.second_step import has_second_step, take_away, tell
from .signin.sessions import Session
from .skills import Skill


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


class YesNoFilter(admin.BooleanFieldListFilter):
    """Of what a row is or is not, by the name of that alone: "By assumption"."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.title = self.title.removeprefix("is ")


class ColleagueFilter(admin.RelatedFieldListFilter):
    """Rows of one of the user's colleagues: whoever holds or held a role in their agency, without looking through the
    rows, which may be many, for who is among them."""

    def field_choices(self, field, request, model_admin):
        colleagues = Membership.objects.filter(agency=request.user.membership.agency_id).order_by().values("user")
        return field.get_choices(
            include_blank=False, ordering=User._meta.ordering, limit_choices_to={"pk__in": colleagues}
        )


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
class UnitAdmin(DatedAdmin):
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
class ServiceAdmin(DatedAdmin):
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
        given = ["user", "agency", "unit", "role", "valid_from"] if obj else []
        is_over = obj and obj.valid_to and obj.valid_to < timezone.localdate()  # another one begins it anew
        return [*given, "valid_to"] if is_over else given


class CloseForm(Form):
    reason = forms.CharField(
        label="Why is the account closed?", max_length=200, help_text="For example: left the force on 30 November."
    )


class SignOutForm(Form):
    reason = forms.CharField(label="Why?", max_length=200, help_text="For example: their phone was stolen.")


class SecondStepForm(Form):
    reason = forms.CharField(
        label="Why, and how do you know that it is them who ask?", max_length=200,
        help_text="For example: lost their phone; asked in person.",
    )  # fmt: skip


class UserForm(forms.ModelForm):
    skills = forms.MultipleChoiceField(
        choices=Skill, widget=forms.CheckboxSelectMultiple, required=False,
        help_text="Shown to whoever chooses whom to give a person to.",
    )  # fmt: skip

    def clean_email(self):
        return User.objects.address_of(self.cleaned_data["email"])


@admin.register(User)
class UserAdmin(RecordedAdmin):
    form = UserForm
    fields = ["email", "title", "given_names", "family_name", "collar_number", "skills", "is_active"]
    list_display = ["family_name", "given_names", "title", "email", "is_active", "last_login"]
    list_display_links = ["family_name", "given_names"]
    list_filter = [("is_active", YesNoFilter)]
    search_fields = ["family_name", "given_names", "email", "collar_number"]
    inlines = [MembershipInline]
    change_form_template = "admin/stepped.html"

    def get_readonly_fields(self, request, obj=None):
        """Who leaves is closed in one step, on a page that says what is theirs still."""
        return ["is_active"] if obj and obj.is_active else []

    def save_model(self, request, obj, form, change):
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            there = f"{settings.SITE_URL}{reverse('signin:forgotten')}"
            tell(obj, f"An account was made for you at Throughcare. Choose a password at {there}.", by=request.user)
        elif "email" in form.changed_data:  # where links for a new password go from now on
            what = "An administrator gave your account another e-mail address."
            tell(obj, what, by=request.user, to=form.initial["email"])

    def get_urls(self):
        page, sign_out, second_step = map(
            self.admin_site.admin_view, (self.close_view, self.sign_out_view, self.second_step_view)
        )
        return [
            path("<uuid:pk>/close/", page, name="partners_user_close"),
            path("<uuid:pk>/sign-out/", sign_out, name="partners_user_sign_out"),
            path("<uuid:pk>/second-step/", second_step, name="partners_user_second_step"),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and obj.is_active and obj != request.user:
            context["steps"] = [
                ("Sign out everywhere", reverse("admin:partners_user_sign_out", args=[obj.pk])),
                ("Close the account", reverse("admin:partners_user_close", args=[obj.pk])),
            ]
            if has_second_step(obj):
                there = reverse("admin:partners_user_second_step", args=[obj.pk])
                context["steps"].append(("Take away the second step", there))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def sign_out_view(self, request, pk):
        """Sign someone out wherever they are signed in: a phone was lost, or someone else uses it."""
        if not self.has_change_permission(request):
            raise PermissionDenied("You cannot sign others out.")
        user = get_object_or_404(self.get_queryset(request), pk=pk)
        there = [f"{one.device}, since {one.began_at:%-d %B %Y}" for one in Session.objects.of(user)]
        form = SignOutForm(request.POST if request.method == "POST" else None)
        return ask(
            request, form, partial(Session.objects.end, "user.sign_out", by=request.user, user=user), of=self, row=user,
            verb="sign_out", heading="Sign out everywhere", done="They are signed out everywhere.",
            back=reverse("admin:partners_user_change", args=[user.pk]),
            answers=[("Where they are signed in", "; ".join(there) or "Nowhere")],
            consequence="Their account stays open: with their password and second step they sign in again.",
        )  # fmt: skip

    def close_view(self, request, pk):
        """Close the account of someone who leaves, having read what is theirs still."""
        if not self.has_change_permission(request) or pk == request.user.pk:
            raise PermissionDenied("You cannot close this account. Ask another administrator.")
        user = get_object_or_404(self.get_queryset(request), pk=pk)
        roles = [f"{one}, since {one.valid_from:%-d %B %Y}" for one in user.memberships.not_over()]
        form = CloseForm(request.POST if request.method == "POST" else None)
        return ask(
            request, form, partial(close, user, by=request.user), of=self, row=user, verb="close",
            heading="Close the account", done="The account is closed.",
            back=reverse("admin:partners_user_change", args=[user.pk]),
            answers=[("Roles that end today", "; ".join(roles) or "None"), *still_theirs(user)],
            consequence="They are signed out at once and cannot sign in again. What they did stays theirs. To let them"
            " in again, tick “is active” on their page, and give them a role.",
        )  # fmt: skip

    def second_step_view(self, request, pk):
        """Take away the second step of someone who lost it, having made sure that it is them who ask."""
        if not self.has_change_permission(request) or pk == request.user.pk:
            raise PermissionDenied("You cannot take away this second step. Ask another administrator.")
        user = get_object_or_404(self.get_queryset(request), pk=pk)
        form = SecondStepForm(request.POST if request.method == "POST" else None)
        return ask(
            request, form, partial(take_away, user, by=request.user), of=self, row=user, verb="second_step",
            heading="Take away the second step", done="The second step is taken away.",
            back=reverse("admin:partners_user_change", args=[user.pk]),
            consequence="Their authenticator app, passkeys, recovery codes and password work no more, and they are"
            " signed out everywhere. They are told by e-mail how to choose a new password.",
        )  # fmt: skip


# What rests on an agreement, said by the apps above: functions of it that give a sentence.
RESTS_ON_IT = AFFECTED.setdefault("partners.agreement", [])


class AgreementForm(forms.ModelForm):
    categories = forms.MultipleChoiceField(
        choices=Category,
        widget=forms.CheckboxSelectMultiple,
        help_text="What may be shared under it. Identity and case always.",
    )


class RenewForm(Form):
    valid_to = DateField(label="Last day", required=False, help_text="Leave empty while it holds.")
    review_on = DateField(label="When is it reviewed next?", noun="the day of the next review")


@admin.register(Agreement)
class AgreementAdmin(DatedAdmin):
    form = AgreementForm
    list_display = ["name", "valid_from", "valid_to", "review_on"]
    list_filter = [WhenFilter, ReviewFilter]
    search_fields = ["name", "purpose"]
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    change_form_template = "admin/stepped.html"

    def get_readonly_fields(self, request, obj=None):
        return ["rests_on_it"] if obj else []

    @admin.display(description="What rests on it today")
    def rests_on_it(self, agreement):
        return " ".join(say(agreement) for say in RESTS_ON_IT)

    def get_urls(self):
        page = self.admin_site.admin_view(self.renew_view)
        return [path("<uuid:pk>/renew/", page, name="partners_agreement_renew"), *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and obj.holds() and self.has_change_permission(request):
            context["steps"] = [("Reviewed: renew it", reverse("admin:partners_agreement_renew", args=[obj.pk]))]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def renew_view(self, request, pk):
        """It was reviewed, and goes on: until when, and when it is reviewed next."""
        if not self.has_change_permission(request):
            raise PermissionDenied("You may not renew an agreement.")
        agreement = get_object_or_404(self.get_queryset(request), pk=pk)
        form = RenewForm(request.POST if request.method == "POST" else None, initial={"valid_to": agreement.valid_to})
        return ask(
            request, form, partial(agreement.renew, by=request.user), of=self, row=agreement, verb="renew",
            heading="Renew the agreement", done="The agreement is renewed.",
            back=reverse("admin:partners_agreement_change", args=[pk]),
            answers=[("Last day now", agreement.valid_to or "None"), ("Review by", agreement.review_on),
                     ("What rests on it", self.rests_on_it(agreement))],
        )  # fmt: skip


def what_holds(row):
    """What the figures of a setting take the place of; and whether a day is left without any."""
    others, day = Setting.objects.filter(key=row.key).exclude(pk=row.pk), dt.timedelta(days=1)
    said = [f"From {row.valid_from:%-d %B %Y} it is {row.figures}."]
    if before := others.on(row.valid_from - day).first():
        said.append(f"Until then it is {before.figures}. What was worked out by then keeps the figures of its day.")
    if row.valid_to and not others.on(row.valid_to + day).exists():
        said.append(f"After {row.valid_to:%-d %B %Y} nothing holds, and what rests on it will not work.")
    return " ".join(said)


AFFECTED["partners.setting"] = [what_holds]


@admin.register(Setting)
class SettingAdmin(DatedAdmin):
    fixed = ["key", "values"]
    matters_when_added = True
    list_display = ["key", "figures", "valid_from", "valid_to", "is_assumption"]
    list_filter = [WhenFilter, "key", ("is_assumption", YesNoFilter)]
    search_fields = ["source"]
