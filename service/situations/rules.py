"""Pure rules of situations: states, urgency, words given to people, words watched in a text."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from stdnum.fr import nir

from policies.vocabulary import CLASS, Section, SensitivityClass
from service.errors import Invalid, NotFound
from service.sharing.rules import SECTION_LABELS as SECTION_LABELS  # noqa: PLC0414 — said alike everywhere
from service.sharing.rules.exceptions import BASIS_LABELS as BASIS_LABELS  # noqa: PLC0414 — said alike everywhere
from service.sharing.rules.exceptions import Basis as Basis  # noqa: PLC0414

EDIT_LASTS: Final = timedelta(hours=24)
"""An author edits their own entry for a day; later, a correction is linked to it (domain.md 3)."""

PAGE_SIZE: Final = 50


class State(StrEnum):
    """Where a situation stands (domain.md 1.2)."""

    SUBMITTED = "submitted"
    RECEIVED = "received"
    IN_QUALIFICATION = "in_qualification"
    RETURNED_FOR_COMPLETION = "returned_for_completion"
    REDIRECTED_EMERGENCY = "redirected_emergency"
    ORIENTED_ELSEWHERE = "oriented_elsewhere"
    REFUSED = "refused"
    MERGED = "merged"
    ACCEPTED = "accepted"
    PREPARATION = "preparation"
    SCHEDULED = "scheduled"
    IN_REVIEW = "in_review"
    IN_FOLLOW_UP = "in_follow_up"
    SUSPENDED = "suspended"
    CLOSING_REVIEW = "closing_review"
    CLOSED = "closed"
    ARCHIVED = "archived"
    ELIMINATED = "eliminated"


NEXT_STATES: Final[Mapping[State, frozenset[State]]] = {
    State.SUBMITTED: frozenset({State.RECEIVED}),
    State.RECEIVED: frozenset(
        {State.IN_QUALIFICATION, State.RETURNED_FOR_COMPLETION, State.MERGED}
    ),
    State.IN_QUALIFICATION: frozenset(
        {
            State.REDIRECTED_EMERGENCY,
            State.ORIENTED_ELSEWHERE,
            State.REFUSED,
            State.ACCEPTED,
            State.RETURNED_FOR_COMPLETION,
            State.MERGED,
        }
    ),
    State.RETURNED_FOR_COMPLETION: frozenset({State.RECEIVED}),
    State.ACCEPTED: frozenset({State.PREPARATION}),
    State.PREPARATION: frozenset({State.SCHEDULED}),
    State.SCHEDULED: frozenset({State.IN_REVIEW}),
    State.IN_REVIEW: frozenset({State.IN_FOLLOW_UP, State.PREPARATION}),
    State.IN_FOLLOW_UP: frozenset({State.SUSPENDED, State.CLOSING_REVIEW}),
    State.SUSPENDED: frozenset({State.IN_FOLLOW_UP}),
    State.CLOSING_REVIEW: frozenset({State.CLOSED}),
    State.CLOSED: frozenset({State.IN_QUALIFICATION, State.ARCHIVED}),
    State.ARCHIVED: frozenset({State.IN_QUALIFICATION, State.ELIMINATED}),
}
"""What may follow what (domain.md 1.2; in_review → preparation: settled.md 8). Reopening a
closed or archived situation begins a new episode."""

OVER: Final = frozenset(
    {
        State.REDIRECTED_EMERGENCY,
        State.ORIENTED_ELSEWHERE,
        State.REFUSED,
        State.MERGED,
        State.CLOSED,
        State.ARCHIVED,
        State.ELIMINATED,
    }
)
"""States in which nothing is expected any more: no clock runs, the alias is free again."""

_BEFORE_REVIEW: Final = frozenset(
    {
        State.SUBMITTED,
        State.RECEIVED,
        State.IN_QUALIFICATION,
        State.RETURNED_FOR_COMPLETION,
        State.ACCEPTED,
        State.PREPARATION,
        State.SCHEDULED,
    }
)


class Urgency(StrEnum):
    """Levels of domain.md 1.5; always set by a human (RGPD art. 22)."""

    U0 = "U0"
    U1 = "U1"
    U2 = "U2"
    U3 = "U3"


class Adherence(StrEnum):
    """Whether the person accepts help: another record than the agreement to share."""

    UNKNOWN = "unknown"
    REFUSES = "refuses"
    HESITATES = "hesitates"
    PARTIAL = "partial"
    ACCEPTS = "accepts"


class MilestoneKind(StrEnum):
    """What a dated change is about."""

    STATE = "state"
    URGENCY = "urgency"
    ADHERENCE = "adherence"
    MODE = "mode"


_FIRST_REVIEW: Final[Mapping[Urgency, timedelta]] = {
    Urgency.U3: timedelta(days=1),
    Urgency.U2: timedelta(days=10),
    Urgency.U1: timedelta(days=45),
    Urgency.U0: timedelta(days=45),
}
_NEXT_REVIEW: Final[Mapping[Urgency, timedelta]] = {
    Urgency.U3: timedelta(days=1),
    Urgency.U2: timedelta(weeks=4),
    Urgency.U1: timedelta(weeks=12),
    Urgency.U0: timedelta(days=182),
}


def review_by(state: str, urgency: str, changed_at: datetime) -> datetime | None:
    """Return when the safety clock expects a review; None once the situation is over.

    Counted from the last change of state or urgency. Delays: domain.md 1.5 and 1.10.
    """
    if State(state) in OVER:
        return None
    delays = _FIRST_REVIEW if State(state) in _BEFORE_REVIEW else _NEXT_REVIEW
    return changed_at + delays[Urgency(urgency)]


HEALTH: Final = frozenset(
    {
        Section.SOMATIC_HEALTH,
        Section.MENTAL_HEALTH,
        Section.ASSESSMENTS_CLINICAL,
        Section.CONSENT_TEXT,
    }
)
"""D4 and D5: never on the situation's page; opened one at a time, each a recorded act."""

ELSEWHERE: Final = frozenset(
    {Section.SITUATION, Section.CONSENT_STATUS, Section.REFERRAL, Section.ACCESS_REGISTER}
)
"""Sections whose content other domains hold."""

WRITTEN_HERE: Final = (
    frozenset(Section)
    - ELSEWHERE
    - {
        Section.ACTION_PLAN,
        Section.MEETING_MINUTES,
        Section.ATTACHMENTS,
    }
)
"""Sections where a seat adds an entry by hand; actions, minutes and attachments have forms."""

MAY_BELONG: Final = frozenset(
    {
        Section.WISHES_VOICE,
        Section.ACTION_PLAN,
        Section.MEETING_MINUTES,
        Section.ATTACHMENTS,
        Section.REFERRAL,
    }
)
"""Sections whose rows may belong to another one as well (settled.md 5)."""

MAY_NARROW: Final = frozenset({Section.FAMILY_CAREGIVERS, Section.WISHES_VOICE})
"""Sections whose entries may carry a list of recipient groups, which only narrows."""


def section_of(code: str) -> Section:
    """Return the section of an address. Raises NotFound for a word that is none."""
    if code not in set(Section) - {Section.SITUATION}:
        raise NotFound
    return Section(code)


Word = TypeVar("Word", bound=StrEnum)


def code_of(kind: type[Word], code: str, field: str) -> Word:
    """Return a code of a closed list. Raises Invalid on `field` for any other."""
    if code not in set(kind):
        raise Invalid({field: "Choisissez une des réponses proposées."})
    return kind(code)


def may_edit(first_written_at: datetime, now: datetime) -> bool:
    """Return whether an entry is young enough to be edited by its author."""
    return now - first_written_at <= EDIT_LASTS


STATE_LABELS: Final[Mapping[State, str]] = {
    State.SUBMITTED: "envoyée",
    State.RECEIVED: "reçue",
    State.IN_QUALIFICATION: "en qualification",
    State.RETURNED_FOR_COMPLETION: "à compléter",
    State.REDIRECTED_EMERGENCY: "redirigée vers l'urgence",
    State.ORIENTED_ELSEWHERE: "orientée",
    State.REFUSED: "non retenue",
    State.MERGED: "réunie à une autre",
    State.ACCEPTED: "retenue",
    State.PREPARATION: "en préparation",
    State.SCHEDULED: "inscrite en réunion",
    State.IN_REVIEW: "en réunion",
    State.IN_FOLLOW_UP: "en suivi",
    State.SUSPENDED: "suspendue",
    State.CLOSING_REVIEW: "clôture à décider",
    State.CLOSED: "close",
    State.ARCHIVED: "archivée",
    State.ELIMINATED: "éliminée",
}

URGENCY_LABELS: Final[Mapping[Urgency, str]] = {
    Urgency.U0: "U0 – avis, prévention",
    Urgency.U1: "U1 – dégradation",
    Urgency.U2: "U2 – danger grave à court terme",
    Urgency.U3: "U3 – urgence vitale",
}

ADHERENCE_LABELS: Final[Mapping[Adherence, str]] = {
    Adherence.UNKNOWN: "pas encore connue",
    Adherence.REFUSES: "refuse l'aide proposée",
    Adherence.HESITATES: "hésite",
    Adherence.PARTIAL: "accepte une partie de l'aide",
    Adherence.ACCEPTS: "accepte l'aide",
}

MODE_LABELS: Final[Mapping[str, str]] = {
    "ANONYMISED": "anonymisée",
    "NAMED": "nominative",
    "NAMED_BY_EXCEPTION": "nominative par exception",
}


GROUP_LABELS: Final[Mapping[str, str]] = {
    "G0": "coordination de la cellule",
    "G1": "soins (psychiatrie, médecine, infirmiers)",
    "G2": "social et médico-social",
    "G3": "mandataires judiciaires",
    "G4": "dispositif d'appui à la coordination",
    "G5": "bailleur",
    "G6": "service d'hygiène et habitat",
    "G7": "sapeurs-pompiers",
    "G8": "prestataires",
    "G9": "proches désignés",
    "G10": "pairs et associations d'usagers",
}

VALUE_LABELS: Final[Mapping[str, str]] = {
    "yes": "oui",
    "extract_only": "conséquences seulement",
    "no": "non",
    "not_asked": "pas encore demandé",
    "": "pas encore demandé",
}

SEEN_LABELS: Final[Mapping[str, str]] = {"seen": "vu", "reported": "rapporté"}

ALIASES: Final[tuple[str, ...]] = (
    "Héron",
    "Grésil",
    "Ajonc",
    "Alouette",
    "Amarante",
    "Ancolie",
    "Anémone",
    "Arbousier",
    "Argousier",
    "Armoise",
    "Aubépine",
    "Aulne",
    "Avocette",
    "Azurite",
    "Bécasse",
    "Bergeronnette",
    "Bleuet",
    "Bourrache",
    "Bouvreuil",
    "Brise",
    "Bruine",
    "Bruyère",
    "Calcédoine",
    "Campanule",
    "Capucine",
    "Cascade",
    "Cèdre",
    "Chardonneret",
    "Charme",
    "Châtaignier",
    "Chèvrefeuille",
    "Clairière",
    "Colline",
    "Coquelicot",
    "Cormier",
    "Cornaline",
    "Courlis",
    "Crocus",
    "Cyprès",
    "Dune",
    "Églantine",
    "Embrun",
    "Épervier",
    "Épicéa",
    "Érable",
    "Estran",
    "Estuaire",
    "Étourneau",
    "Falaise",
    "Fauvette",
    "Fougère",
    "Frêne",
    "Galet",
    "Garance",
    "Genêt",
    "Genévrier",
    "Gentiane",
    "Giroflée",
    "Givre",
    "Glycine",
    "Granit",
    "Grive",
    "Héliotrope",
    "Hêtre",
    "Hirondelle",
    "Houx",
    "Huppe",
    "Ibis",
    "Iris",
    "Jacinthe",
    "Jasmin",
    "Jonquille",
    "Lagune",
    "Lavande",
    "Lichen",
    "Lilas",
    "Linotte",
    "Loriot",
    "Luzerne",
    "Marjolaine",
    "Martinet",
    "Mélèze",
    "Menthe",
    "Mésange",
    "Mélisse",
    "Mimosa",
    "Mousse",
    "Muguet",
    "Myosotis",
    "Narcisse",
    "Nénuphar",
    "Noisetier",
    "Olivier",
    "Orchis",
    "Orme",
    "Ortolan",
    "Oseille",
    "Passereau",
    "Pervenche",
    "Peuplier",
    "Pinson",
    "Pivoine",
    "Pommier",
    "Primevère",
    "Quartz",
    "Rivage",
    "Romarin",
    "Roseau",
    "Rossignol",
    "Safran",
    "Sarcelle",
    "Sarriette",
    "Sauge",
    "Saule",
    "Serpolet",
    "Sittelle",
    "Sorbier",
    "Sterne",
    "Thym",
    "Tilleul",
    "Tourterelle",
    "Trèfle",
    "Tulipe",
    "Valériane",
    "Vallon",
    "Verveine",
    "Violette",
    "Zéphyr",
)
"""Neutral words of nature: an alias says nothing of the person, their home or their health."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a text seems to hold and should not; `refused` cannot be confirmed away."""

    kind: str
    sentence: str
    refused: bool = False


_DIGITS: Final = re.compile(
    r"(?<![0-9A-Za-z])[0-9](?:[ .\u00a0\u202f-]?[0-9ABab]){12,14}(?![0-9A-Za-z])"
)
_SHAPE_OF_NIR: Final = re.compile(
    r"[1-478][0-9]{2}(?:0[1-9]|1[0-2]|[2-9][0-9])(?:[0-9]{2}|2[AB])[0-9]{6}(?:[0-9]{2})?"
)

_DIAGNOSES: Final = [
    "addictions?",
    "alcoolique",
    "alcoolisme",
    "alcoolodependance",
    "alzheimer",
    "anorexie",
    "antidepresseurs?",
    "autisme",
    "autiste",
    "bipolaire",
    "bipolarite",
    "borderline",
    "boulimie",
    "cancer",
    "cirrhose",
    "delire",
    "delirante?",
    "demence",
    "demente?",
    "depression",
    "depressif",
    "depressive",
    "diabete",
    "diabetique",
    "diogene",
    "epilepsie",
    "epileptique",
    "folle",
    "fou",
    "hallucinations?",
    "hepatite",
    "insuline",
    "neuroleptiques?",
    "paranoia",
    "paranoiaque",
    "parkinson",
    "phobie",
    "psychopathe",
    "psychose",
    "psychotique",
    "schizophrene",
    "schizophrenie",
    "seropositif",
    "seropositive",
    "sida",
    "toxicomane",
    "toxicomanie",
    "vih",
]

_OFFENCES: Final = (
    r"condamn(?:e|ee|es|ees|ation|ations)",
    r"plaintes? pour",
    r"gardes? a vue",
    r"casier judiciaire",
    r"mis(?:e|es)? en examen",
    r"mis(?:e|es)? en cause",
    r"incarcer(?:e|ee|es|ees|ation)",
    r"delinquan(?:t|te|ts|tes|ce)",
    r"(?:sortie?|peine|annees?) de prison",
    r"en prison",
    r"ex-?detenue?s?",
    r"interpelle(?:e|s|es)?",
    r"sous controle judiciaire",
    r"sursis",
    r"recidiv(?:e|iste|istes)",
)


_diagnosis: Final = re.compile(r"\b(?:" + "|".join(_DIAGNOSES) + r")\b")
_offence: Final = re.compile(r"\b(?:" + "|".join(_OFFENCES) + r")\b")
_FACTUAL: Final = frozenset(
    section
    for section, sensitivity in CLASS.items()
    if sensitivity in {SensitivityClass.D0, SensitivityClass.D1}
) | {Section.NEIGHBOURHOOD}


def warnings(section: Section, text: str, *, extract: bool = False) -> tuple[Watched, ...]:
    """Return what a text of this section should not hold, as sentences that name the remedy.

    A national identification number is refused anywhere (décret 2019-341). Words of diagnosis
    are watched where facts alone belong and in every extract (domain.md 1.4 and 3.1), words of
    offence everywhere (RGPD art. 10). The sentences never repeat the text.
    """
    found: list[Watched] = []
    seen = {_nir_in(match.group()) for match in _DIGITS.finditer(text)}
    if "nir" in seen:
        found.append(
            Watched(
                "nir",
                "Ce texte contient un numéro de sécurité sociale : retirez-le, "
                "il n'est jamais enregistré ici.",
                refused=True,
            )
        )
    elif "like" in seen:
        found.append(
            Watched(
                "nir",
                "Ce texte contient une longue suite de chiffres qui ressemble à un numéro de "
                "sécurité sociale : vérifiez, et retirez-la si c'en est un.",
            )
        )
    plain = _plain(text)
    if (extract or section in _FACTUAL) and _diagnosis.search(plain):
        found.append(
            Watched(
                "diagnosis",
                "Ce texte semble contenir un mot de diagnostic ou de traitement : décrivez plutôt "
                "ce qui est vu et ses conséquences concrètes.",
            )
        )
    if _offence.search(plain):
        found.append(
            Watched(
                "offence",
                "Ce texte semble parler d'infraction ou de justice pénale, que la cellule "
                "n'enregistre pas : gardez le fait daté, sans qualification.",
            )
        )
    return tuple(found)


def _nir_in(found: str) -> str:
    digits = re.sub(r"[ .\u00a0\u202f-]", "", found).upper()
    if not _SHAPE_OF_NIR.fullmatch(digits):
        return "like" if len(digits) == 14 and digits[0] in "12" and digits.isdigit() else ""
    if len(digits) == 13 or nir.is_valid(digits):
        return "nir"
    return "like"


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'"))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
