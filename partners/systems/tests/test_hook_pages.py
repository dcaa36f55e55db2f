"""Webhooks in the back office and over the API: who looks after them, and that the secret is told once."""

from unittest import mock

import pytest

from partners.audit.models import Event
from partners.once import Receipt
from partners.systems.models import Delivery, Hook

URL = "https://cgl.example/changes"


@pytest.fixture
def office(signed_in, administrator):
    return signed_in(administrator)


@pytest.fixture
def hook(system, administrator):
    return Hook(system=system, url=URL, kinds=["referral"]).begin(by=administrator)


@pytest.fixture
def delivery(hook):
    return Delivery.objects.create(
        hook=hook, event=Event.objects.earliest("pk"), kind="referral", row="1", what="referral.accept",
        status="failed", problem="It answered 500.",
    )  # fmt: skip


JSON = "application/json"


def page(hook, verb="change"):
    return f"/admin/systems/hook/{hook.pk}/{verb}/"


def test_an_administrator_makes_a_webhook_and_is_told_its_secret_once(office, system, administrator):
    sent = {"system": system.pk, "url": URL, "kinds": ["referral", "case"], "sends_rows": "on"}
    answer = office.post("/admin/systems/hook/add/", sent)
    hook = Hook.objects.get()
    assert (hook.kinds, hook.sends_rows, hook.made_by) == (["referral", "case"], True, administrator)
    assert hook.secret in answer.content.decode()
    assert hook.secret not in office.get(page(hook)).content.decode()
    assert not any(hook.secret in receipt.body for receipt in Receipt.objects.all())
    assert not any(hook.secret in f"{event.after} {event.detail}" for event in Event.objects.all())
    renewed = office.post(page(hook, "renew"), {"at_once": "on"}).content.decode()
    assert hook.secret not in renewed
    assert Hook.objects.get().secret in renewed


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"url": "http://cgl.example/"}, "begins with https://"),
        ({"kinds": []}, "This field is required"),
        ({"kinds": ["restriction"]}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(office, system, settings, wrong, sentence):
    settings.HOOKS_ANYWHERE = False
    answer = office.post("/admin/systems/hook/add/", {"system": system.pk, "url": URL, "kinds": ["referral"]} | wrong)
    assert sentence in answer.content.decode()
    assert not Hook.objects.exists()


def test_its_steps_are_offered_as_it_stands_and_taken(office, hook, delivery):
    shown = office.get(page(hook)).content.decode()
    assert all(page(hook, verb) in shown for verb in ("pause", "renew", "replay", "end"))
    assert page(hook, "resume") not in shown
    assert office.post(page(hook, "pause"), {}).status_code == 422
    office.post(page(hook, "pause"), {"reason": "They move house"})
    hook.refresh_from_db()
    assert (hook.stands, hook.paused_why) == ("Paused", "They move house")
    office.post(page(hook, "resume"))
    office.post(page(hook, "replay"))
    delivery.refresh_from_db()
    assert (Hook.objects.get().stands, delivery.status) == ("Live", "queued")
    office.post(page(hook, "end"))
    assert Hook.objects.get().stands == "Ended"
    assert page(hook, "end") not in office.get(page(hook)).content.decode()


def test_a_delivery_is_seen_and_sent_again(office, hook, delivery):
    listed = office.get(f"/admin/systems/delivery/?hook__id__exact={hook.pk}").content.decode()
    assert "It answered 500." in listed
    address = f"/admin/systems/delivery/{delivery.pk}"
    assert f"{address}/replay/" in office.get(f"{address}/change/").content.decode()
    office.post(f"{address}/replay/")
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("queued", 0)
    assert f"{address}/replay/" not in office.get(f"{address}/change/").content.decode()


def test_a_system_looks_after_its_own_webhooks_and_sees_no_others(
    calling, system, hook, delivery, make_system, cranstoun
):
    own, other = calling(system), calling(make_system(cranstoun, "cranstoun_worker", name="Another"))
    assert [row["id"] for row in own.get("/api/v1/hooks/").json()["results"]] == [str(hook.pk)]
    assert "secret" not in own.get(f"/api/v1/hooks/{hook.pk}/").content.decode()
    (row,) = own.get("/api/v1/hook-deliveries/", {"hook": hook.pk, "status": "failed"}).json()["results"]
    assert (row["id"], row["problem"]) == (str(delivery.pk), "It answered 500.")
    assert own.post(f"/api/v1/hook-deliveries/{delivery.pk}/replay/", {}, JSON).json()["status"] == "queued"
    assert own.post(f"/api/v1/hooks/{hook.pk}/pause/", {"reason": "Away"}, JSON).json()["stands"] == "Paused"
    assert own.post(f"/api/v1/hooks/{hook.pk}/resume/", {}, JSON).json()["stands"] == "Live"
    hook.pause(by=None, reason="It answered 500.")
    assert own.post(f"/api/v1/hooks/{hook.pk}/resume/", {}, JSON).json()["stands"] == "Live"
    for client in (other, calling(make_system(cranstoun, "cranstoun_worker", name="A third"), "read")):
        assert client.get("/api/v1/hooks/").json()["results"] == []
        assert client.get("/api/v1/hook-deliveries/").json()["results"] == []
        assert client.get(f"/api/v1/hooks/{hook.pk}/").status_code == 404
    assert other.post(f"/api/v1/hooks/{hook.pk}/pause/", {"reason": "Mine"}, JSON).status_code in (
        404,
        428,
    )
    assert Hook.objects.get().stands == "Live"
    assert calling(system, "read").post(f"/api/v1/hooks/{hook.pk}/replay/", {}, JSON).status_code == 403


def test_a_system_does_not_resume_what_an_administrator_paused(calling, system, hook, administrator):
    hook.pause(by=administrator, reason="They leak")
    assert calling(system).post(f"/api/v1/hooks/{hook.pk}/resume/", {}, JSON).status_code == 403
    assert Hook.objects.get().stands == "Paused"
    hook.resume(by=administrator)
    assert (Hook.objects.get().stands, Hook.objects.get().paused_by) == ("Live", None)


def test_a_system_asks_for_what_changed_with_its_token(calling, system):
    answer = calling(system, "read").get("/api/v1/changes/", {"since": "now"})
    assert (answer.status_code, answer.json()["results"]) == (200, [])
    assert Event.objects.get(verb="change.list").by_id == system.user_id


def test_who_only_reads_webhooks_changes_none(hook, officer):
    assert not Hook.objects.visible_to(officer).exists()
    with mock.patch.object(officer, "permissions", frozenset({"systems.view_hook"})):
        assert Hook.objects.visible_to(officer).exists()
        assert not Hook.objects.changeable_by(officer).exists()
