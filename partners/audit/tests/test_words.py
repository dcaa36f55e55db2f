"""The record's code words as people read them."""

import pytest

from offenders.models import Offender
from partners.audit import words
from partners.audit.models import Event
from referrals.models import Referral


@pytest.mark.parametrize(
    ("verb", "about", "said"),
    [
        ("case.view", "rehab.case", "case: opened"),
        ("referral.submit", "referrals.referral", Referral.STEPS["submit"].sentence),
        ("referral.engage", "referrals.referral", f"referral: {Referral.STEPS['engage'].sentence}"),
        ("case.start_detox.ask", "rehab.case", "case: opened the form “start detox”"),
        ("funding.ask", "rehab.funding", "funding: asked"),
        ("plandomain.lead.ask", "rehab.plandomain", "part of the plan: opened the form “lead”"),
        ("actionlink.view", "rehab.actionlink", "link to answer: opened"),
        ("follow_up.list", "", "follow-up: saw in a list"),
        ("sign_in_failed", "", "failed to sign in"),
        ("404", "", "refused: not theirs to see"),
        ("thing.never_heard_of", "gone.model", "thing: never heard of"),
    ],
)
def test_what_was_done(verb, about, said):
    assert words.did(verb, about) == said


def test_where_and_what_else():
    assert words.detail("address", "offenders:print_account") == ("Address", "people, print account")
    assert words.detail("asked", {"pk": "7"}) == ("Asked", "pk 7")
    assert words.detail("live_memberships", 2) == ("Live memberships", 2)
    assert words.detail("filters", []) == ("Filters", "none")
    assert words.subject("rehab.case") == "Case"
    assert words.subject("gone.model") == "gone.model"


@pytest.mark.django_db
def test_the_auditor_reads_words_and_finds_by_the_code(client, make_user, police, make_offender, facilitator):
    person = make_offender()
    event = Event.objects.shown("offender.view", [person], by=facilitator, subject=person)
    client.force_login(make_user("auditor", police))
    assert "Person: opened" in client.get("/audit/?verb=offender.view").content.decode()
    page = client.get(f"/audit/{event.pk}/").content.decode()
    assert "Person: opened" in page
    assert "/audit/?verb=offender.view" in page
    assert Offender._meta.label_lower not in page
