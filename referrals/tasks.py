"""The background work of referrals."""

from procrastinate.contrib.django import app

from .escalation import escalate
from .models import Journey


@app.periodic(cron="17 4 * * *")
@app.task(name="referrals.clear_journeys", queueing_lock="referrals.clear_journeys")
def clear_journeys(timestamp):
    """Clear the answers of referrals that were begun and left too long. Nobody reads them meanwhile."""
    Journey.objects.clear()


@app.periodic(cron="5 * * * *")
@app.task(name="referrals.escalate", queueing_lock="referrals.escalate")
def escalate_deadlines(timestamp):
    """Tell of what is due soon, and of what is overdue."""
    escalate()
