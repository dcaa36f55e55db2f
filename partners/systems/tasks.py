"""The background work of partner systems, as procrastinate runs it."""

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from . import hook_delivery
from .ending import warn
from .models import Calls


@app.periodic(cron="23 6 * * *")
@app.task(name="systems.warn", queueing_lock="systems.warn")
def warn_of_tokens(timestamp):
    """Tell of tokens that end soon; let go of what was counted long ago."""
    warn()
    Calls.forget()


@app.periodic(cron="* * * * *")
@app.task(name="systems.collect", queueing_lock="systems.collect")
def collect(timestamp):
    """See what changed, and have each hook told that something waits for: one that does not answer keeps none up."""
    for hook in hook_delivery.collect():
        lock = f"hook {hook}"
        try:
            with transaction.atomic():
                app.configure_task("systems.send", lock=lock, queueing_lock=lock).defer(hook=str(hook))
        except AlreadyEnqueued:
            continue


@app.task(name="systems.send")
def send(hook):
    hook_delivery.send_waiting(hook)
