"""The client in docs/ does what it says, as a program of its own against a running server."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from partners.systems.models import Token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("all_is_settled")]


@pytest.fixture
def client(live_server, make_system, rehab_unit, administrator, tmp_path):
    system = make_system(rehab_unit.agency, "rehab_provider")
    _, secret = Token.make(system, by=administrator, scope="write")

    def run(*words, token=secret, url=live_server.url):
        environment = os.environ | {"THROUGHCARE_URL": url, "THROUGHCARE_TOKEN": token}
        command = [sys.executable, settings.BASE_DIR / "docs" / "example_client.py", *words]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    return run


def test_the_example_client_reads_logs_and_keeps_up(client, make_placement):
    stay = make_placement("arrived")
    assert json.loads(client("token").stdout)["role"] == "rehab_provider"
    assert [json.loads(line)["id"] for line in client("list", "placements").stdout.splitlines()] == [str(stay.pk)]
    since = ("changes", "--cursor-file", "cursor")
    assert str(stay.pk) in client(*since).stdout
    assert not client(*since).stdout
    week = client("progress", str(stay.pk), "well", "Settled in")
    assert json.loads(week.stdout)["text"] == "Settled in", week.stderr
    told = client(*since)
    assert "progress" in told.stdout, told.stderr
    refused = client("token", token="tc_nothing")
    assert (refused.returncode, refused.stderr.split(":")[0]) == (1, "401 token_unknown")
    assert "over https:// alone" in client("token", url="http://partner.example").stderr
