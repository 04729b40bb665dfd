"""Sharing for programs."""

from service.sharing.api import access, agreement, assignments, circle, guests, invitations

ROUTES = (
    *circle.ROUTES,
    *invitations.ROUTES,
    *guests.ROUTES,
    *agreement.ROUTES,
    *access.ROUTES,
    *assignments.ROUTES,
)
