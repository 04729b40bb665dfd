"""Which time it is: the machine's in production, the demo's own otherwise.

The demo lives around 24 November 2026, 10:00 in Paris, whenever it is looked at; what was done
in it since is never in its future, and it does not age while it is stopped.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, column, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from audit import reading
from service.clock import Clock, offset_clock
from service.database import enter_clsm, open_engine, transaction
from service.demo import PRESENT
from service.encryption.context import DEPLOYMENT
from service.settings import Settings

_CLSM = select(column("clsm_id", Uuid)).select_from(table("clsm"))


async def clock_for(settings: Settings) -> Clock:
    """Return the clock of a process with these settings; the database must be migrated."""
    return offset_clock(await demo_present(settings)) if settings.demo else Clock()


async def demo_present(settings: Settings) -> datetime:
    """Return the demo's present: 24 November 2026 at 10:00, or the instant of its newest act."""
    engine = open_engine(settings.database_url)
    try:
        async with transaction(engine, write=False) as connection:
            tenants = [DEPLOYMENT, *await clsm_ids(connection)]
            return max([PRESENT, *[await _newest(connection, tenant) for tenant in tenants]])
    finally:
        await engine.dispose()


async def clsm_ids(connection: AsyncConnection) -> list[UUID]:
    """Return the CLSM of this deployment."""
    return list((await connection.execute(_CLSM)).scalars())


async def _newest(connection: AsyncConnection, clsm_id: UUID) -> datetime:
    await enter_clsm(connection, clsm_id)
    newest = await reading.entries(connection, tenant=str(clsm_id), limit=20)
    return max([PRESENT, *[entry.at for entry in newest]])
