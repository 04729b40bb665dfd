"""Sharing for programs."""

from service.sharing.api import access, agreement, assignments, circle, invitations

ROUTES = (
    *circle.ROUTES,
    *invitations.ROUTES,
    *agreement.ROUTES,
    *access.ROUTES,
    *assignments.ROUTES,
)
