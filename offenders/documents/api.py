"""Documents over the API: the pages' querysets, forms and records; a file is sent as multipart/form-data."""

import django_filters
from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser

from offenders.amend_api import AmendableViewSet
from offenders.filters import visible_offenders
from offenders.steps import step_action, written
from partners.frame.api import checked
from partners.frame.filters import FilterSet
from partners.frame.parser import TextParser

from .forms import STEP_FORMS, NewDocumentForm
from .models import ENDINGS, Document
from .uploads import LARGEST_BODY
from .views import file_of


class DocumentSerializer(serializers.ModelSerializer):
    by = serializers.StringRelatedField()
    agency = serializers.StringRelatedField()

    class Meta:
        model = Document
        fields = [
            "id", "offender", "kind", "title", "category", "happened_at", "recorded_at", "by", "agency",
            "content_type", "size", "sha256", "status", "removed_at", "removed_why",
        ]  # fmt: skip


class DocumentFilter(FilterSet):
    offender = django_filters.ModelChoiceFilter(queryset=visible_offenders, required=True)


SENT = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary"},
        **{name: {"type": "string"} for name in ("offender", "kind", "category", "shared_with", "title", "matter")},
        "on": {"type": "string", "format": "date"},
    },
    "required": ["file", "offender", "kind", "category", "shared_with"],
}


class DocumentViewSet(AmendableViewSet):
    """One person's documents, newest first, as far as the user may read them."""

    serializer_class = DocumentSerializer
    filterset_class = DocumentFilter
    verb = "document"
    permission_required = "documents.view_document"
    http_method_names = ["get", "post", "patch", "head", "options"]
    largest_body = LARGEST_BODY

    def scope(self):
        return Document.objects.visible_to(self.request.user).newest_first().with_names()

    def get_parsers(self):
        """A new one comes with its file; what is said of one that is there, as everywhere."""
        return [MultiPartParser(), TextParser()]

    @extend_schema(request={"multipart/form-data": SENT})
    def create(self, request):
        """A file, and what it is. It is looked at before it is kept, and taken only where it does nothing by itself."""
        if not request.user.has_perm("documents.add_document"):
            raise PermissionDenied("You may not add a document.")
        form = checked(NewDocumentForm(request.data, request.FILES, user=request.user))
        offender = form.cleaned_data["offender"]
        document = written(lambda: form.add_to(offender, by=request.user, matters=form.matters))
        return self.answer(document, status.HTTP_201_CREATED)

    @extend_schema(responses={(200, *ENDINGS): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True)
    def file(self, request, pk=None):
        """The file itself."""
        return file_of(self.get_object(), by=request.user)

    step = step_action(Document, STEP_FORMS, operation_id="documents_step", request=OpenApiTypes.OBJECT)


ROUTES = [("documents", DocumentViewSet, "document")]
