"""Partners' own systems: one with a token that ends soon, and one that has changed over to another token."""

import datetime as dt

from django.utils import timezone

from partners.systems.models import System, Token


def register_some(administrator, agencies):
    now = timezone.now()
    for agency, name, role in (("CGL", "Casebook", "cgl_worker"), ("Ashgrove House", "Bedboard", "rehab_provider")):
        system = System(agency=agencies[agency], name=name, contact="The service desk, 0121 496 0123")
        system.register(by=administrator, role=role)
        Token.make(system, by=administrator, scope="write")
        made = system.tokens.filter(revoked_at=None)
        if agency == "CGL":
            made.update(made_at=now - dt.timedelta(days=344), expires_at=now + dt.timedelta(days=21))
        else:
            made.revoke(by=administrator, reason="Changed over to another token.")
            Token.make(system, by=administrator, scope="read")
