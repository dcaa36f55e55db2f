#!/usr/bin/env python3
# ruff: noqa: T201 (it is a program: what it says, it prints)
"""A partner's system in a hundred lines: reads what is its own, and what changed since; logs a week in rehab.

Python 3.9 or later, and nothing else. An administrator makes the token (docs/api.md); on a development machine:

    ./dev run
    export THROUGHCARE_URL=http://127.0.0.1:8000 THROUGHCARE_TOKEN=tc_…
    docs/example_client.py token
    docs/example_client.py list referrals status=accepted
    docs/example_client.py changes --cursor-file .cursor
    docs/example_client.py progress PLACEMENT well "Settled in, and goes to each group."
"""

import argparse
import json
import os
import sys
import time
import uuid
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

ATTEMPTS, PATIENCE = 5, 30  # seconds for one answer


class Refused(Exception):
    """The API said no: `status`, and `problem` with its `code` and `detail`."""

    def __init__(self, status, problem):
        self.status, self.problem = status, problem
        super().__init__(f"{status} {problem.get('code', '')}: {problem.get('detail', '')}")


class NoRedirects(HTTPRedirectHandler):
    """A token goes to the address it was given for, and to no other that an answer names."""

    def redirect_request(self, *args):
        return None


class Throughcare:
    """The API at this address, called with this token."""

    def __init__(self, address, token):
        there = urlsplit(address)
        if there.scheme != "https" and there.hostname not in ("127.0.0.1", "localhost"):
            raise ValueError("A token is sent over https:// alone.")
        self.root, self.token, self.opener = f"{address.rstrip('/')}/api/v1/", token, build_opener(NoRedirects)

    def call(self, method, path, data=None, etag=None):
        """The answer, from JSON. What got no answer is sent again with the same key, so nothing is done twice."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if etag:
            headers["If-Match"] = etag
        body = None if data is None else json.dumps(data).encode()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.opener.open(
                    Request(self.root + path, body, headers, method=method), timeout=PATIENCE
                ) as answer:
                    if sunset := answer.headers.get("Sunset"):
                        print(f"{method} {path} ends on {sunset}: see the changelog.", file=sys.stderr)
                    return json.load(answer)
            except HTTPError as error:
                again = error.code == 429 or error.code >= 500
                if not again or attempt == ATTEMPTS:
                    raise Refused(error.code, _problem(error)) from None
                time.sleep(int(error.headers.get("Retry-After") or 2**attempt))
            except URLError:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(2**attempt)

    def rows(self, path, **filters):
        """All rows of a list, page by page."""
        path = f"{path}/?{urlencode({'size': 100, **filters})}"
        while path:
            page = self.call("GET", path)
            yield from page["results"]
            path = page["next"] and page["next"].partition("/api/v1/")[2]

    def changes(self, cursor=""):
        """(change, the cursor behind it) of what changed since: keep the cursor once the change is dealt with."""
        more = True
        while more:
            page = self.call("GET", f"changes/?{urlencode({'since': cursor})}")
            cursor, more = page["cursor"], page["more"]
            yield page["results"], cursor


def _problem(error):
    try:
        return json.load(error)
    except ValueError:
        return {"detail": error.reason}


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("token", help="as whom this calls, and until when")
    listing = commands.add_parser("list", help="rows of a list, one a line")
    listing.add_argument("what", help="referrals, placements, …")
    listing.add_argument("filters", nargs="*", help="as in status=accepted")
    since = commands.add_parser("changes", help="what changed since it was asked last")
    since.add_argument("--cursor-file", type=Path, required=True)
    week = commands.add_parser("progress", help="log a week in rehab")
    week.add_argument("placement")
    week.add_argument("engagement", choices=["well", "mixed", "poorly"])
    week.add_argument("text")
    asked = parser.parse_args(words)
    there = Throughcare(os.environ["THROUGHCARE_URL"], os.environ["THROUGHCARE_TOKEN"])
    if asked.command == "token":
        print(json.dumps(there.call("GET", "token/"), indent=2))
    elif asked.command == "list":
        for row in there.rows(asked.what, **dict(one.split("=", 1) for one in asked.filters)):
            print(json.dumps(row))
    elif asked.command == "changes":
        file = asked.cursor_file
        for changes, cursor in there.changes(file.read_text() if file.exists() else ""):
            for change in changes:
                print(change["at"], change["what"], change["address"])
            file.write_text(cursor)  # after its changes: whoever is cut short reads some twice, and misses none
    elif asked.command == "progress":
        week = {"placement": asked.placement, "engagement": asked.engagement, "text": asked.text}
        print(json.dumps(there.call("POST", "progress/", week)))


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(str(refused))
