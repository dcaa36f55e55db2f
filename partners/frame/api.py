"""The API's shape: one for errors, one way to record what was shown, the pages' own forms for what comes in."""

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as ModelError
from django.http import Http404
from rest_framework import exceptions, viewsets
from rest_framework.response import Response
from rest_framework.views import set_rollback

from partners.audit.models import Event

# errors of the domain that speak HTTP: {class: (status, code)}; an app adds its own when it is ready
DOMAIN_ERRORS = {}


def exception_handler(exc, context):
    """Every error as {code, detail}, and `fields` where answers were wrong. What happened before it is undone."""
    if isinstance(exc, Http404):
        exc = exceptions.NotFound("There is nothing here, or it is not yours to see.")
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(str(exc) or "This is not yours to do.")
    elif isinstance(exc, ModelError):
        fields = exc.message_dict if hasattr(exc, "error_dict") else {NON_FIELD_ERRORS: exc.messages}
        exc = exceptions.ValidationError(fields)
    for error, (status, code) in DOMAIN_ERRORS.items():
        if isinstance(exc, error):
            set_rollback()
            return Response({"code": code, "detail": str(exc)}, status=status)
    if not isinstance(exc, exceptions.APIException):
        return None
    set_rollback()
    headers = {"WWW-Authenticate": exc.auth_header} if getattr(exc, "auth_header", None) else {}
    if isinstance(exc, exceptions.ValidationError):
        fields = exc.detail if isinstance(exc.detail, dict) else {NON_FIELD_ERRORS: exc.detail}
        first = next((str(errors[0]) for errors in fields.values() if errors), "Some answers are missing or wrong.")
        return Response({"code": "invalid", "detail": first, "fields": fields}, status=400, headers=headers)
    return Response({"code": exc.get_codes(), "detail": str(exc.detail)}, status=exc.status_code, headers=headers)


def refuse_unknown(data, known):
    """Raise for the first field in `data` that is none of `known`: nothing sent is dropped in silence."""
    if not isinstance(data, dict):
        raise exceptions.ValidationError({NON_FIELD_ERRORS: ["Send an object of fields."]})
    for name in data:
        if name not in known:
            known = ", ".join(sorted(known)) or "none"
            raise exceptions.ValidationError({name: [f"There is no field “{name}” here. There are: {known}."]})


def checked(form):
    """The form, valid; raises with its errors when it is not. Fields it does not have are refused."""
    refuse_unknown(form.data, form.fields)
    if not form.is_valid():
        raise exceptions.ValidationError(form.errors)
    return form


class RecordedViewSet(viewsets.ReadOnlyModelViewSet):
    """Rows the user may see, and a record of each that was shown.

    A view set gives `scope()`: the queryset its pages start from. `verb` names it in the record.
    """

    def scope(self):
        raise NotImplementedError

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.serializer_class.Meta.model.objects.none()
        return self.scope()

    def check_permissions(self, request):
        super().check_permissions(request)
        needed = getattr(self, "permission_required", None)
        if needed and not request.user.has_perm(needed):
            raise exceptions.PermissionDenied("This is not yours to see.")

    def list(self, request, *args, **kwargs):
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        Event.objects.shown(f"{self.verb}.list", rows, by=request.user, filters=sorted(request.query_params))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def retrieve(self, request, *args, **kwargs):
        row = self.get_object()
        Event.objects.shown(f"{self.verb}.view", [row], by=request.user, subject=row)
        return Response(self.get_serializer(row).data)
