import pytest


@pytest.fixture
def walk(make_referral, officer, facilitator):
    """A referral that stands at this status, brought there by the real steps."""

    def to(status, **fields):
        before = {"draft": "draft", "submitted": "submitted", "declined": "submitted", "redirected": "submitted"}
        referral = make_referral(before.get(status, "accepted"), **fields)
        steps = {
            "declined": lambda: referral.decline(by=facilitator, reason="Under 18"),
            "redirected": lambda: referral._end("redirect", by=facilitator, on=None, reason="Fits better"),
            "engaged": lambda: referral.engage(by=facilitator),
            "completed": lambda: referral.complete(by=facilitator, outcome="Brought in"),
            "not_engaged": lambda: referral.disengage(by=facilitator, reason="Could not be reached"),
            "withdrawn": lambda: referral.withdraw(by=officer, reason="Sent twice"),
            "closed": lambda: referral.close(by=facilitator, reason="Moved away"),
        }
        steps.get(status, lambda: None)()
        assert referral.status == status
        return referral

    return to
