"""Reviews of the caseload: signed off and due, with what was asked done and not; and a dip sample."""

import datetime as dt

from django.utils import timezone

from referrals.rehab.models import Review, Sample

FOUND = [
    ("Met every week, and the plan is what he wants.", "Kept at it through two missed appointments.", "yes"),
    ("Long gaps between contacts. The plan says little of housing.", "Honest notes.", "no"),
    ("Risk was set at the start and not since. Partners know what they need to.", "", "unsure"),
]
ASKED = ["Visit at home, and say what the risk is now", "Ask the council for a housing assessment", "Ring his mother"]
LOOKED = 40


def review_some(chance, cases, supervisors):
    """Most of these were looked into in the last weeks, some are due; one is half written."""
    today = timezone.localdate()
    for case in cases[:LOOKED]:
        day = today - dt.timedelta(days=chance.randint(2, 50))
        by = next(user for user in supervisors if user != case.facilitator)
        found, good, answer = chance.choice(FOUND)
        if case.opened_on > day or chance.random() < 0.2:
            continue
        review = Review.begin(case, by=by)
        said = dict.fromkeys(Review.ANSWERS, "yes") | {"contact": answer, "found": found, "good": good}
        asked = [(text, day + dt.timedelta(days=14)) for text in chance.sample(ASKED, chance.randint(0, 2))]
        review.finish(by=by, on=day, to_do=asked, **said)
        for task in review.actions(case.facilitator):
            if chance.random() < 0.6:
                task.do(by=case.facilitator, why="Done, and written down.")
    fresh = next((case for case in cases if not case.reviews.exists()), None)
    if fresh and supervisors[0] != fresh.facilitator:
        Review.begin(fresh, by=supervisors[0]).write(by=supervisors[0], found="To go on with on Thursday.")
    Sample.draw(by=supervisors[0], size=5)
