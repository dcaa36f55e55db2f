"""Webhooks and their deliveries in the back office, where administrators look after them."""

from functools import partial

from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst

from partners.backoffice import RecordedAdmin, ask
from partners.frame.forms import Form

from .changes import KINDS
from .hook_forms import PauseForm, RenewForm
from .hooks import Delivery, Hook


class HookForm(forms.ModelForm):
    kinds = forms.MultipleChoiceField(
        choices=[(kind, capfirst(apps.get_model(label)._meta.verbose_name)) for label, kind in KINDS.items()],
        widget=forms.CheckboxSelectMultiple, help_text="What it is told of. Of these, what its system may read.",
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "system" in self.fields:
            self.fields["system"].queryset = self.fields["system"].queryset.open().with_names()


# what may be done with a hook that stands so: {verb: (where it stands, button, form, what it says when it is done)}
STEPS = {
    "pause": (("Live",), "Pause", PauseForm, "The webhook is paused."),
    "resume": (("Paused",), "Resume", Form, "The webhook runs again."),
    "replay": (("Live", "Paused"), "Send again what did not arrive", Form, "What did not arrive waits to be sent."),
    "renew": (("Live", "Paused"), "Renew the secret", RenewForm, ""),
    "end": (("Live", "Paused"), "End", Form, "The webhook is ended."),
}
CONSEQUENCES = {
    "pause": "Nothing is sent until it is resumed. What changes meanwhile is told then.",
    "resume": "What waits is sent first, in its order.",
    "replay": "Each is sent as the row is then, as far as the system may still read it.",
    "renew": "The new secret is shown once.",
    "end": "Nothing more is sent, nor what waits. This cannot be undone; another webhook can be made.",
}


@admin.register(Hook)
class HookAdmin(RecordedAdmin):
    form = HookForm
    list_display = ["system", "host", "stands", "paused_why", "made_at"]
    list_display_links = ["system", "host"]
    list_filter = [("paused_at", admin.EmptyFieldListFilter), ("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["system__agency"]
    change_form_template = "admin/stepped.html"

    def get_fields(self, request, obj=None):
        asked = ["system", "url", "kinds", "sends_rows"]
        return [*asked, "stands", "paused_why", "made_at", "made_by"] if obj else asked

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj) if obj else []

    @admin.display(description="At", ordering="url")
    def host(self, hook):
        return hook.host

    def save_model(self, request, obj, form, change):
        if not change:  # of one that there is nothing changes but by its steps
            obj.begin(by=request.user)

    def save_related(self, request, form, formsets, change):
        """`begin` records what it does."""

    def response_add(self, request, obj, post_url_continue=None):
        return self._tell(request, obj)

    # its pages

    def get_urls(self):
        return [
            path(f"<uuid:pk>/{verb}/", self.admin_site.admin_view(self.take), {"verb": verb}, f"systems_hook_{verb}")
            for verb in STEPS
        ] + super().get_urls()

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context |= dict.fromkeys(["show_save", "show_save_and_continue", "show_save_and_add_another"], False)
            context["doors"] = [
                ("Deliveries", f"{reverse('admin:systems_delivery_changelist')}?hook__id__exact={obj.pk}")
            ]
            if self.has_change_permission(request):
                context["steps"] = [
                    (button, reverse(f"admin:systems_hook_{verb}", args=[obj.pk]))
                    for verb, (stands, button, *_) in STEPS.items()
                    if obj.stands in stands
                ]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def take(self, request, pk, verb):
        """Asks about a step, and takes it."""
        if not self.has_change_permission(request):
            raise PermissionDenied("Webhooks are looked after by administrators.")
        hook = get_object_or_404(self.get_queryset(request).with_names(), pk=pk)
        _, heading, kind, done = STEPS[verb]
        form = kind(request.POST if request.method == "POST" else None)
        if verb == "renew" and form.is_valid():
            hook.renew(by=request.user, **form.cleaned_data)
            return self._tell(request, hook)
        return ask(
            request, form, partial(getattr(hook, verb), by=request.user), of=self, row=hook, verb=verb,
            heading=heading, done=done, back=hook.get_absolute_url(), consequence=CONSEQUENCES[verb],
            answers=[("Webhook", hook), ("Address", hook.url), ("Stands", hook.stands)],
        )  # fmt: skip

    def _tell(self, request, hook):
        """The secret, this once: no receipt and no record keeps the answer."""
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "record": hook, "title": "The secret",
            "heading": "The secret", "cancel_url": hook.get_absolute_url(),
        }  # fmt: skip
        return TemplateResponse(request, "admin/hook_secret.html", context)


@admin.register(Delivery)
class DeliveryAdmin(RecordedAdmin):
    read_only = True
    list_display = ["what", "hook", "made_at", "stands", "answer", "attempts", "problem"]
    list_filter = ["status", "hook"]
    list_select_related = ["hook__system__agency"]
    ordering = ["-event_id", "-id"]
    fields = readonly_fields = [
        "hook", "what", "kind", "row", "made_at", "stands", "attempts", "tried_at", "answer", "problem",
    ]  # fmt: skip
    change_form_template = "admin/stepped.html"

    @admin.display(description="Stands", ordering="status")
    def stands(self, delivery):
        return delivery.get_status_display()

    def get_urls(self):
        replay = self.admin_site.admin_view(self.replay_view)
        return [path("<uuid:pk>/replay/", replay, name="systems_delivery_replay"), *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if request.user.has_perm("systems.change_hook") and obj.may_be_replayed:
            context["steps"] = [("Send it again", reverse("admin:systems_delivery_replay", args=[obj.pk]))]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def replay_view(self, request, pk):
        if not request.user.has_perm("systems.change_hook"):
            raise PermissionDenied("Webhooks are looked after by administrators.")
        delivery = get_object_or_404(self.get_queryset(request).with_names(), pk=pk)
        these = Delivery.objects.filter(pk=pk)
        return ask(
            request, Form(request.POST if request.method == "POST" else None),
            lambda: delivery.hook.replay(by=request.user, deliveries=these), of=self, row=delivery, verb="replay",
            heading="Send it again", done="It waits to be sent.", consequence=CONSEQUENCES["replay"],
            back=reverse("admin:systems_delivery_change", args=[pk]),
            answers=[("What", delivery.what), ("To", delivery.hook), ("Stands", delivery.get_status_display())],
        )  # fmt: skip
