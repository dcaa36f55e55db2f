from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.models import Offender
from offenders.search import likely_matches, restricted
from offenders.steps import StepsField, step_action
from partners.frame.api import NamesPeople, checked, refuse_unknown

from .cover_api import ROUTES as COVERS
from .deadline_api import ROUTES as DEADLINES
from .filters import ReferralFilters
from .forms import STEP_FORMS
from .journey_forms import WhoForm, WhyForm
from .models import Referral
from .operations import put_forward
from .pathways import open_pathways
from .resolution_api import ROUTES as RESOLUTIONS
from .task_api import ROUTES as TASKS
from .views import ReferralList


class ReferralSerializer(serializers.ModelSerializer):
    from_agency = serializers.StringRelatedField(allow_null=True)
    from_unit = serializers.StringRelatedField(allow_null=True)
    to_agency = serializers.StringRelatedField()
    to_unit = serializers.StringRelatedField(allow_null=True)
    became = serializers.CharField(help_text="What became of it, in words.")
    withheld = ("summary", "eligibility")

    class Meta:
        model = Referral
        fields = [
            "id", "reference", "offender", "pathway", "status", "became", "source", "from_agency", "from_unit",
            "to_agency", "to_unit", "referred_by", "referred_on", "area", "offending_area", "funds_addiction",
            "summary", "eligibility", "worker", "ended_on", "end_reason", "outcome", "recorded_at",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, referral):
        shown = super().to_representation(referral)
        hidden = {"summary": referral.may_read, "eligibility": referral.reads_rules}
        return shown | {name: None for name, may in hidden.items() if not may}


class OneReferralSerializer(ReferralSerializer):
    """One referral, with the steps this user may take now."""

    steps = StepsField()

    class Meta(ReferralSerializer.Meta):
        fields = [*ReferralSerializer.Meta.fields, "steps"]


class WhomSerializer(serializers.Serializer):
    """Whom to put forward: a person known, by `offender`, or a new one, by their fields."""

    offender = serializers.UUIDField(required=False, help_text="Someone known already.")
    is_new_person = serializers.BooleanField(required=False, help_text="They are none of the people already known.")
    given_names = serializers.CharField(required=False)
    family_name = serializers.CharField(required=False)
    date_of_birth = serializers.DateField(required=False)
    age = serializers.IntegerField(required=False, help_text="About, where the date of birth is not known.")
    sex = serializers.CharField(required=False, help_text="0 not known, 1 male, 2 female, 9 not specified.")
    pnc = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    area = serializers.CharField(required=False)


class NewReferralSerializer(WhomSerializer):
    """Someone put forward. The pages' forms check it."""

    submit = serializers.BooleanField(required=False, help_text="Send it at once; otherwise it is a draft.")
    ethnicity = serializers.CharField(required=False, help_text="Self-defined, 18+1.")
    pathway = serializers.CharField(required=False, help_text="Only where several are open.")
    source = serializers.CharField()
    sender = serializers.CharField(required=False, help_text="unit:ID, agency:ID, unknown or ours.")
    referred_on = serializers.DateField(required=False)
    offending_area = serializers.CharField(required=False)
    funds_addiction = serializers.ChoiceField(["yes", "no", "unknown"])
    summary = serializers.CharField(required=False)


def known_person(user, pk, whom):
    """Someone known already, whom this user may put forward; `whom` is what was sent of a new person: nothing."""
    if whom:
        raise ValidationError(dict.fromkeys(whom, "Leave this out: the person is known already."))
    person = Offender.objects.findable_by(user).filter(pk=pk).first()
    if person is None:
        raise ValidationError({"offender": "There is no such person, or they are not yours to see."})
    return person


def new_person(user, whom, is_new, form=WhoForm):
    """The form of a new person; refused while someone known is like them, unless told that they are new."""
    form = checked(form(whom))
    said = form.cleaned_data
    for stub in restricted(user, form.numbers):
        ask = f"Ask {'; or '.join(stub.contact)}." if stub.contact else "Ask your supervisor."
        raise NamesPeople({"pnc": [f"Restricted. {ask}"]})
    likely = likely_matches(
        user, said["given_names"], said["family_name"], said["date_of_birth"], form.numbers,
        said["phone"],
    )  # fmt: skip
    if likely and not is_new:
        names = ", ".join(f"{match.offender} ({match.offender.pk})" for match in likely)
        raise NamesPeople(
            {"offender": [f"Send “offender” if it is one of these: {names}. Or send “is_new_person”: true."]}
        )
    return form


class StepAnswersSerializer(serializers.Serializer):
    """What steps may be told: each asks for its own, as its page does."""

    on = serializers.DateField(required=False, help_text="When it happened; today when left out.")
    worker = serializers.UUIDField(required=False)
    reason = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)
    pathway = serializers.CharField(required=False)


class ReferralViewSet(AmendableViewSet):
    verb = "referral"
    permission_required = "referrals.view_referral"
    serializer_class = ReferralSerializer
    filterset_class = ReferralFilters
    orders = ReferralList.orders

    def scope(self):
        user = self.request.user
        return Referral.objects.visible_to(user).with_names().with_leave(user)

    def get_serializer_class(self):
        return ReferralSerializer if self.action == "list" else OneReferralSerializer

    @extend_schema(request=NewReferralSerializer, responses={201: OneReferralSerializer})
    def create(self, request):
        user = request.user
        if not user.has_perm("referrals.add_referral"):
            raise PermissionDenied("You may not refer people.")
        refuse_unknown(request.data, NewReferralSerializer().fields)
        asked = NewReferralSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = dict(asked.validated_data)
        known, is_new, send = (said.pop(name, None) for name in ("offender", "is_new_person", "submit"))
        whom = {name: said.pop(name) for name in WhoForm.base_fields if name in said}
        person = known_person(user, known, whom) if known else new_person(user, whom, is_new)
        record = Referral(pathway=open_pathways()[0])
        form = checked(WhyForm(said, record=record, user=user, is_new=not known))
        referral = put_forward(by=user, person=person, form=form, send=send)
        return Response(self.get_serializer(self.scope().get(pk=referral.pk)).data, status=201)

    step = step_action(
        Referral, STEP_FORMS, operation_id="referrals_step", request=StepAnswersSerializer,
        responses=OneReferralSerializer,
    )  # fmt: skip


ROUTES = [("referrals", ReferralViewSet, "referral"), *COVERS, *RESOLUTIONS, *TASKS, *DEADLINES]
