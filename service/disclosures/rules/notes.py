"""The note to the mayor and the neutral answer: fixed words, nothing typed. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from policies.vocabulary import Column
from service.access.facts import SituationFacts

NEED: Final = (
    "La situation de cette personne appelle l'intervention coordonnée de plusieurs professionnels."
)
"""What goes to the mayor is the need of coordination, not the nature of difficulties
(CASF L.121-6-2 and its circular; domain.md 2.2)."""

NEUTRAL_ANSWER: Final = (
    "Aucune information individuelle ne peut être communiquée. "
    "Cette réponse est la même pour toute demande : elle ne dit ni qu'une situation existe, "
    "ni qu'elle n'existe pas."
)
"""The one answer to whoever asks about a person (domain.md 0, fact 6; settled.md 2)."""


class NoteTo(StrEnum):
    """Whom CASF L.121-6-2 lets a professional inform."""

    MAYOR = "mayor"
    PRESIDENT = "president"


NOTE_LABELS: Final[Mapping[str, str]] = {
    NoteTo.MAYOR: "Maire de la commune",
    NoteTo.PRESIDENT: "Président·e du conseil départemental",
}


class Requester(StrEnum):
    """Who asked about a person: a kind, never a name."""

    ELECTED = "elected"
    MUNICIPAL_SERVICE = "municipal_service"
    POLICE = "police"
    JUSTICE = "justice"
    PREFECTURE = "prefecture"
    LANDLORD = "landlord"
    RELATIVE = "relative"
    NEIGHBOUR = "neighbour"
    PRESS = "press"
    OTHER = "other"


REQUESTER_LABELS: Final[Mapping[str, str]] = {
    Requester.ELECTED: "Élu·e",
    Requester.MUNICIPAL_SERVICE: "Service municipal",
    Requester.POLICE: "Police ou gendarmerie",
    Requester.JUSTICE: "Justice",
    Requester.PREFECTURE: "Préfecture",
    Requester.LANDLORD: "Bailleur ou syndic",
    Requester.RELATIVE: "Proche",
    Requester.NEIGHBOUR: "Voisinage",
    Requester.PRESS: "Presse",
    Requester.OTHER: "Autre",
}


class AskedBy(StrEnum):
    """By which channel the request came."""

    MAIL = "mail"
    PHONE = "phone"
    POST = "post"
    IN_PERSON = "in_person"
    MEETING = "meeting"


ASKED_LABELS: Final[Mapping[str, str]] = {
    AskedBy.MAIL: "Courriel",
    AskedBy.PHONE: "Téléphone",
    AskedBy.POST: "Courrier",
    AskedBy.IN_PERSON: "Au guichet ou de vive voix",
    AskedBy.MEETING: "En réunion",
}


def may_note(facts: SituationFacts, *, designated: bool) -> bool:
    """Return whether L.121-6-2 names this seat: social action, or the designated coordinator.

    R.1110-2 2° a, and CCAS agents under L.133-5, are the column SOC (settled.md 2).
    """
    return designated or facts.column is Column.SOC
