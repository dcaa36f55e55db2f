"""Documents in the back office: what there is, and how it stands; the file is on its page."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from offenders.backoffice import StepAdmin

from .forms import STEP_FORMS
from .models import Document


@admin.register(Document)
class DocumentAdmin(StepAdmin):
    list_display = ["title", "offender", "kind", "status", "category", "agency", "by", "recorded_at"]
    list_filter = ["status", "kind"]
    list_select_related = ["offender", "agency", "by"]
    fields = [
        "offender", "kind", "title", "category", "happened_at", "by", "agency", "unit", "recorded_at", "content_type",
        "size", "sha256", "status", "found", "removed_by", "removed_at", "removed_why", "page",
    ]  # fmt: skip
    readonly_fields = ["recorded_at", "removed_by", "removed_at", "removed_why", "page"]
    step_forms = STEP_FORMS

    @admin.display(description="To read or amend")
    def page(self, document):
        address = reverse("documents:document", args=[document.pk])
        return format_html('<a href="{}">Open its page</a>', address)
