"""Recomputes the record and names the first entry that is not as it was written.

What is compared: each leaf with its stored hash, its schema and the columns
copied from it; the indices with an unbroken count from 0; the tree over the
stored hashes with the stored head; each emitter's numbers and links. The links
are what still points at an entry when someone has recomputed hashes as well.
What it proves is limited to what the stored head allows: whoever rewrites the
newest entries, every hash and the head leaves nothing here to compare with.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from audit.event import Act
from audit.leaf import LINK_BYTES, NO_LINK, BadLeaf, Statement, read, subject_column
from audit.log import LOG, audit_entry, audit_head, audit_index, audit_pending
from audit.merkle import BadFrontier, Frontier, leaf_hash, node_hash

CHUNK: Final = 2000
IN_FLIGHT: Final = 512
"""How many later entries of an emitter may be in the record before one still on its way.

Commits may pass each other. Further back than this, or once the emitter has
stopped, a number that is neither there nor voided was taken away.
"""
MOST_FAULTS: Final = 100
MOST_SUSPECTS: Final = 256
"""Entries tried as exchanged or inserted, each trial confirmed by the stored head."""


class Kind(StrEnum):
    """What was done to an entry."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry that is not as written; `index` is its place, from 0.

    `until`, when set, says that the place is only known to be in [index, until).
    `index` is None for what has no place yet: an entry waiting or outside the index.
    """

    kind: Kind
    index: int | None
    id: UUID | None
    detail: str
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Numbers that an emitter gave shortly before it was cut off, and that never arrived.

    A process killed between numbering and committing leaves this; so does
    someone who removes entries before they are sequenced and then kills it.
    """

    emitter: bytes
    numbers: tuple[int, ...]
    index: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. `pending` entries wait for the sequencer: counted, not a fault."""

    size: int
    root: bytes
    faults: tuple[Fault, ...]
    unsettled: tuple[Unsettled, ...]
    pending: int

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    @property
    def first_fault(self) -> Fault | None:
        """The fault of the lowest index."""
        return self.faults[0] if self.faults else None

    @property
    def exit_code(self) -> int:
        """Return 0 when sound, 1 when not. `CannotTell` is 2."""
        return 0 if self.sound else 1


class CannotTell(Exception):
    """The record could not be read, or has no head to be compared with: exit code 2."""


@dataclass(frozen=True, slots=True)
class _Row:
    index: int
    id: UUID
    stored_hash: bytes
    leaf: bytes | None
    copies: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Link:
    index: int
    id: UUID
    hash16: bytes
    ep: bytes


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A number given twice, or a link that does not hold, to be looked at closely."""

    emitter: bytes
    n: int
    index: int


@dataclass(slots=True)
class _Gap:
    numbers: set[int]
    early: int
    index: int
    late: bool = False


@dataclass(slots=True)
class _Chain:
    """One emitter as it is met: everything before `next` is settled."""

    next: int = 0
    hash16: bytes | None = NO_LINK
    last_index: int = -1
    ahead: dict[int, _Link] = field(default_factory=dict)
    voided: set[int] = field(default_factory=set)
    skipped: set[int] = field(default_factory=set)
    gaps: list[_Gap] = field(default_factory=list)
    stopped: int | None = None


async def verify(
    source: AsyncConnection | AsyncEngine,
    *,
    log: int = LOG,
    progress: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Read the whole record once, in one snapshot, and judge it.

    `progress` is called with entries read and the stored size. A connection
    must not be in a transaction older than what is to be verified; on
    PostgreSQL the role needs what the sequencer's has. Raises CannotTell.
    """
    try:
        if isinstance(source, AsyncConnection):
            return await _judge(source, log, progress)
        async with source.connect() as connection:
            if source.dialect.name == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ")
            return await _judge(connection, log, progress)
    except (SQLAlchemyError, OSError) as unreadable:
        raise CannotTell("the record cannot be read") from unreadable


async def _judge(
    connection: AsyncConnection, log: int, progress: Callable[[int, int], None] | None
) -> Verdict:
    head = await _head(connection, log)
    scan = _Scan()
    async for rows in _chunks(connection, log):
        for row in rows:
            scan.take(row)
        if progress is not None:
            progress(scan.tree.size, scan.tree.size if head is None else head[0])
    pending = await _take_pending(connection, scan)
    scan.close()
    faults = [*scan.faults, *await _resolve(connection, log, scan)]
    beside = [*scan.beside, *await _orphans(connection, scan)]
    frontier = scan.tree
    if head is not None:
        try:
            frontier = Frontier.from_bytes(*head)
        except BadFrontier as broken:
            beside.append(Fault(Kind.CHANGED, None, None, f"the head: {broken}"))
        else:
            if _differs(scan.tree, frontier) and not faults:
                faults += await _against_the_head(connection, log, scan, frontier)
    faults = _first_ones([*faults, *beside])
    if head is None and not faults:
        raise CannotTell("the record has no head")
    return Verdict(frontier.size, frontier.root(), tuple(faults), tuple(scan.unsettled), pending)


class _Scan:
    """One pass over the rows in index order, with memory for what is out of the ordinary."""

    def __init__(self) -> None:
        self.tree = Frontier()
        self.expected = 0
        self.faults: list[Fault] = []
        self.beside: list[Fault] = []
        """Faults that leave the hashes, and so the tree, as they were."""
        self.waiting: list[tuple[Statement, _Link]] = []
        self.missing: list[int] = []
        self.doubts: list[_Doubt] = []
        self.unsettled: list[Unsettled] = []
        self.chains: dict[bytes, _Chain] = {}
        self._mismatched: list[tuple[_Row, bytes]] = []

    def take(self, row: _Row) -> None:
        """Look at the next row of the index."""
        if row.index < self.expected:
            self._fault(Kind.INSERTED, row, "below the first index")
            return
        if row.index > self.expected:
            many = row.index - self.expected
            self.faults.append(
                Fault(Kind.REMOVED, self.expected, None, f"{many} without a row in the index")
            )
            self.missing += range(self.expected, min(row.index, self.expected + MOST_FAULTS))
        self.expected = row.index + 1
        self.tree.append(row.stored_hash.ljust(32, b"\0")[:32])
        if row.leaf is None:
            self.beside.append(Fault(Kind.REMOVED, row.index, row.id, "its leaf is gone"))
            return
        actual = leaf_hash(row.leaf)
        if actual != row.stored_hash:
            self._mismatched.append((row, actual))
        statement = self._statement(row, quiet=actual != row.stored_hash)
        if statement is not None:
            self.follow(statement, _Link(row.index, row.id, actual[:LINK_BYTES], statement.ep))

    def follow(self, said: Statement, link: _Link) -> None:
        """Put one entry on its emitter's chain."""
        chain = self.chains.setdefault(said.em, _Chain())
        if said.n in chain.skipped:
            chain.skipped.discard(said.n)
        elif said.n in chain.ahead or said.n == chain.next - 1:
            self.doubts.append(_Doubt(said.em, said.n, link.index))
        elif said.n < chain.next:
            self._passed(chain, said.n, link)
        else:
            chain.ahead[said.n] = link
            chain.voided.update(number for number in said.voids if number < said.n)
            if said.event.act is Act.EMITTER_STOPPED:
                chain.stopped = said.n
            self._advance(said.em, chain)

    def close(self) -> None:
        """Settle what the last rows left open."""
        hashes = {row.stored_hash for row, _ in self._mismatched}
        for row, actual in self._mismatched:
            if actual in hashes:
                self._fault(Kind.REORDERED, row, "its leaf is that of another index")
            else:
                self._fault(Kind.CHANGED, row, "its leaf is not the one that was hashed")
        for emitter, chain in self.chains.items():
            while chain.ahead:
                first = min(chain.ahead)
                if chain.stopped is not None and chain.next < chain.stopped:
                    self._declare(chain, first)
                else:
                    numbers = tuple(n for n in range(chain.next, first) if n not in chain.voided)
                    self.unsettled.append(Unsettled(emitter, numbers, chain.ahead[first].index))
                    chain.next, chain.hash16 = first, None
                self._advance(emitter, chain)
            for gap in chain.gaps:
                self._report(gap)

    def _statement(self, row: _Row, *, quiet: bool) -> Statement | None:
        try:
            said = read(row.leaf or b"")
        except BadLeaf as broken:
            if not quiet:
                self._fault(Kind.CHANGED, row, f"its leaf is malformed: {broken}")
            return None
        event = said.event
        copies = (
            said.id, said.t, event.tenant, event.act.value, event.out.value, event.actor,
            subject_column(event),
        )  # fmt: skip
        if not quiet and copies != (row.id, *row.copies):
            detail = "a column does not repeat its leaf"
            self.beside.append(Fault(Kind.CHANGED, row.index, row.id, detail))
        return said

    def _advance(self, emitter: bytes, chain: _Chain) -> None:
        while chain.ahead:
            if (link := chain.ahead.pop(chain.next, None)) is not None:
                if chain.hash16 is not None and link.ep != chain.hash16:
                    self.doubts.append(_Doubt(emitter, chain.next, link.index))
                chain.hash16, chain.last_index = link.hash16, link.index
                chain.next += 1
            elif chain.next in chain.voided:
                chain.skipped.add(chain.next)
                chain.hash16 = None
                chain.next += 1
            elif len(chain.ahead) > IN_FLIGHT:
                self._declare(chain, min(chain.ahead))
            else:
                return

    def _declare(self, chain: _Chain, first: int) -> None:
        """Give up waiting for the numbers before `first`."""
        numbers = {n for n in range(chain.next, first) if n not in chain.voided}
        chain.skipped.update(n for n in range(chain.next, first) if n in chain.voided)
        early = min(link.index for link in chain.ahead.values())
        chain.gaps.append(_Gap(numbers, early, chain.ahead[first].index))
        chain.next, chain.hash16 = first, None

    def _passed(self, chain: _Chain, n: int, link: _Link) -> None:
        for gap in chain.gaps:
            if n in gap.numbers:
                gap.numbers.discard(n)
                gap.late = True
                return
        # Its successor already vouched for another entry of this number.
        self.faults.append(
            Fault(Kind.INSERTED, link.index, link.id, f"a second entry of number {n}")
        )

    def _report(self, gap: _Gap) -> None:
        if gap.late:
            self.faults.append(Fault(Kind.REORDERED, gap.early, None, "far before its number"))
        if gap.numbers:
            shown = ", ".join(str(n) for n in sorted(gap.numbers)[:5])
            self.faults.append(
                Fault(Kind.REMOVED, gap.index, None, f"before it, its emitter's number {shown}")
            )

    def _fault(self, kind: Kind, row: _Row, detail: str) -> None:
        self.faults.append(Fault(kind, row.index, row.id, detail))


def _differs(tree: Frontier, head: Frontier) -> bool:
    return tree.size != head.size or tree.root() != head.root()


def _first_ones(faults: Iterable[Fault]) -> list[Fault]:
    """Order by index, exact before approximate, identified first; one for each place."""
    ordered = sorted(
        faults,
        key=lambda fault: (
            fault.index is None,
            fault.index or 0,
            fault.until is not None,
            fault.id is None,
        ),
    )
    kept: dict[object, Fault] = {}
    for fault in ordered:
        kept.setdefault(fault.id if fault.index is None else fault.index, fault)
    return list(kept.values())[:MOST_FAULTS]


def _number(links: Sequence[_Link], before: Sequence[_Link], after: Sequence[_Link]) -> _Link:
    """Return the entry that its neighbours vouch for among those of one number."""
    named = {link.ep for link in after}
    follows = {link.hash16 for link in before}
    return max(links, key=lambda link: (link.hash16 in named, link.ep in follows, -link.index))


def _settle(doubt: _Doubt, links: dict[int, list[_Link]]) -> list[Fault]:
    """Tell an inserted entry from a changed one, by the links around the number in doubt."""
    n = doubt.n
    found = []
    for number in (n - 1, n, n + 1):
        rivals = links.get(number, [])
        if len(rivals) > 1:
            true = _number(rivals, links.get(number - 1, []), links.get(number + 1, []))
            vouched = true.hash16 in {link.ep for link in links.get(number + 1, [])}
            until = None if vouched else max(link.index for link in rivals) + 1
            found += [
                Fault(
                    Kind.INSERTED, link.index, link.id, f"a second entry of number {number}", until
                )
                for link in rivals
                if link is not true
            ]
    if found or n - 1 not in links or n not in links:
        return found
    before, link = links[n - 1][0], links[n][0]
    if link.ep == before.hash16:
        return []
    if any(after.ep == link.hash16 for after in links.get(n + 1, [])):
        return [Fault(Kind.CHANGED, before.index, before.id, "its emitter's next entry says so")]
    first = min(before, link, key=lambda either: either.index)
    return [
        Fault(
            Kind.CHANGED, first.index, first.id, "it or its emitter's next one",
            max(before.index, link.index) + 1,
        )
    ]  # fmt: skip


async def _resolve(connection: AsyncConnection, log: int, scan: _Scan) -> list[Fault]:
    faults: list[Fault] = []
    for doubt in scan.doubts[:MOST_FAULTS]:
        links: dict[int, list[_Link]] = {}
        span = (doubt.index - 2 * IN_FLIGHT, doubt.index + 2 * IN_FLIGHT)
        async for rows in _chunks(connection, log, *span):
            for row in rows:
                said = _said(row.leaf)
                if said is not None and row.leaf is not None and said.em == doubt.emitter:
                    link = _Link(row.index, row.id, leaf_hash(row.leaf)[:LINK_BYTES], said.ep)
                    links.setdefault(said.n, []).append(link)
        for said, link in scan.waiting:
            if said.em == doubt.emitter:
                links.setdefault(said.n, []).append(link)
        settled = _settle(doubt, links)
        if not settled and doubt.n == 0:
            settled = [
                Fault(Kind.CHANGED, doubt.index, None, "the first of its emitter has a link")
            ]
        if not settled:
            settled = [Fault(Kind.CHANGED, doubt.index, None, f"number {doubt.n} does not follow")]
        faults += settled
    return faults


def _said(leaf: bytes | None) -> Statement | None:
    try:
        return read(leaf or b"")
    except BadLeaf:
        return None


async def _against_the_head(
    connection: AsyncConnection, log: int, scan: _Scan, head: Frontier
) -> list[Fault]:
    """Find what the rows themselves do not show: they agree together, but not with the head."""
    query = (
        select(audit_index.c.id, audit_index.c.lh)
        .where(audit_index.c.log == log)
        .order_by(audit_index.c.idx)
    )
    rows = (await connection.execute(query)).all()
    ids, hashes = [row[0] for row in rows], [row[1] for row in rows]
    tails = sorted(chain.last_index for chain in scan.chains.values() if chain.last_index >= 0)
    if len(hashes) > head.size:
        return [_inserted(ids, hashes, tails, head)]
    start, end = _stretch(hashes, head)
    if len(hashes) < head.size:
        return [_cut(len(hashes), (start, end), scan.unsettled)]
    if (pair := _exchanged(ids[start:end], hashes[start:end], _peak(head, start))) is not None:
        first = start + pair[0]
        detail = f"exchanged with {start + pair[1]}"
        return [Fault(Kind.REORDERED, first, ids[first], detail)]
    suspects = [index for index in tails if start <= index < end]
    if len(suspects) == 1:
        detail = "only it could be without its emitter's next entry saying so"
        return [Fault(Kind.CHANGED, suspects[0], ids[suspects[0]], detail)]
    return [Fault(Kind.CHANGED, start, None, "the head does not stand on these entries", end)]


def _cut(size: int, stretch: tuple[int, int], unsettled: Sequence[Unsettled]) -> Fault:
    if unsettled:
        gap = min(unsettled, key=lambda gap: gap.index)
        detail = f"before it, its emitter's number {gap.numbers[0]}"
        return Fault(Kind.REMOVED, gap.index, None, detail)
    if stretch[1] <= size:
        return Fault(Kind.REMOVED, stretch[0], None, "fewer than the head says", stretch[1])
    return Fault(Kind.REMOVED, size, None, "the head says there were more")


def _inserted(
    ids: Sequence[UUID], hashes: Sequence[bytes], tails: Sequence[int], head: Frontier
) -> Fault:
    if Frontier.over(hashes[: head.size]).root() == head.root():
        return Fault(Kind.INSERTED, head.size, ids[head.size], "after the head's last entry")
    extra = len(hashes) - head.size
    for index in tails[:MOST_SUSPECTS] if extra == 1 else ():
        if Frontier.over([*hashes[:index], *hashes[index + 1 :]]).root() == head.root():
            return Fault(Kind.INSERTED, index, ids[index], "without it the head is right")
    start, _ = _stretch(hashes[: head.size], head)
    return Fault(Kind.INSERTED, start, None, f"{extra} more than the head says", len(hashes))


def _stretch(hashes: Sequence[bytes], head: Frontier) -> tuple[int, int]:
    """Return [start, end) of the first peak of the head that these hashes do not rebuild."""
    for (start, end), peak in zip(head.stretches(), head.peaks, strict=True):
        if end > len(hashes) or Frontier.over(hashes[start:end]).root() != peak:
            return start, end
    return 0, head.size


def _peak(head: Frontier, start: int) -> bytes:
    places = {begin: peak for (begin, _), peak in zip(head.stretches(), head.peaks, strict=True)}
    return places[start]


def _exchanged(ids: Sequence[UUID], hashes: Sequence[bytes], peak: bytes) -> tuple[int, int] | None:
    """Return the two places whose exchange rebuilds the peak, tried where ids are out of order.

    Identifiers sort by time, so two exchanged entries stand out; in a short
    stretch every pair is tried.
    """
    order = sorted(range(len(ids)), key=lambda place: ids[place])
    places = [place for place, rank in enumerate(order) if place != rank]
    if len(ids) <= MOST_SUSPECTS // 2:
        places = list(range(len(ids)))
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(*below[at : at + 2]) for at in range(0, len(below), 2)])
    for one, other in combinations(places[:MOST_SUSPECTS], 2):
        changed = {one: hashes[other], other: hashes[one]}
        for level in levels[:-1]:
            changed = {
                place >> 1: node_hash(
                    changed.get(place & ~1, level[place & ~1]),
                    changed.get(place | 1, level[place | 1]),
                )
                for place in changed
            }
        if changed[0] == peak:
            return one, other
    return None


async def _head(connection: AsyncConnection, log: int) -> tuple[int, bytes] | None:
    query = select(audit_head.c.size, audit_head.c.frontier).where(audit_head.c.log == log)
    head = (await connection.execute(query)).one_or_none()
    return None if head is None else (head[0], head[1])


_COPIES = [audit_entry.c[name] for name in ("t", "tenant", "act", "out", "actor", "subject")]


async def _chunks(
    connection: AsyncConnection, log: int, first: int | None = None, last: int | None = None
) -> AsyncIterator[list[_Row]]:
    """Yield the rows of the index with their leaves, in order, a chunk at a time."""
    after = None if first is None else first - 1
    while True:
        query = (
            select(
                audit_index.c.idx, audit_index.c.id, audit_index.c.lh, audit_entry.c.leaf, *_COPIES
            )
            .select_from(audit_index.outerjoin(audit_entry, audit_entry.c.id == audit_index.c.id))
            .where(audit_index.c.log == log)
            .order_by(audit_index.c.idx)
            .limit(CHUNK)
        )
        if after is not None:
            query = query.where(audit_index.c.idx > after)
        if last is not None:
            query = query.where(audit_index.c.idx <= last)
        found = (await connection.execute(query)).all()
        if not found:
            return
        yield [_Row(row[0], row[1], row[2], row[3], tuple(row[4:])) for row in found]
        after = found[-1][0]


async def _take_pending(connection: AsyncConnection, scan: _Scan) -> int:
    """Follow the entries that still wait, so that what they say of the others counts."""
    query = (
        select(audit_pending.c.id, audit_entry.c.leaf)
        .select_from(audit_pending.outerjoin(audit_entry, audit_entry.c.id == audit_pending.c.id))
        .order_by(audit_pending.c.id)
    )
    waiting = (await connection.execute(query)).all()
    for place, (identifier, leaf) in enumerate(waiting):
        if leaf is None:
            scan.faults.append(Fault(Kind.REMOVED, None, identifier, "waiting, without its leaf"))
        elif (said := _said(leaf)) is None or said.id != identifier:
            scan.faults.append(Fault(Kind.CHANGED, None, identifier, "waiting, malformed"))
        else:
            hashed = leaf_hash(leaf)
            link = _Link(scan.expected + place, identifier, hashed[:LINK_BYTES], said.ep)
            scan.waiting.append((said, link))
            scan.follow(said, link)
    return len(waiting)


async def _orphans(connection: AsyncConnection, scan: _Scan) -> list[Fault]:
    """Judge the leaves that are neither in the index nor waiting for it."""
    query = (
        select(audit_entry.c.id, audit_entry.c.leaf)
        .select_from(
            audit_entry.outerjoin(audit_index, audit_index.c.id == audit_entry.c.id).outerjoin(
                audit_pending, audit_pending.c.id == audit_entry.c.id
            )
        )
        .where(audit_index.c.id.is_(None), audit_pending.c.id.is_(None))
        .order_by(audit_entry.c.id)
        .limit(MOST_FAULTS)
    )
    orphans = (await connection.execute(query)).all()
    taken_out = [row for row in orphans if _was_there(scan, _said(row[1]))]
    faults = []
    for place, row in enumerate(taken_out):
        index = scan.missing[place] if len(scan.missing) == len(taken_out) else None
        faults.append(Fault(Kind.REMOVED, index, row[0], "its leaf is left, its index is gone"))
    faults += [
        Fault(Kind.INSERTED, None, row[0], "a leaf that was never given an index")
        for row in orphans
        if row not in taken_out
    ]
    return faults


def _was_there(scan: _Scan, said: Statement | None) -> bool:
    if said is None or said.em not in scan.chains:
        return False
    chain = scan.chains[said.em]
    unsettled = {n for gap in scan.unsettled if gap.emitter == said.em for n in gap.numbers}
    missed = unsettled.union(*(gap.numbers for gap in chain.gaps))
    return said.n in missed or said.n >= chain.next
