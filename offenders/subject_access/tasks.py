"""The background work of requests for one's own data."""

from procrastinate.contrib.django import app

from partners.notices.tasks import GrowingPauses

from .compile import clear, compile_request


@app.task(name="subject_access.compile", retry=GrowingPauses())
def bring_together(request):
    compile_request(request)


@app.periodic(cron="25 3 * * *")
@app.task(name="subject_access.clear", queueing_lock="subject_access.clear")
def clear_what_was_answered(timestamp):
    clear()
