"""What someone who left had read, from the record: situation, section, level, dates, times.

Never a content, and only of a seat that has ended: the record is not there to watch people at
work. To the DPO, and to the coordinator for the situations of their cells.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from audit import reading
from audit.event import Act, Event
from policies.vocabulary import Column, Office, Section
from service.access import gate
from service.encryption.context import SUBJECTS_OF_THE_RECORD
from service.errors import NotFound
from service.oversight.rules import ACTS, READINGS, said_levels, said_sections
from service.oversight.schemas import DepartedSeat, DepartureReading, ReadLine
from service.partners import operations as partners
from service.sharing import operations as sharing
from service.situations.operations.names import SituationName, situation_names
from service.situations.schemas import SECTION_LABELS
from service.unit import Unit

AT_ONCE: Final = 1_000
"""Entries of the record read at a time: a seat may have years of them."""

OVERSEEING: Final = frozenset({Office.DPO, Office.COORDINATOR})

Key = tuple[bytes, str, str]
"""A situation's pseudonym, what was read of it, at which level."""


@dataclass(slots=True)
class _Times:
    first: datetime
    last: datetime
    count: int = 0

    def add(self, at: datetime) -> None:
        self.first, self.last = min(self.first, at), max(self.last, at)
        self.count += 1


async def list_departures(unit: Unit) -> tuple[DepartedSeat, ...]:
    """Return the seats of this CLSM that ended, the last first, to the DPO and the coordination.

    Recorded. Raises Refused.
    """
    await gate.permit_office(
        unit,
        await _held(unit),
        OVERSEEING,
        act=Act.DEPARTURE_READ,
        obj={"k": "departure", "a": "seats"},
    )
    now = unit.now()
    gone = [
        row
        for row in await partners.seat_rows(unit)
        if row.ended_at is not None and row.ended_at <= now
    ]
    return tuple(
        DepartedSeat(
            employment_id=row.employment_id,
            who=f"{row.name}, {row.title}, {row.organisation}",
            ended_at=row.ended_at,
        )
        for row in sorted(gone, key=lambda row: row.ended_at, reverse=True)
    )


async def _held(unit: Unit) -> Collection[str]:
    """Return the offices that the actor's seat holds now, none without a valid pledge."""
    offices = await partners.offices_of(unit)
    return offices if await partners.pledge_until(unit) is not None else ()


async def read_departure(unit: Unit, employment_id: UUID) -> DepartureReading:
    """Return what a seat that has ended had read, to print; recorded.

    All of it to the DPO; to the coordinator, what was of their cells. Raises NotFound for a seat
    that is held, or of another CLSM; Refused to everyone else.
    """
    offices = await _held(unit)
    permit = await gate.permit_office(
        unit,
        offices,
        OVERSEEING,
        act=Act.DEPARTURE_READ,
        boxes=(SUBJECTS_OF_THE_RECORD,),
        obj={"k": "departure", "a": "read"},
        about={"seat": str(employment_id)},
    )
    seat = await _gone(unit, employment_id)
    times = await _times(unit, seat)
    who = await unit.keyring.subjects(unit.clsm_id, {key[0] for key in times}, permit)
    everything = Office.DPO in offices
    known = set(who.values()) if everything else await _coordinated(unit, set(who.values()))
    names = await situation_names(unit.transaction, unit.clsm_id, known)
    lines = [
        _line(names[who[key[0]]], key, some)
        for key, some in times.items()
        if key[0] in who and who[key[0]] in names
    ]
    return DepartureReading(
        employment_id=employment_id,
        who=f"{seat.name}, {seat.title}, {seat.organisation}",
        started_at=seat.started_at,
        ended_at=seat.ended_at,
        whole=everything,
        lines=tuple(sorted(_merged(lines), key=lambda line: (line.reference, line.said))),
        erased=sum(key[0] not in who for key in times) if everything else 0,
    )


async def _gone(unit: Unit, employment_id: UUID) -> Any:
    """Return the row of a seat of this CLSM that has ended. Raises NotFound."""
    rows = await partners.seat_rows(unit, [employment_id])
    if not rows or rows[0].ended_at is None or rows[0].ended_at > unit.now():
        raise NotFound
    return rows[0]


async def _times(unit: Unit, seat: Any) -> dict[Key, _Times]:
    """Return every reading of a seat, added up: pseudonyms change each January."""
    first, last = seat.started_at.astimezone(UTC), seat.ended_at.astimezone(UTC)
    actors = [
        (await unit.keyring.pseudonyms(unit.clsm_id, [seat.employment_id], year))[
            seat.employment_id
        ]
        for year in range(first.year, last.year + 1)
    ]
    times: dict[Key, _Times] = {}
    before: int | None = None
    while True:
        found = await reading.entries(
            unit.transaction,
            tenant=str(unit.clsm_id),
            actors=actors,
            out="ok",
            before=before,
            limit=AT_ONCE,
        )
        for entry in found:
            for key in _keys(entry.event):
                times.setdefault(key, _Times(entry.at, entry.at)).add(entry.at)
        if len(found) < AT_ONCE:
            return times
        before = found[-1].index


def _keys(event: Event) -> Iterable[Key]:
    """Return what one entry says was read, of each situation that it names."""
    if event.act not in READINGS:
        return
    levels = said_levels(event)
    sections = [code for code in said_sections(event) if code in set(Section)]
    said = [(SECTION_LABELS[Section(code)], levels.get(code, "")) for code in sections]
    for subject in event.subjects:
        for what, level in said or [(ACTS[Act(event.act)], "")]:
            yield subject, what, level


async def _coordinated(unit: Unit, situation_ids: Collection[UUID]) -> set[UUID]:
    """Return, among these, the situations that the actor's seat coordinates now."""
    facts = await sharing.facts_about_many(unit, sorted(situation_ids))
    return {
        key
        for key, about in facts.items()
        if about.column is Column.COORD and gate.sees(about).allowed
    }


def _line(name: SituationName, key: Key, times: _Times) -> ReadLine:
    return ReadLine(
        reference=name.reference,
        said=key[1],
        level=key[2],
        first_at=times.first,
        last_at=times.last,
        times=times.count,
    )


def _merged(lines: Iterable[ReadLine]) -> Iterable[ReadLine]:
    """Add up what two years' pseudonyms say of the same situation, section and level."""
    found: dict[tuple[str, str, str], ReadLine] = {}
    for line in lines:
        key = (line.reference, line.said, line.level)
        before = found.get(key)
        found[key] = line if before is None else _sum(before, line)
    return found.values()


def _sum(one: ReadLine, two: ReadLine) -> ReadLine:
    return ReadLine(
        reference=one.reference,
        said=one.said,
        level=one.level,
        first_at=min(one.first_at, two.first_at),
        last_at=max(one.last_at, two.last_at),
        times=one.times + two.times,
    )
