"""What one version opens and closes against another: complete, and without any data.

An allow asks for granting facts or the absence of restricting ones, a denial the contrary: a
decision only grows with what is granted and with what does not restrict. Its smallest true
points therefore say everything of it, and those that the other version refuses are a complete
set of witnesses: wherever the two versions differ, they differ above one of them. No situation
is read, no list of facts is enumerated. Reads policies that the loader took, no others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from policies.rules import Conjunction, Line, Policy
from policies.vocabulary import (
    GRANTING,
    RESTRICTING,
    Action,
    Column,
    Effect,
    Fact,
    Obligation,
    OrganisationKind,
    Purpose,
    Section,
)

HEALTH = frozenset({Section.SOMATIC_HEALTH, Section.MENTAL_HEALTH, Section.ASSESSMENTS_CLINICAL})
"""Sections whose widening needs two approvals (design/policy.md, simulation)."""

OPENS_CONTENT = frozenset(
    {
        Action.READ,
        Action.READ_EXTRACT,
        Action.READ_ASSIGNED,
        Action.READ_OWN,
        Action.READ_MASKED,
        Action.READ_REGISTER,
        Action.EXCHANGE,
        Action.ATTACH,
        Action.SHARE,
        Action.EXPORT,
        Action.OPEN_EMERGENCY,
    }
)
"""Actions by which a content reaches someone, an emergency that one opens oneself included."""


class Cell(NamedTuple):
    """What is compared: one column, one section, one action."""

    column: Column
    section: Section
    action: Action


@dataclass(frozen=True, slots=True)
class Change:
    """One way in which a cell opens (or closes), with the smallest example of it.

    `needs` are the granting facts that suffice where none of `unless` holds; `facts` is the
    witness: `needs`, and the fewest restricting facts on which the two versions part.
    `organisation_kinds` is empty when the kind does not matter. `rules` allow the witness in one
    version, `refused_by` deny it in the other (none: no rule gives it there). With a `duty`, both
    versions allow: what changes is that this duty is owed no more (or is owed).
    """

    column: Column
    organisation_kinds: tuple[OrganisationKind, ...]
    section: Section
    action: Action
    purposes: tuple[Purpose, ...]
    facts: Fact
    needs: Fact
    unless: Fact
    rules: tuple[str, ...]
    refused_by: tuple[str, ...]
    duty: Obligation | None = None

    @property
    def opens_health(self) -> bool:
        """Whether it is a content of a health section that changes."""
        return self.section in HEALTH and self.action in OPENS_CONTENT


@dataclass(frozen=True, slots=True)
class Difference:
    """All that a version opens and closes against an older one."""

    old: str
    new: str
    opened: tuple[Change, ...]
    closed: tuple[Change, ...]

    @property
    def empty(self) -> bool:
        """Whether the two versions answer every question alike, with the same duties."""
        return not self.opened and not self.closed

    @property
    def widens(self) -> bool:
        """Whether anything opens that was closed, or opens with fewer duties."""
        return bool(self.opened)

    @property
    def widens_health(self) -> bool:
        """Whether a content of a health section opens: two approvals, seven days."""
        return any(change.opens_health for change in self.opened)


def compare(old: Policy, new: Policy) -> Difference:
    """Return what opens and what closes from one version to the other."""
    before, after = Cells(old.lines), Cells(new.lines)
    cells = sorted(touched(old.lines, new.lines), key=in_order)
    return Difference(
        old.digest,
        new.digest,
        tuple(change for cell in cells for change in gained(before.at(cell), after.at(cell), cell)),
        tuple(change for cell in cells for change in gained(after.at(cell), before.at(cell), cell)),
    )


class Cells:
    """The lines of a policy, by the cell of which they speak."""

    def __init__(self, lines: Iterable[Line]) -> None:
        """Index them by column and action; a cell is filtered when it is asked."""
        self._lines: dict[tuple[str, str], list[Line]] = {}
        for line in lines:
            for key in product(line.columns or Column, line.actions or Action):
                self._lines.setdefault(key, []).append(line)

    def at(self, cell: Cell) -> tuple[Line, ...]:
        """Return the lines that speak of a cell."""
        return tuple(
            line
            for line in self._lines.get((cell.column, cell.action), ())
            if not line.sections or cell.section in line.sections
        )


def touched(old: Iterable[Line], new: Iterable[Line]) -> set[Cell]:
    """Return the cells of which the versions do not say the same, identifiers apart."""
    before = {_said(line): line for line in old}
    after = {_said(line): line for line in new}
    changed = [before[key] for key in before.keys() - after.keys()]
    changed += [after[key] for key in after.keys() - before.keys()]
    return {cell for line in changed for cell in cells_of(line)}


def cells_of(line: Line) -> Iterator[Cell]:
    """Yield the cells of which a line speaks."""
    for column, section, action in product(
        line.columns or Column, line.sections or Section, line.actions or Action
    ):
        yield Cell(Column(column), Section(section), Action(action))


def gained(before: Iterable[Line], after: Iterable[Line], cell: Cell) -> tuple[Change, ...]:
    """Return what the lines of a cell allow after and not before."""
    before, after = tuple(before), tuple(after)
    if not any(line.effect is Effect.ALLOW for line in after):
        return ()
    found: dict[_Witness, dict[OrganisationKind | None, list[Purpose]]] = {}
    named = _kinds((*before, *after))
    for kind in named:
        for purpose in Purpose:
            then = _Side.of(before, kind, purpose)
            now = _Side.of(after, kind, purpose)
            if not now.allows:
                continue
            for witness in _witnesses(then, now):
                found.setdefault(witness, {}).setdefault(kind, []).append(purpose)
    return tuple(
        _change(cell, witness, kinds, purposes)
        for witness, by_kind in found.items()
        for purposes, kinds in _grouped(by_kind, named).items()
    )


class _Witness(NamedTuple):
    facts: int
    needs: int
    unless: int
    rules: tuple[str, ...]
    refused_by: tuple[str, ...]
    duty: Obligation | None


class _Side(NamedTuple):
    """The lines that one version has for a cell, an organisation kind and a purpose."""

    allows: tuple[Line, ...]
    denies: tuple[Line, ...]

    @classmethod
    def of(cls, lines: Iterable[Line], kind: OrganisationKind | None, purpose: Purpose) -> "_Side":
        speaking = [
            line
            for line in lines
            if line.serves(purpose)
            and (not line.organisation_kinds or kind in line.organisation_kinds)
        ]
        return cls(
            tuple(line for line in speaking if line.effect is Effect.ALLOW),
            tuple(line for line in speaking if line.effect is Effect.DENY),
        )

    def without(self, duty: Obligation) -> "_Side":
        """Return the rules that allow without owing this."""
        return _Side(tuple(one for one in self.allows if duty not in one.duties), self.denies)

    @property
    def formula(self) -> "_Formula":
        return _formula(
            frozenset(line.condition for line in self.allows),
            frozenset(line.condition for line in self.denies),
        )


class _Formula(NamedTuple):
    """A decision as a growing function of what is good: granting facts that are there, restricting
    ones that are not. One of `ways` must be whole, each of `bars` must be touched.
    """

    ways: frozenset[int]
    bars: frozenset[int]

    def holds(self, good: int) -> bool:
        return all(bar & good for bar in self.bars) and any(way & good == way for way in self.ways)


@lru_cache(maxsize=65_536)
def _formula(allows: frozenset[Conjunction], denies: frozenset[Conjunction]) -> _Formula:
    return _Formula(frozenset(map(_mask, allows)), frozenset(map(_mask, denies)))


def _mask(condition: Conjunction) -> int:
    return int(condition.required) | int(condition.forbidden)


@lru_cache(maxsize=65_536)
def _smallest(formula: _Formula) -> tuple[int, ...]:
    """Return the smallest points at which it holds: each way, with the least that each bar asks."""
    points = _least(formula.ways)
    for bar in sorted(formula.bars):
        points = _least(
            point | one for point in points for one in ((0,) if point & bar else _bits(bar))
        )
    return tuple(sorted(points))


def _least(points: Iterable[int]) -> list[int]:
    """Return the points above no other."""
    kept: list[int] = []
    for point in sorted(set(points), key=int.bit_count):
        if not any(point & one == one for one in kept):
            kept.append(point)
    return kept


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low
        mask ^= low


def _witnesses(then: _Side, now: _Side) -> Iterator[_Witness]:
    yield from _new_points(then, now, then.formula, now.formula, None)
    for duty in Obligation:
        if not any(duty in line.duties for line in (*then.allows, *now.allows)):
            continue
        # Where both allow: that one now allows without the duty, or the other way round.
        spared, sparing = then.without(duty).formula, now.without(duty).formula
        for witness in _new_points(then, now.without(duty), spared, sparing, duty):
            if then.formula.holds(_good(witness.facts)):
                yield witness


def _new_points(
    then: _Side, now: _Side, old: _Formula, new: _Formula, duty: Obligation | None
) -> Iterator[_Witness]:
    if old == new:
        return
    for point in _smallest(new):
        if old.holds(point):
            continue
        # From the harshest facts of this point, take away the restrictions that do not matter.
        good = point
        for one in _bits(int(RESTRICTING) & ~point):
            if not old.holds(good | one):
                good |= one
        needs = point & int(GRANTING)
        facts = needs | int(RESTRICTING) & ~good
        yield _Witness(
            facts,
            needs,
            point & int(RESTRICTING),
            tuple(line.id for line in now.allows if line.condition.holds(facts)),
            tuple(line.id for line in then.denies if line.condition.holds(facts)),
            duty,
        )


def _good(facts: int) -> int:
    return facts & int(GRANTING) | int(RESTRICTING) & ~facts


def _kinds(lines: Iterable[Line]) -> Iterable[OrganisationKind | None]:
    """Return the kinds that some line names, and `None` for all the others, which are alike."""
    named = {OrganisationKind(kind) for line in lines for kind in line.organisation_kinds}
    return (None, *(kind for kind in OrganisationKind if kind in named))


def _grouped(
    by_kind: dict[OrganisationKind | None, list[Purpose]], named: Iterable[OrganisationKind | None]
) -> dict[tuple[Purpose, ...], tuple[OrganisationKind, ...]]:
    """Return the kinds by the purposes that they share; no kind at all where all are alike."""
    groups: dict[tuple[Purpose, ...], list[OrganisationKind]] = {}
    for kind, purposes in by_kind.items():
        others = [one for one in OrganisationKind if one not in named]
        groups.setdefault(tuple(purposes), []).extend([kind] if kind else others)
    return {
        purposes: () if len(kinds) == len(OrganisationKind) else tuple(kinds)
        for purposes, kinds in groups.items()
    }


def _change(
    cell: Cell,
    witness: _Witness,
    kinds: tuple[OrganisationKind, ...],
    purposes: tuple[Purpose, ...],
) -> Change:
    return Change(
        cell.column,
        kinds,
        cell.section,
        cell.action,
        purposes,
        Fact(witness.facts),
        Fact(witness.needs),
        Fact(witness.unless),
        witness.rules,
        witness.refused_by,
        witness.duty,
    )


def _said(line: Line) -> tuple[object, ...]:
    return (
        line.columns,
        line.organisation_kinds,
        line.sections,
        line.actions,
        line.purposes,
        line.condition,
        line.effect,
        line.duties,
    )


def in_order(cell: Cell) -> tuple[int, int, int]:
    """Return the place of a cell: by section, column and action, as the vocabulary lists them."""
    return (_SECTIONS[cell.section], _COLUMNS[cell.column], _ACTIONS[cell.action])


_SECTIONS = {section: place for place, section in enumerate(Section)}
_COLUMNS = {column: place for place, column in enumerate(Column)}
_ACTIONS = {action: place for place, action in enumerate(Action)}
