"""What an emergency access may be, how long, and what it owes. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from policies.vocabulary import Level, Section
from service.clock import PARIS
from service.situations.rules import warnings
from service.web.words import is_clean

SECTIONS: Final = (
    Section.IDENTITY_CONTACT,
    Section.HOUSING,
    Section.SAFETY_RISK,
    Section.SOMATIC_HEALTH,
    Section.MENTAL_HEALTH,
    Section.ANIMALS,
)
"""All that an emergency access may name (settled.md 5): never 4, 5, 6, 9, 11, 14, 15."""

HOURS: Final = (1, 2, 4, 8, 12, 24)
USUAL_HOURS: Final = 4
"""Four hours by default, twenty-four at most (domain.md 3.5)."""

SHORTEST_REASON: Final = 30
LONGEST_REASON: Final = 2_000

COUNTED_FOR: Final = timedelta(days=30)
ALONE: Final = 2
"""Accesses that one seat opens alone within `COUNTED_FOR`; the next needs a second person."""

ASKED_FOR: Final = timedelta(hours=4)
"""How long a demand waits for its second person: after that, the peril is another one."""

REVIEWED_WITHIN: Final = timedelta(days=7)
"""Review by someone else, and information of the person (domain.md 2.3; CSP R.1110-3)."""

MOST_ATTEMPTS: Final = 5
ATTEMPTS_COUNTED: Final = timedelta(hours=1)
"""References that opened nothing, a seat: enough for a slip of the finger, not to try numbers."""


NOT_OPENED: Final = (
    "Cette référence n'ouvre rien : vérifiez-la auprès de qui vous l'a donnée. Au bout de cinq "
    "essais, il faut attendre une heure."
)
"""The one answer for a reference that is nobody's and for what may not be opened."""


class Reason(StrEnum):
    """Why, in a code that says nothing of anyone's health."""

    RESCUE = "rescue"
    ENTRY = "entry"
    UNREACHABLE = "unreachable"
    CARE_STOPPED = "care_stopped"
    VIOLENCE = "violence"
    OTHER = "other"


class Basis(StrEnum):
    """What the law allows it under."""

    CP223_6 = "CP223_6"
    CSP_R1110_3 = "CSP_R1110_3"
    GDPR_VITAL = "GDPR_VITAL"


class Outcome(StrEnum):
    """What a review concludes."""

    JUSTIFIED = "justified"
    EXCESSIVE = "excessive"
    NOT_JUSTIFIED = "not_justified"


class Standing(StrEnum):
    """Where an access stands, for a list."""

    ASKED = "asked"
    DECLINED = "declined"
    LAPSED = "lapsed"
    OPEN = "open"
    TO_REVIEW = "to_review"
    LATE = "late"
    REVIEWED = "reviewed"


REASON_LABELS: Final[Mapping[str, str]] = {
    Reason.RESCUE: "Les secours sont appelés ou sur place",
    Reason.ENTRY: "Il faut entrer ou évacuer : feu, gaz, effondrement",
    Reason.UNREACHABLE: "La personne ne répond plus et un danger est probable",
    Reason.CARE_STOPPED: "Une aide dont la vie dépend s'est arrêtée",
    Reason.VIOLENCE: "Une violence est en cours ou annoncée",
    Reason.OTHER: "Un autre péril, dit ci-dessous",
}
BASIS_LABELS: Final[Mapping[str, str]] = {
    Basis.CP223_6: "Assistance à personne en péril (code pénal, article 223-6)",
    Basis.CSP_R1110_3: "Urgence : la personne sera informée après (CSP, article R.1110-3)",
    Basis.GDPR_VITAL: "Intérêts vitaux de la personne (RGPD, articles 6-1 d et 9-2 c)",
}
OUTCOME_LABELS: Final[Mapping[str, str]] = {
    Outcome.JUSTIFIED: "Justifié",
    Outcome.EXCESSIVE: "Justifié, mais trop large ou trop long",
    Outcome.NOT_JUSTIFIED: "Non justifié",
}
STANDING_LABELS: Final[Mapping[str, str]] = {
    Standing.ASKED: "attend une seconde personne",
    Standing.DECLINED: "refusé par la seconde personne",
    Standing.LAPSED: "demande restée sans réponse",
    Standing.OPEN: "ouvert en ce moment",
    Standing.TO_REVIEW: "à examiner",
    Standing.LATE: "examen en retard",
    Standing.REVIEWED: "examiné",
}
LEVEL_LABELS: Final[Mapping[str, str]] = {
    Level.READ: "en entier",
    Level.READ_EXTRACT: "par l'extrait utile",
}


def standing(  # noqa: PLR0913 — the dates that decide it
    *,
    asked_at: datetime,
    granted: bool | None,
    opened_at: datetime | None,
    ends_at: datetime | None,
    review_by: datetime | None,
    reviewed: bool,
    now: datetime,
) -> Standing:
    """Return where an access stands at an instant; `ends_at` is that of what it opened."""
    if opened_at is None or review_by is None:
        if granted is False:
            return Standing.DECLINED
        return Standing.LAPSED if now >= asked_at + ASKED_FOR else Standing.ASKED
    if reviewed:
        return Standing.REVIEWED
    if ends_at is not None and now < ends_at:
        return Standing.OPEN
    return Standing.LATE if now >= review_by else Standing.TO_REVIEW


def needs_second_person(opened_before: int) -> bool:
    """Return whether the next access of a seat needs a second person."""
    return opened_before >= ALONE


def request_problems(reason_code: str, basis: str, hours: int, reason: str) -> dict[str, str]:
    """Return what is wrong with a request, by field, each with its remedy."""
    problems = {}
    if reason_code not in set(Reason):
        problems["reason_code"] = "Choisissez le péril."
    if basis not in set(Basis):
        problems["basis"] = "Choisissez le fondement de cet accès."
    if hours not in HOURS:
        problems["hours"] = "Choisissez une durée, vingt-quatre heures au plus."
    if len(" ".join(reason.split())) < SHORTEST_REASON:
        problems["reason"] = (
            f"Dites en {SHORTEST_REASON} caractères au moins quel est le péril et ce qu'il vous "
            "faut savoir."
        )
    problems |= text_problems("reason", reason)
    return problems


def text_problems(field: str, text: str) -> dict[str, str]:
    """Return what no text of ours may hold: too long, invisible signs, a national number."""
    if len(text) > LONGEST_REASON:
        return {field: f"Ce texte dépasse {LONGEST_REASON} caractères : raccourcissez-le."}
    if not is_clean(text):
        return {field: "Ce texte contient des signes invisibles : retapez-le sans coller."}
    for watched in warnings(Section.MENTAL_HEALTH, text):
        if watched.refused:
            return {field: watched.sentence}
    return {}


def told_problem(told_on: date, opened_at: datetime, now: datetime) -> str:
    """Return what is wrong with the day on which the person was told, or ""."""
    if told_on < opened_at.astimezone(PARIS).date():
        return "La personne ne peut pas avoir été informée avant l'ouverture de l'accès."
    if told_on > now.astimezone(PARIS).date():
        return "Ce jour est à venir : examinez l'accès une fois la personne informée."
    return ""
