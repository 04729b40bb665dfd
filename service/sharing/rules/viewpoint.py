"""When a question about rights is asked: of which instant, with what was known at which other."""

from datetime import datetime, timedelta
from typing import NamedTuple

from service.errors import Invalid

FURTHEST_AHEAD = timedelta(days=366)
"""Past a year every pledge has ended: an answer would say nothing."""


class Viewpoint(NamedTuple):
    """The facts of `at`, as they were known at `known_at`."""

    at: datetime
    known_at: datetime


def viewpoint(
    now: datetime, at: datetime | None = None, known_at: datetime | None = None
) -> Viewpoint:
    """Return the instants of a question: now, unless others are asked for.

    Without `known_at`, the past is asked as it was known then. A future instant is answered with
    what is known now, as if nobody did anything meanwhile. Raises Invalid on `at` or `known_at`.
    """
    asked = at or now
    if asked > now + FURTHEST_AHEAD:
        raise Invalid({"at": "Choisissez une date à un an au plus d'aujourd'hui."})
    if known_at is not None and known_at > now:
        raise Invalid({"known_at": "On ne peut pas savoir ce qui sera enregistré plus tard."})
    return Viewpoint(asked, known_at or min(asked, now))


def told_by(instant: datetime | None, field: str) -> datetime | None:
    """Return an instant that a program sent. Raises Invalid when its zone is missing."""
    if instant is not None and instant.tzinfo is None:
        raise Invalid({field: "Écrivez l'instant avec son fuseau, par exemple …T12:00:00Z."})
    return instant
