"""The panel of who asked what is held about them."""

from django.urls import reverse

from offenders.subject_access.models import SubjectRequest
from partners.frame.paging import capped_count

from .panels import Line, Panel, day_words, few


def to_answer(user):
    requests = SubjectRequest.objects.visible_to(user).open()
    rows = few(requests.with_names().order_by("due_on", "pk"))
    lines = [
        Line(row.offender.reference, f"{row.get_status_display()}, due {day_words(row.due_on)}",
             row.get_absolute_url(), overdue=row.is_overdue)
        for row in rows
    ]  # fmt: skip
    words = "" if lines else "Everyone who asked your agency has been answered."
    url = f"{reverse('subject_access:list')}?stands=open"
    return Panel("Who asks what is held", url, count=capped_count(requests), lines=lines, words=words, shown=rows)
