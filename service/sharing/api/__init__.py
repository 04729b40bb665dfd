"""Sharing for programs."""

from service.sharing.api import (
    access,
    agreement,
    assignments,
    circle,
    departure,
    guests,
    invitations,
    paper,
    simulation,
)

ROUTES = (
    *circle.ROUTES,
    *invitations.ROUTES,
    *guests.ROUTES,
    *agreement.ROUTES,
    *paper.ROUTES,
    *access.ROUTES,
    *assignments.ROUTES,
    *departure.ROUTES,
    *simulation.ROUTES,
)
