"""Pages of disclosures, one file a subject."""

from service.disclosures.pages import inquiries, notes, reports, reviews

ROUTES = (
    *reports.ROUTES,
    *reviews.ROUTES,
    *notes.ROUTES,
    *inquiries.ROUTES,
)
