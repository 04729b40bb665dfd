"""How a simulation is said in French: who, where, what; the highest act alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from policies.rules import IMPLIED
from policies.vocabulary import Section
from policies.words import ACTION, PROFESSION, SECTION_LABELS, capital
from service.sharing.schemas import SimulatedChange


@dataclass(frozen=True, slots=True)
class SimulatedLine:
    """One line of the table; `examples` are references of situations."""

    who: str
    where: str
    what: str
    around: bool
    situations: int
    seats: int
    examples: tuple[str, ...]


def in_french(
    changes: Iterable[SimulatedChange], references: Mapping[UUID, str]
) -> tuple[SimulatedLine, ...]:
    """Return the lines to show; an example without a known reference is left out."""
    said = list(changes)
    brought = {
        (below, _rest(one))
        for one in said
        for below in IMPLIED.get(one.action, ())
        if below is not one.action
    }
    return tuple(
        SimulatedLine(
            who=capital(PROFESSION[one.column]),
            where="La situation elle-même"
            if one.section is Section.SITUATION
            else SECTION_LABELS[one.section],
            what=ACTION[one.action] + (" (une obligation change)" if one.lighter else ""),
            around=one.around,
            situations=one.situations,
            seats=one.seats,
            examples=tuple(references[found] for found in one.examples if found in references),
        )
        for one in said
        if (one.action, _rest(one)) not in brought
    )


def _rest(one: SimulatedChange) -> tuple[object, ...]:
    return (one.column, one.section, one.around, one.lighter, one.situations, one.seats, one.pairs)
