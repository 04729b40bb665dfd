"""Rules of an exchange: what may be sent, to whom, and what the person must have been told."""

from typing import Final

from policies.vocabulary import Column, Fact, Section
from service.access.facts import SituationFacts
from service.errors import Invalid
from service.situations.rules import warnings

LONGEST_MESSAGE: Final = 2_000
"""A message says what is needed now; the file is where things are written at length [P]."""

MOST_RECIPIENTS: Final = 10
"""Beyond that it is no longer an exchange between identified people, but sharing [P]."""

EXCHANGEABLE: Final = frozenset(
    {
        Section.IDENTITY_CONTACT,
        Section.HOUSING,
        Section.SAFETY_RISK,
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
    }
)
"""What a message may be about: where a page offers to write one. The policy decides."""


def box_of(section: str) -> str:
    """Return the pseudo-section under whose key messages about a section are sealed."""
    return f"{section}/exchange"


def checked_text(section: Section, text: str, *, confirmed: bool) -> str:
    """Return a message that may be kept. Raises Invalid on `text`.

    A national identity number is refused; words that the section should not hold are to be
    confirmed, as for any contribution.
    """
    said = text.strip()
    if not said:
        raise Invalid({"text": "Écrivez votre message."})
    if len(said) > LONGEST_MESSAGE:
        raise Invalid(
            {"text": f"Un message a {LONGEST_MESSAGE} caractères au plus : raccourcissez-le."}
        )
    for found in warnings(section, said):
        if found.refused:
            raise Invalid({"text": found.sentence})
        if not confirmed:
            raise Invalid({"text": found.sentence, "confirmed": "Cochez pour garder ce texte."})
    return said


def across_categories(one: SituationFacts, other: SituationFacts) -> bool:
    """Return whether two seats are of the two categories of R.1110-2: health, and the others.

    Between the two, the person is told beforehand what is exchanged and with whom (R.1110-3).
    """
    return bool((one.common ^ other.common) & Fact.HEALTH_PROFESSIONAL)


def may_be_named(facts: SituationFacts) -> bool:
    """Return whether a seat may be named by a message: of the circle, or a guest of now."""
    return bool(facts.common & (Fact.CIRCLE | Fact.INVITED)) and facts.column is not Column.COORD
