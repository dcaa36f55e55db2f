"""Throughcare plans and what is to be done under them in the back office: read, and moved by their steps."""

from django.contrib import admin

from offenders.backoffice import StepAdmin
from partners.backoffice import RecordedInline
from partners.leaving import STILL_THEIRS
from referrals.rehab.models import Action, ActionLink, Plan, PlanDomain

from .forms import ACTION_FORMS, PLAN_FORMS


class DomainInline(RecordedInline):
    model = PlanDomain
    read_only = True
    fields = ["domain", "status", "lead_agency", "lead_partner"]  # the words may be health: read on the plan's own page
    readonly_fields = ["status"]

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("rehab.view_plan")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("lead_agency")


@admin.register(Plan)
class PlanAdmin(StepAdmin):
    step_forms = PLAN_FORMS
    exclude = ["goal"]
    list_display = ["offender", "case", "status", "begun_on", "empty"]
    list_filter = ["status"]
    list_select_related = ["case__offender", "case__referral"]
    inlines = [DomainInline]

    def get_queryset(self, request):
        return super().get_queryset(request).with_gaps()

    @admin.display(description="Person")
    def offender(self, plan):
        return plan.offender

    @admin.display(description="Empty parts")
    def empty(self, plan):
        return plan.empty


class LinkInline(RecordedInline):
    model = ActionLink
    read_only = True
    fields = ["email", "status", "expires_at", "misses", "by"]
    readonly_fields = ["status", "expires_at", "misses", "by"]

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("rehab.view_case")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by")


@admin.register(Action)
class ActionAdmin(StepAdmin):
    step_forms = ACTION_FORMS
    # what is to be done may be health: it is read on the action's own page, by those who may
    fields = ["domain", "agency", "worker", "partner", "due_on", "status", "answered_on", "by", "by_agency"]
    list_display = ["offender", "domain", "whose", "due_on", "status", "answered_on"]
    list_filter = ["status", "domain__domain", "agency"]
    list_select_related = ["domain__plan__case__offender", "agency", "worker"]
    readonly_fields = ["answered_on", "by", "by_agency"]
    inlines = [LinkInline]

    @admin.display(description="Person")
    def offender(self, action):
        return action.offender


def actions_of(user):
    count = Action.objects.open().filter(worker=user).count()
    return count and ("Actions under plans", f"{count} to do. Their team does them, or drops them with a reason.")


STILL_THEIRS.append(actions_of)
