"""The background work of oversight."""

from procrastinate.contrib.django import app

from .telling import tell_of_approvals


@app.periodic(cron="*/10 * * * *")
@app.task(name="oversight.tell_of_approvals", queueing_lock="oversight.tell_of_approvals")
def tell(timestamp):
    """Tell those who may decide of what waits for them."""
    tell_of_approvals()
