"""The API's shape: one for errors, one way to record what was shown, the pages' own forms for what comes in."""

import hashlib

from django.core.exceptions import NON_FIELD_ERRORS, BadRequest, PermissionDenied
from django.core.exceptions import ValidationError as ModelError
from django.http import Http404
from django.utils.http import parse_etags
from rest_framework import exceptions, viewsets
from rest_framework.generics import get_object_or_404
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

from partners.audit.models import Event

# errors of the domain that speak HTTP: {class: (status, code)}; an app adds its own when it is ready
DOMAIN_ERRORS = {}


class NamesPeople(exceptions.ValidationError):
    """A refusal that tells of people. Nothing was changed before it but the record of them, and that stays."""


def exception_handler(exc, context):
    """Every error as {code, detail}, and `fields` where answers were wrong. What happened before it is undone."""
    if isinstance(exc, Http404):
        exc = exceptions.NotFound("There is nothing here, or it is not yours to see.")
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(str(exc) or "This is not yours to do.")
    elif isinstance(exc, BadRequest):
        exc = exceptions.ParseError(str(exc))
    elif isinstance(exc, ModelError):
        fields = exc.message_dict if hasattr(exc, "error_dict") else {NON_FIELD_ERRORS: exc.messages}
        exc = exceptions.ValidationError(fields)
    for error, (status, code) in DOMAIN_ERRORS.items():
        if isinstance(exc, error):
            set_rollback()
            return Response({"code": code, "detail": str(exc), **getattr(exc, "more", {})}, status=status)
    if not isinstance(exc, exceptions.APIException):
        return None
    if not isinstance(exc, NamesPeople):
        set_rollback()
    headers = {"WWW-Authenticate": exc.auth_header} if getattr(exc, "auth_header", None) else {}
    if isinstance(exc, exceptions.ValidationError):
        fields = exc.detail if isinstance(exc.detail, dict) else {NON_FIELD_ERRORS: exc.detail}
        first = next((str(errors[0]) for errors in fields.values() if errors), "Some answers are missing or wrong.")
        return Response({"code": "invalid", "detail": first, "fields": fields}, status=400, headers=headers)
    more = getattr(exc, "more", {})
    if "etag" in more:
        headers["ETag"] = more["etag"]
    return Response({"code": exc.get_codes(), "detail": str(exc.detail), **more}, exc.status_code, headers=headers)


class VersionRequired(exceptions.APIException):
    """A change that does not say which version of the record it is a change of."""

    status_code, default_code = 428, "version_required"
    default_detail = (
        "Send the ETag of the version that you read, as “If-Match”, so that nobody's change is overwritten."
    )


class Overtaken(exceptions.APIException):
    """A change of a version that is no longer the newest; `more` names the one that is."""

    status_code, default_code = 412, "overtaken"

    def __init__(self, row, etag, user):
        changes = Event.objects.about(row).filter(kind__in=[Event.Kind.COLLECTION, Event.Kind.ALTERATION])
        last = changes.with_names().order_by("-id").first()
        known = last and last.agency_id in user.shown_by  # that another agency works with someone may not be
        by = f"{last.by} ({last.agency})" if known else "someone else"
        super().__init__(f"This was changed since you read it, last by {by}. Read it again before you change it.")
        self.more = {"etag": etag, "changed_by": by if known else None, "changed_at": last.at if last else None}


def refuse_unknown(data, known):
    """Raise for the first field in `data` that is none of `known`: nothing sent is dropped in silence."""
    if not isinstance(data, dict):
        raise exceptions.ValidationError({NON_FIELD_ERRORS: ["Send an object of fields."]})
    for name in data:
        if name not in known:
            known = ", ".join(sorted(known)) or "none"
            raise exceptions.ValidationError({name: [f"There is no field “{name}” here. There are: {known}."]})


def split(data, name, rows):
    """The row that `data` names under `name`, among these, and the rest of `data`."""
    if not isinstance(data, dict):
        raise ModelError({NON_FIELD_ERRORS: ["Send an object of fields."]})
    rest = {key: value for key, value in data.items() if key != name}
    try:
        row = rows.filter(pk=data.get(name)).first()
    except ModelError:
        row = None
    if row is None:
        raise ModelError({name: [f"Give the id of a {name} that you see."]})
    return row, rest


def checked(form):
    """The form, valid; raises with its errors when it is not. Fields it does not have are refused."""
    refuse_unknown(form.data, form.fields)
    if not form.is_valid():
        raise exceptions.ValidationError(form.errors)
    return form


class Permitted:
    """A view set that whoever holds `permission_required` may open; everyone, where it names none."""

    permission_required = None

    def check_permissions(self, request):
        super().check_permissions(request)
        if self.permission_required and not request.user.has_perm(self.permission_required):
            raise exceptions.PermissionDenied("This is not yours to see.")


class RecordedViewSet(Permitted, viewsets.ReadOnlyModelViewSet):
    """Rows the user may see, and a record of each that was shown.

    A view set gives `scope()`: the queryset its pages start from. `verb` names it in the record.

    One record is answered with its version, the ETag, and whoever changes it says in `If-Match` which one they read.
    The version is of what this user is shown of the record, so whatever is shown and changes makes another. `apart`
    names the fields that are no part of it: what is worked out for the day or the reader.
    """

    apart = ("steps",)
    locked = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if self.detail and self.action and request.method in ("POST", "PUT", "PATCH", "DELETE"):
            self.locked = self._lock(request)

    def _lock(self, request):
        """The record, nobody else's to change until this request is done. Raises where it is not the version read."""
        rows = self.get_queryset()
        seen = rows.model._base_manager.filter(pk__in=rows.order_by().values("pk"))
        get_object_or_404(seen.select_for_update(no_key=True), pk=self.kwargs["pk"])
        row, read = self.get_object(), parse_etags(request.headers.get("If-Match", ""))
        if not read or "*" in read:
            raise VersionRequired
        serializer = self.get_serializer(row)
        for name in self.apart:
            serializer.fields.pop(name, None)
        now = self.version(serializer.data)
        if now not in [tag.removeprefix("W/") for tag in read]:  # a proxy that compresses makes it a weak one
            raise Overtaken(row, now, request.user)
        return row

    def version(self, data):
        """The ETag of what is answered of a record."""
        kept = {name: value for name, value in data.items() if name not in self.apart}
        return f'"{hashlib.sha256(JSONRenderer().render(kept)).hexdigest()[:32]}"'

    def get_object(self):
        return self.locked or super().get_object()

    def finalize_response(self, request, response, *args, **kwargs):
        shown = getattr(getattr(response, "data", None), "serializer", None)  # a file is no data
        if response.status_code < 300 and shown and isinstance(shown, self.get_serializer_class()):
            response["ETag"] = self.version(response.data)
        return super().finalize_response(request, response, *args, **kwargs)

    def scope(self):
        raise NotImplementedError

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.serializer_class.Meta.model.objects.none()
        return self.scope()

    def list(self, request, *args, **kwargs):
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        Event.objects.shown(f"{self.verb}.list", rows, by=request.user, filters=sorted(request.query_params))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def retrieve(self, request, *args, **kwargs):
        return self.answer(self.get_object())

    def answer(self, row, status=200):
        """The record, recorded as shown."""
        Event.objects.shown(f"{self.verb}.view", [row], by=self.request.user, subject=row)
        return Response(self.get_serializer(row).data, status=status)

    def answer_anew(self, row, status=200):
        """The record as it then is; as it was where it is no longer the user's to see."""
        return self.answer(self.get_queryset().filter(pk=row.pk).first() or row, status)
