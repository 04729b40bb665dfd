"""Databases for the tests: SQLite always, PostgreSQL when it answers.

Each test gets its own pair of stores (business and keystore), copied from a pair that was
migrated once: the migrations are what is tested, at the price of a file copy.
"""

import asyncio
import os
import shutil
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from service import migrate
from service.encryption.providers import create_file_keyring
from service.settings import Settings

ORIGIN = "http://127.0.0.1:8000"
REQUIRED = frozenset(filter(None, os.environ.get("CELLULE_TEST_REQUIRE", "").split(",")))


def postgres_server() -> str:
    """Return the address of a PostgreSQL server to test on, or "" when none answers."""
    given = os.environ.get("CELLULE_TEST_POSTGRES", "")
    if given:
        return given.rstrip("/")
    with socket.socket() as probe:
        probe.settimeout(0.5)
        if probe.connect_ex(("127.0.0.1", 5432)) != 0:
            return ""
    return "postgresql://postgres@127.0.0.1:5432"


def admin_url(server: str) -> str:
    """Return where databases are created from."""
    return f"{server}/postgres"


async def _run_sql(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def run_sql(url: str, *statements: str) -> None:
    """Run statements outside any transaction, from a thread of its own (no loop is ours)."""
    failure: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(_run_sql(url, *statements))
        except BaseException as problem:  # noqa: BLE001 — handed to the caller's thread
            failure.append(problem)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]


@dataclass(frozen=True)
class Template:
    """A migrated pair of stores, to copy."""

    dialect: str
    main: str
    keystore: str
    server: str = ""


def sqlite_template(folder: Path) -> Template:
    """Migrate one SQLite pair."""
    main, keystore = folder / "template.db", folder / "template-keys.db"
    migrate.upgrade(_settings(_sqlite(main), _sqlite(keystore), folder / "none"))
    return Template("sqlite", str(main), str(keystore))


def postgres_template(server: str, mark: str) -> Template:
    """Migrate one PostgreSQL pair; the caller drops it with `drop`."""
    main, keystore = f"cellule_t_{mark}", f"cellule_tk_{mark}"
    run_sql(admin_url(server), f"CREATE DATABASE {main}", f"CREATE DATABASE {keystore}")
    migrate.upgrade(_settings(_asyncpg(server, main), _asyncpg(server, keystore), Path("none")))
    return Template("postgresql", main, keystore, server)


def drop(template: Template) -> None:
    """Drop a PostgreSQL pair."""
    run_sql(
        admin_url(template.server),
        f"DROP DATABASE IF EXISTS {template.main} WITH (FORCE)",
        f"DROP DATABASE IF EXISTS {template.keystore} WITH (FORCE)",
    )


@contextmanager
def copy_of(template: Template, folder: Path) -> Iterator[Settings]:
    """Give one test its own stores and its own keyring, as the application role sees them."""
    keyring = folder / "keyring.json"
    create_file_keyring(keyring)
    if template.dialect == "sqlite":
        main, keystore = folder / "cellule.db", folder / "keys.db"
        for source, target in ((template.main, main), (template.keystore, keystore)):
            shutil.copyfile(source, target)
        yield _settings(_sqlite(main), _sqlite(keystore), keyring)
        return
    mark = uuid.uuid4().hex[:12]
    copy = Template("postgresql", f"cellule_c_{mark}", f"cellule_ck_{mark}", template.server)
    run_sql(
        admin_url(copy.server),
        f"CREATE DATABASE {copy.main} TEMPLATE {template.main}",
        f"CREATE DATABASE {copy.keystore} TEMPLATE {template.keystore}",
    )
    try:
        yield _settings(
            _asyncpg(copy.server, copy.main, "cellule_app_test"),
            _asyncpg(copy.server, copy.keystore, "cellule_app_test"),
            keyring,
        )
    finally:
        drop(copy)


def make_roles(server: str) -> None:
    """Make the logins of the application and of the sequencer; the migration made the roles."""
    for login, role in (
        ("cellule_app_test", "cellule_app"),
        ("cellule_sequencer_test", "cellule_sequencer"),
    ):
        run_sql(
            admin_url(server),
            f"""DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{login}') THEN
              CREATE ROLE {login} LOGIN IN ROLE {role};
            END IF;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$""",
        )


def as_role(url: str, role: str) -> str:
    """Return the same address as another login."""
    parts = urlsplit(url)
    return url.replace(parts.netloc, f"{role}@{parts.netloc.rsplit('@', 1)[-1]}")


def _sqlite(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def _asyncpg(server: str, database: str, login: str = "") -> str:
    url = f"{server}/{database}".replace("postgresql://", "postgresql+asyncpg://")
    return as_role(url, login) if login else url


def _settings(main: str, keystore: str, keyring: Path) -> Settings:
    return Settings(
        database_url=main, keystore_url=keystore, keyring=keyring, origin=ORIGIN, demo=True
    )
