"""The directory on screen: organisations, seats, offices, pledges; duties on call."""

from service.partners.pages import directory, on_call

ROUTES = (*directory.ROUTES, *on_call.ROUTES)
