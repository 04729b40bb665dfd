"""What every route is given: one transaction, its unit, the form that was posted.

The transaction is opened before the handler and ended after the page is rendered and before
its first byte leaves: a page whose record could not be written is never sent. Unsafe methods
begin a writing transaction and carry the CSRF token of their own session.
"""

import hmac
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, Protocol

from litestar import Request
from litestar.datastructures import State
from sqlalchemy.ext.asyncio import AsyncConnection

from service import database
from service.errors import SeatRequired, SignInRequired
from service.unit import Actor, Unit, Workplace, act
from service.web.forms import Form, posted, read_form
from service.web.render import CSRF_FIELD

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
TOUCH_EVERY: Final = timedelta(seconds=60)
CSRF_HEADER: Final = "x-csrf-token"


@dataclass(frozen=True, slots=True)
class Found:
    """A live session: who, in which seat (None before one is chosen), last seen when."""

    account_id: Any
    session_id: Any
    actor: Actor | None
    seen_long_ago: bool


class Doorkeeper(Protocol):
    """What `service.people` gives to the web: sessions by their cookie."""

    async def find(
        self, connection: AsyncConnection, workplace: Workplace, token: str
    ) -> Found | None:
        """Return the live session of a cookie, or None."""

    async def touch(self, workplace: Workplace, token: str) -> None:
        """Move the idle limit of a session, in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Door:
    """What the composition root puts in the application's state."""

    workplace: Workplace
    doorkeeper: Doorkeeper

    @property
    def cookie(self) -> str:
        """Return the session cookie's name; `__Host-` wherever TLS is."""
        return "__Host-cellule" if self.workplace.settings.secure else "cellule"


def door_of(request: Request[Any, Any, State]) -> Door:
    """Return the application's door."""
    door: Door = request.app.state.door
    return door


def csrf_of(token: str) -> str:
    """Return the CSRF token of a session: a MAC under the cookie's own secret value."""
    return hmac.digest(token.encode(), b"cellule/csrf/v1", sha256).hex() if token else ""


class Forged(Exception):
    """An unsafe request did not prove that it came from our own page."""


async def provide_form(request: Request[Any, Any, State]) -> Form:
    """Give a handler what a form posted."""
    return await read_form(request)


async def provide_unit(request: Request[Any, Any, State]) -> AsyncGenerator[Unit, None]:
    """Give a handler the unit of a signed-in seat.

    Raises SignInRequired without a live session, SeatRequired before a seat is chosen,
    Forged for an unsafe request without the session's CSRF token.
    """
    async with _unit(request, seat_needed=True) as unit:
        yield unit


async def provide_session_unit(request: Request[Any, Any, State]) -> AsyncGenerator[Unit, None]:
    """Give a handler a unit that needs a session but no seat: choosing a seat, signing out."""
    async with _unit(request, seat_needed=False) as unit:
        yield unit


async def provide_open_unit(request: Request[Any, Any, State]) -> AsyncGenerator[Unit, None]:
    """Give a handler a unit for someone not signed in: sign-in, accepting an invitation.

    Such requests are held to their origin by `service.web.headers`.
    """
    door = door_of(request)
    async with act(
        door.workplace,
        write=request.method not in SAFE_METHODS,
        request_id=request_id_of(request),
        address=address_of(request),
    ) as unit:
        yield unit


async def provide_quiet_unit(request: Request[Any, Any, State]) -> AsyncGenerator[Unit, None]:
    """Give a handler a session's unit that only reads, whatever the method.

    For acts that compute for long before they write, in a short act of their own: a password
    takes a tenth of a second, and nobody's write may wait for it.
    """
    async with _unit(request, seat_needed=False, reads_only=True) as unit:
        yield unit


@asynccontextmanager
async def _unit(
    request: Request[Any, Any, State], *, seat_needed: bool, reads_only: bool = False
) -> AsyncGenerator[Unit, None]:
    door = door_of(request)
    token = request.cookies.get(door.cookie, "")
    if not token:
        raise SignInRequired
    write = request.method not in SAFE_METHODS
    if write:
        await _require_own_page(request, token)
    stale = False
    async with act(
        door.workplace,
        write=write and not reads_only,
        request_id=request_id_of(request),
        address=address_of(request),
    ) as unit:
        found = await door.doorkeeper.find(unit.transaction, door.workplace, token)
        if found is None:
            raise SignInRequired
        stale = found.seen_long_ago
        request.state.session_token = token
        request.state.unit = unit
        request.state.found = found
        if found.actor is not None:
            unit.actor = found.actor
            await database.enter_clsm(unit.transaction, found.actor.clsm_id)
        elif seat_needed:
            raise SeatRequired
        yield unit
    if stale:
        await door.doorkeeper.touch(door.workplace, token)


async def _require_own_page(request: Request[Any, Any, State], token: str) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    kind = request.headers.get("content-type", "")
    if not given and kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        token_given = (await posted(request)).get(CSRF_FIELD, "")
        given = token_given if isinstance(token_given, str) else ""
    if not hmac.compare_digest(given.encode(), csrf_of(token).encode()):
        raise Forged


def request_id_of(request: Request[Any, Any, State]) -> bytes:
    """Return the 16 bytes that name this request in the log and in the record."""
    identifier: bytes = request.scope["state"]["request_id"]
    return identifier


def address_of(request: Request[Any, Any, State]) -> str:
    """Return where the request came from; the server has applied the trusted proxies."""
    return request.client.host if request.client else ""
