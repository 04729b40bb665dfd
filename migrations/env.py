"""Run the migrations of one store: `main` (business and record) or `keystore`.

The caller (`service.cli`, the tests) gives the store and its address. Column types of ours are
written as the database's own, so that a migration never imports the service. A migration that
waits for a lock gives up after five seconds rather than stop the town.
"""

import asyncio
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, DateTime, LargeBinary, text
from sqlalchemy.types import TypeDecorator

from service.database import open_engine
from service.schema import KEYSTORE, MAIN

TIMEOUTS = ("SET lock_timeout = '5s'", "SET statement_timeout = '10min'")

attributes = context.config.attributes
STORE: str = attributes["store"]
METADATA = {"main": MAIN, "keystore": KEYSTORE}[STORE]


def render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our column types as the database's own."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    plain = item.impl_instance
    if isinstance(plain, DateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(plain, LargeBinary):
        return "sa.LargeBinary()"
    return False


def run(connection: Connection) -> None:
    """Run what was asked on one connection, in one transaction."""
    if connection.dialect.name == "postgresql":
        for statement in TIMEOUTS:
            connection.execute(text(statement))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=list(METADATA),
        compare_type=True,
        render_item=render_item,
        version_table=f"migration_{STORE}",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_async() -> None:
    """Open the store as its owner and run there."""
    engine = open_engine(attributes["url"], authorizer=False)
    try:
        async with engine.connect() as connection:
            await connection.execution_options(cellule_write=True)
            await connection.run_sync(run)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(run_async())
