"""The background work of retention."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from .disposal import erase
from .rules import count_everyone


@app.periodic(cron="43 2 * * *")
@app.task(name="retention.count", queueing_lock="retention.count")
def count(timestamp):
    """Work out whose records are due when."""
    count_everyone()


@app.task(name="retention.erase", retry=RetryStrategy(max_attempts=8, exponential_wait=5))
def erase_decided(decision):
    """Erase what two people decided to dispose of."""
    erase(decision)
