import io

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_the_api_describes_itself_without_a_warning():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_who_is_not_authenticated_gets_none(client, db):
    assert client.get("/api/v1/schema/").status_code == 403
