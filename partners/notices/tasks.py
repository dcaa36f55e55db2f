"""The background work of messages, as procrastinate runs it. Each task may be run twice, and does its work once."""

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app

from . import delivery, digest

PAUSES = (10, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600)  # seconds


class GrowingPauses(BaseRetryStrategy):
    """Again and again, after longer and longer; that it was enough says the message (`delivery.MOST`)."""

    def get_retry_decision(self, *, exception, job):
        return RetryDecision(retry_in={"seconds": PAUSES[min(job.attempts, len(PAUSES) - 1)]})


@app.task(name="notices.deliver", retry=GrowingPauses())
def deliver(notice):
    delivery.deliver(notice)


@app.periodic(cron="*/5 * * * *")
@app.task(name="notices.ask_what_became", queueing_lock="notices.ask_what_became")
def ask_what_became(timestamp):
    delivery.ask_what_became()


@app.periodic(cron="*/10 * * * *")
@app.task(name="notices.send_digests", queueing_lock="notices.send_digests")
def send_digests(timestamp):
    digest.send_digests()


@app.periodic(cron="* * * * *")
@app.task(name="notices.rescue", queueing_lock="notices.rescue", pass_context=True)
async def rescue(context, timestamp):
    """Take up again the work of workers that were killed: of whatever app, whoever has shown no sign of life."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)
