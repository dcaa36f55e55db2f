"""A few documents: a letter shared with all, one of the team's own, a report of treatment's, a photo; one removed."""

import io

import pikepdf
from PIL import Image

from offenders.documents.examine import JPEG, PDF, TEXT
from offenders.documents.models import Document

LETTER = """Dear Sir or Madam,

We confirm that a room is kept for your client until the end of the month.

Canalside Housing
"""


def page():
    made, paper = io.BytesIO(), pikepdf.new()
    paper.add_blank_page(page_size=(595, 842))
    paper.save(made)
    return made.getvalue()


def photo():
    made = io.BytesIO()
    Image.new("RGB", (640, 480), "#8aa").save(made, "JPEG")
    return made.getvalue()


FILED = [  # kind, title, category, whether all who work on it read it, content type, content
    ("letter", "Housing confirms the room", "general", True, TEXT, LETTER.encode),
    ("consent", "Consent form, signed", "general", True, PDF, page),
    ("court", "Notes for court", "police", False, TEXT, "To be brought on the day.\n".encode),
    ("photo", "Bus pass, front", "general", True, JPEG, photo),
]


def file_some(cases, wearing, treatment):
    """One of each, over and over, on these cases, by whoever holds them; a report by who shares the first."""
    for n, case in enumerate(cases):
        kind, title, category, shared, content_type, content = FILED[n % len(FILED)]
        _file(case, wearing[case.facilitator_id], kind, title, category, shared, content_type, content())
    first = cases[0]
    _file(first, treatment, "report", "Assessment, for the file", "health", True, PDF, page())
    wrong = _file(first, wearing[first.facilitator_id], "letter", "Letter", "general", True, TEXT, b"Dear Sir\n")
    wrong.remove(by=wearing[first.facilitator_id], reason="It is about another person")


def _file(case, by, kind, title, category, shared, content_type, content):
    return Document.add(
        case.offender, by=by, kind=kind, title=title, category=category, matters=[case.pk] if shared else [],
        content=content, content_type=content_type,
    )  # fmt: skip
