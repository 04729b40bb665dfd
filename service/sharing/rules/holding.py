"""Until when an answer holds, and what then changes by itself, in French, by audience."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from policies.vocabulary import Audience
from service.access.facts import Change


class Ending(NamedTuple):
    """How a kind of row is called: to its own seat, and to others about that seat."""

    own: str
    other: str
    audience: Audience = Audience.REFUSED


ENDINGS: Final[Mapping[str, Ending]] = {
    "circle": Ending("votre place dans le cercle", "sa place dans le cercle"),
    "lead": Ending("votre désignation comme pilote", "sa désignation comme pilote"),
    "informing": Ending("votre charge d'informer la personne", "sa charge d'informer la personne"),
    "referrer": Ending("votre accès comme auteur de la saisine", "son accès comme auteur"),
    "mission": Ending("votre mission", "sa mission"),
    "mandate": Ending("le mandat enregistré", "le mandat enregistré"),
    "guest": Ending("votre accès ponctuel", "son accès ponctuel"),
    "emergency": Ending("votre accès d'urgence", "son accès d'urgence"),
    "assigned": Ending(
        "la lecture liée à votre action confiée", "la lecture liée à son action confiée"
    ),
    "care": Ending("le lien d'équipe de soins", "le lien d'équipe de soins"),
    "pledge": Ending("votre engagement de confidentialité", "son engagement de confidentialité"),
    "on_call": Ending("votre astreinte", "son astreinte"),
    "office": Ending("votre fonction", "sa fonction"),
    "employment": Ending("votre poste", "ce poste"),
    "standing": Ending(
        "l'exception qui rend la situation nominative",
        "l'exception qui rend la situation nominative",
    ),
    "policy": Ending("la version des règles en vigueur", "la version des règles en vigueur"),
    "conflict": Ending("", "le conflit d'intérêts déclaré", Audience.FULL),
    "frozen": Ending("", "la limitation du traitement", Audience.FULL),
    "informed": Ending("", "l'information donnée à la personne", Audience.FULL),
    "cell": Ending("", "la réponse de la personne", Audience.FULL),
    "author": Ending("", "la part d'un auteur", Audience.FULL),
}
"""What belongs to the seat is told to it; what belongs to the person, to those who hear all. The
latter never ends by itself: it is closed by an act."""


class Until(NamedTuple):
    """An answer holds until `at`, unless someone acts before; then each of `words` happens."""

    at: datetime
    words: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Return what then happens: « votre place dans le cercle prend fin »."""
        return " ; ".join(self.words)


def until(changes: Iterable[Change], audience: Audience, *, own: bool) -> Until | None:
    """Return the next change that this audience may hear of, or None when nothing ends."""
    heard = [one for one in changes if audience.hears(ENDINGS[one.kind].audience)]
    if not heard:
        return None
    at = min(one.at for one in heard)
    words = dict.fromkeys(_said(one, own=own) for one in heard if one.at == at)
    return Until(at, tuple(words))


def _said(change: Change, *, own: bool) -> str:
    ending = ENDINGS[change.kind]
    noun = ending.own if own and ending.own else ending.other
    return f"{noun} {'commence' if change.begins else 'prend fin'}"
