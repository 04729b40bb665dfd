"""A signed-in browser for a seat, without a password: the session's row, and its cookie."""

from datetime import timedelta
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import insert

from service.database import transaction
from service.people.models import Session
from service.people.rules import digest_of
from service.unit import Actor
from service.web.provide import csrf_of
from tests.house import House

COOKIE = "cellule"


def sign_in(house: House, actor: Actor, *, lasting: timedelta = timedelta(hours=8)) -> str:
    """Write a live session of this seat and return its cookie's value."""
    token = token_urlsafe(32)
    now = house.workplace.clock.now()

    async def write() -> None:
        async with transaction(house.workplace.engine, write=True) as connection:
            await connection.execute(
                insert(Session).values(
                    token_digest=digest_of(token),
                    session_id=actor.session_id,
                    account_id=actor.account_id,
                    employment_id=actor.employment_id,
                    offices=",".join(sorted(actor.offices)),
                    strong_auth=actor.strong_auth,
                    browser="essai",
                    opened_at=now,
                    seen_at=now,
                    ends_at=now + lasting,
                )
            )

    house.run(write())
    return token


class Browser:
    """One seat's requests on a shared client; each keeps its own cookie and CSRF token."""

    def __init__(self, client: Any, token: str) -> None:
        """Use `client` with the session of `token`."""
        self.client = client
        self.token = token

    @property
    def headers(self) -> dict[str, str]:
        """Return what this seat's browser sends with every request."""
        return {"cookie": f"{COOKIE}={self.token}"} if self.token else {}

    def get(self, path: str) -> Any:
        """Ask for a page, without following where it leads."""
        return self.client.get(path, headers=self.headers, follow_redirects=False)

    def form(self, path: str, fields: dict[str, Any]) -> Any:
        """Post a form of our own pages."""
        return self.client.post(
            path,
            data={**fields, "_csrf_token": csrf_of(self.token)},
            headers=self.headers,
            follow_redirects=False,
        )

    def send(self, method: str, path: str, *, json: Any = None, **more: Any) -> Any:
        """Call the API, or anything else, with the session's CSRF token."""
        headers = {**self.headers, "x-csrf-token": csrf_of(self.token), **more.pop("headers", {})}
        if json is not None:
            more["json"] = json
        return self.client.request(method, path, headers=headers, follow_redirects=False, **more)
