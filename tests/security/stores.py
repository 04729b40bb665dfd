"""Every place where bytes of the service come to rest, on either database."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from service.settings import Settings
from tests import databases

SYSTEM_LOGS = tuple(Path("/var/log/postgresql").glob("*.log"))


def places(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Yield every store with its bytes: files and journals, or dumps, heap, journal and log."""
    yield "the root keyring", settings.keyring.read_bytes()
    if settings.sqlite:
        yield from _files(settings)
    else:
        yield from _in_a_thread(_postgres(settings))


def _files(settings: Settings) -> Iterator[tuple[str, bytes]]:
    for url in (settings.database_url, settings.keystore_url):
        main = Path(url.split("///")[1])
        found = sorted(main.parent.glob(f"{main.name}*"))
        assert {path.name for path in found} >= {main.name, f"{main.name}-wal"}, found
        for path in found:
            yield path.name, path.read_bytes()


def _in_a_thread(work: Any) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    thread = threading.Thread(target=lambda: found.extend(asyncio.run(work)))
    thread.start()
    thread.join()
    assert found, "nothing was read from PostgreSQL"
    return found


async def _postgres(settings: Settings) -> list[tuple[str, bytes]]:
    """Return COPY of every table as text and binary; heap, journal and log where readable."""
    found: list[tuple[str, bytes]] = []
    for url in (settings.database_url, settings.keystore_url):
        name = urlsplit(url).path.strip("/")
        connection = await asyncpg.connect(f"{databases.postgres_server()}/{name}")
        try:
            await connection.execute("CHECKPOINT")
            for table in await _tables(connection):
                for shape in ("text", "binary"):
                    parts: list[bytes] = []
                    await connection.copy_from_table(table, output=_into(parts), format=shape)
                    found.append((f"{name}.{table} as {shape}", b"".join(parts)))
            found += await _of_the_server(connection, name)
        finally:
            await connection.close()
    return found


def _into(parts: list[bytes]) -> Any:
    async def write(data: bytes) -> None:
        parts.append(data)

    return write


async def _tables(connection: Any) -> list[str]:
    rows = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    return [row[0] for row in rows]


async def _of_the_server(connection: Any, name: str) -> list[tuple[str, bytes]]:
    """Return the files of this database, the journal's last segments and the log, if readable."""
    home = Path(await connection.fetchval("SHOW data_directory"))
    oid = await connection.fetchval("SELECT oid FROM pg_database WHERE datname = $1", name)
    segment = await connection.fetchval("SELECT pg_walfile_name(pg_current_wal_lsn())")
    log = await connection.fetchval("SELECT pg_current_logfile()")
    paths = [*(home / "base" / str(oid)).glob("*"), home / "pg_wal" / segment]
    if log:
        paths.append(home / log)
    paths += SYSTEM_LOGS
    found = []
    for path in paths:
        try:
            found.append((f"{name}: {path.name}", path.read_bytes()))
        except OSError:  # not of this machine, or not ours to read
            continue
    return found
