"""Pages of disclosures, one file a subject."""

from service.disclosures.pages import exchanges, inquiries, notes, reports, reviews

ROUTES = (
    *reports.ROUTES,
    *reviews.ROUTES,
    *notes.ROUTES,
    *exchanges.ROUTES,
    *inquiries.ROUTES,
)
