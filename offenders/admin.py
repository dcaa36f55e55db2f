"""People in the back office: to look up, never to change; what is wrong is amended on their page."""

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.html import format_html

from partners.admin import RESTS_ON_IT
from partners.backoffice import RecordedAdmin, RecordedInline
from partners.leaving import STILL_THEIRS

from .backoffice import StepAdmin
from .emergency_forms import STEP_FORMS as REVIEWS
from .models import (
    Address,
    EmergencyAccess,
    Identifier,
    Involvement,
    LikelyPair,
    Marker,
    Merge,
    NamedUser,
    Offender,
    Restriction,
)
from .models.restriction import AT_LEAST
from .restriction_forms import STEP_FORMS as DECISIONS
from .search import matching, read


class Facts(RecordedInline):
    """Facts of a person."""

    read_only = True


class IdentifierInline(Facts):
    model = Identifier

    def get_queryset(self, request):
        return super().get_queryset(request).readable_by(request.user)


class AddressInline(Facts):
    model = Address


class MarkerInline(Facts):
    model = Marker
    fields = ["kind", "valid_from", "valid_to"]


@admin.register(Offender)
class OffenderAdmin(RecordedAdmin):
    read_only = True
    list_display = ["reference", "given_names", "family_name", "date_of_birth"]
    search_fields = ["search"]
    search_help_text = "Name, date of birth, reference, phone or identifier."
    inlines = [IdentifierInline, AddressInline, MarkerInline]
    exclude = ["search", "standing"]
    readonly_fields = ["reference", "amend", "account"]

    @admin.display(description="To amend")
    def amend(self, offender):
        return format_html('<a href="{}">Open their page</a>', offender.get_absolute_url())

    @admin.display(description="To tell them")
    def account(self, offender):
        return format_html('<a href="{}">What we tell the person</a>', reverse("offenders:account", args=[offender.pk]))

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        with transaction.atomic():
            return matching(queryset, read(search_term), request.user), False


class OfTwo(RecordedAdmin):
    """Rows of two people: what is to be decided of them is decided on their page."""

    read_only = True

    @admin.display(description="To decide")
    def page(self, row):
        return format_html('<a href="{}">Open its page</a>', row.get_absolute_url())


@admin.register(LikelyPair)
class LikelyPairAdmin(OfTwo):
    list_display = ["__str__", "one", "other", "score", "state", "found_at"]
    list_filter = ["state"]
    list_select_related = ["one", "other"]
    fields = ["one", "other", "score", "state", "found_at", "decided_by", "decided_at", "reason", "page"]
    readonly_fields = ["page"]


@admin.register(Merge)
class MergeAdmin(OfTwo):
    list_display = ["__str__", "kept", "at", "by", "reviewed_at", "undone_at"]
    list_select_related = ["kept", "gone", "by"]
    fields = ["kept", "gone", "by", "at", "reason", "reviewed_by", "reviewed_at", "undone_by", "undone_at",
              "undone_reason", "page"]  # fmt: skip
    readonly_fields = ["page"]


@admin.register(Restriction)
class RestrictionAdmin(StepAdmin):
    list_display = ["offender", "what", "status", "proposed_by", "proposed_at", "decided_by"]
    list_filter = ["status", "what"]
    list_select_related = ["offender", "proposed_by", "decided_by"]
    fields = [
        "offender", "what", "users", "reason", "status", "proposed_by", "proposed_at", "decided_by", "decided_at",
        "decision_reason",
    ]  # fmt: skip
    readonly_fields = ["proposed_at", "decided_by", "decided_at", "decision_reason"]
    step_forms = DECISIONS


@admin.register(EmergencyAccess)
class EmergencyAccessAdmin(StepAdmin):
    list_display = ["opened_at", "user", "unit", "person", "reason", "closes_at", "status", "outcome"]
    list_filter = ["status", "outcome"]
    list_select_related = ["offender", "user", "agency", "unit"]
    fields = [
        "person", "user", "agency", "unit", "reason", "opened_at", "closes_at", "status", "reviewed_by", "reviewed_at",
        "outcome", "note",
    ]  # fmt: skip
    readonly_fields = ["person", "opened_at", "closes_at", "reviewed_by", "reviewed_at", "outcome", "note"]
    step_forms = REVIEWS

    @admin.display(description="Person")
    def person(self, access):
        return access.offender.reference


def resting_on(agreement):
    """How much an administrator would close by ending this agreement; no more of the casework than that."""
    live = Involvement.objects.live() if agreement.holds() else Involvement.objects.none()
    people, agencies = live.resting_on(agreement).people_and_agencies()
    if not people:
        return "Nothing: ending it would close nobody's sight of anyone."
    return (
        f"{people} {'person is' if people == 1 else 'people are'} open to {agencies} "
        f"{'agency' if agencies == 1 else 'agencies'} under it alone. The day after it ends they no longer are."
    )


RESTS_ON_IT.append(resting_on)


def restricted_to(user):
    """The people whose restriction too few would be left to change, once this user is gone."""
    others = NamedUser.objects.on().filter(offender=OuterRef("offender"), user__is_active=True).exclude(user=user)
    left = others.order_by().values("offender").annotate(n=Count("pk")).values("n")
    theirs = NamedUser.objects.on().filter(user=user).annotate(left=Coalesce(Subquery(left), 0))
    count = theirs.filter(left__lt=AT_LEAST).count()
    return count and (
        "Restricted people",
        f"{count} open to them and fewer than {AT_LEAST} others. Before they go, a supervisor who is named proposes"
        " whom else to name: with too few left, nobody could change or end the restriction.",
    )


STILL_THEIRS.append(restricted_to)
