"""Nothing that opens anything is in the repository."""

import re
import subprocess

import pytest

from scripts.environment import ROOT

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
KEYS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "a key of a cloud": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of a forge": r"\b(gh[pousr]_[A-Za-z0-9]{36}|glpat-[\w-]{20})",
    "a key of GOV.UK Notify": rf"\w+-{UUID}-{UUID}",
    "an address with a password": r"\b[a-z]+://[\w.%-]+:(?!password\b|secret\b)[^\s\"'@/{}<>]{6,}@(?!.*example)",
    "a secret by its name": r"(?i)\b(secret_key|api_key|client_secret)\s*=\s*[\"'][A-Za-z0-9+/_=-]{20,}[\"']",
}


def secrets_in(text):
    return [what for what, looks in KEYS.items() if re.search(looks, text)]


def test_no_file_of_the_repository_holds_a_secret():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("This is no clone.")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and name != "scripts/tests/test_secrets.py":
            found += [f"{name} holds {what}" for what in secrets_in(path.read_text(errors="replace"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----", "AKIA" + "A" * 16, "ghp_" + "a" * 36, "postgresql://o2r:hunter2hunter@db/o2r",
        'SECRET_KEY = "' + "a1" * 20 + '"', "key-" + "-".join(["0" * 8, "0000", "0000", "0000", "0" * 12] * 2),
    ],
)  # fmt: skip
def test_what_is_one_is_known_as_one(text):
    assert secrets_in(text)
