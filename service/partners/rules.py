"""Pure rules of the directory: fields, words, what an employment may be, how long things hold."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from typing import Final

from policies.column import CASF_133_5
from policies.vocabulary import Office, OrganisationKind, ProfessionalCategory
from service.clock import PARIS


class Field(StrEnum):
    """A field of the directory (instances.md, row 3), and those first concerned."""

    HEALTH = "health"
    SOCIAL = "social"
    TECHNICAL = "technical"
    INSTITUTIONAL = "institutional"
    PEOPLE = "people"


class CellKind(StrEnum):
    """What a coordination cell works on."""

    INCURIE = "INCURIE"
    SITUATIONS_COMPLEXES = "SITUATIONS_COMPLEXES"


FIELD_LABELS: Final[dict[Field, str]] = {
    Field.HEALTH: "Sanitaire",
    Field.SOCIAL: "Social et médico-social",
    Field.TECHNICAL: "Technique et logement",
    Field.INSTITUTIONAL: "Institutionnel",
    Field.PEOPLE: "Personnes concernées et proches",
}

CELL_LABELS: Final[dict[CellKind, str]] = {
    CellKind.INCURIE: "Incurie dans le logement",
    CellKind.SITUATIONS_COMPLEXES: "Situations complexes",
}

_K = OrganisationKind
KINDS: Final[dict[OrganisationKind, tuple[Field, str]]] = {
    _K.PSYCHIATRY: (Field.HEALTH, "Psychiatrie"),
    _K.HEALTH: (Field.HEALTH, "Soins"),
    _K.DAC: (Field.HEALTH, "Dispositif d'appui à la coordination"),
    _K.CCAS: (Field.SOCIAL, "Centre communal d'action sociale"),
    _K.DEPARTMENT: (Field.SOCIAL, "Service social du département"),
    _K.MEDICO_SOCIAL: (Field.SOCIAL, "Établissement ou service médico-social"),
    _K.GUARDIANSHIP: (Field.SOCIAL, "Protection juridique des majeurs"),
    _K.LANDLORD: (Field.TECHNICAL, "Bailleur ou syndic"),
    _K.HYGIENE: (Field.TECHNICAL, "Service communal d'hygiène et de santé"),
    _K.HOUSING_AUTHORITY: (Field.TECHNICAL, "Lutte contre l'habitat indigne"),
    _K.FIRE_SERVICE: (Field.TECHNICAL, "Service d'incendie et de secours"),
    _K.CLEANING: (Field.TECHNICAL, "Nettoyage et désencombrement"),
    _K.ANIMAL_CARE: (Field.TECHNICAL, "Soins aux animaux, refuge"),
    _K.PROVIDER: (Field.TECHNICAL, "Autre prestataire"),
    _K.COORDINATION: (Field.INSTITUTIONAL, "Coordination du CLSM"),
    _K.MUNICIPALITY: (Field.INSTITUTIONAL, "Commune"),
    _K.POLICE: (Field.INSTITUTIONAL, "Police et gendarmerie"),
    _K.JUSTICE: (Field.INSTITUTIONAL, "Justice"),
    _K.PREFECTURE: (Field.INSTITUTIONAL, "Préfecture"),
    _K.ETHICS: (Field.INSTITUTIONAL, "Audit éthique"),
    _K.DATA_PROTECTION: (Field.INSTITUTIONAL, "Protection des données"),
    _K.HOSTING: (Field.INSTITUTIONAL, "Administration du service"),
    _K.PEER: (Field.PEOPLE, "Groupe d'entraide, association d'usagers"),
    _K.RELATIVE: (Field.PEOPLE, "Entourage"),
}
"""Field and French name of each kind of organisation."""


@dataclass(frozen=True, slots=True)
class Category:
    """A legal category in words, with its article."""

    label: str
    article: str


_R = "art. R.1110-2 CSP"
_C = ProfessionalCategory
CATEGORIES: Final[dict[ProfessionalCategory, Category]] = {
    _C.HEALTH: Category("Professionnel·le de santé", f"{_R}, 1°"),
    _C.SOCIAL_WORKER: Category("Assistant·e de service social", f"{_R}, 2° a"),
    _C.PSYCHOLOGIST_AND_CARE_AIDES: Category(
        "Psychologue, ostéopathe, accompagnant·e éducatif·ve et social·e", f"{_R}, 2° b"
    ),
    _C.FAMILY_ASSISTANT: Category("Assistant·e maternel·le ou familial·e", f"{_R}, 2° c"),
    _C.EDUCATOR: Category("Éducateur·rice, aide familial·e", f"{_R}, 2° d"),
    _C.HOST_FAMILY: Category("Accueillant·e familial·e", f"{_R}, 2° e"),
    _C.GUARDIAN: Category("Mandataire judiciaire à la protection des majeurs", f"{_R}, 2° f"),
    _C.ESTABLISHMENT_EMPLOYEE: Category(
        "Salarié·e d'un établissement ou service social ou médico-social", f"{_R}, 2° g"
    ),
    _C.APA_TEAM: Category("Équipe d'évaluation de l'APA", f"{_R}, 2° i"),
    _C.COORDINATION_STRUCTURE: Category("Dispositif d'appui à la coordination", f"{_R}, 2° j"),
    _C.NONE: Category("Aucune catégorie : hors partage d'informations de santé", f"hors {_R}"),
}

OFFICES: Final[dict[Office, str]] = {
    Office.COORDINATOR: "Coordination de la cellule",
    Office.HEALTH_COFACILITATOR: "Co-animation santé",
    Office.AUDITOR: "Audit éthique",
    Office.DPO: "Délégation à la protection des données",
    Office.COPIL_READER: "Lecture pour le comité de pilotage",
    Office.ADMINISTRATOR: "Administration du CLSM",
    Office.ORGANISATION_ADMINISTRATOR: "Administration de l'organisation",
}

FUNCTIONS: Final[dict[str, str]] = {
    "administrator": "Administrateur·rice",
    "agent": "Agent·e",
    "animal_carer": "Soigneur·se animalier·ère",
    "auditor": "Auditeur·rice",
    "care_assistant": "Aide-soignant·e",
    "cleaner": "Intervenant·e de nettoyage",
    "coordinator": "Coordonnateur·rice",
    "dpo": "Délégué·e à la protection des données",
    "educator": "Éducateur·rice",
    "elected": "Élu·e",
    "family_adviser": "Conseiller·ère en économie sociale et familiale",
    "firefighter": "Sapeur·se-pompier·ère",
    "guardian": "Mandataire judiciaire",
    "home_help": "Aide à domicile",
    "housing_agent": "Agent·e d'un bailleur",
    "housing_officer": "Chargé·e de l'habitat",
    "inspector": "Inspecteur·rice de salubrité",
    "mediator": "Médiateur·rice",
    "nurse": "Infirmier·ère",
    "pathway_coordinator": "Coordinateur·rice de parcours",
    "peer_worker": "Pair aidant·e",
    "physician": "Médecin",
    "psychiatrist": "Psychiatre",
    "psychologist": "Psychologue",
    "relative": "Proche",
    "social_worker": "Assistant·e de service social",
    "veterinarian": "Vétérinaire",
    "other": "Autre fonction",
}
"""Codes of trades. Two change a right: `psychologist` and `peer_worker` (policies/column.py);
`veterinarian` may take a legal path of its own (CP 226-14 5°)."""

SECRECY_BASES: Final[dict[str, str]] = {
    CASF_133_5: "Secret des agents du CCAS (art. L.133-5 CASF)",
}

_KINDS_OF: Final[dict[ProfessionalCategory, frozenset[OrganisationKind]]] = {
    _C.GUARDIAN: frozenset({_K.GUARDIANSHIP, _K.HEALTH, _K.PSYCHIATRY, _K.MEDICO_SOCIAL}),
    _C.ESTABLISHMENT_EMPLOYEE: frozenset({_K.MEDICO_SOCIAL, _K.CCAS, _K.HEALTH, _K.PSYCHIATRY}),
    _C.APA_TEAM: frozenset({_K.DEPARTMENT, _K.CCAS}),
    _C.COORDINATION_STRUCTURE: frozenset({_K.DAC}),
}
_NEVER_SOCIAL: Final = frozenset(
    kind
    for kind, (field, _) in KINDS.items()
    if field in {Field.TECHNICAL, Field.PEOPLE}
    or kind in {_K.POLICE, _K.JUSTICE, _K.PREFECTURE, _K.HOSTING}
)

_AWAY_FROM_FILES: Final = frozenset({Office.AUDITOR, Office.DPO})
_ACTING: Final = frozenset({Office.COORDINATOR, Office.HEALTH_COFACILITATOR, Office.ADMINISTRATOR})

YEAR_OF_CATEGORY: Final = timedelta(days=365)
"""How long an employer's confirmation of a category holds. Source: domain.md 2.2, R.1110-2."""

RENEWABLE: Final = timedelta(days=30)
"""A pledge may be signed again, a category confirmed again, this long before its end."""


def field_of(kind: str) -> Field:
    """Return the field of the directory where a kind of organisation stands."""
    return KINDS[OrganisationKind(kind)][0]


def kinds_in(field: Field) -> tuple[str, ...]:
    """Return the kinds of organisation of a field."""
    return tuple(str(kind) for kind, (found, _) in KINDS.items() if found is field)


def employment_problems(kind: str, category: str, basis: str, function: str) -> dict[str, str]:
    """Return what is wrong with an employment, by field; empty when it may exist.

    The category is that of the employment, never of the diploma: a social worker paid by a
    landlord stays outside R.1110-2, a nurse is 1° whoever employs. Source: settled.md 2.
    """
    problems: dict[str, str] = {}
    if kind not in KINDS:
        return {"organisation_id": "Cette organisation n'a pas de type connu."}
    if category not in set(ProfessionalCategory):
        problems["category"] = "Choisissez une des catégories proposées."
    else:
        among = _KINDS_OF.get(ProfessionalCategory(category))
        if among is not None and kind not in among:
            problems["category"] = "Cette catégorie n'existe pas dans ce type d'organisation."
        elif kind in _NEVER_SOCIAL and category not in {_C.NONE, _C.HEALTH}:
            problems["category"] = (
                "Dans cette organisation, un diplôme ne donne pas la catégorie : "
                "choisissez « aucune », sauf pour un professionnel de santé."
            )
    if basis and (basis not in SECRECY_BASES or kind != _K.CCAS):
        problems["secrecy_basis"] = "Ce secret n'existe que pour les agents d'un CCAS."
    if function not in FUNCTIONS:
        problems["function"] = "Choisissez une des fonctions proposées."
    return problems


def office_problem(kind: Office, category: str, held: frozenset[str], *, own: bool) -> str:
    """Return why an office cannot be given to a seat, or "".

    `held` are the offices that the same person holds in this CLSM, in any seat.
    """
    if own:
        return "Vous ne pouvez pas vous donner une charge : un autre administrateur le fera."
    if kind is Office.HEALTH_COFACILITATOR and category != _C.HEALTH:
        return "La co-animation santé revient à un professionnel de santé (R.1110-2, 1°)."
    kinds = {Office(code) for code in held}
    if (kind in _AWAY_FROM_FILES and kinds & _ACTING) or (
        kind in _ACTING and kinds & _AWAY_FROM_FILES
    ):
        return "Qui contrôle ne coordonne ni n'administre : ces charges ne vont pas ensemble."
    return ""


def pledge_end(valid_from: datetime) -> datetime:
    """Return the end of a pledge: the same day a year later, in Paris (29 February: 1 March)."""
    local = valid_from.astimezone(PARIS)
    try:
        return local.replace(year=local.year + 1).astimezone(valid_from.tzinfo)
    except ValueError:
        return local.replace(year=local.year + 1, month=3, day=1).astimezone(valid_from.tzinfo)


def to_confirm(since: datetime, now: datetime) -> bool:
    """Return whether an employer must confirm a category again, or will within thirty days."""
    return since + YEAR_OF_CATEGORY - RENEWABLE <= now


def is_key(text: str) -> bool:
    """Return whether a text may be an organisation's code: the record says it in clear."""
    return re.fullmatch(r"[a-z0-9_]{2,40}", text) is not None


def reference_of(year: int, number: int) -> str:
    """Return a situation's reference: SIT-2026-0014. Longer after 9,999 in one year."""
    return f"SIT-{year:04d}-{number:04d}"


def fold(text: str) -> str:
    """Return a text without case nor accents, to search a directory as people type."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a charter; a text without a heading has an empty title."""

    title: str
    text: str


def clauses(text: str) -> tuple[Clause, ...]:
    """Return a charter's clauses: paragraphs apart by a blank line, heading on the first line."""
    found: list[Clause] = []
    for block in filter(None, (block.strip() for block in text.split("\n\n"))):
        title, _, rest = block.partition("\n")
        found.append(Clause(title, rest) if rest else Clause("", title))
    return tuple(found)


def first_charter() -> str:
    """Return the text of the first charter: the minimum clauses of domain.md 2.8, in French."""
    return (files("service.partners") / "charter_1.fr.txt").read_text("utf-8")


LONGEST_DUTY: Final = timedelta(days=7)
"""One turn of duty; a longer one is written as several."""

DUTY_AHEAD: Final = timedelta(days=366)
"""How far ahead a duty is written."""

CLOCKS_DIFFER: Final = timedelta(minutes=5)


def on_call_problems(starts_at: datetime, ends_at: datetime, now: datetime) -> dict[str, str]:
    """Return what is wrong with the dates of a duty on call, by field.

    Never in the past: nobody is put on call after the fact.
    """
    if starts_at < now - CLOCKS_DIFFER:
        return {"starts_at": "Une astreinte s'inscrit avant de commencer, jamais après coup."}
    if starts_at > now + DUTY_AHEAD:
        return {"starts_at": "Une astreinte s'inscrit un an à l'avance au plus."}
    if ends_at <= starts_at:
        return {"ends_at": "La fin vient après le début."}
    if ends_at - starts_at > LONGEST_DUTY:
        return {"ends_at": "Une astreinte dure sept jours au plus : inscrivez la suite à part."}
    return {}
