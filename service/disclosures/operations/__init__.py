"""What professionals do with disclosures; other domains import from here only."""

from service.disclosures.operations.inquiries import (
    list_inquiries,
    neutral_answer,
    permit_inquiry_form,
    register_inquiry,
)
from service.disclosures.operations.notes import make_note, prepare_note, read_note
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
    "list_inquiries",
    "list_reports",
    "make_note",
    "make_report",
    "neutral_answer",
    "permit_inquiry_form",
    "prepare_note",
    "prepare_report",
    "read_line",
    "read_note",
    "read_report",
    "register_inquiry",
    "reports_of",
    "review_report",
    "set_aside",
    "to_review",
]
