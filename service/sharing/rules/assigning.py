"""Actions given to a seat: how they are called in clear, and how long their extract is read."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from service.errors import Invalid

READ_AFTER_CLOSING = timedelta(days=7)
"""The extract is read until seven days after the action was closed (domain.md 3.1, X)."""

READ_AFTER_DUE = timedelta(days=30)
"""Or thirty days after its first due date, when nobody closes it; a later one adds nothing."""

LONGEST_DUE = timedelta(days=366)
"""The furthest due date: a longer task is given again, so that its reading is looked at again."""


class ActionLabel(StrEnum):
    """What an action is, in clear: a code that says nothing of the person nor of their health."""

    CONTACT = "contact"
    VISIT = "visit"
    SAFETY = "safety"
    REPAIR = "repair"
    SORTING = "sorting"
    CLEANING = "cleaning"
    PESTS = "pests"
    ANIMALS = "animals"
    RIGHTS = "rights"
    PROCEDURE = "procedure"
    MEDIATION = "mediation"
    ACTIVITY = "activity"
    OTHER = "other"


ACTION_LABELS: Final[Mapping[str, str]] = {
    ActionLabel.CONTACT: "Prendre contact",
    ActionLabel.VISIT: "Visite à domicile",
    ActionLabel.SAFETY: "Mise en sécurité du logement",
    ActionLabel.REPAIR: "Réparation ou remplacement",
    ActionLabel.SORTING: "Tri accompagné",
    ActionLabel.CLEANING: "Nettoyage",
    ActionLabel.PESTS: "Désinsectisation ou dératisation",
    ActionLabel.ANIMALS: "Animaux",
    ActionLabel.RIGHTS: "Démarche ou ouverture de droits",
    ActionLabel.PROCEDURE: "Procédure",
    ActionLabel.MEDIATION: "Médiation de voisinage",
    ActionLabel.ACTIVITY: "Activité, lieu d'accueil",
    ActionLabel.OTHER: "Autre action",
}


def checked_label(label: str) -> ActionLabel:
    """Return what an action is. Raises Invalid on `label` for any other word."""
    try:
        return ActionLabel(label)
    except ValueError:
        raise Invalid({"label": "Choisissez ce qui est confié."}) from None


def checked_due(due_at: datetime, now: datetime) -> datetime:
    """Return the first due date. Raises Invalid on `due_at` when it is past, or too far."""
    if not now < due_at <= now + LONGEST_DUE:
        raise Invalid({"due_at": "Choisissez une échéance à venir, à un an au plus."})
    return due_at


def reading_ends(due_at: datetime) -> datetime:
    """Return when the extract stops being read if the action is never closed."""
    return due_at + READ_AFTER_DUE
