"""Counts what a candidate policy gives and takes: every decision once for all that stand alike.

What a pair of a situation and a seat gains or loses is a mask, one bit a change, so that counting
a hundred thousand situations keeps counters and no list.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from policies import comparing
from policies.rules import Policy
from policies.vocabulary import Action, Column, Fact, Purpose, Section
from service.access import gate
from service.access.facts import SituationFacts, Standpoint
from service.database import FOREVER
from service.sharing.operations.crowd import Batch, Place, Said
from service.sharing.operations.explanation import asked_facts
from service.sharing.operations.facts import Shared, gathered
from service.sharing.schemas import SeatInfo, SimulatedChange, Simulation

_PLACES: Final = frozenset(
    {"circle", "informing", "mission", "referrer", "guest", "emergency", "assigned"}
)
"""Kinds of facts that give a place around a situation (settled.md 5, `visible_to`)."""

_ANY: Final = UUID(int=0)
"""Stands for the situation where facts are gathered for all that are alike."""

EXAMPLES: Final = 5
"""Situations named for each change."""

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
"""Since when a row holds, where only that it holds now was asked."""

Own = tuple[Said, ...]


class Told(NamedTuple):
    """A row of the statement of facts, as `gathered` reads it."""

    kind: str
    code: str
    more: str
    place: str
    valid_from: datetime = BEGINNING
    valid_to: datetime = FOREVER


class Change(NamedTuple):
    """One right gained (`opens`) or lost; `lighter` when it is a duty that changes, not the right.

    `around` tells seats that have a place around the situation from all the others.
    """

    opens: bool
    column: Column
    section: Section
    action: Action
    around: bool
    lighter: bool


class Profile(NamedTuple):
    """All that decides of a seat by itself: two seats of one profile stand alike."""

    info: tuple[object, ...]
    held: Own


@dataclass(slots=True)
class Gains:
    """What was counted of one change."""

    situations: int = 0
    pairs: int = 0
    seats: set[int] = field(default_factory=set)
    examples: list[UUID] = field(default_factory=list)


class Tally:
    """Counts batches; every decision is made once for all that stand alike.

    Seats and profiles are called by small numbers: hashing identifiers would cost more than the
    counting.
    """

    def __init__(
        self,
        place: Place,
        old: Policy,
        new: Policy,
        infos: Mapping[UUID, SeatInfo],
        held: Mapping[UUID, Own],
    ) -> None:
        """Begin with the seats of the CLSM, by profile."""
        self._place = place
        self._policies = old, new
        self._judges = gate.judge(old), gate.judge(new)
        self._cells: dict[Column, list[tuple[Section, Action]]] = {}
        for cell in sorted(comparing.touched(old.lines, new.lines)):
            self._cells.setdefault(cell.column, []).append((cell.section, cell.action))
        self._with_duties = _with_duties(old, new)
        self._number_of: dict[UUID, int] = {}
        self._profile_of: list[int] = []
        self._profiles: list[Profile] = []
        self._like: list[SeatInfo] = []
        self._seats_of: list[set[int]] = []
        self._number_seats(infos, held)
        self._changes: dict[Change, int] = {}
        self._decided: dict[tuple[Standpoint, bool], int] = {}
        self._here: dict[tuple[Said, ...], dict[tuple[int, Own], int]] = {}
        self._elsewhere: dict[tuple[Said, ...], list[tuple[int, int]]] = {}
        self._situations = self._pairs = 0
        self._seats: set[int] = set()
        self._by_mask: Counter[int] = Counter()
        self._pairs_by_mask: Counter[int] = Counter()
        self._mask_of_seat: dict[int, int] = {}
        self._never_out: dict[tuple[int, int], set[int]] = {}
        self._examples: dict[int, list[UUID]] = {}
        self._shown = 0

    def _number_seats(self, infos: Mapping[UUID, SeatInfo], held: Mapping[UUID, Own]) -> None:
        known: dict[Profile, int] = {}
        for number, (seat_id, info) in enumerate(infos.items()):
            profile = _profile(info, held.get(seat_id, ()), self._place.at)
            place = known.setdefault(profile, len(known))
            if place == len(self._profiles):
                self._profiles.append(profile)
                self._like.append(info)
                self._seats_of.append(set())
            self._number_of[seat_id] = number
            self._profile_of.append(place)
            self._seats_of[place].add(number)

    def add(self, batch: Batch) -> None:
        """Count the situations of one batch."""
        found: dict[UUID, tuple[list[Said], dict[int, Own]]] = {
            situation_id: ([], {}) for situation_id in batch.situations
        }
        number_of = self._number_of
        for kind, situation_id, seat_id, code, more, where, _, _ in batch.rows:
            entry = found.get(situation_id)
            if entry is None:
                continue  # of another cell, or archived, in the same range
            said = (kind, code, more, where)
            if seat_id is None:
                entry[0].append(said)
                continue
            number, around = number_of[seat_id], entry[1]
            own = around.get(number)
            around[number] = (said,) if own is None else (*own, said)
        for situation_id, (rows, around) in found.items():
            rows.sort()
            self._add(situation_id, tuple(rows), around)

    def _add(self, situation_id: UUID, shared: tuple[Said, ...], around: dict[int, Own]) -> None:
        """Count one situation: each seat around it, then the profiles of all the others."""
        here = self._here.get(shared)
        if here is None:
            here = self._here[shared] = {}
            self._elsewhere[shared] = self._judged_elsewhere(shared)
        whole = 0
        profile_of = self._profile_of
        for number, own in around.items():
            key = (profile_of[number], own)
            mask = here.get(key)
            if mask is None:
                mask = here[key] = self._judged(key[0], shared, own)
            if mask:
                self._pairs_by_mask[mask] += 1
                self._mask_of_seat[number] = self._mask_of_seat.get(number, 0) | mask
                whole |= mask
        self._seats.update(around)
        self._pairs += len(around)
        self._situations += 1
        for profile, mask in self._elsewhere[shared]:
            whole |= self._count_elsewhere(profile, mask, around)
        self._by_mask[whole] += 1
        if whole & ~self._shown:
            self._keep_example(situation_id, whole)

    def _judged(self, profile: int, shared: tuple[Said, ...], own: Own) -> int:
        everyone = Shared.of([Told(*row) for row in shared], (), self._place.at)
        rows = [Told(*row) for row in (*self._profiles[profile].held, *own)]
        facts = gathered(_ANY, self._like[profile], everyone, rows, self._place.at)
        return self._mask(facts, around=_has_place(facts, own))

    def _judged_elsewhere(self, shared: tuple[Said, ...]) -> list[tuple[int, int]]:
        """Return the profiles that gain or lose something without any place around."""
        found = (
            (profile, self._judged(profile, shared, ())) for profile in range(len(self._profiles))
        )
        return [(profile, mask) for profile, mask in found if mask]

    def _count_elsewhere(self, profile: int, mask: int, around: dict[int, Own]) -> int:
        """Count the seats of a profile that have no place around; return their mask, or 0."""
        inside = {number for number in around if self._profile_of[number] == profile}
        count = len(self._seats_of[profile]) - len(inside)
        if not count:
            return 0
        self._pairs_by_mask[mask] += count
        kept = self._never_out.get((profile, mask))
        # Those who were never out so far; all others of the profile are counted at the end.
        self._never_out[profile, mask] = inside if kept is None else kept & inside
        return mask

    def _mask(self, facts: SituationFacts, *, around: bool) -> int:
        """Return what this standpoint gains and loses, decided the first time it is met."""
        key = (facts.standpoint, around)
        if key not in self._decided:
            mask = 0
            for section, action in self._cells.get(facts.column, ()):
                for opens, lighter in self._differences(facts, section, action):
                    change = Change(opens, facts.column, section, action, around, lighter)
                    mask |= 1 << self._changes.setdefault(change, len(self._changes))
            self._decided[key] = mask
        return self._decided[key]

    def _differences(
        self, facts: SituationFacts, section: Section, action: Action
    ) -> set[tuple[bool, bool]]:
        of_section: Fact = asked_facts(facts, section, action)
        before, after = self._judges
        found = set()
        for purpose in Purpose:
            asked = gate.question(facts, section, action, purpose, of_section=of_section)
            then, now = before.allows(asked), after.allows(asked)
            if then is not now:
                found.add((now, False))
            elif now and (facts.column, section, action) in self._with_duties:
                owed, owing = (set(one.decide(asked).obligations) for one in self._judges)
                found |= {(True, True)} if owed - owing else set()
                found |= {(False, True)} if owing - owed else set()
        return found

    def _keep_example(self, situation_id: UUID, mask: int) -> None:
        for bit in _bits(mask & ~self._shown):
            kept = self._examples.setdefault(bit, [])
            kept.append(situation_id)
            if len(kept) == EXAMPLES:
                self._shown |= 1 << bit

    def result(self, *, seconds: float) -> Simulation:
        """Return what was counted."""
        gains = [Gains() for _ in self._changes]
        for mask, count in self._by_mask.items():
            for bit in _bits(mask):
                gains[bit].situations += count
        for mask, count in self._pairs_by_mask.items():
            for bit in _bits(mask):
                gains[bit].pairs += count
        for number, mask in self._mask_of_seat.items():
            for bit in _bits(mask):
                gains[bit].seats.add(number)
        for (profile, mask), never in self._never_out.items():
            for bit in _bits(mask):
                gains[bit].seats |= self._seats_of[profile] - never
        for bit, examples in self._examples.items():
            gains[bit].examples = examples
        said = [_said(change, gains[bit]) for change, bit in self._changes.items()]
        said.sort(key=_order)
        old, new = self._policies
        return Simulation(
            old=old.digest,
            new=new.digest,
            at=self._place.at,
            situations=self._situations,
            seats=len(self._seats),
            pairs=self._pairs,
            standpoints=len(self._decided),
            seconds=round(seconds, 2),
            opened=tuple(change for change in said if change.opens),
            closed=tuple(change for change in said if not change.opens),
        )


def _with_duties(old: Policy, new: Policy) -> frozenset[comparing.Cell]:
    """Return the cells of which the versions do not say the same, where a duty is owed."""
    sides = [comparing.Cells(policy.lines) for policy in (old, new)]
    return frozenset(
        cell
        for cell in comparing.touched(old.lines, new.lines)
        if any(line.duties for side in sides for line in side.at(cell))
    )


def _has_place(facts: SituationFacts, own: Own) -> bool:
    """Return whether a seat is around: whoever coordinates the cell is, by office."""
    return facts.column is Column.COORD or any(kind in _PLACES for kind, *_ in own)


def _profile(info: SeatInfo, held: Own, at: datetime) -> Profile:
    there = info.started_at <= at and (info.ended_at is None or at < info.ended_at)
    said = (
        info.organisation_kind,
        info.category,
        info.function,
        info.secrecy_basis,
        info.designated_relative,
        there,
    )
    return Profile(said, tuple(sorted(held)))


def _said(change: Change, gains: Gains) -> SimulatedChange:
    return SimulatedChange(
        opens=change.opens,
        column=change.column,
        section=change.section,
        action=change.action,
        around=change.around,
        lighter=change.lighter,
        situations=gains.situations,
        seats=len(gains.seats),
        pairs=gains.pairs,
        examples=tuple(gains.examples),
    )


def _order(change: SimulatedChange) -> tuple[int, ...]:
    return (
        list(Section).index(Section(change.section)),
        list(Column).index(Column(change.column)),
        list(Action).index(Action(change.action)),
        change.around,
    )


def _bits(mask: int) -> Iterable[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
