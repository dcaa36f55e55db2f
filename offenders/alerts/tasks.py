"""The background work of alerts."""

from procrastinate.contrib.django import app

from .rules import look


@app.periodic(cron="40 * * * *")
@app.task(name="alerts.look", queueing_lock="alerts.look")
def look_for_odd_reading(timestamp):
    """Look through the last days of the record for odd reading."""
    look()
