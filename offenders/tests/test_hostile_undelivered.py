"""What an agency's staff were told among themselves, asked for by another that the case is shared with."""

import pytest

from offenders.undelivered import undelivered
from partners.notices.models import Notice
from referrals.rehab.models import Review
from referrals.rehab.models.funding import tell_supervisors

pytestmark = pytest.mark.django_db


def test_what_the_team_told_its_own_is_not_anothers_to_read(
    make_placement, make_user, police, team, facilitator, supervisor, cgl_worker, signed_in
):
    stay = make_placement("offered")
    case = stay.case
    case.share(by=facilitator, agency=cgl_worker.membership.agency, co_worker=cgl_worker)
    for user in (facilitator, supervisor):
        type(user).objects.filter(pk=user.pk).update(email=f"nowhere {user.family_name.lower()}")
    case.refresh_from_db()
    answers = dict.fromkeys(Review.ANSWERS, "yes")
    Review.begin(case, by=supervisor).finish(by=supervisor, found="All is well.", **answers)
    tell_supervisors(stay, "confirm", by=facilitator)
    about = set(Notice.objects.filter(occasion__in=["review", "approval"]))
    assert len(about) == 2
    colleague = make_user("facilitator", police, team)
    assert about <= set(undelivered(colleague))
    assert not about & set(undelivered(cgl_worker))
    browser = signed_in(cgl_worker)
    ids = {row["id"] for row in browser.get("/api/v1/undelivered/").json()["results"]}
    for notice in about:
        assert str(notice.pk) not in ids
        assert browser.get(f"/api/v1/undelivered/{notice.pk}/").status_code == 404
        assert browser.post(f"/api/v1/undelivered/{notice.pk}/see_to/", {"reason": "x"}).status_code in (403, 404)
