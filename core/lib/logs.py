"""Log lines by allow-list: ids, states and counts. No health data, no names, no search words."""

import json
import logging
from types import TracebackType
from typing import Any

import structlog

ALLOWED = (
    "request_id",
    "user_id",
    "route",
    "method",
    "code",
    "status",
    "event",
    "task",
    "task_id",
    "delivery_id",
    "work_item_id",
    "document_id",
    "count",
    "duration_ms",
    "loop",
    "error",
    "directive",
    "blocked",
)
# Loggers whose messages quote the path and query, or a host or token that was sent.
QUOTING = ("django.request", "django.server", "django.security", "gunicorn.access")


class AllowListFormatter(logging.Formatter):
    """One JSON line per record.

    django-structlog hands over dicts; only ALLOWED keys pass. Plain records keep their message,
    which for our own loggers is a fixed text. Exceptions keep type and place, never their message:
    a database error quotes the row it refused.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
        }
        if isinstance(record.msg, dict):
            line |= {key: record.msg[key] for key in ALLOWED if key in record.msg}
        elif record.name.startswith(QUOTING):
            line["event"] = "request_log"
        else:
            line["event"] = record.getMessage() if not record.exc_info else str(record.msg)
        line |= {key: getattr(record, key) for key in ALLOWED if hasattr(record, key)}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = place(record.exc_info[2])
        return json.dumps(line, default=str)


def place(traceback: TracebackType | None) -> list[str]:
    """The last frames as `file:line function`, without values."""
    frames: list[str] = []
    step = traceback
    while step is not None:
        code = step.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return frames[-6:]


def lines(*, level: str) -> dict[str, Any]:
    """Django's LOGGING: one JSON line a record on stderr, structlog's records included."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.render_to_log_kwargs,  # keys become attributes
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "core.lib.logs.AllowListFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {"django.db.backends": {"level": "WARNING"}, "celery": {"level": "INFO"}},
    }
