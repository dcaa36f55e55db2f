import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from partners.demonstration import DEMONSTRATION_PASSWORD


def printed():
    out = io.StringIO()
    call_command("demo_sign_ins", stdout=out)
    return out.getvalue()


def test_it_refuses_where_people_are_real(db, settings):
    settings.DEMONSTRATION = False
    with pytest.raises(CommandError, match="not for demonstration"):
        call_command("demo_sign_ins")


def test_one_line_for_each_role_that_somebody_holds(make_user, police, settings):
    settings.DEMONSTRATION = True
    assert "./dev seed" in printed()
    first, second, auditor = make_user("officer", police), make_user("officer", police), make_user("auditor", police)
    gone = make_user("analyst", police)
    gone.memberships.update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    text = printed()
    assert first.email in text
    assert auditor.email in text
    assert second.email not in text
    assert gone.email not in text
    assert DEMONSTRATION_PASSWORD in text
    assert len(DEMONSTRATION_PASSWORD) >= 15
