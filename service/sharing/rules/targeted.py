"""Rules of what is opened to one named professional: guest access, and requests to join.

Pure. Each number and each code has its source.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from policies.vocabulary import INFORMATION_CATEGORY, Column, Fact, Purpose, Section
from service.access.facts import SituationFacts
from service.errors import Invalid
from service.sharing.rules import SECTION_LABELS, CircleReason

GUEST_LASTS_AT_MOST: Final = timedelta(days=30)
"""A guest access is time-boxed; thirty days as every other access of exception (domain.md 3.1)."""

ANSWER_WITHIN: Final = timedelta(days=10)
"""Time to answer a request to join; a proposal of this project, like domain.md 1's delays."""

REQUESTS_A_DAY: Final = 5
"""Requests that one seat may send in twenty-four hours: a series of references is not a colleague's
word of mouth."""

KEEP_REQUEST: Final = timedelta(days=90)
"""How long the sentence of a request is kept; then its key is destroyed."""

LONGEST_SENTENCE: Final = 200

GRANTABLE: Final[tuple[Section, ...]] = (
    Section.IDENTITY_CONTACT,
    Section.HOUSING,
    Section.SAFETY_RISK,
    Section.NEIGHBOURHOOD,
    Section.SOCIAL_RESOURCES,
    Section.LEGAL_PROTECTION,
    Section.SOMATIC_HEALTH,
    Section.MENTAL_HEALTH,
    Section.FAMILY_CAREGIVERS,
    Section.ANIMALS,
    Section.WISHES_VOICE,
    Section.ASSESSMENTS_ENVIRONMENT,
    Section.ASSESSMENTS_CLINICAL,
    Section.ACTION_PLAN,
    Section.ATTACHMENTS,
    Section.CONSENT_STATUS,
)
"""What a grant may name. Minutes are read by segments, the referral and the register by their
authors: none of them is opened to a visitor."""


class SharedPurpose(StrEnum):
    """What strictly necessary information serves (CSP R.1110-1)."""

    COORDINATION = "coordination"
    CONTINUITY = "continuity"
    PREVENTION = "prevention"
    SOCIAL_FOLLOWUP = "social_followup"


AS_PURPOSE: Final[Mapping[SharedPurpose, Purpose]] = {
    SharedPurpose.COORDINATION: Purpose.COORDINATION,
    SharedPurpose.CONTINUITY: Purpose.CARE,
    SharedPurpose.PREVENTION: Purpose.CARE,
    SharedPurpose.SOCIAL_FOLLOWUP: Purpose.SOCIAL,
}
"""The same, in the words of the rules."""

PURPOSE_LABELS: Final[Mapping[str, str]] = {
    SharedPurpose.COORDINATION: "Coordonner les interventions",
    SharedPurpose.CONTINUITY: "Assurer la continuité des soins",
    SharedPurpose.PREVENTION: "Prévenir un risque",
    SharedPurpose.SOCIAL_FOLLOWUP: "Assurer le suivi social ou médico-social",
}


class GuestBasis(StrEnum):
    """On which ground of law one professional outside the circle reads."""

    EXCHANGE = "CSP_L1110_4_II"
    AGREEMENT = "CSP_L1110_4_III"
    SOCIAL_ACTION = "CASF_L121_6_2"
    EXCEPTION = "EXCEPTION"


BASIS_LABELS: Final[Mapping[str, str]] = {
    GuestBasis.EXCHANGE: "Échange entre professionnels identifiés (CSP, L.1110-4 II)",
    GuestBasis.AGREEMENT: "Accord de la personne (CSP, L.1110-4 III)",
    GuestBasis.SOCIAL_ACTION: "Action sociale pour la même personne (CASF, L.121-6-2)",
    GuestBasis.EXCEPTION: "Situation nominative par exception",
}
BASIS_ASKS: Final[Mapping[str, str]] = {
    GuestBasis.EXCHANGE: "Un professionnel tenu au secret partagé, qui prend en charge la "
    "personne ; la personne informée de ce qu'il lira.",
    GuestBasis.AGREEMENT: "Un « oui » de la personne, dans la grille, pour ce groupe et pour "
    "chaque rubrique.",
    GuestBasis.SOCIAL_ACTION: "Un professionnel de l'action sociale ; ni la santé, ni le "
    "voisinage.",
    GuestBasis.EXCEPTION: "Une situation rendue nominative par exception, et ses seules rubriques.",
}
"""What each text asks, in a sentence for whoever chooses."""

_SOCIAL_SECTIONS: Final = frozenset(
    {
        Section.IDENTITY_CONTACT,
        Section.HOUSING,
        Section.SOCIAL_RESOURCES,
        Section.LEGAL_PROTECTION,
        Section.FAMILY_CAREGIVERS,
        Section.WISHES_VOICE,
        Section.ACTION_PLAN,
        Section.CONSENT_STATUS,
    }
)


def basis_lacks(  # noqa: C901, PLR0911 — one answer for each thing that a text asks
    basis: GuestBasis, facts: SituationFacts, sections: Iterable[Section]
) -> str:
    """Return what the chosen text asks and is not there, as a sentence; "" when nothing lacks."""
    named = tuple(sections)
    match basis:
        case GuestBasis.EXCHANGE:
            if not facts.common & Fact.PROFESSIONAL_SECRECY:
                return (
                    "L'échange demande un professionnel tenu au secret partagé (R.1110-2) : pour "
                    "ce poste, appuyez-vous sur l'accord de la personne."
                )
            if not facts.common & Fact.INFORMED:
                return "La personne doit d'abord être informée que ce groupe lira (R.1110-3)."
        case GuestBasis.AGREEMENT:
            asked = {INFORMATION_CATEGORY[one] for one in named if one in INFORMATION_CATEGORY}
            if any(facts.cells.get(one) not in {"yes", "extract_only"} for one in asked):
                return "La personne n'a pas dit oui, pour ce groupe, à chacune de ces rubriques."
        case GuestBasis.SOCIAL_ACTION:
            if facts.column not in {Column.SOC, Column.MSOC}:
                return "Ce fondement vaut entre professionnels de l'action sociale."
            if not set(named) <= _SOCIAL_SECTIONS:
                return "Ce fondement n'ouvre ni la santé, ni le voisinage, ni les évaluations."
        case GuestBasis.EXCEPTION:
            if not facts.common & Fact.EXCEPTION:
                return "La situation n'est pas nominative par exception."
    return ""


def checked_purpose(purpose: str) -> SharedPurpose:
    """Return what it serves. Raises Invalid on `purpose` for any other word."""
    try:
        return SharedPurpose(purpose)
    except ValueError:
        raise Invalid({"purpose": "Choisissez à quoi cela sert."}) from None


def checked_basis(basis: str) -> GuestBasis:
    """Return the ground of law. Raises Invalid on `basis` for any other word."""
    try:
        return GuestBasis(basis)
    except ValueError:
        raise Invalid({"basis": "Choisissez le texte qui permet cet accès."}) from None


def checked_sections(sections: Iterable[str]) -> tuple[Section, ...]:
    """Return the sections of a grant, in the file's order. Raises Invalid on `sections`."""
    named = set(sections)
    if not named or not named <= set(GRANTABLE):
        raise Invalid({"sections": "Cochez au moins une rubrique, parmi celles proposées."})
    return tuple(section for section in GRANTABLE if section in named)


def checked_until(until: datetime, now: datetime) -> datetime:
    """Return the end of a grant. Raises Invalid on `until` when not after now, or too far."""
    if not now < until <= now + GUEST_LASTS_AT_MOST:
        raise Invalid({"until": "Choisissez une fin à venir, à trente jours au plus."})
    return until


def named(sections: Iterable[str]) -> str:
    """Return sections as one enumeration: « Logement, Animaux »."""
    return ", ".join(SECTION_LABELS[Section(section)] for section in sections)


# ---- asking to join -----------------------------------------------------------------------


class JoinReason(StrEnum):
    """Why a professional asks to join a circle."""

    INTERVENES = "intervenes"
    PERSON_ASKED = "person_asked"
    COLLEAGUE = "colleague"
    MANDATE = "mandate"
    TAKES_OVER = "takes_over"


JOIN_REASON_LABELS: Final[Mapping[str, str]] = {
    JoinReason.INTERVENES: "J'interviens déjà auprès de la personne",
    JoinReason.PERSON_ASKED: "La personne me l'a demandé",
    JoinReason.COLLEAGUE: "Un membre du cercle me l'a proposé",
    JoinReason.MANDATE: "J'ai un mandat qui la concerne",
    JoinReason.TAKES_OVER: "Je prends le relais d'un collègue",
}
AS_CIRCLE_REASON: Final[Mapping[JoinReason, CircleReason]] = {
    JoinReason.INTERVENES: CircleReason.ALREADY_INTERVENES,
    JoinReason.PERSON_ASKED: CircleReason.CHOSEN_BY_PERSON,
    JoinReason.COLLEAGUE: CircleReason.COMPETENCE_NEEDED,
    JoinReason.MANDATE: CircleReason.LEGAL_MANDATE,
    JoinReason.TAKES_OVER: CircleReason.COMPETENCE_NEEDED,
}
"""The reason of the invitation that answers a request. Taking over for good is no substitution,
which names whom it replaces and ends with them."""


class JoinAnswer(StrEnum):
    """How a request was answered."""

    INVITED = "invited"
    GUEST = "guest"
    DECLINED = "declined"


ANSWER_LABELS: Final[Mapping[str, str]] = {
    JoinAnswer.INVITED: "Inviter dans le cercle",
    JoinAnswer.GUEST: "Proposer un accès ponctuel",
    JoinAnswer.DECLINED: "Ne pas donner suite",
}


class DeclineReason(StrEnum):
    """Why a request is declined; a code, kept for the register and never told to the asker."""

    NOT_INVOLVED = "not_involved"
    CIRCLE_ENOUGH = "circle_enough"
    PERSON_REFUSES = "person_refuses"
    OTHER_WAY = "other_way"
    CONFLICT = "conflict"
    LEFT = "left"


DECLINE_LABELS: Final[Mapping[str, str]] = {
    DeclineReason.NOT_INVOLVED: "N'intervient pas auprès de la personne",
    DeclineReason.CIRCLE_ENOUGH: "Le cercle actuel suffit",
    DeclineReason.PERSON_REFUSES: "La personne ne le souhaite pas",
    DeclineReason.OTHER_WAY: "Un échange ou une orientation suffit",
    DeclineReason.CONFLICT: "Conflit d'intérêts",
    DeclineReason.LEFT: "A quitté ce poste",
}


class JoinState(StrEnum):
    """What an asker is told. A declined request, one that nobody answered and one about nothing
    are told alike: first waiting, then without follow-up.
    """

    WAITING = "waiting"
    ACCEPTED = "accepted"
    NO_FOLLOW_UP = "no_follow_up"


STATE_LABELS: Final[Mapping[str, str]] = {
    JoinState.WAITING: "en attente",
    JoinState.ACCEPTED: "acceptée",
    JoinState.NO_FOLLOW_UP: "sans suite",
}


def told_state(answer: str, answer_by: datetime, now: datetime) -> JoinState:
    """Return the state of a request as its asker is told it."""
    if answer in {JoinAnswer.INVITED, JoinAnswer.GUEST}:
        return JoinState.ACCEPTED
    return JoinState.WAITING if now < answer_by else JoinState.NO_FOLLOW_UP


_REFERENCE: Final = re.compile(r"SIT-[0-9]{4}-[0-9]{4,8}")


def checked_reference(reference: str) -> str:
    """Return a reference as the cell writes it. Raises Invalid on `reference` for another shape.

    Whether a situation has it is not said.
    """
    said = reference.strip().upper().replace(" ", "")
    if not _REFERENCE.fullmatch(said):
        raise Invalid({"reference": "Écrivez la référence en entier, par exemple SIT-2026-0014."})
    return said


def checked_join_reason(reason: str) -> JoinReason:
    """Return why one asks. Raises Invalid on `reason` for any other word."""
    try:
        return JoinReason(reason)
    except ValueError:
        raise Invalid({"reason": "Choisissez pourquoi vous demandez à entrer."}) from None


def checked_decline(reason: str) -> DeclineReason:
    """Return why it is declined. Raises Invalid on `motive` for any other word."""
    try:
        return DeclineReason(reason)
    except ValueError:
        raise Invalid({"motive": "Choisissez pourquoi vous ne donnez pas suite."}) from None


def checked_sentence(sentence: str) -> str:
    """Return the sentence of a request. Raises Invalid on `sentence`."""
    said = " ".join(sentence.split())
    if not said:
        raise Invalid({"sentence": "Dites en une phrase ce que vous faites auprès de la personne."})
    if len(said) > LONGEST_SENTENCE:
        raise Invalid({"sentence": f"Une phrase de {LONGEST_SENTENCE} caractères suffit."})
    return said
