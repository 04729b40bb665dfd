"""Why a section opens or not, who may read it, the whole map: told to a seat, each its part.

Each fact is told to its own audience only (policy.md, Answers). Whether one may ask at all is
decided with the facts of now, and what one hears of another instant is no more than what both
instants let one hear: asking about the past, or about what is to come, opens nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from audit.event import Act
from policies.vocabulary import (
    LEVELS_FROM_THE_TOP,
    Action,
    Audience,
    Column,
    Fact,
    Level,
    Section,
)
from service.access import gate
from service.access.facts import SituationFacts
from service.clock import as_microseconds
from service.partners.operations import SeatName
from service.sharing.operations.explanation import SECTIONS, map_seat
from service.sharing.operations.facts import facts_about, facts_of, seat_of
from service.sharing.operations.places import AROUND
from service.sharing.operations.seating import access_at, readers_among
from service.sharing.rules import profession
from service.sharing.rules.holding import until
from service.sharing.rules.viewpoint import Viewpoint, viewpoint
from service.sharing.schemas import SeatAccess
from service.sharing.schemas.explaining import (
    AccessLine,
    AccessMap,
    AccessView,
    Asked,
    MapSection,
)
from service.unit import Unit

HEARS_ALL = frozenset({Column.COORD, Column.AUD, Column.DPO})
HEARS_OTHERS = Fact.CIRCLE | Fact.MISSION | Fact.INFORMING
"""Who hears of others at all: those who act on the situation in their own right. A guest, an
emergency, an action to do, a referral sent tell one's own answer and nobody else's."""

_OVERSIGHT = frozenset({Column.AUD, Column.DPO})
_READS = frozenset({Level.READ, Level.READ_EXTRACT, Level.READ_ASSIGNED})


async def read_access(
    unit: Unit, situation_id: UUID, section: Section, when: Viewpoint | None = None
) -> AccessView:
    """Return who may read a section and why, and for the reader's own seat why or why not.

    Now, or at another instant; recorded. A member for whom the section opens learns who else
    reads it; those who do not read, the reasons of others and the ends of their rights are told
    to the coordinator, the auditor and the DPO alone. Raises NotFound to everyone else.
    """
    facts = await _may_ask(unit, situation_id, {"k": "section", "s": str(section)}, when)
    now, then = await _both(unit, facts, when)
    full = _hears_all(facts)
    audience = Audience.FULL if full else Audience.REFUSED
    own = _line(then, section, audience)
    told = full or (
        bool(facts.common & HEARS_OTHERS)
        and Level.NONE not in {own.decision.level, gate.level_of(now, section)}
    )
    around = await _around(unit, situation_id, when, then)
    ends = until(then.changes, audience, own=True)
    lines = [_access_line(unit, one, section, audience) for one in around if told]
    return AccessView(
        section=section,
        asked=_asked(unit, then, when),
        level=own.decision.level,
        grounds=own.grounds,
        reasons=own.reasons,
        holds_until=ends.at if ends else None,
        ends=ends.sentence if ends else "",
        lines=tuple(one for one in lines if full or one.own or one.level in _READS),
        full=full,
        told=told,
        ask=() if when else _whom_to_ask(around, section, facts),
        inside=_is_inside(facts),
    )


async def read_map(unit: Unit, situation_id: UUID, when: Viewpoint | None = None) -> AccessMap:
    """Return the accesses of a situation, now or at another instant; recorded.

    Every seat with its levels to the coordinator, the auditor and the DPO; to a member, the
    professions that read the sections open to them; to each, their own levels. Raises NotFound.
    """
    facts = await _may_ask(unit, situation_id, {"k": "map"}, when)
    now, then = await _both(unit, facts, when)
    full, hears = _hears_all(facts), bool(facts.common & HEARS_OTHERS)
    around = await _around(unit, situation_id, when, then) if full or hears else ()
    mine = SeatAccess(
        employment_id=unit.actor.employment_id,
        name=SeatName(unit.actor.name, unit.actor.title, unit.actor.organisation_name),
        profession=profession(then.column),
        facts=then,
    )
    shown = [
        section
        for section in SECTIONS
        if Level.NONE not in {mine.level(section), gate.level_of(now, section)}
    ]
    return AccessMap(
        asked=_asked(unit, then, when),
        own=None if facts.column in _OVERSIGHT else map_seat(mine, Audience.REFUSED, own=True),
        seats=tuple(map_seat(one, Audience.FULL, own=False) for one in around if full),
        sections=() if full or not hears else _by_section(around, shown),
        full=full,
        inside=_is_inside(facts),
    )


def _by_section(around: Sequence[SeatAccess], shown: Sequence[Section]) -> tuple[MapSection, ...]:
    found = []
    for section in shown:
        read = readers_among(around, section)
        found.append(MapSection(section=section, full=read.full, extract=read.extract))
    return tuple(found)


async def _may_ask(
    unit: Unit, situation_id: UUID, obj: dict[str, object], when: Viewpoint | None
) -> SituationFacts:
    """Allow and record an explanation, by the facts of now."""
    facts = await facts_about(unit, situation_id)
    overseer = facts.column in _OVERSIGHT
    if when is not None:
        obj |= {"at": as_microseconds(when.at), "known": as_microseconds(when.known_at)}
    await gate.permit(
        unit,
        facts,
        Action.SEE_STATUS if overseer else Action.SEE,
        Section.CONSENT_STATUS if overseer else Section.SITUATION,
        act=Act.SITUATION_EXPLAINED,
        obj=obj,
    )
    return facts


def _is_inside(facts: SituationFacts) -> bool:
    """Return whether this seat is told the situation's neutral word."""
    return facts.column in _OVERSIGHT or bool(facts.common & AROUND)


def _hears_all(facts: SituationFacts) -> bool:
    """Return whether this seat hears everything; a conflict of interest takes that away too."""
    return facts.column in HEARS_ALL and not facts.common & Fact.CONFLICT


async def _both(
    unit: Unit, facts: SituationFacts, when: Viewpoint | None
) -> tuple[SituationFacts, SituationFacts]:
    """Return the reader's own facts now, and at the instant asked about with what is to come."""
    asked = when or viewpoint(unit.now())
    seat = seat_of(unit.actor)
    if when is not None:
        # Of another instant, nobody knows with how many factors one would have signed in.
        seat = replace(seat, strong_auth=True)
    found = await facts_of(
        unit.transaction,
        unit.clsm_id,
        [facts.situation_id],
        [seat],
        at=asked.at,
        known_at=asked.known_at,
        ahead=True,
    )
    return facts, found[facts.situation_id, seat.employment_id]


async def _around(
    unit: Unit, situation_id: UUID, when: Viewpoint | None, then: SituationFacts
) -> tuple[SeatAccess, ...]:
    asked = when or viewpoint(unit.now())
    return await access_at(
        unit.transaction,
        unit.clsm_id,
        situation_id,
        at=asked.at,
        known_at=asked.known_at,
        read=then,
        ahead=True,
    )


def _asked(unit: Unit, then: SituationFacts, when: Viewpoint | None) -> Asked:
    asked, now = when or viewpoint(unit.now()), unit.now()
    return Asked(
        at=asked.at,
        known_at=asked.known_at,
        elsewhere=when is not None,
        ahead=asked.at > now,
        policy=then.policy or gate.shipped_policy(),
        policy_number=then.policy_number,
    )


def _whom_to_ask(
    around: Sequence[SeatAccess], section: Section, asking: SituationFacts
) -> tuple[str, ...]:
    """Return whom to ask for what is missing: the coordinator, who asks those who read it."""
    reads = asking.column is Column.COORD
    return tuple(
        one.name.in_full
        for one in around
        if (one.facts.column is Column.COORD) is not reads
        and (not reads or one.level(section) is Level.READ)
    )


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
    full = audience is Audience.FULL
    ends = until(one.facts.changes, audience, own=own) if own or full else None
    return AccessLine(
        name=one.name.name,
        title=one.name.title,
        organisation=one.name.organisation,
        profession=one.profession,
        own=own,
        level=told.decision.level,
        grounds=told.grounds if own or full or told.decision.level in _READS else (),
        reasons=told.reasons if own or full else (),
        holds_until=ends.at if ends else None,
        ends=ends.sentence if ends else "",
    )
