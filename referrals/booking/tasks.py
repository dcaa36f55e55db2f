"""The background work of booking."""

from procrastinate.contrib.django import app

from .models import Appointment


@app.periodic(cron="*/5 * * * *")
@app.task(name="booking.let_go", queueing_lock="booking.let_go")
def let_go(timestamp):
    """Delete holds whose time is over. Nothing waits for it: whoever wants their time deletes them first."""
    Appointment.objects.expired().delete()
