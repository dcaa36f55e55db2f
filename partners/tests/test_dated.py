"""What holds from one day to another holds on both, and not a day before or after: all that access asks it of."""

import datetime as dt

import pytest
from django.utils import timezone

from config.tests.mutants import scopes
from partners.signin.sso import Provider
from referrals.booking.models import Leave
from referrals.models import Cover

DATED = [model for model, method in scopes() if method == "on"]


@pytest.mark.parametrize("model", DATED, ids=lambda model: f"{model.__name__}.on")
def test_rows_hold_from_the_first_day_to_the_last(model, make_placement, restrict, worker, facilitator, supervisor):
    restrict(make_placement("requested").offender)
    today = timezone.localdate()
    Leave.objects.create(worker=worker, agency=worker.membership.agency, valid_from=today, valid_to=today)
    Cover.arrange(
        by=supervisor, absent=facilitator, covered_by=supervisor, first=today, last=today, reason="leave"
    )  # fmt: skip
    Provider.objects.create(
        agency=worker.membership.agency, slug="one", issuer="https://one.example", client_id="us",
        domains=["one.example"], valid_from=today,
    )  # fmt: skip
    rows = model.objects.filter(pk=model.objects.first().pk)
    for valid_from, valid_to, holds in [(-1, None, True), (0, 0, True), (1, None, False), (-2, -1, False)]:
        if valid_to is None and model in (Leave, Cover):
            valid_to = 99  # they say their last day
        last = valid_to if valid_to is None else today + dt.timedelta(days=valid_to)
        rows.update(valid_from=today + dt.timedelta(days=valid_from), valid_to=last)
        assert rows.on().exists() == holds
