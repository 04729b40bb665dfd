"""One server of the bench, in its own process: `python -m tests.bench.server KIND` + JSON on stdin.

Prints its port once it listens.
"""

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import uvicorn

from service import logs
from service.app import create_app
from service.process import open_workplace
from service.settings import Settings
from service.situations import operations as situations
from service.situations.schemas import SituationView
from service.unit import act
from tests.bench.orm import create_plain
from tests.bench.twin import create_twin


async def _shown(
    settings: Settings, employment_id: UUID, situation_id: UUID
) -> tuple[UUID, SituationView]:
    """Return the tenant, and the view that this seat is shown, from the sealed stores."""
    from service.people.operations import actor_for

    async with open_workplace(settings) as workplace:
        actor = await actor_for(workplace, employment_id)
        async with act(workplace, write=False, actor=actor) as unit:
            return actor.clsm_id, await situations.open_situation(unit, situation_id)


def _application(kind: str, said: dict[str, Any]) -> Any:
    settings = _settings(said["settings"])
    if kind == "ours":
        return create_app(settings)
    if kind == "off":
        return create_twin(settings)
    clsm_id, shown = asyncio.run(
        _shown(_settings(said["sealed"]), UUID(said["employment"]), UUID(said["situation"]))
    )
    return create_plain(settings, clsm_id, shown)


def _settings(said: dict[str, Any]) -> Settings:
    return Settings(**(said | {"keyring": Path(said["keyring"])}))


def main() -> None:
    """Serve on a free port of the loopback until killed."""
    said = json.loads(sys.stdin.readline())
    application = _application(sys.argv[1], said)
    logs.configure(Path("/dev/null").open("w"))  # noqa: SIM115 — open as long as the process
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
            lifespan="on",
        )
    )
    server.run(sockets=[listening])


if __name__ == "__main__":
    main()
