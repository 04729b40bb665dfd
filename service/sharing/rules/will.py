"""A person who cannot express their will: who found it, for how long it holds. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from service.errors import Invalid

UNABLE_LASTS: Final = timedelta(days=30)
"""As the exception by which it acts: thirty days, unless it is recorded again (settled.md 5)."""


class UnableGround(StrEnum):
    """Who found that the person cannot express their will: a code, never a diagnosis."""

    PHYSICIAN = "physician"
    EMERGENCY = "emergency"
    CONCERTED = "concerted"


GROUND_LABELS: Final[Mapping[str, str]] = {
    UnableGround.PHYSICIAN: "constaté par un médecin",
    UnableGround.EMERGENCY: "dans l'urgence, sans réponse possible",
    UnableGround.CONCERTED: "constaté avec le représentant légal ou la personne de confiance",
}


def checked_ground(ground: str) -> UnableGround:
    """Return who found it. Raises Invalid on `ground` for any other word."""
    try:
        return UnableGround(ground)
    except ValueError:
        raise Invalid({"ground": "Choisissez comment cela a été constaté."}) from None
