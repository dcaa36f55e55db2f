"""Answers about consent, and agreements: what they open, and that they close it on the next request."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from offenders.models import Consent, Entry, Involvement, Note
from offenders.workflow import TooLate
from partners.models import Agreement
from referrals.rehab.models import Case

TODAY = timezone.localdate()
YESTERDAY = TODAY - dt.timedelta(days=1)


@pytest.fixture
def shared(make_case, facilitator, cgl):
    case = make_case()
    case.share(by=facilitator, agency=cgl)
    return case


def write(case, by, category="health"):
    now = timezone.now()
    return Note.write(
        case.offender, by=by, kind="visit", text=f"canary {category}", happened_at=now, category=category,
        matters=case.matters,
    )  # fmt: skip


def reads(user, note):
    return Note.objects.visible_to(user).filter(pk=note.pk).exists()


# answers


def test_given_withdrawn_and_given_again_on_one_day(shared, cgl_worker, facilitator, police, make_consent):
    ours, theirs = write(shared, facilitator), write(shared, cgl_worker)
    assert (reads(facilitator, ours), reads(facilitator, theirs)) == (True, False)
    consent = make_consent(shared.offender, police, by=cgl_worker)
    assert reads(facilitator, theirs)
    consent.withdraw(by=facilitator, how="phone", reason="Changed their mind")
    assert not reads(facilitator, theirs)
    with pytest.raises(TooLate):
        consent.withdraw(by=facilitator, how="phone", reason="Again")
    make_consent(shared.offender, police)
    assert reads(facilitator, theirs)


def test_a_refusal_ends_the_yes_before_it_and_is_no_yes(shared, cgl_worker, facilitator, police, make_consent):
    theirs = write(shared, cgl_worker)
    make_consent(shared.offender, police)
    refusal = make_consent(shared.offender, police, answer="refused")
    assert not reads(facilitator, theirs)
    assert list(shared.offender.consents.standing()) == [refusal]
    with pytest.raises(TooLate):
        refusal.withdraw(by=facilitator, how="phone", reason="It was no yes")


def test_a_consent_opens_what_it_covers_alone(shared, cgl_worker, facilitator, police, cranstoun, make_consent):
    theirs = write(shared, cgl_worker)
    make_consent(shared.offender, police, covers=[cranstoun])
    assert not reads(facilitator, theirs)
    make_consent(shared.offender, police, covers=[cgl_worker.membership.agency])
    assert reads(facilitator, theirs)
    make_consent(shared.offender, police, purpose="treatment")
    assert shared.offender.consents.standing().count() == 2


def test_what_is_told_late_changes_nothing(shared, facilitator, police, make_consent):
    make_consent(shared.offender, police).withdraw(by=facilitator, how="phone", reason="No more")
    with pytest.raises(ValidationError, match="A later answer is recorded"):
        make_consent(shared.offender, police, answered_on=YESTERDAY)
    assert not shared.offender.consents.standing().exists()


def test_only_who_may_records_an_answer(shared, officer, provider, police, make_consent):
    for user in (officer, provider):
        with pytest.raises(PermissionDenied):
            make_consent(shared.offender, police, by=user)


def test_the_timeline_names_no_agency(shared, cgl, facilitator, officer, make_consent):
    consent = make_consent(shared.offender, cgl, purpose="treatment", words="Only CGL, not the others")
    consent.withdraw(by=facilitator, how="phone", reason="Fell out with CGL")
    lines = list(Entry.objects.visible_to(facilitator).filter(sentence__startswith="Consent").values_list("sentence"))
    assert lines == [("Consent withdrawn: treatment",), ("Consent given: treatment",)]
    assert not Entry.objects.visible_to(officer).filter(sentence__startswith="Consent").exists()


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"answer": "perhaps"}, "consent_is_given_or_refused"),
        ({"giver": "parent"}, "consent_by_someone_else_names_them"),
        ({"interpreter": "Ms Diallo"}, "interpreted_consent_names_the_language"),
        ({"withdrawn_how": "phone"}, "consent_withdrawn_was_given_and_says_how_and_why"),
        ({"ended_at": timezone.now() - dt.timedelta(days=9)}, "consent_ends_after_it_is_recorded"),
    ],
)
def test_the_database_says_no(shared, facilitator, police, wrong, constraint):
    said = {"offender": shared.offender, "agency": police, "purpose": "sharing", "answer": "given", "how": "form",
            "answered_on": TODAY, "recorded_by": facilitator, "by_agency": police} | wrong  # fmt: skip
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Consent.objects.create(**said)


def test_a_person_has_one_answer_at_a_time(shared, police, make_consent):
    first = make_consent(shared.offender, police)
    first.pk = None
    with pytest.raises(IntegrityError, match="person_has_one_answer"), transaction.atomic():
        first.save(force_insert=True)


def test_an_answer_is_recorded_and_withdrawn_on_its_pages(shared, client, facilitator, cgl_worker, police):
    theirs = write(shared, cgl_worker)
    person = shared.offender
    client.force_login(cgl_worker)
    url = reverse("offenders:record_consent", args=[person.pk])
    assert "reads the health information that others recorded" in client.get(url).content.decode()
    assert client.post(url, {}).status_code == 422
    answers = {"purpose": "sharing", "agency": police.pk, "answer": "given", "how": "in_words", "giver": "parent"}
    assert "Enter the name of who answered" in client.post(url, answers).content.decode()
    answers |= {"giver_name": "Rose Person", "language": "Polish", "interpreter": "Ms Nowak", "words": "Tell them"}
    assert client.post(url, answers).status_code == 302
    assert reads(facilitator, theirs)
    page = client.get(reverse("offenders:sharing", args=[person.pk])).content.decode()
    for words in ("Given", "Rose Person", "in Polish through Ms Nowak", "“Tell them”"):
        assert words in page
    amend = reverse("offenders:amend", args=["consent", Consent.objects.get().pk])
    assert amend in page
    sealed = client.get(amend).context["form"]["seen"].value()
    said = {"how": "form", "giver": "parent", "giver_name": "Rose Person", "answered_on_day": "1", "seen": sealed}
    said |= {"answered_on_month": "2", "answered_on_year": "2024", "reason": "Misread the form"}
    page = client.post(amend, said, follow=True).content.decode()
    assert "Misread the form" in page
    url = reverse("offenders:withdraw_consent", args=[person.pk, Consent.objects.get().pk])
    client.force_login(facilitator)
    assert amend not in client.get(reverse("offenders:sharing", args=[person.pk])).content.decode()
    assert client.post(url, {}).status_code == 422
    for _ in range(2):
        assert client.post(url, {"how": "phone", "reason": "Changed their mind"}).status_code == 302
    assert not reads(facilitator, theirs)
    assert "Changed their mind" in client.get(reverse("offenders:sharing", args=[person.pk])).content.decode()


def test_an_answer_is_recorded_and_withdrawn_over_the_api(shared, client, cgl_worker, police):
    client.force_login(cgl_worker)
    url = "/api/v1/consents/"
    said = {"offender": str(shared.offender.pk), "purpose": "sharing", "agency": str(police.pk), "answer": "given",
            "how": "form", "giver": "person"}  # fmt: skip
    assert client.post(url, said | {"how": "by magic"}, content_type="application/json").status_code == 400
    made = client.post(url, said, content_type="application/json")
    assert made.status_code == 201, made.json()
    (row,) = client.get(f"{url}?offender={shared.offender.pk}").json()["results"]
    assert (row["answer"], row["stands"], row["by_agency"]) == ("given", True, "CGL")
    withdraw, why = f"{url}{row['id']}/withdraw/", {"how": "phone", "reason": "No more"}
    assert client.post(withdraw, why, content_type="application/json").json()["stands"] is False
    assert client.post(withdraw, why, content_type="application/json").status_code == 409


# agreements


def found_by(client, user, case):
    """Whether the person is anywhere: the case page and list, the API, their timeline, and by search."""
    client.force_login(user)
    person, told = case.offender, set()
    for url in (case.get_absolute_url(), f"/people/{person.pk}/", f"/api/v1/cases/{case.pk}/"):
        told.add(client.get(url).status_code == 200)
    for url in (reverse("rehab:team_caseload"), "/api/v1/cases/"):
        told.add(str(case.pk) in client.get(url).content.decode())
    told.add(str(person.pk) in client.post(reverse("offenders:search"), {"q": str(person)}).content.decode())
    told.add(Case.objects.visible_to(user).count() == 1)
    assert len(told) == 1, told
    return told.pop()


def test_an_agreement_that_ends_closes_everything_and_one_renewed_carries_on(shared, client, cgl, police, cgl_worker,
                                                                            facilitator, make_agreement):  # fmt: skip
    theirs = write(shared, cgl_worker, "general")
    assert found_by(client, cgl_worker, shared)
    assert reads(facilitator, theirs)
    Agreement.objects.update(valid_to=YESTERDAY)
    assert not found_by(client, cgl_worker, shared)
    assert not reads(facilitator, theirs)
    assert found_by(client, facilitator, shared)
    make_agreement(police, cgl)
    assert found_by(client, cgl_worker, shared)
    assert reads(facilitator, theirs)


def test_an_agreement_without_health_hides_health_from_the_other_alone(
    shared, client, facilitator, cgl_worker, police, make_consent
):
    ours, theirs, general = write(shared, facilitator), write(shared, cgl_worker), write(shared, facilitator, "general")
    make_consent(shared.offender, police)
    Agreement.objects.update(categories=["identity", "case", "general"])
    assert [reads(cgl_worker, note) for note in (ours, theirs, general)] == [False, True, True]
    assert [reads(facilitator, note) for note in (ours, theirs, general)] == [True, False, True]


def test_without_an_agreement_nothing_is_shared(make_case, client, facilitator, make_agency, make_rehab_unit, police):
    case, there = make_case(), make_agency(name="Harbour Lights")
    with pytest.raises(ValidationError, match="no sharing agreement between WMP and Harbour Lights"):
        case.share(by=facilitator, agency=there)
    unit = make_rehab_unit(agency=there)
    client.force_login(facilitator)
    asked = {"units": [unit.pk], "needs": "Quiet", "needs_detox": "False"}
    assert client.post(reverse("rehab:placement_request", args=[case.pk]), asked).status_code == 422
    assert not Involvement.objects.filter(agency=there).exists()


def test_a_referral_is_not_sent_to_an_agency_without_an_agreement(make_referral, make_user, cgl, client):
    sender = make_user("cgl_worker", cgl)
    draft = make_referral("draft", by=sender)
    Agreement.objects.update(valid_to=YESTERDAY)
    client.force_login(sender)
    answer = client.post(reverse("referrals:submit", args=[draft.pk]), {})
    assert answer.status_code == 422
    assert "no sharing agreement between CGL and WMP" in answer.content.decode()
    assert client.post(f"/api/v1/referrals/{draft.pk}/submit/", {}, content_type="application/json").status_code == 400


def test_an_agreement_covers_identity_and_case(police, cgl):
    with pytest.raises(IntegrityError, match="agreement_covers_identity_and_case"), transaction.atomic():
        Agreement.objects.update(categories=["health"])


def test_every_page_of_a_person_says_why_it_is_seen(shared, client, cgl_worker, facilitator):
    note = write(shared, cgl_worker, "general")
    client.force_login(cgl_worker)
    why = "You see this because CGL has had an open case since"
    for url in (f"/people/{shared.offender_id}/", note.get_absolute_url(), shared.get_absolute_url()):
        page = client.get(url).content.decode()
        assert why in page
        assert "under the O2R agreement." in page
    client.force_login(facilitator)
    page = client.get(shared.referral.get_absolute_url()).content.decode()
    assert "You see this because WMP (Offender to Rehab team) has had" in page
    assert "under" not in page[page.index("You see this") :][:120]
