"""Tables, engines and transactions.

Statements are SQLAlchemy Core on one AsyncConnection an act; declarative classes only
describe tables. On SQLite a transaction says at its beginning whether it will write
(`cellule_write`), so that two writers queue instead of failing half-way; on PostgreSQL each
transaction names its tenant (`cellule.clsm_id`), which row-level security requires.
"""

import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import aiosqlite
from sqlalchemy import (
    DateTime,
    Dialect,
    MetaData,
    Select,
    String,
    TypeDecorator,
    Uuid,
    event,
    text,
    update,
)
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.util.concurrency import await_
from uuid_utils.compat import uuid7 as _uuid7

from audit.fences import sqlite_authorizer
from service.errors import Conflict

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of what has no end yet; a value rather than NULL, so that every window compares."""

_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # a power cut must not lose what was acknowledged
    "foreign_keys=ON",
    "busy_timeout=10000",
    "secure_delete=ON",  # deleted rows leave no bytes behind
    "trusted_schema=OFF",
    "temp_store=MEMORY",  # nothing sorted is ever spilled to a file
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive instant; SQLite keeps no zone, so it gets UTC without one."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a naive instant cannot be stored"
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give SQLite's instants their zone back."""
        if value is not None and dialect.name == "sqlite":
            return value.replace(tzinfo=UTC)
        return value


class Identifier(Uuid[UUID]):
    """A UUID. SQLite keeps 32 letters: those that come back again and again are read once."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return what turns a stored value into a UUID."""
        if dialect.name == "sqlite":
            return _uuid_of
        return super().result_processor(dialect, coltype)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=65_536)
def _uuid_of(stored: str | None) -> UUID | None:
    return None if stored is None else UUID(stored)


class Table(DeclarativeBase):
    """Base of every business table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        datetime: Instant,
        UUID: Identifier,
        str: String(80),
    }


def new_id() -> UUID:
    """Return a fresh UUIDv7: random, and sorted by time."""
    return _uuid7()


def open_engine(url: str, *, authorizer: bool = True) -> AsyncEngine:
    """Open an engine with our habits; parameters never show in an error or a log.

    `authorizer` puts SQLite's last fence around the record's tables; migrations go without.
    """
    # Named parameters on SQLite: one that a statement repeats is converted and bound once.
    habits: dict[str, Any] = {}
    if url.startswith("sqlite"):
        habits = {"paramstyle": "named", "module": _OneTripDriver(aiosqlite, sqlite3)}
    engine = create_async_engine(url, hide_parameters=True, pool_size=16, max_overflow=16, **habits)
    if engine.dialect.name == "sqlite":
        _habits_of_sqlite(engine, authorizer=authorizer)
    return engine


class _OneTripCursor(AsyncAdapt_aiosqlite_cursor):
    """Run a statement and fetch all that it gives in one trip to the driver's thread.

    SQLAlchemy's own makes four: open, execute, fetch, close. On a page that is most of the CPU.
    """

    __slots__ = ("_lastrowid", "_rowcount")

    def __init__(self, adapt_connection: Any) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection  # noqa: SLF001
        self._soft_closed_memoized = {"description": None}  # type: ignore[assignment]
        self._rows = deque()
        self._rowcount = self._lastrowid = -1

    @property
    def rowcount(self) -> int:
        return self._rowcount

    @property
    def lastrowid(self) -> int:
        return self._lastrowid

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        return self._trip(operation, () if parameters is None else parameters, many=False)

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        return self._trip(operation, seq_of_parameters, many=True)

    async def _async_soft_close(self) -> None:
        """Need nothing: the driver's cursor was closed in the same trip."""

    def close(self) -> None:
        self._rows.clear()

    def _trip(self, operation: str, parameters: Sequence[Any], *, many: bool) -> None:
        driver: Any = self._connection
        try:
            found = await_(driver._execute(_run, driver._conn, operation, parameters, many))  # noqa: SLF001
        except Exception as error:  # noqa: BLE001 — the adapter translates the driver's errors
            self._adapt_connection._handle_exception(error)  # noqa: SLF001
        self._rows, description, self._rowcount, self._lastrowid = found
        self._soft_closed_memoized = {"description": description}  # type: ignore[assignment]


def _run(
    connection: sqlite3.Connection,
    operation: str,
    parameters: Any,
    many: bool,  # noqa: FBT001 — called through the driver's queue
) -> tuple[deque[Any], Any, int, int]:
    """Run one statement in the driver's thread; return rows, description, counts."""
    cursor = connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(operation, parameters)
        rows = deque(cursor.fetchall() if cursor.description else ())
        return rows, cursor.description, cursor.rowcount, cursor.lastrowid or -1
    finally:
        cursor.close()


class _OneTripConnection(AsyncAdapt_aiosqlite_connection):
    """A connection of such cursors; what has no transaction open is not ended again."""

    __slots__ = ()
    _cursor_cls = _OneTripCursor

    def rollback(self) -> None:
        driver: Any = self._connection
        if driver._connection and driver.in_transaction:  # noqa: SLF001 — None once closed
            super().rollback()


class _OneTripDriver(AsyncAdapt_aiosqlite_dbapi):
    """The driver's module, whose connections make one trip a statement."""

    def connect(self, *arguments: Any, **options: Any) -> _OneTripConnection:
        plain: Any = super().connect(*arguments, **options)
        return _OneTripConnection(self, plain._connection)  # noqa: SLF001


def _habits_of_sqlite(engine: AsyncEngine, *, authorizer: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        if authorizer:
            connection.run_async(_authorize)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("cellule_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


async def _authorize(driver: Any) -> None:
    """Set the fence in the driver's own thread; aiosqlite has no public way to it."""
    await driver._execute(driver._conn.set_authorizer, sqlite_authorizer)  # noqa: SLF001


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, *, write: bool, clsm_id: UUID | None = None
) -> AsyncIterator[AsyncConnection]:
    """Open one transaction, committed at the end, rolled back if anything is raised."""
    async with engine.connect() as connection:
        await connection.execution_options(cellule_write=write)
        async with connection.begin():
            if clsm_id is not None:
                await enter_clsm(connection, clsm_id)
            yield connection


async def enter_clsm(connection: AsyncConnection, clsm_id: UUID) -> None:
    """Name the tenant of this transaction; row-level security shows nothing without it."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_ENTER, {"clsm_id": str(clsm_id)})


_ENTER = text("SELECT set_config('cellule.clsm_id', :clsm_id, true)")


async def one(connection: AsyncConnection, statement: Select[Any]) -> Mapping[str, Any] | None:
    """Return the first row of a statement as a mapping, or None."""
    row = (await connection.execute(statement)).mappings().first()
    return None if row is None else dict(row)


async def revise(
    connection: AsyncConnection,
    table: type[Table],
    key: Mapping[str, object],
    *,
    version: int,
    **values: object,
) -> int:
    """Change one row whose `version` is still the one that was read; return the new version.

    Raises Conflict when someone wrote in between: the caller's text is shown back, never lost.
    """
    statement = update(table).where(table.__table__.c.version == version)
    for name, value in key.items():
        statement = statement.where(table.__table__.c[name] == value)
    done = await connection.execute(statement.values(version=version + 1, **values))
    if done.rowcount != 1:
        raise Conflict
    return version + 1
