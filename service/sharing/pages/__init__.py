"""Sharing on screen: the circle, the person's agreement, who may read and why."""

from service.sharing.pages import (
    access,
    agreement,
    assignments,
    circle,
    departure,
    guests,
    invitations,
    paper,
    requests,
    simulation,
)

ROUTES = (
    *circle.ROUTES,
    *invitations.ROUTES,
    *guests.ROUTES,
    *requests.ROUTES,
    *agreement.ROUTES,
    *paper.ROUTES,
    *access.ROUTES,
    *assignments.ROUTES,
    *departure.ROUTES,
    *simulation.ROUTES,
)
