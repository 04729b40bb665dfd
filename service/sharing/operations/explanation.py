"""Questions asked again by whoever operates the service: one seat's, or everyone's.

All is told in full; the command line records that it was. Nothing is opened.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.vocabulary import Action, Audience, Fact, Purpose, Section
from service.access import gate
from service.access.facts import SituationFacts
from service.sharing.operations.facts import facts_of
from service.sharing.operations.seating import access_at
from service.sharing.rules.holding import until
from service.sharing.schemas import SeatAccess, SeatInfo
from service.sharing.schemas.explaining import Could, Explanation, MapSeat, Near

SECTIONS = tuple(section for section in Section if section is not Section.SITUATION)
"""Every section that the rules know, in their order: never what was written."""


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

    Decides with the rules that were in force then. Opens nothing; the caller records it.
    """
    found = await facts_of(
        connection,
        clsm_id,
        [situation_id],
        [seat],
        at=at,
        known_at=known_at,
        ahead=True,
    )
    return explained(found[situation_id, seat.employment_id], section, action, purpose)


async def who(  # noqa: PLR0913 — a question asked of everyone has these parts
    connection: AsyncConnection,
    clsm_id: UUID,
    situation_id: UUID,
    section: Section,
    action: Action,
    *,
    at: datetime,
    known_at: datetime,
    purpose: Purpose = Purpose.COORDINATION,
) -> tuple[Could, ...]:
    """Ask the same question of every seat around a situation; by organisation and name.

    A second factor is taken for granted: what a seat could do, not what a session did. Opens
    nothing; the caller records it.
    """
    around = await access_at(
        connection, clsm_id, situation_id, at=at, known_at=known_at, ahead=True
    )
    return tuple(
        Could(
            name=one.name.name,
            title=one.name.title,
            organisation=one.name.organisation,
            column=str(one.facts.column),
            explanation=explained(one.facts, section, action, purpose),
        )
        for one in around
    )


async def mapped(
    connection: AsyncConnection,
    clsm_id: UUID,
    situation_id: UUID,
    *,
    at: datetime,
    known_at: datetime,
) -> tuple[MapSeat, ...]:
    """Return how far each section opens to every seat around a situation.

    Two statements whatever their number. Opens nothing; the caller records it.
    """
    around = await access_at(
        connection, clsm_id, situation_id, at=at, known_at=known_at, ahead=True
    )
    return tuple(map_seat(one, Audience.FULL, own=False) for one in around)


def map_seat(one: SeatAccess, audience: Audience, *, own: bool) -> MapSeat:
    """Return one seat with its level of every section, and until when they hold."""
    ends = until(one.facts.changes, audience, own=own)
    return MapSeat(
        name=one.name.name,
        title=one.name.title,
        organisation=one.name.organisation,
        profession=one.profession,
        levels={section: one.level(section) for section in SECTIONS},
        holds_until=ends.at if ends else None,
        ends=ends.sentence if ends else "",
    )


def explained(
    facts: SituationFacts, section: Section, action: Action, purpose: Purpose
) -> Explanation:
    """Return one decision with all its reasons, and until when it holds."""
    told = gate.tell(
        facts,
        section,
        action,
        audience=Audience.FULL,
        purpose=purpose,
        of_section=asked_facts(facts, section, action),
        of_another=True,
    )
    decision, ends = told.decision, until(facts.changes, Audience.FULL, own=False)
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
        policy_number=facts.policy_number,
        sentences=told.grounds if decision.allowed else told.reasons,
        holds_until=ends.at if ends else None,
        ends=ends.sentence if ends else "",
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
