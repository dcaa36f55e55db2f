"""Partner systems and their tokens in the back office, where administrators look after them."""

from functools import partial

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.timezone import localtime

from partners.admin import OfOneAgencyForm, UnitChoice, YesNoFilter
from partners.backoffice import RecordedAdmin, RecordedInline, ask, sentence_of
from partners.leaving import close
from partners.models import Unit
from partners.roles import ROLES

from .forms import CloseForm, RevokeForm, TokenForm
from .models import ROLES_OF_SYSTEMS, System, Token


class RegisterForm(OfOneAgencyForm):
    """A system, and what it acts as."""

    role = forms.ChoiceField(
        choices=[("", "---------"), *ROLES_OF_SYSTEMS],
        help_text="It sees and does what this role does, no more. Roles that open the back office are for people.",
    )
    unit = UnitChoice(Unit.objects.all(), required=False, help_text="Where the role is of one unit of the agency.")


class TokenInline(RecordedInline):
    """The tokens there are and were; of each how it begins, never the secret."""

    model = Token
    read_only = True
    show_change_link = False
    fields = readonly_fields = [
        "prefix", "scope", "stands", "made_at", "made_by", "expires_at", "last_used_at", "revoked_at", "revoked_by",
    ]  # fmt: skip

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("systems.view_system")


@admin.register(System)
class SystemAdmin(RecordedAdmin):
    list_display = ["name", "agency", "acts_as", "tokens_that_hold", "last_used", "open"]
    list_filter = ["agency", ("user__is_active", YesNoFilter)]
    list_select_related = ["agency", "user"]
    search_fields = ["name", "agency__name", "agency__short_name"]
    inlines = [TokenInline]
    change_form_template = "admin/stepped.html"

    def get_queryset(self, request):
        return super().get_queryset(request).with_use()

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **({} if obj else {"form": RegisterForm}), **kwargs)

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["agency", "name", "contact", "role", "unit"]
        return ["name", "agency", "contact", "acts_as", "open", "registered_at", "registered_by"]

    def get_readonly_fields(self, request, obj=None):
        return [name for name in self.get_fields(request, obj) if name != "contact"] if obj else []

    def get_inlines(self, request, obj):
        return self.inlines if obj else []

    @admin.display(description="Acts as")
    def acts_as(self, system):
        return ROLES[system.role].label if system.role else "No role today"

    @admin.display(description="Tokens that hold", ordering="live")
    def tokens_that_hold(self, system):
        return system.live

    @admin.display(description="Last used", ordering="used_at")
    def last_used(self, system):
        return system.used_at

    @admin.display(description="Open", boolean=True)
    def open(self, system):
        return system.is_open

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.register(by=request.user, role=form.cleaned_data["role"], unit=form.cleaned_data["unit"])

    def save_related(self, request, form, formsets, change):
        """`register` records what it does."""
        if change:
            super().save_related(request, form, formsets, change)

    # its pages

    def get_urls(self):
        pages = {
            "<uuid:pk>/token/": ("token", self.token_view),
            "<uuid:pk>/revoke/<uuid:token>/": ("revoke", self.revoke_view),
            "<uuid:pk>/close/": ("close", self.close_view),
        }
        return [
            path(route, self.admin_site.admin_view(page), name=f"systems_system_{name}")
            for route, (name, page) in pages.items()
        ] + super().get_urls()

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and obj.is_open and self.has_change_permission(request):
            live = obj.tokens.live()
            context["steps"] = [
                *([("Make a token", self._address("token", obj))] if len(live) < 2 else []),
                *((f"Revoke {token}", self._address("revoke", obj, token.pk)) for token in live),
                ("Close the system", self._address("close", obj)),
            ]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _address(self, name, system, *more):
        return reverse(f"admin:systems_system_{name}", args=[system.pk, *more])

    def _system(self, request, pk):
        if not self.has_change_permission(request):
            raise PermissionDenied("Partner systems are looked after by administrators.")
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def _ask(self, request, form, write, system, verb, heading, **context):
        """`ask`, of a system; it leads back to the system's page."""
        back = self._address("change", system)
        return ask(request, form, write, of=self, row=system, verb=verb, heading=heading, back=back, **context)

    def token_view(self, request, pk):
        """Make a token, and tell its secret this once: no receipt and no record keeps the answer."""
        system = self._system(request, pk)
        form = TokenForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                with transaction.atomic():
                    token, secret = Token.make(system, by=request.user, scope=form.cleaned_data["scope"])
            except ValidationError as error:
                form.add_error(None, error)
            except IntegrityError as error:
                form.add_error(None, sentence_of(error))
            else:
                context = {
                    **self.admin_site.each_context(request), "opts": self.opts, "record": system, "secret": secret,
                    "token": token, "title": "The token", "heading": "The token",
                    "cancel_url": self._address("change", system),
                }  # fmt: skip
                return TemplateResponse(request, "admin/token.html", context)
        return self._ask(
            request, form, None, system, "token", "Make a token", done="",
            answers=[("System", system), ("Acts as", self.acts_as(system)), ("Contact", system.contact)],
            consequence="It is shown once. Whoever has it calls the API as this system until it ends or is revoked.",
        )  # fmt: skip

    def revoke_view(self, request, pk, token):
        system = self._system(request, pk)
        tokens = system.tokens.filter(pk=token)
        token = get_object_or_404(tokens)

        def revoke(reason):
            if not tokens.revoke(by=request.user, reason=reason):
                raise ValidationError("This token was revoked already.", code="revoked")

        used = f"{localtime(token.last_used_at):%-d %B %Y, %H:%M}" if token.last_used_at else "Never"
        return self._ask(
            request, RevokeForm(request.POST if request.method == "POST" else None), revoke, system, "revoke",
            "Revoke the token", done="The token is revoked.",
            answers=[("Token", token), ("May", token.get_scope_display().lower()), ("Last used", used)],
            consequence="The next call with it is refused. This cannot be undone; another token can be made.",
        )  # fmt: skip

    def close_view(self, request, pk):
        system = self._system(request, pk)
        return self._ask(
            request, CloseForm(request.POST if request.method == "POST" else None),
            partial(close, system.user, by=request.user), system, "close", "Close the system",
            done="The system is closed.", answers=[("System", system), ("Tokens that hold", system.live)],
            consequence="Its tokens are revoked and its role ends. What it did stays in the record under its name.",
        )  # fmt: skip
