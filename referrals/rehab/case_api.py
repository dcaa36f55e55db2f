"""Cases over the API: the pages' own querysets, filters and forms."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.models import Offender
from offenders.steps import StepsField, step_action, written
from partners.frame.api import checked
from partners.models import User

from .case_filters import CaseFilterSet
from .case_forms import STEP_FORMS, BeginOnForm
from .models import Case


class PersonSerializer(serializers.ModelSerializer):
    class Meta:
        model = Offender
        fields = ["id", "reference", "given_names", "family_name"]


class WorkerSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "title", "given_names", "family_name"]


class CaseSerializer(serializers.ModelSerializer):
    reference = serializers.CharField(source="referral.reference")
    offender = PersonSerializer()
    facilitator = WorkerSerializer()
    co_worker = WorkerSerializer()
    last_contact_at = serializers.DateTimeField(allow_null=True)
    in_rehab_since = serializers.DateField(allow_null=True)

    class Meta:
        model = Case
        fields = [
            "id", "reference", "referral", "offender", "phase", "facilitator", "co_worker", "risk", "opened_on",
            "decision", "decided_on", "next_action", "next_action_due", "last_contact_at", "in_rehab_since",
            "closed_on", "ending", "outcome",
        ]  # fmt: skip


class CaseWithStepsSerializer(CaseSerializer):
    steps = StepsField()

    class Meta(CaseSerializer.Meta):
        fields = [*CaseSerializer.Meta.fields, "steps"]


class CaseViewSet(AmendableViewSet):
    verb = "case"
    permission_required = "rehab.view_case"
    serializer_class = CaseSerializer
    filterset_class = CaseFilterSet

    def scope(self):
        user = self.request.user
        return Case.objects.visible_to(user).with_names().with_stay().with_last_contact(by=user)

    def get_serializer_class(self):
        return CaseSerializer if self.action == "list" else CaseWithStepsSerializer

    @extend_schema(description="Begin a case on an accepted referral: referral, and maybe facilitator and on.")
    def create(self, request):
        form = checked(BeginOnForm(request.data, user=request.user))
        case = written(lambda: form.begin(form.cleaned_data["referral"]))
        return Response(self.get_serializer(self.scope().get(pk=case.pk)).data, status=status.HTTP_201_CREATED)

    step = step_action(Case, STEP_FORMS, operation_id="cases_step")


CASE_ROUTES = [("cases", CaseViewSet, "case")]
