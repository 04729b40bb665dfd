"""What professionals do with emergency accesses; other domains import from here only."""

from service.emergencies.operations.answering import answer
from service.emergencies.operations.opening import (
    close_own,
    offer,
    offer_on_call,
    open_by_reference,
    open_emergency,
)
from service.emergencies.operations.reading import (
    list_emergencies,
    read_emergency,
    tally,
)
from service.emergencies.operations.reviewing import close, review

__all__ = [
    "answer",
    "close",
    "close_own",
    "list_emergencies",
    "offer",
    "offer_on_call",
    "open_by_reference",
    "open_emergency",
    "read_emergency",
    "review",
    "tally",
]
