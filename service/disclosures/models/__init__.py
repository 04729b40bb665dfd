"""Tables of what leaves the circle, one file a subject; private to this domain."""

from service.disclosures.models.exchanges import Exchange, ExchangeRecipient
from service.disclosures.models.reports import (
    Inquiry,
    MayorNote,
    ReportHandover,
    ReportReview,
    StatutoryReport,
)

__all__ = [
    "Exchange",
    "ExchangeRecipient",
    "Inquiry",
    "MayorNote",
    "ReportHandover",
    "ReportReview",
    "StatutoryReport",
]
