"""Throw-away databases for the tests of the record: a SQLite file, a PostgreSQL database."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, pool
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from audit import fences
from audit.log import metadata

DIALECTS = ("sqlite", "postgresql")


def postgres_url() -> URL:
    """Where PostgreSQL is looked for: CELLULE_TEST_POSTGRES, else this machine."""
    given = os.environ.get("CELLULE_TEST_POSTGRES")
    url = make_url(given or "postgresql://postgres@127.0.0.1:5432/postgres")
    return url.set(drivername="postgresql+asyncpg")


def sqlite_engine(path: Path) -> AsyncEngine:
    """An engine whose writers begin with BEGIN IMMEDIATE, as the service's does."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 5})

    @event.listens_for(engine.sync_engine, "connect")
    def _manual(dbapi: object, _record: object) -> None:
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("cellule_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


async def create(engine: AsyncEngine, *, fenced: bool) -> None:
    """Make the tables, the view, the first head and, when `fenced`, triggers and grants."""
    name = engine.dialect.name
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        statements = fences.create_fences(name)
        for statement in statements if fenced else statements[:3]:
            await connection.exec_driver_sql(statement)
        if fenced and name == "postgresql":
            for statement in (*fences.POSTGRESQL_ROLES, *fences.POSTGRESQL_GRANTS):
                await connection.exec_driver_sql(statement)


@asynccontextmanager
async def database(
    dialect: str, folder: Path, *, fenced: bool = True
) -> AsyncIterator[AsyncEngine]:
    """A fresh record on that database, dropped afterwards."""
    if dialect == "sqlite":
        engine = sqlite_engine(folder / "record.db")
        await create(engine, fenced=fenced)
        try:
            yield engine
        finally:
            await engine.dispose()
        return
    url = postgres_url()
    name = f"cellule_audit_{secrets.token_hex(6)}"
    admin = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=pool.NullPool)
    try:
        async with admin.connect() as connection:
            await connection.exec_driver_sql(f"CREATE DATABASE {name}")
    except (SQLAlchemyError, OSError):
        pytest.skip("PostgreSQL does not answer: set CELLULE_TEST_POSTGRES")
    engine = create_async_engine(url.set(database=name), pool_size=20)
    try:
        await create(engine, fenced=fenced)
        yield engine
    finally:
        await engine.dispose()
        async with admin.connect() as connection:
            await connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.dispose()


def on(
    dialect: str,
    folder: Path,
    story: Callable[[AsyncEngine], Awaitable[None]],
    *,
    fenced: bool = True,
) -> None:
    """Run one story on a fresh record."""

    async def told() -> None:
        async with database(dialect, folder, fenced=fenced) as engine:
            await story(engine)

    asyncio.run(told())
