"""Throughcare plans, what is to be done, and links, under /api/v1/: the scopes, filters and forms of the pages."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.steps import StepsField, step_action, written
from partners.frame.api import RecordedViewSet, checked, split
from referrals.rehab.models import Action, ActionLink, Case, Plan, PlanDomain

from .filters import ActionFilter, DomainFilter, LinkFilter, PlanFilter
from .forms import ACTION_FORMS, DOMAIN_FORMS, LINK_FORMS, PLAN_FORMS, AddForm, BeginForm, SendForm
from .views import ActionList, actions, domains, links, plans


class PlanSerializer(serializers.ModelSerializer):
    """A throughcare plan. `gaps` are the domains in which nobody leads or nothing is planned."""

    gaps = serializers.SerializerMethodField()
    steps = StepsField()
    withheld = ("goal",)

    class Meta:
        model = Plan
        fields = ["id", "case", "status", "goal", "begun_on", "gaps", "steps"]

    def get_gaps(self, plan) -> list[str]:
        return sorted(plan.domains.gaps().values_list("domain", flat=True))

    def to_representation(self, plan):
        shown = super().to_representation(plan)
        return shown if plan.may_read else shown | dict.fromkeys(self.withheld)


class PlanInList(PlanSerializer):
    class Meta(PlanSerializer.Meta):
        fields = ["id", "case", "status", "goal", "begun_on"]

    gaps = steps = None


class PlanViewSet(RecordedViewSet):
    """Throughcare plans. POST begins that of a case; POST {id}/{verb}/ takes a step."""

    permission_required = "rehab.view_plan"
    verb = "plan"
    filterset_class = PlanFilter

    def scope(self):
        return plans(self.request.user)

    @property
    def serializer_class(self):
        return PlanInList if self.action == "list" else PlanSerializer

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        case, answers = split(request.data, "case", Case.objects.visible_to(request.user).with_names())
        if not Plan.may_begin(request.user, case):
            raise PermissionDenied("You may not begin the throughcare plan of this person.")
        plan = written(checked(BeginForm(answers, record=case, user=request.user)).write)
        row = self.get_queryset().get(pk=plan.pk)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    step = step_action(Plan, PLAN_FORMS, operation_id="plans_step", request=OpenApiTypes.OBJECT)


class DomainSerializer(serializers.ModelSerializer):
    """A domain of a plan. Its words are null for who may not read them."""

    withheld = ("words",)

    class Meta:
        model = PlanDomain
        fields = ["id", "plan", "domain", "status", "lead_agency", "lead_partner", "words"]

    def to_representation(self, domain):
        shown = super().to_representation(domain)
        return shown if domain.may_read else shown | dict.fromkeys(self.withheld)


class DomainWithSteps(DomainSerializer):
    steps = StepsField()

    class Meta(DomainSerializer.Meta):
        fields = [*DomainSerializer.Meta.fields, "steps"]


class DomainViewSet(RecordedViewSet):
    """The domains of plans. POST {id}/{verb}/ takes a step."""

    permission_required = "rehab.view_plan"
    verb = "plan_domain"
    filterset_class = DomainFilter

    def scope(self):
        return domains(self.request.user)

    @property
    def serializer_class(self):
        return DomainSerializer if self.action == "list" else DomainWithSteps

    step = step_action(PlanDomain, DOMAIN_FORMS, operation_id="plan_domains_step", request=OpenApiTypes.OBJECT)


class ActionSerializer(serializers.ModelSerializer):
    """Something to do under a plan. What is to be done, and what came of it, is null for who may not read it."""

    name = serializers.CharField(source="offender.__str__", read_only=True)
    case = serializers.UUIDField(source="case.pk", read_only=True)
    withheld = ("text", "why")

    class Meta:
        model = Action
        fields = [
            "id", "case", "domain", "name", "text", "agency", "worker", "partner", "due_on", "is_printed", "status",
            "answered_on", "why", "answered_by", "by", "recorded_at",
        ]  # fmt: skip

    def to_representation(self, row):
        hidden = {"text": not row.may_read, "why": row.why and not row.may_read_answer}
        return super().to_representation(row) | {name: None for name, is_hidden in hidden.items() if is_hidden}


class ActionWithSteps(ActionSerializer):
    steps = StepsField()

    class Meta(ActionSerializer.Meta):
        fields = [*ActionSerializer.Meta.fields, "steps"]


class ActionViewSet(AmendableViewSet):
    """What is to be done under plans. POST adds something; POST {id}/{verb}/ takes a step, {id}/link/ sends a link."""

    permission_required = "rehab.view_action"
    verb = "action"
    filterset_class = ActionFilter
    orders = ActionList.orders

    def scope(self):
        return actions(self.request.user)

    @property
    def serializer_class(self):
        return ActionSerializer if self.action == "list" else ActionWithSteps

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        domain, answers = split(request.data, "domain", domains(request.user))
        if not Action.may_add(request.user, domain.plan):
            raise PermissionDenied("You may not add actions to this plan.")
        added = written(checked(AddForm(answers, record=domain, user=request.user)).write)
        row = self.get_queryset().get(pk=added.pk)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    step = step_action(Action, ACTION_FORMS, operation_id="actions_step", request=OpenApiTypes.OBJECT)

    @extend_schema(request=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def link(self, request, pk):
        row = self.get_object()
        if not ActionLink.may_send(request.user, row):
            raise PermissionDenied("You may not send a link for this action.")
        written(checked(SendForm(request.data, record=row, user=request.user)).write)
        return self.answer_anew(row)


class LinkSerializer(serializers.ModelSerializer):
    """A link sent to someone outside; never the address it opens at."""

    name = serializers.CharField(source="offender.__str__", read_only=True)
    is_live = serializers.BooleanField(read_only=True, help_text="Whether it still opens.")
    steps = StepsField()

    class Meta:
        model = ActionLink
        fields = [
            "id", "action", "name", "email", "status", "is_live", "expires_at", "misses", "recorded_at", "by", "steps",
        ]  # fmt: skip


class LinkInList(LinkSerializer):
    class Meta(LinkSerializer.Meta):
        fields = [name for name in LinkSerializer.Meta.fields if name != "steps"]

    steps = None


class LinkViewSet(RecordedViewSet):
    """Links sent to people outside. POST {id}/revoke/ withdraws one."""

    permission_required = "rehab.view_plan"
    verb = "actionlink"
    filterset_class = LinkFilter
    apart = ("steps", "is_live")

    def scope(self):
        return links(self.request.user)

    @property
    def serializer_class(self):
        return LinkInList if self.action == "list" else LinkSerializer

    step = step_action(ActionLink, LINK_FORMS, operation_id="action_links_step", request=OpenApiTypes.OBJECT)


# (prefix, view set, basename)
PLAN_ROUTES = [
    ("plans", PlanViewSet, "plan"),
    ("plan-domains", DomainViewSet, "plan-domain"),
    ("actions", ActionViewSet, "action"),
    ("action-links", LinkViewSet, "action-link"),
]
