"""What one process opens and closes: engines, keys, record. Shared by the web and the worker."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from audit.event import Act, Event
from audit.leaf import Emitter
from audit.log import GroupCommit
from policies.decision import engine
from service.access.record import LogRecorder
from service.clock import Clock
from service.database import open_engine
from service.encryption.keyring import Keyring
from service.encryption.providers import FileKeyring
from service.settings import Settings
from service.unit import Workplace


@asynccontextmanager
async def open_workplace(
    settings: Settings, clock: Clock | None = None
) -> AsyncGenerator[Workplace, None]:
    """Open what one process owns, and close it in order.

    Raises KeyringRefused or RecordUnavailable: a process without keys or record does not start.
    """
    clock = clock or Clock()
    engine = open_engine(settings.database_url)
    keystore = open_engine(settings.keystore_url, authorizer=False)
    try:
        keyring = Keyring(keystore, FileKeyring(settings.keyring), clock.monotonic)
        await keyring.start()
        emitter = Emitter(clock.now_us)
        writer = GroupCommit(engine, emitter)
        await writer.start()
        try:
            await writer.submit(emitter.entry(_policy_loaded()))
            yield Workplace(
                settings=settings,
                engine=engine,
                keyring=keyring,
                clock=clock,
                recorder=LogRecorder(emitter, writer),
            )
        finally:
            await writer.stop()
    finally:
        await engine.dispose()
        await keystore.dispose()


def _policy_loaded() -> Event:
    """Return the event that says by which rules this process decides."""
    return Event(act=Act.POLICY_LOADED, obj={"k": "policy", "d": engine().policy.digest})
