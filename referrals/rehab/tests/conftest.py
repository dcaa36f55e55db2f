import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .pilot_file import as_csv


@pytest.fixture
def bring_in(tmp_path):
    def run(*rows, data=None, create_missing=True, **options):
        """What the command says about a file of these rows."""
        path = tmp_path / "history.csv"
        path.write_bytes(as_csv(rows) if data is None else data)
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("import_o2r", path, create_missing=create_missing, stdout=out, stderr=err, **options)
        except CommandError as error:
            raise CommandError(f"{error}\n{err.getvalue()}") from None
        return out.getvalue() + err.getvalue()

    return run


@pytest.fixture
def sign_in(client):
    """The browser, with this user signed in."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def queries():
    """How many queries this address takes, asked for the second time."""

    def count(client, url):
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    return count
