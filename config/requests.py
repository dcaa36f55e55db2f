"""Each request in the log: one line, when it is answered."""

import logging
import time

from structlog.contextvars import bind_contextvars, clear_contextvars

from partners.middleware import came_from

METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
logger = logging.getLogger(__name__)


class RequestLog:
    """Binds to what is written during a request its id and where it came from; and writes the request itself."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        begun = time.monotonic()
        clear_contextvars()
        bind_contextvars(request_id=str(request.id), address=came_from(request) or "")
        response = self.get_response(request)
        match = request.resolver_match
        said = {
            "method": request.method if request.method in METHODS else "another",
            "route": match.route if match else "none",
            "status": response.status_code,
            "ms": round((time.monotonic() - begun) * 1000),
        }
        logger.info("request", extra=said)
        return response
