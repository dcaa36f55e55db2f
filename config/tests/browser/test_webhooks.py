"""An administrator makes a webhook, hands its secret over, and sees what did not arrive."""

import pytest

from config.tests.browser.conftest import follow
from partners.audit.models import Event
from partners.systems.models import Delivery, Hook, System

pytestmark = pytest.mark.browser


def test_a_webhook_is_made_seen_and_told_again(open_page, look, visit, press, make_user, police, cgl):
    administrator = make_user("administrator", police)
    System(agency=cgl, name="Carenotes", contact="Records team").register(by=administrator, role="cgl_worker")
    page = open_page(administrator)
    visit(page, "/admin/systems/hook/add/")
    page.locator("[name=system]").select_option(index=1)
    page.locator("[name=url]").fill("https://cgl.example/changes")
    press(page, "Save", exact=True)
    assert "This field is required" in page.content()
    page.locator("[name=kinds][value=referral]").check()
    press(page, "Save", exact=True)
    hook = Hook.objects.get()
    assert page.locator("#secret").input_value() == hook.secret
    follow(page, page.get_by_role("link", name="I have copied it"))
    look(page)
    Delivery.objects.create(
        hook=hook, event=Event.objects.earliest("pk"), kind="referral", row="1", what="referral.accept",
        status="failed", attempts=7, answer=503, problem="It answered 503.",
    )  # fmt: skip
    press(page, "Deliveries", exact=True)
    assert "It answered 503." in page.content()
    press(page, "referral.accept")
    press(page, "Send it again")
    press(page, "Send it again")
    assert Delivery.objects.get().status == "queued"
