"""Pure rules of the circle and of the agreement, each with its source."""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from policies.vocabulary import RECIPIENT_GROUP, Column
from policies.words import PROFESSION
from policies.words import SECTION_LABELS as SECTION_LABELS
from service.clock import PARIS
from service.errors import Invalid

EXCEPTION_LASTS = timedelta(days=30)
"""Named by exception: thirty days unless agreement is obtained (settled.md 4)."""

INFORMING_LASTS = timedelta(days=30)
"""The informing professional's extract of section 1 (domain.md 3.1)."""

CIRCLE_MONTHS = 6
"""A circle seat ends by itself after six months, renewable (domain.md 1.7)."""

CATEGORIES: tuple[str, ...] = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10")
GROUPS: tuple[str, ...] = ("G0", "G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "G10")
VALUES = frozenset({"yes", "extract_only", "no", "not_asked"})

COORDINATION_DEFAULTS: Mapping[tuple[str, str], str] = {
    ("I1", "G0"): "yes",
    ("I2", "G0"): "yes",
    ("I3", "G0"): "yes",
    ("I10", "G0"): "yes",
}
"""Written as events with the general agreement, never assumed (settled.md 5)."""


class Mode(StrEnum):
    """How a situation may be spoken of."""

    ANONYMISED = "ANONYMISED"
    NAMED = "NAMED"
    NAMED_BY_EXCEPTION = "NAMED_BY_EXCEPTION"


class AgreementKind(StrEnum):
    """What a recorded event of agreement is."""

    GENERAL = "general"
    PARTIAL = "partial"
    OBJECTION = "objection"
    WITHDRAWAL = "withdrawal"
    UNABLE = "unable"
    ABLE = "able"


class Means(StrEnum):
    """How the person was informed, or said it."""

    ORAL = "oral"
    WRITTEN = "written"
    FALC = "falc"
    INTERPRETER = "interpreter"
    PHONE = "phone"


class CircleReason(StrEnum):
    """Why a seat belongs to a circle; a code, so that nothing of the file is in clear."""

    ALREADY_INTERVENES = "already_intervenes"
    COMPETENCE_NEEDED = "competence_needed"
    REFERRER = "referrer"
    CHOSEN_BY_PERSON = "chosen_by_person"
    LEGAL_MANDATE = "legal_mandate"
    SUBSTITUTE = "substitute"


_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,39}")
"""What may stay in clear of a notice or a procedure: a short reference, never a sentence."""


def checked_reason(reason: str) -> CircleReason:
    """Return the reason of a place. Raises Invalid on `reason` for any other word."""
    try:
        return CircleReason(reason)
    except ValueError:
        raise Invalid({"reason": "Choisissez pourquoi ce poste rejoint le cercle."}) from None


def checked_means(means: str) -> Means:
    """Return how it was said. Raises Invalid on `means` for any other word."""
    try:
        return Means(means)
    except ValueError:
        raise Invalid({"means": "Choisissez comment cela s'est passé."}) from None


def checked_notice(version: str) -> str:
    """Return the version of the notice that was given. Raises Invalid on `notice_version`."""
    if not _REFERENCE.fullmatch(version.strip()):
        raise Invalid(
            {"notice_version": "Indiquez la version de la notice, par exemple « FALC v1.2 »."}
        )
    return version.strip()


def checked_procedure(reference: str, field: str = "procedure") -> str:
    """Return the reference of a procedure, or of another act. Raises Invalid on `field`."""
    if not _REFERENCE.fullmatch(reference.strip()):
        raise Invalid({field: "Indiquez la référence de l'acte : chiffres et lettres seulement."})
    return reference.strip()


def checked_groups(groups: Iterable[str]) -> tuple[str, ...]:
    """Return recipient groups in the order of the grid. Raises Invalid on `groups`."""
    named = set(groups)
    if not named or not named <= set(GROUPS):
        raise Invalid({"groups": "Cochez au moins un groupe de destinataires connu."})
    return tuple(group for group in GROUPS if group in named)


def checked_categories(categories: Iterable[str]) -> tuple[str, ...]:
    """Return information categories in the order of the grid. Raises Invalid on `categories`."""
    named = set(categories)
    if not named or not named <= set(CATEGORIES):
        raise Invalid({"categories": "Cochez au moins une catégorie d'informations connue."})
    return tuple(category for category in CATEGORIES if category in named)


def circle_ends(start: datetime) -> datetime:
    """Return the end of a circle seat: six calendar months later, same hour in Paris.

    31 August gives 28 (or 29) February: a seat never lasts longer than it says.
    """
    local = start.astimezone(PARIS)
    month = local.month - 1 + CIRCLE_MONTHS
    year, month = local.year + month // 12, month % 12 + 1
    day = min(local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(start.tzinfo)


def expanded(cells: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Return the cells with `I*` written out over every category (settled.md 5).

    Raises Invalid for an unknown category, group or value, on the cell's own name (`I7-G5`).
    """
    out: dict[tuple[str, str], str] = {}
    for (category, group), value in cells.items():
        name = f"{category}-{group}"[:20]
        if group not in GROUPS or (category != "I*" and category not in CATEGORIES):
            raise Invalid({name: "Cette case n'existe pas dans la grille d'accord."})
        if value not in VALUES:
            raise Invalid({name: "Répondez oui, conséquences seulement, non ou pas demandé."})
        for row in CATEGORIES if category == "I*" else (category,):
            out[row, group] = value
    return out


def written(cells: Mapping[tuple[str, str], str]) -> str:
    """Return the cells as one line of codes, sorted: what the event keeps in clear."""
    return " ".join(
        f"{category}>{group}={value}" for (category, group), value in sorted(cells.items())
    )


def read_cells(line: str) -> dict[tuple[str, str], str]:
    """Return the cells of an event's line; the inverse of `written`."""
    out: dict[tuple[str, str], str] = {}
    for item in line.split():
        where, _, value = item.partition("=")
        category, _, group = where.partition(">")
        out[category, group] = value
    return out


def profession(column: Column) -> str:
    """Return how a column of the matrix is called on screen: a profession, never a person."""
    return PROFESSION[column]


CATEGORY_LABELS: Final[Mapping[str, str]] = {
    "I1": "Coordonnées",
    "I2": "Logement et sécurité",
    "I3": "Voisinage",
    "I4": "Situation sociale et droits",
    "I5": "Mesure de protection",
    "I6": "Santé physique utile",
    "I7": "Santé psychique utile",
    "I8": "Entourage",
    "I9": "Photos",
    "I10": "Plan d'action",
}
GROUP_LABELS: Final[Mapping[str, str]] = {
    "G0": "Coordination de la cellule",
    "G1": "Santé",
    "G2": "Social et médico-social",
    "G3": "Mandataire",
    "G4": "DAC",
    "G5": "Bailleur ou syndic",
    "G6": "Hygiène et habitat",
    "G7": "Secours",
    "G8": "Prestataires",
    "G9": "Proche désigné",
    "G10": "Pair",
}
VALUE_LABELS: Final[Mapping[str, str]] = {
    "yes": "oui",
    "extract_only": "conséquences seulement",
    "no": "non",
    "not_asked": "pas demandé",
}
MEANS_LABELS: Final[Mapping[str, str]] = {
    Means.ORAL: "à l'oral",
    Means.WRITTEN: "par écrit",
    Means.FALC: "avec la notice facile à lire et à comprendre",
    Means.INTERPRETER: "avec un interprète",
    Means.PHONE: "par téléphone",
}
REASON_LABELS: Final[Mapping[str, str]] = {
    CircleReason.ALREADY_INTERVENES: "Intervient déjà auprès de la personne",
    CircleReason.COMPETENCE_NEEDED: "Sa compétence est nécessaire",
    CircleReason.REFERRER: "A saisi la cellule",
    CircleReason.CHOSEN_BY_PERSON: "Choisi·e par la personne",
    CircleReason.LEGAL_MANDATE: "Mandat légal",
    CircleReason.SUBSTITUTE: "Remplace un membre",
}
MODE_LABELS: Final[Mapping[str, str]] = {
    Mode.ANONYMISED: "sans nom",
    Mode.NAMED: "nominative, avec l'accord général de la personne",
    Mode.NAMED_BY_EXCEPTION: "nominative par exception, pour trente jours",
}
KIND_LABELS: Final[Mapping[str, str]] = {
    "information": "a informé la personne",
    AgreementKind.GENERAL: "a recueilli l'accord général de la personne",
    AgreementKind.PARTIAL: "a enregistré ce que la personne accepte de partager",
    AgreementKind.OBJECTION: "a enregistré une opposition de la personne",
    AgreementKind.WITHDRAWAL: "a enregistré le retrait de l'accord",
    AgreementKind.UNABLE: "a enregistré que la personne est hors d'état d'exprimer sa volonté",
    AgreementKind.ABLE: "a enregistré que la personne peut de nouveau exprimer sa volonté",
}


def said(cells: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    """Return cells as sentences, one a value and group: « Santé : oui pour coordonnées, … »."""
    rows: dict[tuple[str, str], list[str]] = {}
    for group in GROUPS:
        for category in CATEGORIES:
            value = cells.get((category, group))
            if value is not None:
                rows.setdefault((group, value), []).append(CATEGORY_LABELS[category].lower())
    return tuple(
        f"{GROUP_LABELS[group]} : {VALUE_LABELS[value]} pour {', '.join(named)}."
        for (group, value), named in rows.items()
    )


def group_of(column: Column) -> str:
    """Return the recipient group of a column, or "" for one that has none."""
    return str(RECIPIENT_GROUP.get(column, ""))
