"""What of the API is on its way out: each answer of it says since when, and until when."""

import datetime as dt
from typing import NamedTuple

from django.utils.http import http_date


class Ending(NamedTuple):
    """An operation that programs are to stop using: since when it is said, from when it is gone."""

    said_on: dt.date
    gone_on: dt.date


# {(method, name of the address): Ending}, each also in docs/api-changelog.md
ENDINGS = {}


class EndingMiddleware:
    """Says it in the headers of RFC 9745 and RFC 8594, which a program's own log can warn of."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        match = request.resolver_match
        if match and (ending := ENDINGS.get((request.method, match.view_name))):
            response["Deprecation"] = f"@{_seconds(ending.said_on)}"
            response["Sunset"] = http_date(_seconds(ending.gone_on))
        return response


def _seconds(day):
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
