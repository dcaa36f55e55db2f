"""Fundings, payments, funders and budgets under /api/v1/: the scopes, filters and forms of the pages."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.steps import StepsField, step_action, written
from partners.frame.api import RecordedViewSet, checked, split
from referrals.rehab.models import Budget, Funder, Funding, Overspend, Payment, Placement

from .filters import BudgetFilter, FundingFilter, OverspendFilter, PaymentFilter
from .forms import FUNDING_FORMS, OVERSPEND_FORMS, AskFunderForm, OverspendForm
from .views import BudgetList, FundingList, budgets, fundings


def money(**kwargs):
    """A sum of others: longer than any of them."""
    return serializers.DecimalField(max_digits=12, decimal_places=2, read_only=True, **kwargs)


class FundingSerializer(serializers.ModelSerializer):
    """A sum asked of a funder for a stay. Pounds."""

    name = serializers.CharField(source="offender.__str__", read_only=True)
    paid = money()

    class Meta:
        model = Funding
        fields = [
            "id", "placement", "name", "funder", "year", "status", "asked", "asked_on", "asked_by", "agreed",
            "answered_on", "answered_by", "confirmed_on", "confirmed_by", "end_reason", "paid",
        ]  # fmt: skip


class FundingWithSteps(FundingSerializer):
    steps = StepsField()

    class Meta(FundingSerializer.Meta):
        fields = [*FundingSerializer.Meta.fields, "steps"]


class FundingViewSet(AmendableViewSet):
    """What funders are asked for stays. POST asks; POST {id}/{verb}/ records the answer, a payment or a withdrawal."""

    permission_required = "rehab.view_funding"
    verb = "funding"
    filterset_class = FundingFilter
    orders = FundingList.orders

    def scope(self):
        return fundings(self.request.user)

    @property
    def serializer_class(self):
        return FundingSerializer if self.action == "list" else FundingWithSteps

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        stay, answers = split(request.data, "placement", Placement.objects.visible_to(request.user).with_names())
        if not Funding.may_ask(request.user, stay):
            raise PermissionDenied("You may not ask for money for this stay.")
        funding = written(checked(AskFunderForm(answers, record=stay, user=request.user)).write)
        row = self.get_queryset().get(pk=funding.pk)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    step = step_action(Funding, FUNDING_FORMS, operation_id="fundings_step", request=OpenApiTypes.OBJECT)


class PaymentSerializer(serializers.ModelSerializer):
    """Money paid out of what was agreed; less than nothing where it was paid back."""

    name = serializers.CharField(source="offender.__str__", read_only=True)

    class Meta:
        model = Payment
        fields = ["id", "funding", "name", "on", "amount", "by", "recorded_at"]


class PaymentViewSet(AmendableViewSet):
    """What was paid, the latest first. One is recorded by the step `pay` of its funding."""

    permission_required = "rehab.view_funding"
    serializer_class = PaymentSerializer
    verb = "payment"
    filterset_class = PaymentFilter

    def scope(self):
        return Payment.objects.visible_to(self.request.user).with_names()


class OverspendSerializer(serializers.ModelSerializer):
    """The wish that a stay may cost more than is agreed. Pounds."""

    name = serializers.CharField(source="offender.__str__", read_only=True)

    class Meta:
        model = Overspend
        fields = [
            "id", "placement", "name", "status", "up_to", "why", "asked_by", "asked_at", "decided_by", "decided_at",
            "end_reason",
        ]  # fmt: skip


class OverspendWithSteps(OverspendSerializer):
    steps = StepsField()

    class Meta(OverspendSerializer.Meta):
        fields = [*OverspendSerializer.Meta.fields, "steps"]


class OverspendViewSet(RecordedViewSet):
    """What supervisors are asked to let cost more. POST asks; POST {id}/{verb}/ allows, refuses or withdraws."""

    permission_required = "rehab.view_funding"
    verb = "overspend"
    filterset_class = OverspendFilter

    def scope(self):
        return Overspend.objects.visible_to(self.request.user).with_names()

    @property
    def serializer_class(self):
        return OverspendSerializer if self.action == "list" else OverspendWithSteps

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        stay, answers = split(request.data, "placement", Placement.objects.visible_to(request.user).with_names())
        if not Funding.may_ask(request.user, stay):
            raise PermissionDenied("You may not ask for money for this stay.")
        wish = written(checked(OverspendForm(answers, record=stay, user=request.user)).write)
        return self.answer_anew(wish, status.HTTP_201_CREATED)

    step = step_action(Overspend, OVERSPEND_FORMS, operation_id="overspends_step", request=OpenApiTypes.OBJECT)


class FunderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Funder
        fields = ["id", "name", "kind", "valid_from", "valid_to"]


class FunderViewSet(RecordedViewSet):
    """Who may be asked today."""

    permission_required = "rehab.view_funding"
    serializer_class = FunderSerializer
    verb = "funder"

    def scope(self):
        return Funder.objects.on()


class BudgetSerializer(serializers.ModelSerializer):
    """What a funder has for stays in a financial year (that in which it begins), and what became of it. Pounds."""

    asked = money(help_text="Asked for and not answered yet.")
    committed = money(help_text="Agreed to.")
    spent = money(help_text="Paid, of what is committed.")
    left = money(help_text="Not committed; less than nothing where more is agreed than there is.")

    class Meta:
        model = Budget
        fields = ["id", "funder", "year", "amount", "asked", "committed", "spent", "left"]


class BudgetViewSet(RecordedViewSet):
    """Budgets of each year with what is committed, spent and left. About nobody."""

    permission_required = "rehab.agree_funding"
    serializer_class = BudgetSerializer
    verb = "budget"
    filterset_class = BudgetFilter
    orders = BudgetList.orders

    def scope(self):
        return budgets()


# (prefix, view set, basename)
FUNDING_ROUTES = [
    ("fundings", FundingViewSet, "funding"),
    ("payments", PaymentViewSet, "payment"),
    ("overspends", OverspendViewSet, "overspend"),
    ("funders", FunderViewSet, "funder"),
    ("budgets", BudgetViewSet, "budget"),
]
