"""What the person's objection closes before a seat belongs to the circle: its invitation.

Asked of the rules themselves: what would this seat's trade read and write as a member, and what
of it does the objection deny? No list of trades is kept beside the matrix.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from policies.decision import Decision, Question, decide, highest
from policies.vocabulary import (
    CLASS,
    INFORMATION_CATEGORY,
    Action,
    Column,
    Fact,
    Level,
    OrganisationKind,
    Purpose,
    Section,
    SensitivityClass,
)
from service.access.facts import SituationFacts

_MEMBER = (
    Fact.TERRITORY
    | Fact.PLEDGE
    | Fact.STRONG_AUTH
    | Fact.CIRCLE
    | Fact.CARE_TEAM
    | Fact.HEALTH_EXCHANGE
    | Fact.MANDATE_PERSON
    | Fact.INFORMED
    | Fact.AGREEMENT
    | Fact.LISTED
    | Fact.NAMED
    | Fact.ASSIGNED
)
"""What a member has at best: everything agreed, nothing refused."""

_OF_THE_SEAT = Fact.HEALTH_PROFESSIONAL | Fact.SOCIAL_WORKER | Fact.PROFESSIONAL_SECRECY
_OF_EVERYONE = frozenset({Section.ACTION_PLAN, Section.ATTACHMENTS})
"""Their rows belong to other sections as well (settled.md 5): nobody's trade by themselves."""

_HEALTH = frozenset(
    section
    for section, held in CLASS.items()
    if held in {SensitivityClass.D4, SensitivityClass.D5} and section in INFORMATION_CATEGORY
)


@dataclass(frozen=True, slots=True)
class Objected:
    """What an objection closes of a seat's trade, and the decision that says so."""

    sections: tuple[Section, ...]
    decision: Decision

    @property
    def categories(self) -> tuple[str, ...]:
        """Return the information categories that were refused, in the order of the sections."""
        named = dict.fromkeys(str(INFORMATION_CATEGORY[section]) for section in self.sections)
        return tuple(named)


def objected(facts: SituationFacts) -> Objected | None:
    """Return what the objection closes of a seat's trade when it may not be invited, or None.

    It may not when the person refuses their group a health section that it would write in
    (« pas de psychiatre »), or everything that it would. A lesser refusal closes those sections
    and no more: it must never cost the person the help of a whole profession. A seat that only
    witnesses has no trade here (a relative).
    """
    trade = trade_of(facts.column, facts.organisation_kind, facts.common, facts.policy)
    refused = tuple(section for section in trade if _denied(facts, section))
    blocking = tuple(section for section in refused if section in _HEALTH)
    if not blocking and refused == trade:
        blocking = refused
    if not blocking:
        return None
    asked = _question(facts, blocking[0], facts.of(blocking[0]))
    return Objected(blocking, decide(asked, facts.policy))


def trade_of(
    column: Column, organisation_kind: OrganisationKind, facts: Fact, policy: str
) -> tuple[Section, ...]:
    """Return the sections that a seat both reads and writes as a member, else those it reads."""
    return _trade(column, organisation_kind, facts & _OF_THE_SEAT, policy)


@lru_cache(maxsize=1024)
def _trade(
    column: Column, organisation_kind: OrganisationKind, of_seat: Fact, policy: str
) -> tuple[Section, ...]:
    facts = _MEMBER | Fact.MISSION | of_seat

    def may(section: Section, action: Action) -> bool:
        asked = Question(column, organisation_kind, section, action, Purpose.COORDINATION, facts)
        return decide(asked, policy).allowed

    sections = [one for one in INFORMATION_CATEGORY if one not in _OF_EVERYONE]
    both = tuple(one for one in sections if may(one, Action.READ) and may(one, Action.CONTRIBUTE))
    if both:
        return both
    levels: Mapping[Section, Level] = {
        one: highest(column, organisation_kind, one, Purpose.COORDINATION, facts, policy).level
        for one in sections
    }
    return tuple(one for one, level in levels.items() if level not in {Level.NONE, Level.SEE})


def _denied(facts: SituationFacts, section: Section) -> bool:
    """Whether a rule closes the section to this seat as a member because the person objects."""
    real = facts.of(section)
    if not real & Fact.OPPOSED:
        return False
    member = _MEMBER | (real & (_OF_THE_SEAT | Fact.MISSION))
    with_it = decide(_question(facts, section, member | Fact.OPPOSED), facts.policy)
    without = decide(_question(facts, section, member), facts.policy)
    return bool(set(with_it.denied_by) - set(without.denied_by))


def _question(facts: SituationFacts, section: Section, held: Fact) -> Question:
    return Question(
        facts.column,
        facts.organisation_kind,
        section,
        Action.READ,
        Purpose.COORDINATION,
        held,
    )
