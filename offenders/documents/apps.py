from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "offenders.documents"
    label = "documents"
    verbose_name = "Documents"

    def ready(self):
        from offenders import views
        from offenders.retention.disposal import FILES

        from . import (
            forms,  # noqa: F401  (what may be amended)
            keeping,
        )

        FILES["documents"] = keeping
        views.TABS.append(("Documents", "documents:of_person", "documents.view_document"))
