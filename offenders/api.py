"""People, notes and timelines over the API: the pages' querysets, forms and records."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.response import Response

from partners.frame.api import RecordedViewSet, checked
from partners.roles import Category

from . import account_api, consent_api, emergency_api, merge_api, restriction_api, undelivered_api
from .amend_api import AmendableViewSet
from .filters import EntryFilter, NoteFilter
from .forms import NewNoteForm, SearchForm
from .models import Address, Alias, Entry, Identifier, Marker, Note, Offender
from .search import search
from .views import write_note


class AliasSerializer(serializers.ModelSerializer):
    class Meta:
        model = Alias
        fields = ["id", "kind", "given_names", "family_name"]


class IdentifierSerializer(serializers.ModelSerializer):
    class Meta:
        model = Identifier
        fields = ["id", "kind", "value"]


class AddressSerializer(serializers.ModelSerializer):
    class Meta:
        model = Address
        fields = ["id", "lines", "postcode", "area", "valid_from", "valid_to"]


class MarkerSerializer(serializers.ModelSerializer):
    detail = serializers.SerializerMethodField()

    class Meta:
        model = Marker
        fields = ["id", "kind", "detail", "valid_from", "valid_to"]

    def get_detail(self, marker) -> str:
        return marker.detail if Category.POLICE in self.context["request"].user.categories else ""


class FoundSerializer(serializers.ModelSerializer):
    """Someone a search found, whom the user sees."""

    area = serializers.CharField(allow_null=True)

    class Meta:
        model = Offender
        fields = ["id", "reference", "given_names", "family_name", "date_of_birth", "area"]


class KnownSerializer(serializers.ModelSerializer):
    """Someone known by identity alone: to work with them, refer them."""

    area = serializers.CharField(allow_null=True)
    handle = serializers.CharField(default="", help_text="What opens them in an emergency, for an hour.")

    class Meta:
        model = Offender
        fields = ["given_names", "family_name", "date_of_birth", "area", "handle"]


class RestrictedSerializer(serializers.Serializer):
    """That the number is of someone restricted: whom to ask, and no more."""

    contact = serializers.ListField(child=serializers.CharField())


class SearchSerializer(serializers.Serializer):
    results = FoundSerializer(many=True)
    known = KnownSerializer(many=True)
    restricted = RestrictedSerializer(many=True)
    more = serializers.BooleanField(help_text="Whether there are more than these: narrow the search.")
    opens = serializers.CharField(allow_null=True, help_text="The address of the record that an exact reference names.")


class OffenderSerializer(serializers.ModelSerializer):
    aliases = AliasSerializer(many=True)
    identifiers = serializers.SerializerMethodField()
    addresses = AddressSerializer(many=True)
    markers = serializers.SerializerMethodField()

    class Meta:
        model = Offender
        fields = [
            "id", "reference", *Offender.FACTS, "standing", "is_restricted", "recorded_at",
            "aliases", "identifiers", "addresses", "markers",
        ]  # fmt: skip

    @extend_schema(responses=IdentifierSerializer(many=True))
    def get_identifiers(self, offender) -> list[dict]:
        numbers = offender.identifiers.readable_by(self.context["request"].user)
        return IdentifierSerializer(numbers, many=True).data

    def get_markers(self, offender) -> list[dict]:
        return MarkerSerializer(offender.markers.on(), many=True, context=self.context).data


class EntrySerializer(serializers.ModelSerializer):
    by = serializers.StringRelatedField()
    agency = serializers.StringRelatedField()

    class Meta:
        model = Entry
        fields = ["id", "offender", "kind", "category", "sentence", "url", "happened_at", "recorded_at", "by", "agency"]


class NoteSerializer(serializers.ModelSerializer):
    by = serializers.StringRelatedField()
    agency = serializers.StringRelatedField()

    class Meta:
        model = Note
        fields = [
            "id", "offender", "kind", "text", "is_opinion", "category", "happened_at", "recorded_at", "by", "agency"
        ]  # fmt: skip


class OffenderViewSet(AmendableViewSet):
    """People the user sees. There is no list of them: search."""

    serializer_class = OffenderSerializer
    verb = "offender"
    permission_required = "offenders.view_offender"
    http_method_names = ["get", "post", "patch", "head", "options"]
    leads_on = True

    def scope(self):
        return Offender.objects.visible_to(self.request.user)

    @extend_schema(exclude=True)
    def list(self, request, *args, **kwargs):
        raise MethodNotAllowed("GET", "There is no list of everyone. Send {“q”: …} to offenders/search/ by POST.")

    @extend_schema(request={"application/json": {"type": "object", "properties": {"q": {"type": "string"}}}},
                   responses=SearchSerializer)  # fmt: skip
    @action(detail=False, methods=["post"])
    def search(self, request):
        """By name as it was heard, date of birth, reference, phone or identifier, or part of one."""
        found = search(request.user, checked(SearchForm(request.data)).cleaned_data["q"])
        opens = found.opens.get_absolute_url() if found.opens else None
        answer = {
            "results": found.rows, "known": found.known, "restricted": found.restricted, "more": found.more,
            "opens": opens,
        }  # fmt: skip
        return Response(SearchSerializer(answer).data)


class EntryViewSet(RecordedViewSet):
    """One person's timeline, newest first, as far as the user may read it."""

    serializer_class = EntrySerializer
    filterset_class = EntryFilter
    verb = "entry"
    permission_required = "offenders.view_entry"

    def scope(self):
        return Entry.objects.visible_to(self.request.user).newest_first().with_names()


class NoteViewSet(AmendableViewSet):
    """One person's notes, newest first, as far as the user may read them."""

    serializer_class = NoteSerializer
    filterset_class = NoteFilter
    verb = "note"
    permission_required = "offenders.view_note"
    http_method_names = ["get", "post", "patch", "head", "options"]

    def scope(self):
        return Note.objects.visible_to(self.request.user).newest_first().with_names()

    def create(self, request):
        """A contact with the person, or a note about them."""
        if not request.user.has_perm("offenders.add_note"):
            raise PermissionDenied("You may not add a note.")
        form = checked(NewNoteForm(request.data, user=request.user))
        note = write_note(form, form.cleaned_data["offender"], by=request.user)
        return Response(self.get_serializer(note).data, status=status.HTTP_201_CREATED)


class FactViewSet(AmendableViewSet):
    """One fact of a person, to be amended. There is no list of them: the person's answer has them."""

    permission_required = "offenders.view_offender"
    verb = property(lambda self: self.serializer_class.Meta.model._meta.model_name)

    def scope(self):
        return self.serializer_class.Meta.model.objects.visible_to(self.request.user)

    @extend_schema(exclude=True)
    def list(self, request, *args, **kwargs):
        raise MethodNotAllowed("GET", "There is no list of these. The person's own answer has them.")


class AliasViewSet(FactViewSet):
    serializer_class = AliasSerializer


class IdentifierViewSet(FactViewSet):
    serializer_class = IdentifierSerializer


class AddressViewSet(FactViewSet):
    serializer_class = AddressSerializer


class MarkerViewSet(FactViewSet):
    serializer_class = MarkerSerializer


ROUTES = [
    ("offenders", OffenderViewSet, "offender"),
    ("entries", EntryViewSet, "entry"),
    ("notes", NoteViewSet, "note"),
    ("aliases", AliasViewSet, "alias"),
    ("identifiers", IdentifierViewSet, "identifier"),
    ("addresses", AddressViewSet, "address"),
    ("markers", MarkerViewSet, "marker"),
    *account_api.ROUTES,
    *consent_api.ROUTES,
    *restriction_api.ROUTES,
    *emergency_api.ROUTES,
    *merge_api.ROUTES,
    *undelivered_api.ROUTES,
]
