"""What a departure leaves to the coordination, and for how long it is shown. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

SHOWN: Final = timedelta(days=30)
"""How long a place that ended with a departure is shown; a lead without successor stays."""

ROLE_LABELS: Final[Mapping[str, str]] = {
    "lead_designation": "pilote",
    "informing_designation": "chargé·e d'informer la personne",
    "social_coordinator": "coordonnateur·rice L.121-6-2",
    "mission": "mission",
    "assignment": "action confiée",
    "circle_membership": "membre du cercle",
}
"""What someone was in a situation, by table, the most urgent to hand on first."""

ENDED_LABELS: Final[Mapping[str, str]] = {
    "seats": "postes",
    "offices": "fonctions",
    "duties": "astreintes",
    "sessions": "connexions ouvertes",
    "invitations": "invitations en attente",
    "accounts": "comptes sans autre poste",
    "circle_membership": "places dans des cercles",
    "circle_invitation": "invitations à un cercle",
    "join_request": "demandes à rejoindre un cercle",
    "lead_designation": "pilotages",
    "informing_designation": "charges d'informer",
    "mission": "missions",
    "social_coordinator": "désignations L.121-6-2",
    "guest_grant": "accès d'invité",
    "emergency_access": "accès d'urgence",
    "assignment": "actions confiées",
    "mandate": "mandats",
}
"""What a departure ends, in words; what is not named here is counted as « autres liens »."""

OTHERS: Final = "autres liens avec des situations"


def in_words(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts by what they count, those of nothing left out."""
    said: dict[str, int] = {}
    for name, label in ENDED_LABELS.items():
        if counts.get(name):
            said[label] = counts[name]
    rest = sum(number for name, number in counts.items() if name not in ENDED_LABELS)
    return said | ({OTHERS: rest} if rest else {})
