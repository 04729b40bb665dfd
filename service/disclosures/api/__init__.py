"""Disclosures for programs, one file a subject: the same operations as the pages, in JSON."""

from service.disclosures.api import exchanges, notes, reports

ROUTES = (
    *reports.ROUTES,
    *notes.ROUTES,
    *exchanges.ROUTES,
)
