"""The log: in production a line of JSON for each thing, with the request that it belongs to, and nobody's data.

Who was looked at is in the record (partners/audit), never here. A request's line names its route, not its path: paths
hold ids and the tokens of links. A fault is named by its kind and place: its words hold what someone typed.
"""

import traceback
from http import HTTPStatus
from pathlib import Path

import structlog

FRAMES = 12  # of a fault, the innermost


def words(_, __, event):
    """Of what Django writes of a request, its kind: the words hold the path, or the host that was claimed."""
    record = event["_record"]
    if record.name.startswith(("django.request", "django.security")):
        status = getattr(record, "status_code", None)
        event["event"] = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Refused"
    return event


def fault(_, __, event):
    """Of an exception, its kind and its causes' kinds, the constraint it broke, and where; not what it says."""
    if error := event.pop("exc_info", None):
        value, kinds = error[1], []
        while value is not None:
            kinds.append(type(value).__qualname__)
            if broken := getattr(getattr(value, "diag", None), "constraint_name", None):
                event["constraint"] = broken
            value = value.__cause__ or value.__context__
        event["fault"] = " from ".join(kinds)
        event["where"] = [
            f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error[2])[-FRAMES:]
        ]
    event.pop("stack_info", None)
    return event


def formatter():
    """One line of JSON for a record of the log; what stands beside its words is what is named here, and no more."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=["method", "route", "status", "ms"]),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            words,
            fault,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )


def configuration(*, plain):
    """Django's LOGGING: to the standard error, in plain words for development, else JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": formatter}},
        "handlers": {"console": {"class": "logging.StreamHandler"} | ({} if plain else {"formatter": "json"})},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "config.requests": {"level": "WARNING" if plain else "INFO"},  # the development server has lines of its own
            "django": {"handlers": [], "level": "INFO", "propagate": True},  # and nothing is mailed
            "procrastinate": {"level": "WARNING"},
            "notifications_python_client": {"level": "CRITICAL"},  # it would say what was refused, and to whom
        },
    }
