import datetime as dt

from django.core.management.base import BaseCommand
from django.utils import timezone

from offenders.documents import store
from offenders.documents.models import Document
from offenders.documents.workflow import KEPT, UNCHECKED

YOUNG = dt.timedelta(hours=1)  # a file this new may be one that is just being recorded


class Command(BaseCommand):
    help = "Compare the folder of files with the documents: files of no document, documents without their file."

    def add_arguments(self, parser):
        parser.add_argument("--remove", action="store_true", help="Delete the files that are of no document.")
        parser.add_argument("--scan", action="store_true", help="Have all that were not checked for viruses scanned.")

    def handle(self, *, remove, scan, **options):
        before = (timezone.now() - YOUNG).timestamp()
        there = {path.name for path in store.files()}
        strays = there - set(Document.objects.filter(status__in=KEPT).values_list("stored", flat=True))
        strays = [path for path in store.files() if path.name in strays and path.stat().st_mtime < before]
        for path in strays:
            self.stdout.write(f"Of no document: {path.name}")
            if remove:
                path.unlink()
        missing = Document.objects.filter(status__in=KEPT).exclude(stored__in=there)
        for document in missing:
            self.stdout.write(f"Without its file: document {document.pk}")
        waiting = Document.objects.filter(status__in=UNCHECKED).exclude(pk__in=missing.values("pk"))
        for document in waiting if scan else ():
            document.schedule()
        did = "deleted" if remove else "of no document"
        self.stdout.write(f"{len(strays)} files {did}, {len(missing)} documents without their file.")
        self.stdout.write(f"{len(waiting)} not checked for viruses{', to be scanned' if scan else ''}.")
