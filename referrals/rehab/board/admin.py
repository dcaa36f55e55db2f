"""Places out of use in the back office: by themselves, and on their unit's page."""

from django.contrib import admin

from partners.backoffice import RecordedAdmin, RecordedInline
from referrals.rehab.models import OutOfUse


class OutOfUseInline(RecordedInline):
    model = OutOfUse
    read_only = True


@admin.register(OutOfUse)
class OutOfUseAdmin(RecordedAdmin):
    list_display = ["unit", "places", "reason", "valid_from", "valid_to"]
    list_filter = ["unit", "reason"]
    list_select_related = ["unit"]
