"""The directory for programs: organisations, seats, offices, pledges; duties on call."""

from service.partners.api import directory, on_call

ROUTES = (*directory.ROUTES, *on_call.ROUTES)
