"""What adopting a version takes, and how a refused table is said in French. Pure.

The policy of a CLSM is its ethics board's: design/policy.md (simulation, decisions 6 and 7); what
it left open is settled in ADR 0019.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from policies.rules import PolicyRefused
from policies.vocabulary import Office

WIDENING_WAITS: Final = timedelta(days=7)
"""From the last approval to the effect: time for anyone to object (issue 3, point 6)."""

APPROVALS_TO_WIDEN: Final = 2
APPROVALS_TO_NARROW: Final = 1

APPROVING: Final = frozenset({Office.COORDINATOR, Office.DPO, Office.HEALTH_COFACILITATOR})
"""Who approves. Two approvals come from two of these offices: two coordinators are one voice."""

PROPOSING: Final = APPROVING | {Office.AUDITOR}
"""Who reads the versions and proposes one; the auditor speaks for the ethics board."""

SIMULATING: Final = frozenset({Office.COORDINATOR, Office.DPO})

TABLES: Final[Mapping[str, str]] = {
    "matrix": "matrix.csv",
    "conditions": "conditions.csv",
    "special": "special.csv",
}
"""Field of a form, name of the table; the model is always the service's own."""

TABLE_LABELS: Final[Mapping[str, str]] = {
    "matrix": "La matrice : qui lit et écrit quelle rubrique (matrix.csv)",
    "conditions": "Les conditions et leurs sources (conditions.csv)",
    "special": "Les règles particulières et les refus (special.csv)",
}
FIELD_OF: Final[Mapping[str, str]] = {file: field for field, file in TABLES.items()}

LARGEST_NUMBER: Final = 1_000_000
LONGEST_TABLE: Final = 200_000
LONGEST_MOTIVE: Final = 2_000
SHORTEST_MOTIVE: Final = 10


class VersionState(StrEnum):
    """Where a version stands."""

    PROPOSED = "proposed"
    WAITING = "waiting"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


STATE_LABELS: Final[Mapping[VersionState, str]] = {
    VersionState.PROPOSED: "proposée",
    VersionState.WAITING: "adoptée, pas encore en vigueur",
    VersionState.IN_FORCE: "en vigueur",
    VersionState.REPLACED: "remplacée",
    VersionState.WITHDRAWN: "retirée",
}


@dataclass(frozen=True, slots=True)
class Voice:
    """One approval that still counts: who, under which office."""

    account: object
    office: str


def number_for_record(number: int) -> int:
    """Return a version's number as the record says it; 0 for what can be none of ours."""
    return number if 0 < number < LARGEST_NUMBER else 0


def approvals_needed(*, widens: bool) -> int:
    """Return how many people must approve: two for anything that opens, one to close."""
    return APPROVALS_TO_WIDEN if widens else APPROVALS_TO_NARROW


def is_adopted(voices: Iterable[Voice], *, author: object, widens: bool) -> bool:
    """Return whether these approvals are enough.

    Two approvals are of two people under two offices. Whoever proposed a widening is none of
    them, in any of their seats; closing may be proposed and approved by one person.
    """
    counted = [voice for voice in voices if not (widens and voice.account == author)]
    needed = approvals_needed(widens=widens)
    accounts = {voice.account for voice in counted}
    offices = {voice.office for voice in counted}
    return min(len(accounts), len(offices)) >= needed


def office_for(held: Iterable[str], taken: Iterable[str]) -> str:
    """Return under which office an approval counts: one that nobody used yet, if there is one."""
    offices = sorted(Office(office) for office in set(held) & APPROVING)
    used = set(taken)
    return str(next((office for office in offices if office not in used), offices[0]))


def takes_effect(approved_at: datetime, *, widens: bool) -> datetime:
    """Return from when an adopted version decides: at once, or after seven days if it opens."""
    return approved_at + WIDENING_WAITS if widens else approved_at


def refused_in_french(refused: PolicyRefused) -> str:
    """Return where a table is refused, why, and what to do."""
    place = f"{refused.file}, ligne {refused.line}" if refused.line else refused.file
    return f"{place} : {_reason(refused.reason)}"


def _reason(said: str) -> str:
    for pattern, sentence in _REASONS:
        found = pattern.fullmatch(said)
        if found:
            words = {name: _words(text) for name, text in found.groupdict().items()}
            return sentence.format(**words)
    return f"cette ligne n'est pas comprise ({said})."


def _words(said: str) -> str:
    """Write the loader's words as a reader of the table sees them."""
    said = _KINDS.get(said, said)
    tuple_said = re.findall(r"'([^']*)'", said)
    return ", ".join(tuple_said) if tuple_said or said == "''" else said


_KINDS: Final[Mapping[str, str]] = {
    "column": "colonne inconnue",
    "organisationkind": "type d'organisation inconnu",
    "section": "rubrique inconnue",
    "action": "action inconnue",
    "purpose": "finalité inconnue",
    "obligation": "obligation inconnue",
    "fact": "fait inconnu",
    "condition": "condition inconnue",
}

_REASONS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), sentence)
    for pattern, sentence in (
        (
            r"missing, unreadable or not UTF-8",
            "cette table manque, ou n'est pas un texte UTF-8 : enregistrez-la en UTF-8.",
        ),
        (r"empty policy", "cette table est vide : elle n'ouvrirait ni ne fermerait rien."),
        (
            r"a field holds a line break or a control character",
            "un champ contient un retour à la ligne ou un signe invisible : retapez-le.",
        ),
        (r"unclosed quote.*", "un guillemet n'est pas refermé."),
        (
            r"(?P<found>\d+) fields, (?P<wanted>\d+) expected",
            "{found} champs au lieu de {wanted} : il en manque, ou une virgule est de trop.",
        ),
        (
            r"share is yes or no, not (?P<word>.*)",
            "la colonne « share » vaut yes ou no, et non « {word} ».",
        ),
        (r"a condition needs a letter", "une condition a besoin de sa lettre."),
        (
            r"a condition without its legal source",
            "une condition a besoin de sa source juridique, en dernière colonne.",
        ),
        (
            r"(?P<action>\S+) is not written in the matrix",
            "l'action « {action} » ne s'écrit pas dans la matrice.",
        ),
        (
            r"condition (?P<letter>.*) never holds for (?P<action>\S+) of (?P<section>\S+)",
            "la condition « {letter} » ne peut jamais ouvrir « {action} » de « {section} ».",
        ),
        (
            r"effect is exactly allow or deny, not (?P<word>.*)",
            "l'effet est exactement allow ou deny, et non « {word} ».",
        ),
        (r"a rule needs an identifier", "une règle a besoin d'un identifiant, sans « * »."),
        (
            r"a rule without its legal source.*",
            "une règle a besoin de sa source juridique, dans un commentaire au-dessus d'elle.",
        ),
        (r"fact (?P<word>.*) is written twice", "le fait « {word} » est écrit deux fois."),
        (
            r"not monotone in a line that says allow: (?P<facts>.*)",
            (
                "une ligne qui ouvre ne peut pas demander cela : {facts}. Sinon, retirer un droit "
                "ou s'opposer ouvrirait quelque chose."
            ),
        ),
        (
            r"not monotone in a line that says deny: (?P<facts>.*)",
            (
                "une ligne qui refuse ne peut pas demander cela : {facts}. Sinon, gagner un droit "
                "fermerait quelque chose."
            ),
        ),
        (
            r"an allow without territory",
            "une ligne qui ouvre demande toujours « territory » : ajoutez ce fait.",
        ),
        (
            r"a widened deny: (?P<facts>.*) would have to hold together",
            (
                "ce refus est affaibli : il n'agirait que si plusieurs faits étaient réunis "
                "({facts}). Écrivez un refus par fait."
            ),
        ),
        (
            r"a widened deny: (?P<facts>.*) does not excuse (?P<ground>\S+)",
            "ce refus est affaibli : {facts} ne peut pas faire exception à « {ground} ».",
        ),
        (
            r"a widened deny: (?P<facts>.*) would have to be missing together",
            (
                "ce refus est affaibli : il n'agirait que si plusieurs faits manquaient ensemble "
                "({facts}). Écrivez un refus par fait."
            ),
        ),
        (
            r"not the model of this service.*",
            "ce n'est pas le modèle de ce service : il ne se change pas avec les tables.",
        ),
        (r"no deny line", "aucune ligne ne refuse : les oppositions n'agiraient plus."),
        (
            r"duplicate identifier (?P<word>.*)",
            "l'identifiant « {word} » est écrit deux fois : le même droit y est deux fois.",
        ),
        (r"unknown (?P<kind>\w+) (?P<word>.*)", "{kind} : « {word} »."),
    )
)
"""Reason of the loader, and what is said instead."""
