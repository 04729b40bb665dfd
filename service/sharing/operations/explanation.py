"""Why a section opens or not: for the reader, for the coordinator, for whoever operates.

Each fact is told to its own audience only (policy.md, Answers): a refused seat hears what
depends on it; what depends on the person concerned is told in full to the coordinator for
their own circle, the DPO and the ethics auditor.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Act
from policies.vocabulary import (
    LEVELS_FROM_THE_TOP,
    Action,
    Audience,
    Column,
    Fact,
    Level,
    Purpose,
    Section,
)
from service.access import gate
from service.access.facts import SituationFacts
from service.sharing.operations.facts import facts_about, facts_of
from service.sharing.operations.seating import access_map
from service.sharing.schemas import (
    AccessLine,
    AccessView,
    Explanation,
    Near,
    SeatAccess,
    SeatInfo,
)
from service.unit import Unit

HEARS_ALL = frozenset({Column.COORD, Column.AUD, Column.DPO})
_OVERSIGHT = frozenset({Column.AUD, Column.DPO})


async def explain(  # noqa: PLR0913 — a question asked again has these parts
    connection: AsyncConnection,
    clsm_id: UUID,
    seat: SeatInfo,
    situation_id: UUID,
    section: Section,
    action: Action,
    *,
    at: datetime,
    known_at: datetime,
    purpose: Purpose = Purpose.COORDINATION,
) -> Explanation:
    """Ask one question again: the facts of `at` as they were known at `known_at`.

    Decides with the rules in force in this process. Opens nothing; the caller records it.
    """
    found = await facts_of(connection, clsm_id, [situation_id], [seat], at=at, known_at=known_at)
    facts = found[situation_id, seat.employment_id]
    told = gate.tell(
        facts,
        section,
        action,
        audience=Audience.FULL,
        purpose=purpose,
        of_section=asked_facts(facts, section, action),
        of_another=True,
    )
    decision = told.decision
    return Explanation(
        allowed=decision.allowed,
        level=decision.level,
        rules=decision.rules,
        denied_by=decision.denied_by,
        missing=tuple(
            Near(rule=near.rule, facts=names_of(near.facts), other_purpose=near.purpose)
            for near in decision.missing
        ),
        policy=decision.policy,
        sentences=told.grounds if decision.allowed else told.reasons,
        holds_until=facts.holds_until,
    )


def asked_facts(facts: SituationFacts, section: Section, action: Action) -> Fact:
    """Return the facts of a question: one's own entries and an objection count the author."""
    of_section = facts.of(section, own=action is Action.READ_OWN)
    if action is Action.RECORD_OBJECTION:
        of_section |= facts.common & Fact.OWN
    return of_section


def names_of(facts: Fact) -> tuple[str, ...]:
    """Return the names of facts, in lower case, as the rules write them."""
    return tuple(str(fact.name).lower() for fact in Fact if fact & facts)


async def read_access(unit: Unit, situation_id: UUID, section: Section) -> AccessView:
    """Return who may read a section and why, and for the reader's own seat why not; recorded.

    A member for whom the section opens, or at least exists, learns how far it opens to each;
    the reasons of others are told to the coordinator, the auditor and the DPO alone. Raises
    NotFound to everyone else.
    """
    facts = await facts_about(unit, situation_id)
    overseer = facts.column in _OVERSIGHT
    await gate.permit(
        unit,
        facts,
        Action.SEE_STATUS if overseer else Action.SEE,
        Section.CONSENT_STATUS if overseer else Section.SITUATION,
        act=Act.SITUATION_EXPLAINED,
        obj={"k": "section", "s": str(section)},
    )
    full = facts.column in HEARS_ALL
    audience = Audience.FULL if full else Audience.REFUSED
    around = await access_map(unit, situation_id)
    own = _line(facts, section, audience)
    told = full or own.decision.level is not Level.NONE
    return AccessView(
        section=section,
        level=own.decision.level,
        grounds=own.grounds,
        reasons=own.reasons,
        lines=tuple(_access_line(unit, one, section, audience) for one in around if told),
        full=full,
        told=told,
        ask=tuple(one.name.in_full for one in around if _answers(one, section, facts)),
    )


def _answers(one: SeatAccess, section: Section, asking: SituationFacts) -> bool:
    """Return whether one asks this seat: the coordinator, who asks those who read in full."""
    if asking.column is Column.COORD:
        return one.level(section) is Level.READ and one.facts.column is not Column.COORD
    return one.facts.column is Column.COORD


def _line(
    facts: SituationFacts, section: Section, audience: Audience, *, of_another: bool = False
) -> gate.Told:
    """Return the decision of the highest level that this seat has, or why it has none."""
    for level in LEVELS_FROM_THE_TOP[:-1]:
        told = gate.tell(
            facts, section, Action(level.value), audience=audience, of_another=of_another
        )
        if told.decision.allowed:
            return told
    return gate.tell(facts, section, Action.READ, audience=audience, of_another=of_another)


def _access_line(unit: Unit, one: SeatAccess, section: Section, audience: Audience) -> AccessLine:
    own = one.employment_id == unit.actor.employment_id
    told = _line(one.facts, section, audience, of_another=not own)
    hears = own or audience is Audience.FULL
    opened = told.decision.level not in {Level.NONE, Level.SEE}
    return AccessLine(
        name=one.name.name,
        title=one.name.title,
        organisation=one.name.organisation,
        profession=one.profession,
        own=own,
        level=told.decision.level,
        grounds=told.grounds if hears or opened else (),
        reasons=told.reasons if hears else (),
    )
