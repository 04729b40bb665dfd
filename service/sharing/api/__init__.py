"""Sharing for programs."""

from service.sharing.api import agreement, circle, invitations

ROUTES = (*circle.ROUTES, *invitations.ROUTES, *agreement.ROUTES)
