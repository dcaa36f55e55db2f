"""An administrator takes a partner's system in, hands over its token, and has it refused."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from .conftest import PASSWORD, choose

pytestmark = pytest.mark.browser


@pytest.fixture
def administrator(make_user, police):
    user = make_user("administrator", police)
    user.set_password(PASSWORD)
    user.save()
    return user


def test_a_system_is_taken_in_calls_and_is_refused(open_page, visit, press, administrator, cgl, live_server):
    page = open_page(administrator)
    visit(page, "/admin/systems/system/")
    press(page, "Add system")
    page.get_by_label("Agency").select_option(label=str(cgl))
    page.get_by_label("Name").fill("Carenotes")
    page.get_by_label("Contact").fill("The service desk, 0121 496 0000")
    page.get_by_label("Role").select_option(label="CGL worker")
    press(page, "Save and continue editing")
    press(page, "Make a token")
    press(page, "Make a token")  # it asks what the token may do
    choose(page, "What may it do?", "Read only")
    press(page, "Make a token")
    secret = page.locator("#secret").input_value()
    own = Request(f"{live_server.url}/api/v1/token/", headers={"Authorization": f"Bearer {secret}"})
    with urlopen(own) as answer:
        assert json.load(answer)["name"] == "Carenotes"
    press(page, "I have copied it")
    visit(page, "/")
    page.go_back()
    assert secret not in page.content()
    press(page, f"Revoke {secret[:11]}…")
    page.get_by_label("Why is it revoked?").fill("Sent by e-mail")
    press(page, "Revoke the token")
    with pytest.raises(HTTPError, match="401"):
        urlopen(own)
    visit(page, "/admin/systems/system/")
