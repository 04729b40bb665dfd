"""What a report must say, and by when someone else looks at it. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from policies.vocabulary import Section
from service.clock import PARIS
from service.disclosures.rules.paths import LegalPath
from service.errors import Invalid
from service.situations.rules import warnings
from service.web.words import is_clean

LONGEST_EXTRACT: Final = 2_000
"""Characters of the minimum extract: what does not fit there is not the minimum."""

SHORTEST_REASON: Final = 30
LONGEST_REASON: Final = 2_000
LONGEST_NAME: Final = 200

REVIEW_WITHIN: Final = timedelta(days=7)
"""By when someone else than the author looks at a report. Source: domain.md 2.3."""


class Informed(StrEnum):
    """Whether the person knows of the report."""

    YES = "informed"
    NO = "not_informed"


INFORMED_LABELS: Final[Mapping[str, str]] = {
    Informed.YES: "Oui, la personne est informée",
    Informed.NO: "Non : l'informer augmenterait le danger",
}


class HandedBy(StrEnum):
    """By which channel of their own the author handed a report over."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    POST = "post"
    SECURE_MAIL = "secure_mail"
    TELESERVICE = "teleservice"


HANDED_LABELS: Final[Mapping[str, str]] = {
    HandedBy.IN_PERSON: "En main propre",
    HandedBy.PHONE: "Par téléphone, confirmé ensuite par écrit",
    HandedBy.POST: "Par courrier",
    HandedBy.SECURE_MAIL: "Par messagerie sécurisée",
    HandedBy.TELESERVICE: "Par le téléservice de l'autorité",
}


class Outcome(StrEnum):
    """What someone else found of a report afterwards."""

    RIGHT = "right"
    TO_DISCUSS = "to_discuss"
    WRONG = "wrong"


OUTCOME_LABELS: Final[Mapping[str, str]] = {
    Outcome.RIGHT: "Conforme à la voie choisie",
    Outcome.TO_DISCUSS: "Conforme, avec des points à reprendre avec son auteur·e",
    Outcome.WRONG: "Non conforme : à reprendre avec la protection des données",
}


def review_by(made_at: datetime) -> datetime:
    """Return when the look afterwards is due."""
    return made_at + REVIEW_WITHIN


def sentences_of(field: str, typed: str, *, longest: int, shortest: int = 1) -> dict[str, str]:
    """Return what is wrong with one text, by the name of its field."""
    if len(typed.strip()) < shortest:
        remedy = (
            f"Écrivez-le en {shortest} caractères au moins."
            if shortest > 1
            else "Écrivez ce qui est strictement nécessaire à cette autorité."
        )
        return {field: remedy}
    if len(typed) > longest:
        return {field: f"Ce texte dépasse {longest} caractères : gardez le strict nécessaire."}
    if not is_clean(typed):
        return {field: "Ce texte contient des signes invisibles : retapez-le sans coller."}
    return {}


def check_way(path: LegalPath, recipient: str, victim: str) -> None:
    """Raise Invalid unless the path allows the recipient and its question is answered."""
    errors: dict[str, str] = {}
    if not path.allows(recipient):
        errors["recipient"] = "Choisissez un des destinataires que cette voie permet."
    answers = path.victim_answers()
    if answers and victim not in answers:
        errors["victim"] = "Dites où en est l'accord de la victime : cette voie le demande."
    if not answers and victim:
        errors["victim"] = "Cette voie ne demande pas l'accord de la victime."
    if errors:
        raise Invalid(errors)


def check_informed(
    informed: str,
    informed_on: date | None,
    informed_by: str,
    motive: str,
    *,
    now: datetime,
) -> None:
    """Raise Invalid unless one says when and by whom the person knows, or why not."""
    errors: dict[str, str] = {}
    if informed not in set(Informed):
        errors["informed"] = "Dites si la personne est informée."
    elif informed == Informed.YES:
        if informed_on is None:
            errors["informed_on"] = "Indiquez quel jour la personne a été informée."
        elif informed_on > now.astimezone(PARIS).date():
            errors["informed_on"] = "Ce jour est à venir : corrigez la date."
        errors |= _who(informed_by)
    else:
        errors |= sentences_of("motive", motive, longest=LONGEST_REASON, shortest=SHORTEST_REASON)
    if errors:
        raise Invalid(errors)


def _who(informed_by: str) -> dict[str, str]:
    if not informed_by.strip():
        return {"informed_by": "Indiquez qui l'a informée : un nom ou une fonction."}
    return sentences_of("informed_by", informed_by, longest=LONGEST_NAME)


def watched(fields: Mapping[str, str], *, confirmed: bool) -> None:
    """Raise Invalid for what is never written, and for what is not confirmed yet.

    As every extract: words of diagnosis and of offence are read again before they leave.
    """
    unsure: list[str] = []
    for field, text in fields.items():
        for found in warnings(Section.SITUATION, text, extract=True):
            if found.refused:
                raise Invalid({field: found.sentence})
            if found.sentence not in unsure:
                unsure.append(found.sentence)
    if unsure and not confirmed:
        raise Invalid({"confirmed": " ".join(unsure)})
