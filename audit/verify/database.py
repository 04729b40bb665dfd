"""Recomputes the record and names the first entry that is not as it was written.

What is compared: each leaf with its stored hash, its schema and the columns
copied from it; the indices with an unbroken count from 0; the tree over the
stored hashes with the stored head; each emitter's numbers and links. The links
are what still points at an entry when someone has recomputed hashes as well.
What it proves is limited to what the stored head allows: whoever rewrites the
newest entries, every hash and the head leaves nothing here to compare with.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from itertools import combinations
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from audit.leaf import LINK_BYTES, Statement
from audit.log import LOG, audit_entry, audit_head, audit_index, audit_pending
from audit.merkle import BadFrontier, Frontier, leaf_hash, node_hash
from audit.verify.scan import (
    IN_FLIGHT,
    MOST_FAULTS,
    MOST_SUSPECTS,
    CannotTell,
    Fault,
    Kind,
    Link,
    Row,
    Scan,
    Unsettled,
    Verdict,
    first_ones,
    said_by,
    settle,
)

CHUNK: Final = 2000


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
    scan = Scan()
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
    faults = first_ones([*faults, *beside])
    if head is None and not faults:
        raise CannotTell("the record has no head")
    return Verdict(frontier.size, frontier.root(), tuple(faults), tuple(scan.unsettled), pending)


def _differs(tree: Frontier, head: Frontier) -> bool:
    return tree.size != head.size or tree.root() != head.root()


async def _resolve(connection: AsyncConnection, log: int, scan: Scan) -> list[Fault]:
    faults: list[Fault] = []
    for doubt in scan.doubts[:MOST_FAULTS]:
        links: dict[int, list[Link]] = {}
        span = (doubt.index - 2 * IN_FLIGHT, doubt.index + 2 * IN_FLIGHT)
        async for rows in _chunks(connection, log, *span):
            for row in rows:
                said = said_by(row.leaf)
                if said is not None and row.leaf is not None and said.em == doubt.emitter:
                    link = Link(
                        row.index, row.id or said.id, leaf_hash(row.leaf)[:LINK_BYTES], said.ep
                    )
                    links.setdefault(said.n, []).append(link)
        for said, link in scan.waiting:
            if said.em == doubt.emitter:
                links.setdefault(said.n, []).append(link)
        settled = settle(doubt, links)
        if not settled and doubt.n == 0:
            settled = [
                Fault(Kind.CHANGED, doubt.index, None, "the first of its emitter has a link")
            ]
        if not settled:
            settled = [Fault(Kind.CHANGED, doubt.index, None, f"number {doubt.n} does not follow")]
        faults += settled
    return faults


async def _against_the_head(
    connection: AsyncConnection, log: int, scan: Scan, head: Frontier
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
) -> AsyncIterator[list[Row]]:
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
        yield [Row(row[0], row[1], row[2], row[3], tuple(row[4:])) for row in found]
        after = found[-1][0]


async def _take_pending(connection: AsyncConnection, scan: Scan) -> int:
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
        elif (said := said_by(leaf)) is None or said.id != identifier:
            scan.faults.append(Fault(Kind.CHANGED, None, identifier, "waiting, malformed"))
        else:
            hashed = leaf_hash(leaf)
            link = Link(scan.expected + place, identifier, hashed[:LINK_BYTES], said.ep)
            scan.waiting.append((said, link))
            scan.follow(said, link)
    return len(waiting)


async def _orphans(connection: AsyncConnection, scan: Scan) -> list[Fault]:
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
    taken_out = [row for row in orphans if _was_there(scan, said_by(row[1]))]
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


def _was_there(scan: Scan, said: Statement | None) -> bool:
    if said is None or said.em not in scan.chains:
        return False
    chain = scan.chains[said.em]
    unsettled = {n for gap in scan.unsettled if gap.emitter == said.em for n in gap.numbers}
    missed = unsettled.union(*(gap.numbers for gap in chain.gaps))
    return said.n in missed or said.n >= chain.next
