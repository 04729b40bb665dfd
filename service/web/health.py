"""Whether the process lives, and whether it may be sent people. Nothing else is told."""

from typing import Any, Final

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from sqlalchemy import text

from service.database import transaction
from service.logs import frames_of, logger
from service.unit import Workplace
from service.web.provide import door_of

_MAY_WRITE: Final = text(
    "SELECT NOT pg_is_in_recovery() AND has_table_privilege(current_user, 'audit_entry', 'INSERT')"
)


@get("/health/live", name="live", media_type=MediaType.TEXT, sync_to_thread=False)
def show_live() -> str:
    """Say that the process answers."""
    return "ok\n"


@get("/health/ready", name="ready", media_type=MediaType.TEXT)
async def show_ready(request: Request[Any, Any, State]) -> Response[str]:
    """Say 200 when database, record and keys can all be used, else 503; never which is not."""
    if await is_ready(door_of(request).workplace):
        return Response("ok\n")
    return Response("unavailable\n", status_code=503)


async def is_ready(workplace: Workplace) -> bool:
    """Return whether an act could be done and recorded now; writes nothing to the record."""
    try:
        # A writing transaction: on SQLite, a file that became read-only refuses its BEGIN.
        async with transaction(workplace.engine, write=True) as connection:
            statement = (
                _MAY_WRITE if workplace.engine.dialect.name == "postgresql" else text("SELECT 1")
            )
            writable = (await connection.execute(statement)).scalar_one()
        await workplace.keyring.ready_openings(None, workplace.clock.now())
    except Exception as problem:  # noqa: BLE001 — whatever it is, nobody may be sent here
        logger().error("not_ready", kind=type(problem).__name__, frames=frames_of(problem))
        return False
    return bool(writable)


ROUTES = (show_live, show_ready)
