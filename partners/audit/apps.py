from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "partners.audit"
    label = "audit"
    verbose_name = "The record of who did, saw and disclosed what"
