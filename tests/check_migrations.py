"""Say whether the models and the migrations agree, on each database: `make check`.

Both stores are migrated from nothing to the head, then compared with the models. Exits with 1
when they differ, or when PostgreSQL is required (CELLULE_TEST_REQUIRE) and does not answer.
"""

import sys
import tempfile
import uuid
from pathlib import Path

from alembic.util import CommandError

from service import migrate
from service.settings import Settings
from tests import databases


def _settings(main: str, keystore: str) -> Settings:
    return Settings(
        database_url=main,
        keystore_url=keystore,
        keyring=Path("unused"),
        origin=databases.ORIGIN,
    )


def _agrees(name: str, settings: Settings) -> bool:
    migrate.upgrade(settings)
    try:
        migrate.check(settings)
    except CommandError as problem:
        print(f"{name}: the models and the migrations differ: {problem}", file=sys.stderr)
        return False
    print(f"{name}: the models and the migrations agree")
    return True


def on_sqlite() -> bool:
    """Compare on two new files."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}"
        return _agrees("SQLite", _settings(f"{url}/main.db", f"{url}/keys.db"))


def on_postgres(server: str) -> bool:
    """Compare on two new databases, dropped after."""
    mark = uuid.uuid4().hex[:12]
    template = databases.Template("postgresql", f"cellule_m_{mark}", f"cellule_mk_{mark}", server)
    stores = (template.main, template.keystore)
    databases.run_sql(databases.admin_url(server), *(f"CREATE DATABASE {name}" for name in stores))
    try:
        url = server.replace("postgresql://", "postgresql+asyncpg://")
        return _agrees("PostgreSQL", _settings(*(f"{url}/{name}" for name in stores)))
    finally:
        databases.drop(template)


def main() -> int:
    """Return 0 when every database that answers agrees, and every one required answers."""
    agreed = on_sqlite()
    server = databases.postgres_server()
    if server:
        return 0 if on_postgres(server) and agreed else 1
    required = "postgres" in databases.REQUIRED
    print("PostgreSQL: does not answer, not compared" + (", yet required" if required else ""))
    return 0 if agreed and not required else 1


if __name__ == "__main__":
    sys.exit(main())
