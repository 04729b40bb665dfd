"""The pages and the API of situations over HTTP, each seat signed in by its own cookie."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.testing import TestClient
from sqlalchemy.ext.asyncio import AsyncConnection

from service.clock import Clock
from service.process import open_workplace
from service.situations import api, pages
from service.unit import Actor, Workplace
from service.web.headers import LARGEST_BODY_BYTES, Headers
from service.web.problems import answer
from service.web.provide import Door, Found, csrf_of, provide_form, provide_unit
from service.web.render import template_config
from tests.house import House


class Seats:
    """A doorkeeper who knows each seat by its employment."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.seats: dict[str, Actor] = {}

    async def find(
        self, connection: AsyncConnection, workplace: Workplace, token: str
    ) -> Found | None:
        actor = self.seats.get(token)
        if actor is None:
            return None
        return Found(actor.account_id, actor.session_id, actor, seen_long_ago=False)

    async def touch(self, workplace: Workplace, token: str) -> None:
        """Sessions of tests do not end."""


@dataclass
class Browser:
    """One seat's browser on our own pages."""

    client: TestClient[Any]
    token: str
    origin: str

    def get(self, address: str, **options: Any) -> Any:
        return self._ask("GET", address, **options)

    def post(self, address: str, data: dict[str, Any], **options: Any) -> Any:
        token = {"_csrf_token": csrf_of(self.token)}
        return self._ask("POST", address, data=data | token, **options)

    def send(self, method: str, address: str, body: object) -> Any:
        return self._ask(method, address, json=body, headers={"X-CSRF-Token": csrf_of(self.token)})

    def _ask(self, method: str, address: str, **options: Any) -> Any:
        headers = {
            "Cookie": f"cellule={self.token}; __Host-cellule={self.token}",
            "Origin": self.origin,
            "Sec-Fetch-Site": "same-origin",
            **options.pop("headers", {}),
        }
        return self.client.request(
            method, address, headers=headers, follow_redirects=False, **options
        )


@dataclass
class Site:
    """The application of these domains alone."""

    app: Litestar
    client: TestClient[Any]
    seats: Seats

    def browser(self, actor: Actor) -> Browser:
        token = actor.employment_id.hex
        self.seats.seats[token] = actor
        return Browser(self.client, token, self.seats.house.settings.origin)


def app_of(house: House, seats: Seats) -> Litestar:
    """Return an application with the routes of situations only."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None, None]:
        async with open_workplace(house.settings, Clock(house.hands)) as workplace:
            app.state.door = Door(workplace=workplace, doorkeeper=seats)
            yield

    return Litestar(
        route_handlers=[*pages.ROUTES, *api.ROUTES],
        dependencies={"unit": Provide(provide_unit), "form": Provide(provide_form)},
        middleware=[Headers(house.settings)],
        exception_handlers={Exception: answer},
        lifespan=[lifespan],
        state=State(),
        template_config=template_config(),
        request_max_body_size=LARGEST_BODY_BYTES,
        openapi_config=None,
    )


@contextmanager
def site_of(house: House) -> Iterator[Site]:
    """Open the site for one test."""
    seats = Seats(house)
    app = app_of(house, seats)
    with TestClient(app, base_url=house.settings.origin, raise_server_exceptions=False) as client:
        yield Site(app, client, seats)
