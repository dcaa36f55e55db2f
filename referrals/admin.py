from django.contrib import admin

from offenders.backoffice import StepAdmin

from .forms import STEP_FORMS
from .models import Referral


@admin.register(Referral)
class ReferralAdmin(StepAdmin):
    """Referrals to read; what they say and where they stand changes by their steps alone."""

    step_forms = STEP_FORMS
    exclude = ["summary"]  # it may be another agency's: read on the referral's own page, by those who may
    list_display = ["reference", "offender", "pathway", "status", "from_unit", "to_unit", "worker", "referred_on"]
    list_filter = ["status", "pathway", "source", "to_agency"]
    list_select_related = ["offender", "from_unit", "to_unit", "worker"]
    search_fields = ["reference", "offender__reference"]
    search_help_text = "A reference: of the referral or of the person."
    ordering = ["-referred_on", "-id"]
