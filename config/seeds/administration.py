"""Who may act, gone through at one agency and begun at another."""

from partners.models import AccessReview


def review_access(administrators, agencies):
    """A treatment partner's list is signed off; of the police's, some is decided."""
    first, second = administrators
    done, begun = (AccessReview(agency=agencies[name]) for name in ("CGL", "WMP"))
    for review in (done, begun):
        review.begin(by=first)
    for line in done.lines.all():
        line.decide(by=second, decision="keep")
    done.sign_off(by=second)
    for line in begun.lines.filter(role="officer"):
        line.decide(by=first, decision="keep")
