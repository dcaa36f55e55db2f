"""Answers given, refused and taken back; an agreement that has ended, and one that ends soon."""

import datetime as dt

from django.utils import timezone

from offenders.models import Consent
from partners.models import Agreement

ANSWERS = [
    ("sharing", "given", "in_words", "Fine by me, so long as my mum is not told."),
    ("sharing", "refused", "in_words", "Not with the police. Ask me again when I am in rehab."),
    ("treatment", "given", "form", "The treatment form, signed."),
    ("research", "refused", "phone", "No studies."),
    ("sharing", "withdrawn", "phone", "I have changed my mind about that."),
]


def answer(cases, by, agencies):
    """One of each kind of answer, over and over, on these shared cases; recorded by a partner's worker."""
    for n, case in enumerate(cases):
        purpose, said, how, words = ANSWERS[n % len(ANSWERS)]
        consent = Consent.record(
            case.offender, by=by, purpose=purpose, agency=agencies["WMP" if purpose == "sharing" else "CGL"], how=how,
            answer="refused" if said == "refused" else "given", words=words,
            language="Polish" if n % 7 == 3 else "", interpreter="Ms Wanda Nowak" if n % 7 == 3 else "",
        )  # fmt: skip
        if said == "withdrawn":
            consent.withdraw(by=by, how="phone", reason="Rang to say so; gave no reason.")


def agreements_that_end(agencies, begun):
    """The pilot's, over; and one with a charity that somebody ought to renew."""
    today = timezone.localdate()
    for name, parties, covers, until in [
        ("the pilot agreement", ["WMP", "CGL"], ["identity", "case", "general"], today - dt.timedelta(days=400)),
        ("the Lantern Trust agreement", ["WMP", "Lantern Trust"], ["identity", "case", "general", "health"],
         today + dt.timedelta(days=21)),
    ]:  # fmt: skip
        agreement = Agreement.objects.create(
            name=name, purpose="Throughcare of O2R clients", categories=covers, valid_from=begun, valid_to=until,
            review_on=until,
        )  # fmt: skip
        agreement.agencies.set([agencies[party] for party in parties])
