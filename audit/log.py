"""The tables of the record and the only two ways into it.

`append` writes inside the caller's transaction, as its last statements before
COMMIT: the act and its trace are then one. `GroupCommit` commits what has no
transaction of its own, readings and refusals, many at a time. On SQLite an
entry gets its index at once; on PostgreSQL it waits in `audit_pending` for the
sequencer, so that writers share no lock.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    bindparam,
    column,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from audit.event import Act, Event
from audit.leaf import LARGEST_LEAF, Emitter, Entry
from audit.merkle import Frontier

logger = logging.getLogger(__name__)

LOG: Final = 0
"""The one log of a deployment."""

metadata = MetaData()

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("t", BigInteger, nullable=False),
    Column("tenant", String),
    Column("act", String, nullable=False),
    Column("out", String, nullable=False),
    Column("actor", LargeBinary),
    Column("subject", LargeBinary),
    PrimaryKeyConstraint("id", name="pk_audit_entry"),
    CheckConstraint(
        f"length(leaf) BETWEEN 2 AND {LARGEST_LEAF}", name="ck_audit_entry_leaf_length"
    ),
    Index("ix_audit_entry_tenant_t", "tenant", "t"),
    Index("ix_audit_entry_subject_t", "subject", "t"),
    Index("ix_audit_entry_actor_t", "actor", "t"),
)
"""The leaves. The other columns are copies for filtering; `verify` holds them to the leaf."""

audit_pending = Table(
    "audit_pending",
    metadata,
    Column("id", Uuid, nullable=False),
    PrimaryKeyConstraint("id", name="pk_audit_pending"),
)
"""Entries committed but not yet sequenced. PostgreSQL only; always empty on SQLite."""

audit_index = Table(
    "audit_index",
    metadata,
    Column("log", SmallInteger, nullable=False),
    Column("idx", BigInteger, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("lh", LargeBinary, nullable=False),
    PrimaryKeyConstraint("log", "idx", name="pk_audit_index"),
    UniqueConstraint("id", name="uq_audit_index_id"),
)
"""The place of each entry in the tree, from 0, and its leaf hash."""

audit_head = Table(
    "audit_head",
    metadata,
    Column("log", SmallInteger, nullable=False, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    PrimaryKeyConstraint("log", name="pk_audit_head"),
)
"""The size of the tree and the peaks it stands on."""

audit_opening = Table(
    "audit_opening",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("id", name="pk_audit_opening"),
)
"""The personal part of an entry, sealed. The only table of the record that erasure empties."""

audit_shown = table(
    "audit_shown",
    column("idx", BigInteger),
    column("id", Uuid),
    column("leaf", LargeBinary),
    column("t", BigInteger),
    column("tenant", String),
    column("act", String),
    column("out", String),
    column("actor", LargeBinary),
    column("subject", LargeBinary),
)
"""The view that is read. On PostgreSQL it shows the session's own tenant and no other."""

audit_top = table(
    "audit_top",
    column("log", SmallInteger),
    column("size", BigInteger),
    column("frontier", LargeBinary),
)
"""The head as the auditor's page reads it: nobody writes through a view of no right."""

_NO_OPENINGS: Mapping[UUID, bytes] = MappingProxyType({})

_SQLITE_ENTRY = (
    "INSERT INTO audit_entry (id, leaf, t, tenant, act, out, actor, subject) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_SQLITE_INDEX = "INSERT INTO audit_index (log, idx, id, lh) VALUES (?, ?, ?, ?)"
_SQLITE_OPENING = "INSERT INTO audit_opening (id, sealed) VALUES (?, ?)"

_COLUMNS = ("ids", "leaves", "ts", "tenants", "acts", "outs", "actors", "subjects")
_TYPES = (Uuid, LargeBinary, BigInteger, String, String, String, LargeBinary, LargeBinary)
_POSTGRESQL_ENTRY = """
WITH e AS (
  INSERT INTO audit_entry (id, leaf, t, tenant, act, out, actor, subject)
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:leaves AS bytea[]), CAST(:ts AS bigint[]),
    CAST(:tenants AS varchar[]), CAST(:acts AS varchar[]), CAST(:outs AS varchar[]),
    CAST(:actors AS bytea[]), CAST(:subjects AS bytea[])))"""
_POSTGRESQL_PENDING = """
INSERT INTO audit_pending (id) SELECT unnest(CAST(:ids AS uuid[]))"""
_POSTGRESQL_OPENING = """, o AS (
  INSERT INTO audit_opening (id, sealed)
  SELECT * FROM unnest(CAST(:opened AS uuid[]), CAST(:sealed AS bytea[])))"""

_entry_binds: list[BindParameter[Any]] = [
    bindparam(name, type_=ARRAY(kind)) for name, kind in zip(_COLUMNS, _TYPES, strict=True)
]
_postgresql_append = text(_POSTGRESQL_ENTRY + _POSTGRESQL_PENDING).bindparams(*_entry_binds)
_postgresql_append_opening = text(
    _POSTGRESQL_ENTRY + _POSTGRESQL_OPENING + _POSTGRESQL_PENDING
).bindparams(
    *_entry_binds,
    bindparam("opened", type_=ARRAY(Uuid)),
    bindparam("sealed", type_=ARRAY(LargeBinary)),
)


class RecordUnavailable(Exception):
    """The record could not be written: nothing that depends on it may leave the process."""


async def append(
    connection: AsyncConnection,
    entries: Sequence[Entry],
    openings: Mapping[UUID, bytes] = _NO_OPENINGS,
) -> None:
    """Write entries and their sealed openings in the transaction that is already open.

    The last statements before COMMIT. On SQLite the transaction must have begun
    with BEGIN IMMEDIATE: the head is read, then written. If the transaction then
    fails, the caller voids the numbers (`Emitter.unless_committed`).
    """
    if not entries:
        return
    if connection.dialect.name == "sqlite":
        await _append_sqlite(connection, entries, openings)
    else:
        await _append_postgresql(connection, entries, openings)


class GroupCommit:
    """The log's own writer: entries that no transaction carries, committed together.

    Whatever waits when the writer is free is one transaction: no fixed window,
    so a lone reading waits for nobody and a crowd shares one fsync. `start`
    records record.emitter_started and `stop`, record.emitter_stopped: between
    the two every number of the emitter is either in the record or voided.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        emitter: Emitter,
        *,
        capacity: int = 1024,
        batch: int = 256,
        timeout_seconds: float = 5.0,
    ) -> None:
        """Take the engine to write through; `capacity` entries may wait, the next is refused."""
        self._engine = engine
        self._emitter = emitter
        self._capacity = capacity
        self._batch = batch
        self._timeout_seconds = timeout_seconds
        self._waiting: deque[tuple[Entry, bytes | None, asyncio.Future[None]]] = deque()
        self._wake = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        """Begin writing. Raises RecordUnavailable, and writes nothing more, if it cannot."""
        self._closing = False
        self._writer = asyncio.create_task(self._write_until_closed(), name="audit-group-commit")
        try:
            await self._announce(Act.EMITTER_STARTED)
        except RecordUnavailable:
            await self._close()
            raise

    async def stop(self) -> None:
        """Write all that waits, then close. Every waiter gets an answer."""
        if self._writer is None:
            return
        while self._emitter.voids_waiting:
            declaration = self._emitter.declaration()
            if declaration is None or not await self._written(declaration):
                break
        if not self._emitter.voids_waiting:
            await self._written(
                self._emitter.entry(Event(act=Act.EMITTER_STOPPED, obj={"k": "emitter"}))
            )
        await self._close()

    def submit(self, entry: Entry, opening: bytes | None = None) -> asyncio.Future[None]:
        """Hand over an entry; the future is done when its commit is durable.

        The future raises RecordUnavailable if the commit fails, is slower than
        the timeout, or cannot be tried (queue full, writer stopped); the number
        is voided then. Nobody has to await it for the entry to be written.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_look)
        if self._writer is None or self._closing or len(self._waiting) >= self._capacity:
            self._emitter.void(entry.n)
            future.set_exception(RecordUnavailable("the record's queue is full or closed"))
        else:
            self._waiting.append((entry, opening, future))
            self._wake.set()
        return future

    async def _announce(self, act: Act) -> None:
        await self.submit(self._emitter.entry(Event(act=act, obj={"k": "emitter"})))

    async def _written(self, entry: Entry) -> bool:
        try:
            await self.submit(entry)
        except RecordUnavailable:
            return False
        return True

    async def _close(self) -> None:
        self._closing = True
        self._wake.set()
        if self._writer is not None:
            await self._writer
        self._writer = None

    async def _write_until_closed(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            batch = [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]
            await self._write(batch)

    async def _write(self, batch: list[tuple[Entry, bytes | None, asyncio.Future[None]]]) -> None:
        entries = [entry for entry, _, _ in batch]
        openings = {entry.id: sealed for entry, sealed, _ in batch if sealed is not None}
        if (declaration := self._emitter.declaration()) is not None:
            entries.append(declaration)
        try:
            with self._emitter.unless_committed(entries):
                async with asyncio.timeout(self._timeout_seconds):
                    await self._commit(entries, openings)
        except BaseException as failure:  # a writer that died would leave everyone waiting
            # No traceback: it would print bound parameters.
            logger.error("the record could not be written: %s", type(failure).__name__)  # noqa: TRY400
            for _, _, future in batch:
                if not future.done():
                    unavailable = RecordUnavailable("the record could not be written")
                    unavailable.__cause__ = failure
                    future.set_exception(unavailable)
            if not isinstance(failure, Exception):
                raise
        else:
            for _, _, future in batch:
                if not future.done():
                    future.set_result(None)

    async def _commit(self, entries: Sequence[Entry], openings: Mapping[UUID, bytes]) -> None:
        async with self._engine.connect() as opened:
            connection = await opened.execution_options(cellule_write=True)
            async with connection.begin():
                await append(connection, entries, openings)


def _look(future: asyncio.Future[None]) -> None:
    # A waiter may have gone away; its failure is then known to the emitter alone.
    if not future.cancelled():
        future.exception()


async def _append_sqlite(
    connection: AsyncConnection, entries: Sequence[Entry], openings: Mapping[UUID, bytes]
) -> None:
    head = (
        await connection.exec_driver_sql(
            "SELECT size, frontier FROM audit_head WHERE log = ?", (LOG,)
        )
    ).one_or_none()
    if head is None:
        raise RecordUnavailable("the record has no head: is the database migrated?")
    frontier = Frontier.from_bytes(head.size, head.frontier)
    await connection.exec_driver_sql(
        _SQLITE_ENTRY,
        [(e.id.hex, e.leaf, e.t, e.tenant, e.act, e.out, e.actor, e.subject) for e in entries],
    )
    await connection.exec_driver_sql(
        _SQLITE_INDEX,
        [(LOG, frontier.size + at, e.id.hex, e.leaf_hash) for at, e in enumerate(entries)],
    )
    if openings:
        await connection.exec_driver_sql(
            _SQLITE_OPENING, [(identifier.hex, sealed) for identifier, sealed in openings.items()]
        )
    for entry in entries:
        frontier.append(entry.leaf_hash)
    await connection.exec_driver_sql(
        "UPDATE audit_head SET size = ?, frontier = ? WHERE log = ?",
        (frontier.size, frontier.to_bytes(), LOG),
    )


async def _append_postgresql(
    connection: AsyncConnection, entries: Sequence[Entry], openings: Mapping[UUID, bytes]
) -> None:
    rows = [(e.id, e.leaf, e.t, e.tenant, e.act, e.out, e.actor, e.subject) for e in entries]
    values: dict[str, object] = dict(zip(_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    if openings:
        values |= {"opened": list(openings), "sealed": list(openings.values())}
        await connection.execute(_postgresql_append_opening, values)
    else:
        await connection.execute(_postgresql_append, values)
