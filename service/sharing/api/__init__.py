"""Sharing for programs."""

from service.sharing.api import agreement, circle

ROUTES = (*circle.ROUTES, *agreement.ROUTES)
