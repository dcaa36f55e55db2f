"""Restrictions over the API: what was proposed, proposing, agreeing and refusing."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from partners.frame.api import RecordedViewSet, checked

from .models import Restriction
from .restriction_forms import STEP_FORMS, ProposeForm
from .steps import StepsField, step_action, written


class RestrictionSerializer(serializers.ModelSerializer):
    proposed_by = serializers.StringRelatedField()
    decided_by = serializers.StringRelatedField()
    users = serializers.StringRelatedField(many=True)
    steps = StepsField()

    class Meta:
        model = Restriction
        fields = [
            "id", "offender", "what", "users", "reason", "status", "proposed_by", "proposed_at", "decided_by",
            "decided_at", "decision_reason", "steps",
        ]  # fmt: skip


class ProposalSerializer(serializers.Serializer):
    offender = serializers.UUIDField()
    what = serializers.ChoiceField(Restriction.What.choices)
    people = serializers.CharField(required=False, help_text="E-mail addresses of who is to be named, one a line.")
    reason = serializers.CharField()


class DecisionSerializer(serializers.Serializer):
    reason = serializers.CharField(required=False, help_text="Required to refuse.")


class RestrictionViewSet(RecordedViewSet):
    """Restrictions proposed, agreed and refused, about people whom the user may restrict."""

    serializer_class = RestrictionSerializer
    verb = "restriction"
    permission_required = "offenders.restrict_offender"

    def scope(self):
        return Restriction.objects.visible_to(self.request.user).with_names().prefetch_related("users")

    @extend_schema(request=ProposalSerializer, responses={201: RestrictionSerializer})
    def create(self, request):
        """Propose: nothing changes until another person agrees."""
        said = checked(ProposeForm(request.data, user=request.user)).cleaned_data
        said["users"] = said.pop("people")
        proposal = written(lambda: Restriction.propose(by=request.user, **said))
        return Response(self.get_serializer(proposal).data, status=201)

    step = step_action(
        Restriction, STEP_FORMS, operation_id="restrictions_step", request=DecisionSerializer,
        responses=RestrictionSerializer, description="Agree or refuse; never what oneself proposed.",
    )  # fmt: skip


ROUTES = [("restrictions", RestrictionViewSet, "restriction")]
