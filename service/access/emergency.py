"""Emergency access at the gate: what may be opened, what that owes, and that it is done.

The rules write with each letter what reading by it owes (`policies/conditions.csv`, duties).
Opening executes these duties, in its own transaction: whoever opens says how each is done, and
one left without a hand makes the opening fail. Reading then finds them done: no fact stands
without the paper that carries them (foreign key), and the gate itself shows the banner.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final
from uuid import UUID

from audit.event import Act
from policies.decision import Decision, decide
from policies.vocabulary import Action, Fact, Level, Obligation, Purpose, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.encryption.minting import mint
from service.encryption.permit import Permit
from service.unit import Unit

Duties = Mapping[Obligation, Callable[[], Awaitable[None]]]
"""How each duty is done, by whoever opens."""

SHOWN_BY_THE_GATE: Final = frozenset({Obligation.SHOW_BANNER})


def may_open(facts: SituationFacts, section: Section) -> Decision:
    """Return whether this seat may open an emergency access to a section now; pure."""
    return decide(
        gate.question(facts, section, Action.OPEN_EMERGENCY, Purpose.EMERGENCY), facts.policy
    )


def would_read(facts: SituationFacts, sections: Iterable[Section]) -> Mapping[Section, Decision]:
    """Return the decision of each section once an emergency access names it; pure.

    Asked for the purpose of emergency alone: what the seat reads otherwise spares no duty.
    """
    wanted = frozenset(sections)
    then = replace(
        facts,
        common=facts.common | Fact.EMERGENCY_ACCESS,
        emergency_sections=frozenset(map(str, wanted)),
    )
    decided = gate.levels(then, Purpose.EMERGENCY)
    return MappingProxyType({section: decided[section] for section in wanted})


async def permit_emergency(  # noqa: PLR0913 — the act and what it owes are what is recorded
    unit: Unit,
    facts: SituationFacts,
    sections: Sequence[Section],
    *,
    act: Act,
    boxes: Sequence[str] = (),
    duties: Duties | None = None,
    about: Mapping[str, object] | None = None,
) -> Permit:
    """Decide an emergency access to these sections, record it, do what it owes.

    All or nothing: one section that may not be opened refuses the whole. Without `duties`
    nothing is opened yet (a second person is asked) and nothing is owed. Raises Refused or
    NotFound, recorded; LookupError when a duty of the rules has no hand: nothing opens.
    """
    for section in sections:
        decision = may_open(facts, section)
        if not decision.allowed or not facts.exists:
            await gate.refuse(
                unit, facts, act, section, decision, Purpose.EMERGENCY,
                action=Action.OPEN_EMERGENCY,
            )  # fmt: skip
    opened = would_read(facts, sections)
    shut = [section for section in sections if opened[section].level is Level.NONE]
    if shut:
        await gate.refuse(unit, facts, act, shut[0], opened[shut[0]], Purpose.EMERGENCY)
    await record.note(
        unit,
        act,
        situations=(facts.situation_id,),
        obj={"k": "emergency", "ss": [f"{one}:{opened[one].level}" for one in sections]},
        decision=may_open(facts, sections[0]),
        role=gate.role_of(facts),
        purpose=str(Purpose.EMERGENCY),
        emergency=True,
        about=about,
    )
    if duties is not None:
        owed = {duty for decision in opened.values() for duty in decision.obligations}
        for duty in sorted(owed - SHOWN_BY_THE_GATE):
            await duties[duty]()
    covered: frozenset[tuple[UUID, str]] = frozenset((facts.situation_id, box) for box in boxes)
    return mint(unit.clsm_id, covered, str(act))
