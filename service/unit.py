"""What one act may touch: its transaction, its actor, the clock, the keyring, the record.

`Workplace` is what one process owns; `Unit` is what one act is given. Nothing else is passed
around: an operation takes the unit and what the act is about.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from audit.leaf import Entry
from service import database
from service.clock import Clock
from service.encryption.keyring import Keyring
from service.settings import Settings

REQUEST_ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One person in one seat (person, organisation, legal category): rights never unite seats."""

    account_id: UUID
    session_id: UUID
    name: str
    demo: bool
    strong_auth: bool
    employment_id: UUID
    clsm_id: UUID
    clsm_name: str
    organisation_id: UUID
    organisation_key: str
    organisation_name: str
    organisation_kind: str
    category: str
    function: str
    title: str
    secrecy_basis: str = ""
    designated_relative: bool = False
    started_at: datetime
    offices: frozenset[str] = frozenset()
    """Offices when the seat was chosen: for menus only; rights read them anew at each act."""


class Recorder(Protocol):
    """Who writes the record for the unit; `service.access` is the only one."""

    async def settle(self, unit: "Unit") -> None:
        """Append what the act did to its own transaction, and await what it read.

        Raises RecordUnavailable when either cannot be made durable.
        """

    async def abandon(self, unit: "Unit") -> None:
        """After the rollback: declare the act's entries void, and record its refusals apart.

        Raises RecordUnavailable when a refusal cannot be made durable.
        """


@dataclass(slots=True, kw_only=True)
class Workplace:
    """What one process owns."""

    settings: Settings
    engine: AsyncEngine
    keyring: Keyring
    clock: Clock
    recorder: Recorder


@dataclass(frozen=True, slots=True)
class Emergency:
    """A live emergency access of the actor, on the situation that this act is about."""

    situation_id: UUID
    until: datetime


@dataclass(slots=True, kw_only=True)
class Unit:
    """What one act may touch."""

    transaction: AsyncConnection
    workplace: Workplace
    write: bool
    _actor: Actor | None = None
    request_id: bytes = field(default_factory=lambda: token_bytes(REQUEST_ID_BYTES))
    address: str = ""
    """Where the request came from; sealed in the record's opening, never in a log."""
    entries: list[tuple[Entry, bytes]] = field(default_factory=list)
    """What this act wrote, with its sealed opening: appended just before the commit."""
    refusals: list[tuple[Entry, bytes]] = field(default_factory=list)
    """What this act was refused: recorded apart, since the refusal rolls the act back."""
    undone: bool = False
    seat_kept: bool = False
    """Whether this act keeps its own seat from ending before it does (`partners.keep_seat`)."""
    emergency: "Emergency | None" = None
    """Set by the gate: what this act shows is open by an emergency access, until then."""
    receipts: list[Awaitable[object]] = field(default_factory=list)
    """Readings handed to the log's writer, awaited before the first byte leaves."""

    @property
    def actor(self) -> Actor:
        """Return who acts; the edge refused a stranger long before, so none is a defect here."""
        if self._actor is None:
            message = "this act needs an actor"
            raise LookupError(message)
        return self._actor

    @actor.setter
    def actor(self, actor: Actor) -> None:
        self._actor = actor

    @property
    def known(self) -> bool:
        """Whether someone is signed in."""
        return self._actor is not None

    @property
    def keyring(self) -> Keyring:
        """Return the process's keyring."""
        return self.workplace.keyring

    @property
    def clsm_id(self) -> UUID:
        """Return the tenant of the seat that acts."""
        return self.actor.clsm_id

    def now(self) -> datetime:
        """Return this instant, UTC."""
        return self.workplace.clock.now()

    def undo(self) -> None:
        """Roll the whole act back at its end, although an answer is sent: a form shown again."""
        self.undone = True


class _Undone(Exception):
    """Raised to roll back an act that answers all the same."""


@asynccontextmanager
async def act(  # noqa: PLR0913 — where, who, for whom, which request
    workplace: Workplace,
    *,
    write: bool,
    actor: Actor | None = None,
    clsm_id: UUID | None = None,
    request_id: bytes | None = None,
    address: str = "",
) -> AsyncIterator[Unit]:
    """Run one act in one transaction: its record is written last, then all is committed.

    Whatever is raised rolls the whole act back; readings and refusals already handed to the
    log's writer stay. Nothing of the act may leave the process before this has ended.
    """
    tenant = clsm_id or (actor.clsm_id if actor is not None else None)
    unit: Unit | None = None
    try:
        async with database.transaction(
            workplace.engine, write=write, clsm_id=tenant
        ) as connection:
            unit = Unit(
                transaction=connection,
                workplace=workplace,
                write=write,
                _actor=actor,
                request_id=request_id or token_bytes(REQUEST_ID_BYTES),
                address=address,
            )
            yield unit
            if unit.undone:
                raise _Undone
            await workplace.recorder.settle(unit)
    except _Undone:
        if unit is not None:
            await workplace.recorder.abandon(unit)
    except BaseException:
        if unit is not None:
            await workplace.recorder.abandon(unit)
        raise
