"""Documents in a browser: none yet, one added and downloaded, a wrong one told and removed."""

import pytest

from .conftest import choose

pytestmark = pytest.mark.browser


def test_documents(open_page, visit, press, make_case, facilitator, tmp_path):
    case = make_case()
    letter, page_of_web = tmp_path / "Letter from housing.txt", tmp_path / "letter.pdf"
    letter.write_text("Dear Sam")
    page_of_web.write_text("<html><script>alert(1)</script>")
    page = open_page(facilitator)
    visit(page, f"/o2r/cases/{case.pk}/documents/")
    press(page, "Add a document")
    press(page, "Add")
    assert page.get_by_role("alert").get_by_text("Enter which file").or_(page.get_by_role("alert")).first.is_visible()
    for file in (page_of_web, letter):
        page.get_by_label("Which file?").set_input_files(file)
        choose(page, "What is it?", "Letter")
        press(page, "Add", exact=True)
    assert page.get_by_role("heading", name="Letter from housing").is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    assert download.value.suggested_filename == "Letter from housing.txt"
    assert download.value.path().read_text() == "Dear Sam"
    visit(page, f"/documents/of/{case.offender_id}/")
    visit(page, f"/referrals/{case.referral_id}/")
    visit(page, f"/o2r/cases/{case.pk}/documents/")
    press(page, "Letter from housing")
    press(page, "Remove the file")
    page.get_by_label("Why?").fill("It is about another person")
    press(page, "Remove")
    assert page.get_by_text("It is about another person").first.is_visible()
    visit(page, f"/documents/of/{case.offender_id}/")
