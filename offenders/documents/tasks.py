"""What the worker does with files. It may be run twice, and does its work once."""

from procrastinate.contrib.django import app

from partners.notices.tasks import GrowingPauses

from . import scanning


@app.task(name="documents.scan", retry=GrowingPauses())
def scan(document):
    scanning.scan(document)
