"""The back office: the stock admin, scoped, recorded, deleting nothing; a status moves by its steps alone."""

from django.contrib import admin

from .audit.models import Event


class BackOffice(admin.AdminSite):
    """The admin, for supervisors and administrators."""

    site_header = site_title = "Throughcare back office"
    index_title = "Back office"
    enable_nav_sidebar = False


class RecordedAdmin(admin.ModelAdmin):
    """The admin of a table: starts from `visible_to` where rows concern people, and records each read and change.

    Nothing is deleted here. Rows that are not about a person (agencies, users) are administration.
    """

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def has_delete_permission(self, request, obj=None):
        return False

    def _kind(self, change):
        if not hasattr(self.model, "offender_id") and self.model._meta.app_label == "partners":
            return Event.Kind.ADMINISTRATION
        return Event.Kind.ALTERATION if change else Event.Kind.COLLECTION

    def _offenders(self, row):
        return [row.offender_id] if hasattr(row, "offender_id") else []

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        verb = f"{obj._meta.model_name}.{'change' if change else 'add'}"
        Event.objects.record(
            self._kind(change),
            verb,
            by=request.user,
            subject=obj,
            offenders=self._offenders(obj),
            fields=form.changed_data,
        )

    def changelist_view(self, request, extra_context=None):
        response = super().changelist_view(request, extra_context)
        changelist = getattr(response, "context_data", {}).get("cl")
        if changelist is not None:
            rows = list(changelist.result_list)
            ids = [i for row in rows for i in self._offenders(row)]
            kind = Event.Kind.CONSULTATION if ids else Event.Kind.ADMINISTRATION
            Event.objects.record(
                kind,
                f"{self.model._meta.model_name}.list",
                by=request.user,
                offenders=ids,
                rows=len(rows),
                backoffice=True,
            )
        return response

    def get_object(self, request, object_id, from_field=None):
        obj = super().get_object(request, object_id, from_field)
        if obj is not None and request.method == "GET":
            ids = self._offenders(obj)
            kind = Event.Kind.CONSULTATION if ids else Event.Kind.ADMINISTRATION
            verb = f"{self.model._meta.model_name}.view"
            Event.objects.record(kind, verb, by=request.user, subject=obj, offenders=ids, backoffice=True)
        return obj

    # the stock history names no reads and no roles: the record does
    def log_addition(self, request, obj, message):
        pass

    def log_change(self, request, obj, message):
        pass
