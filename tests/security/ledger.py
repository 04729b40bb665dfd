"""What the stores hold at an instant, to compare: rows of the business, acts of the record."""

import hashlib

from sqlalchemy import text

from service.database import open_engine
from tests import databases
from tests.security.planted import Planted

APART = ("audit_", "session", "alembic_version", "sign_in_attempt")


def state_of(planted: Planted) -> tuple[dict[str, str], int, int]:
    """Return a digest of every business table, and how many acts and refusals are recorded.

    The record's own entries (numbers declared void by a rollback) are not acts of anyone.
    """
    settings = planted.house.settings
    url = settings.database_url
    if not settings.sqlite:
        server = databases.postgres_server().replace("postgresql://", "postgresql+asyncpg://")
        url = f"{server}/{url.rsplit('/', 1)[1]}"

    async def read() -> tuple[dict[str, str], int, int]:
        engine = open_engine(url)
        try:
            async with engine.connect() as connection:
                catalogue = (
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                    if settings.sqlite
                    else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                )
                tables = sorted((await connection.execute(text(catalogue))).scalars())
                found = {}
                for table in tables:
                    if not table.startswith(APART):
                        rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()
                        said = "\n".join(sorted(repr(tuple(row)) for row in rows))
                        found[table] = hashlib.sha256(said.encode()).hexdigest()
                count = (
                    "SELECT count(*), sum(CASE WHEN out = 'deny' THEN 1 ELSE 0 END) "
                    "FROM audit_entry WHERE act NOT LIKE 'record.%'"
                )
                entries, refusals = (await connection.execute(text(count))).one()
                return found, entries, refusals
        finally:
            await engine.dispose()

    return planted.house.run(read())
