"""A keystore on each database, a root keyring, and keyrings that share them."""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import pool
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.encryption.context import DEPLOYMENT
from service.encryption.keyring import Keyring
from service.encryption.keys import create_keystore
from service.encryption.providers import FileKeyring, create_file_keyring

CLSM = UUID("01a2001b-0000-7000-8000-00000000c150")
OTHER_CLSM = UUID("01a2001b-0000-7000-8000-00000000c151")


@dataclass(frozen=True)
class Store:
    """Where one deployment's keys are; several keyrings may work on it, like processes do."""

    url: URL
    root: Path

    def engine(self) -> AsyncEngine:
        """Make an engine of the keystore, for one event loop."""
        return create_async_engine(self.url, poolclass=pool.NullPool)

    @asynccontextmanager
    async def keyring(
        self, monotonic: Callable[[], float] = time.monotonic
    ) -> AsyncIterator[Keyring]:
        """Start a keyring of its own."""
        engine = self.engine()
        try:
            keyring = Keyring(engine, FileKeyring(self.root), monotonic)
            await keyring.start()
            yield keyring
        finally:
            await engine.dispose()


async def _fill(store: Store) -> None:
    engine = store.engine()
    await create_keystore(engine)
    await engine.dispose()
    async with store.keyring() as keyring:
        for tenant in (CLSM, OTHER_CLSM, DEPLOYMENT):
            await keyring.admit(tenant)


def _new(folder: Path, url: URL) -> Store:
    root = folder / "root.json"
    create_file_keyring(root)
    store = Store(url, root)
    asyncio.run(_fill(store))
    return store


async def _administer(url: URL, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.exec_driver_sql(statement)
    await engine.dispose()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Store:
    """Make a keystore in a SQLite file."""
    return _new(tmp_path, make_url(f"sqlite+aiosqlite:///{tmp_path}/keystore.db"))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Make a keystore on each of the two databases."""
    if request.param == "sqlite":
        yield _new(tmp_path, make_url(f"sqlite+aiosqlite:///{tmp_path}/keystore.db"))
        return
    given = os.environ.get("CELLULE_TEST_POSTGRES")
    admin = make_url(given or "postgresql://postgres@127.0.0.1:5432/postgres")
    admin = admin.set(drivername="postgresql+asyncpg")
    name = f"cellule_keys_{secrets.token_hex(6)}"
    try:
        asyncio.run(_administer(admin, f"CREATE DATABASE {name}"))
    except (SQLAlchemyError, OSError):
        pytest.skip("PostgreSQL does not answer: set CELLULE_TEST_POSTGRES")
    try:
        yield _new(tmp_path, admin.set(database=name))
    finally:
        asyncio.run(_administer(admin, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def clsm() -> UUID:
    """Name a CLSM that was admitted."""
    return CLSM


@pytest.fixture
def other_clsm() -> UUID:
    """Name another one."""
    return OTHER_CLSM
