"""PostgreSQL: gives waiting entries their index, in fenced batches.

An entry is seen here only once its transaction has committed, and gets its
index after that, so neither a rollback nor a slow transaction leaves a hole.
Safety is the row lock on the head: two sequencers at once take turns. The
advisory lock only spares standbys useless work; it belongs to a session, so
this process must reach PostgreSQL directly or through a pooler in session
mode. The table is polled: NOTIFY in the writers' transactions would put their
commits in single file.
"""

import asyncio
import hashlib
import logging
from typing import Final

from sqlalchemy import LargeBinary, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from audit.log import LOG
from audit.merkle import Frontier, leaf_hash

logger = logging.getLogger(__name__)

BATCH: Final = 5000
STANDBY_SECONDS: Final = 1.0
"""How long a standby, or a leader that lost its database, waits before it tries again."""
LOCK: Final = int.from_bytes(hashlib.sha256(b"casefile-audit").digest()[:4], signed=True)
"""First key of the advisory lock; the second is the log."""

_waiting = text("SELECT EXISTS (SELECT FROM audit_pending)")
_head = text("SELECT size, frontier FROM audit_head WHERE log = :log FOR UPDATE")
_pending = text("SELECT id FROM audit_pending ORDER BY id LIMIT :limit")
_ids = bindparam("ids", type_=ARRAY(Uuid))
# Not joined: the planner would scan the whole entry table to find a few pending rows.
_leaves = text(
    "SELECT id, leaf FROM audit_entry WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id"
).bindparams(_ids)
_taken = text("DELETE FROM audit_pending WHERE id = ANY(CAST(:ids AS uuid[]))").bindparams(_ids)
_index = text("""
INSERT INTO audit_index (log, idx, id, lh)
SELECT :log, :size + place - 1, id, lh
FROM unnest(CAST(:ids AS uuid[]), CAST(:hashes AS bytea[])) WITH ORDINALITY AS t (id, lh, place)
""").bindparams(_ids, bindparam("hashes", type_=ARRAY(LargeBinary)))
_grow = text("UPDATE audit_head SET size = :size, frontier = :frontier WHERE log = :log")


class NoHead(Exception):
    """The log has no head row: the database is not migrated, or the head was removed."""


async def sequence_once(engine: AsyncEngine, log: int = LOG, limit: int = BATCH) -> int:
    """Sequence at most `limit` waiting entries in one transaction; return how many.

    A pending row whose entry is gone stays where it is: it is the only sign
    left of that entry, and `verify` names it.
    """
    async with engine.connect() as connection:
        return await _sequence(connection, log, limit)


async def run(
    engine: AsyncEngine, period_ms: int = 50, stop: asyncio.Event | None = None, log: int = LOG
) -> None:
    """Sequence until `stop` is set, as the leader or waiting to become it.

    A database that goes away is waited for; nothing is lost meanwhile, entries
    stay pending.
    """
    stop = asyncio.Event() if stop is None else stop
    while not stop.is_set():
        try:
            async with engine.connect() as connection:
                try:
                    if await _lead(connection, log):
                        await _sequence_until(connection, log, period_ms / 1000, stop)
                finally:
                    # Back in the pool, the session would keep the lock.
                    await connection.invalidate()
        except (SQLAlchemyError, OSError) as failure:
            # No traceback: it would print bound parameters.
            logger.error("the sequencer lost its database: %s", type(failure).__name__)  # noqa: TRY400
        await _pause(stop, STANDBY_SECONDS)


async def _lead(connection: AsyncConnection, log: int) -> bool:
    # Taken in a transaction, kept by the session after its commit.
    query = text("SELECT pg_try_advisory_lock(:key, :log)")
    leads = (await connection.execute(query, {"key": LOCK, "log": log})).scalar_one()
    await connection.commit()
    return bool(leads)


async def _sequence_until(
    connection: AsyncConnection, log: int, period_seconds: float, stop: asyncio.Event
) -> None:
    while not stop.is_set():
        if await _sequence(connection, log, BATCH) < BATCH:
            await _pause(stop, period_seconds)


async def _sequence(connection: AsyncConnection, log: int, limit: int) -> int:
    # Asked first without a lock: locking the head writes to it, twenty times a second.
    async with connection.begin():
        if not (await connection.execute(_waiting)).scalar_one():
            return 0
    async with connection.begin():
        head = (await connection.execute(_head, {"log": log})).one_or_none()
        if head is None:
            raise NoHead(f"log {log}")
        pending = (await connection.execute(_pending, {"limit": limit})).scalars().all()
        rows = (await connection.execute(_leaves, {"ids": list(pending)})).all()
        if len(rows) < len(pending):
            logger.error("%d waiting entries are gone", len(pending) - len(rows))
        if not rows:
            return 0
        ids = [row.id for row in rows]
        hashes = [leaf_hash(row.leaf) for row in rows]
        frontier = Frontier.from_bytes(head.size, head.frontier)
        for hashed in hashes:
            frontier.append(hashed)
        await connection.execute(_taken, {"ids": ids})
        await connection.execute(
            _index, {"log": log, "size": head.size, "ids": ids, "hashes": hashes}
        )
        await connection.execute(
            _grow, {"log": log, "size": frontier.size, "frontier": frontier.to_bytes()}
        )
    return len(rows)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
