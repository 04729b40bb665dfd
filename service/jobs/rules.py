"""When a mail is tried again, when it is given up, how long its row is kept."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

LEASE: Final = timedelta(minutes=10)
"""How long a worker has a batch for itself; after that, another may send it again."""

BATCH: Final = 20
"""Mails of one lease: with `post.PATIENCE_SECONDS` each, they end well within it."""

FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=1)

STALE: Final = timedelta(days=3)
"""Past this, a mail that could not leave is no news any more; what it announced is on screen."""

KEPT: Final = timedelta(days=30)
"""How long the row of a mail is kept once it ended: what an operator needs to find a failure."""


class Kind(StrEnum):
    """Why someone is told. Never in the mail, whose words are the same for all."""

    EMERGENCY_OPENED = "emergency_opened"
    EMERGENCY_TO_APPROVE = "emergency_to_approve"
    EMERGENCY_ANSWERED = "emergency_answered"
    CIRCLE = "circle"
    JOIN_REQUEST = "join_request"
    GUEST = "guest"
    EXCHANGE = "exchange"
    REPORT = "report"
    POLICY = "policy"
    DEPARTURE = "departure"


def next_try(tries: int, now: datetime) -> datetime:
    """Return when a mail that failed `tries` times is tried again: 1, 2, 4… minutes, an hour."""
    wait: timedelta = FIRST_WAIT * 2 ** min(tries - 1, 10)
    return now + min(wait, LONGEST_WAIT)
