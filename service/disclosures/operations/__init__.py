"""What professionals do with disclosures; other domains import from here only."""

from service.disclosures.operations.exchanges import prepare_exchange, reply, send_exchange
from service.disclosures.operations.inquiries import (
    list_inquiries,
    neutral_answer,
    permit_inquiry_form,
    register_inquiry,
)
from service.disclosures.operations.notes import make_note, prepare_note, read_note
from service.disclosures.operations.reading import (
    list_exchanges,
    open_exchange,
    read_exchange,
    unread_by_situation,
    unread_here,
)
from service.disclosures.operations.reports import (
    hand_over,
    make_report,
    prepare_report,
    read_report,
    set_aside,
)
from service.disclosures.operations.reviews import (
    list_reports,
    read_line,
    reports_of,
    review_report,
    to_review,
)

__all__ = [
    "hand_over",
    "list_exchanges",
    "list_inquiries",
    "list_reports",
    "make_note",
    "make_report",
    "neutral_answer",
    "open_exchange",
    "permit_inquiry_form",
    "prepare_exchange",
    "prepare_note",
    "prepare_report",
    "read_exchange",
    "read_line",
    "read_note",
    "read_report",
    "register_inquiry",
    "reply",
    "reports_of",
    "review_report",
    "send_exchange",
    "set_aside",
    "to_review",
    "unread_by_situation",
    "unread_here",
]
