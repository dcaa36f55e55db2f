"""Addresses of who looks after the duties to the people told of: odd reading."""

from config.tests.access_table.grid import ROLES, Row, form, listing, of, only, page, post, profile, refusing

AUDITORS = Row(only("auditor"))
ASKED = Row(only("auditor"), {"name": "refused"})
page("audit:questions", AUDITORS)
page("audit:question", ASKED)
post("audit:question", Row(only("auditor", "do"), {"name": "refused"}))
page("audit:question_csv", ASKED)
page("api:audit-question-list", AUDITORS)
page("api:audit-question-detail", ASKED)
ALERT = profile("""
                    any     unknown
    auditor         yes     -
    *               -       -
""")
LOOKS_INTO = {cell: "do" if word == "yes" else word for cell, word in ALERT.items()}
NO_REVIEW = " ".join(role for role in ROLES if role != "auditor")
page("alerts:list", Row(only("auditor")))
page("alerts:alert", of("alert", ALERT))
page("api:alert-list", Row(only("auditor")))
page("api:alert-detail", of("alert", refusing(ALERT, NO_REVIEW)))
for verb in ("clear", "pass_on"):
    form(f"alerts:{verb}", of("alert", LOOKS_INTO))
    post(f"api:alert-step verb={verb}", of("alert", refusing(LOOKS_INTO, NO_REVIEW)))

# the person of "worked" asked the police what is held about them

ASKED_US = profile("""
                    worked  unknown
    auditor         yes     -
    *               -       -
""")
ANSWERS = {cell: "do" if word == "yes" else word for cell, word in ASKED_US.items()}
page("subject_access:list", AUDITORS)
page("api:subject-request-list", AUDITORS)
form("subject_access:receive", AUDITORS)
post("subject_access:receive", Row(only("auditor", "do")))
post("api:subject-request-list", Row(only("auditor", "do")))
page("subject_access:request", of("subject_request", ASKED_US))
page("api:subject-request-detail", of("subject_request", refusing(ASKED_US, NO_REVIEW)))
page("api:subject-request-told", of("subject_request", refusing(ASKED_US, NO_REVIEW)))
for name in ("pdf", "json"):
    page(f"subject_access:{name}", of("subject_request", refusing(ASKED_US, NO_REVIEW)))
for verb in ("identify", "compile", "send", "refuse"):
    form(f"subject_access:{verb}", of("subject_request", ANSWERS))
    post(f"api:subject-request-step verb={verb}", of("subject_request", refusing(ANSWERS, NO_REVIEW)))
page("subject_access:line", of("subject_line", ASKED_US))
page("api:subject-line-list", listing("subject_line", refusing(ASKED_US, NO_REVIEW)))
page("api:subject-line-detail", of("subject_line", refusing(ASKED_US, NO_REVIEW)))
for verb in ("release", "redact", "withhold"):
    form(f"subject_access:{verb}", of("subject_line", ANSWERS))
    post(f"api:subject-line-step verb={verb}", of("subject_line", refusing(ANSWERS, NO_REVIEW)))
