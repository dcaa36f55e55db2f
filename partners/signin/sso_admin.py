"""The agencies' own ways to sign in, in the back office."""

from django import forms
from django.contrib import admin

from partners.admin import WhenFilter
from partners.backoffice import RecordedAdmin

from .sso import Provider


class ProviderForm(forms.ModelForm):
    # of two names none leads to the same variable, so that no provider is sent the secret of another
    slug = forms.RegexField(
        r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=20, help_text=Provider._meta.get_field("slug").help_text,
        error_messages={"invalid": "Use lower-case letters and figures, with a hyphen between words."},
    )  # fmt: skip
    issuer = forms.URLField(assume_scheme="https", help_text=Provider._meta.get_field("issuer").help_text)

    def clean_domains(self):
        return [domain.strip().lower().removeprefix("@") for domain in self.cleaned_data["domains"]]


@admin.register(Provider)
class ProviderAdmin(RecordedAdmin):
    form = ProviderForm
    list_display = ["slug", "agency", "issuer", "is_only_way", "has_secret", "valid_from", "valid_to"]
    list_filter = [WhenFilter]
    list_select_related = ["agency"]
    search_fields = ["slug", "agency__name"]

    def get_readonly_fields(self, request, obj=None):
        """What its people are known by here stays as it is: a new one is another provider."""
        return ["agency", "slug", "issuer", "has_secret"] if obj else []

    @admin.display(boolean=True, description="secret is there")
    def has_secret(self, provider):
        return bool(provider.secret)
