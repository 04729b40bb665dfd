"""Technical logs: one JSON line an event, with no content, no name, no address.

The record (`audit`) says who did what. These lines only help to keep the machine running, so
a processor lets through a short list of keys and drops whatever else is offered. Libraries
that print requests, parameters or decisions are silenced (performance_and_drills.md B.0, 8,
9, 11).
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "request_id",
        "method",
        "route",
        "status",
        "milliseconds",
        "error_id",
        "kind",
        "frames",
        "count",
        "seconds",
        "stage",
        "address",
    }
)
_LOUD = ("casbin", "httpx", "httpcore", "sqlalchemy", "aiosqlite", "asyncio", "uvicorn.access")


def _only_allowed(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    return {key: value for key, value in event.items() if key in ALLOWED}


class _Lines(logging.Handler):
    """What a library logs, as one of our lines: who spoke and where it broke, never its text."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        logger().error(
            "library",
            stage=record.name,
            kind=type(error).__name__ if error else record.levelname,
            frames=frames_of(error) if error else [f"{record.filename}:{record.lineno}"],
        )


def configure(stream: TextIO | None = None) -> None:
    """Send structured lines to `stream` (standard error by default) and silence the rest."""
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _Lines)]
    root.addHandler(_Lines(logging.WARNING))
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger() -> structlog.typing.FilteringBoundLogger:
    """Return the process's logger."""
    return structlog.get_logger()  # type: ignore[no-any-return]


def frames_of(error: BaseException) -> list[str]:
    """Return where an error happened, file and line only: never a value, never its message."""
    places: list[str] = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return places[-12:]
