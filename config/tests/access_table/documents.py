"""Addresses of documents: who reads one is as with a note; who works with the person adds them."""

from config.tests.access_table.grid import Row, amended, form, is_of, of, of_one, only, page, post, refusing, supervised
from config.tests.access_table.offenders import AMEND_NOTE, NO_NOTES, NOTES, PERSON, WRITE_NOTE
from config.tests.access_table.rehab import CASE

OPENED = [(role, "opened") for role in ("facilitator", "supervisor")]  # in an emergency: to read alone
ADD = WRITE_NOTE | dict.fromkeys(OPENED, "no")
# the case is no matter of the rehab's, nor of a referral elsewhere
NOT_OF_THE_CASE = "rehab_provider other_provider cranstoun_worker"
ADD_TO = ADD | {cell: "-" for cell, word in ADD.items() if is_of(cell[0], NOT_OF_THE_CASE) and word == "do"}
READ = {"document": NOTES["note"], "own_document": NOTES["own_note"], "health_document": NOTES["health_note"]}

page("documents:of_person", of("offender", PERSON))
form("documents:add", of("offender", ADD))
form("documents:add_to", Row(ADD_TO, {"pk": "offender", "matter": "case"}))
for kind, readers in READ.items():
    page(f"documents:document#{kind}", of(kind, readers))
    page(f"documents:file#{kind}", of(kind, readers))
    page(f"api:document-detail#{kind}", of(kind, refusing(readers, NO_NOTES)))
    page(f"api:document-file#{kind}", of(kind, refusing(readers, NO_NOTES)))
form("documents:remove", of("document", AMEND_NOTE))
page("rehab:case_documents", of("case", CASE))
page("api:document-list", Row(refusing(of_one(PERSON), NO_NOTES), asks={"offender": "@offender"}))
OF_WHOM = of_one(ADD) | dict.fromkeys(OPENED, "bad")
post("api:document-list", Row(refusing(OF_WHOM, NO_NOTES), sends={"offender": "@offender"}))
post("api:document-step", Row(refusing(AMEND_NOTE, NO_NOTES), {"pk": "document", "verb": "remove"}))
amended("document", "document", "document", NOTES["note"], AMEND_NOTE, NO_NOTES)
supervised(
    "documents_document", "document", NOTES["note"], {"remove": AMEND_NOTE}, staff="supervisor cranstoun_manager"
)
form(
    "admin:app_list app_label=documents",
    Row(only("supervisor cranstoun_manager") | {(role, None): "-" for role in ("administrator", "resolution_lead")}),
)
