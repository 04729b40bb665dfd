"""Every route of the real application, as its tests need it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar.routes import HTTPRoute

from service.app import create_app
from service.settings import Settings

ROOT = Path(__file__).parent.parent.parent
UNITS = {"unit", "session_unit", "open_unit", "quiet_unit"}
SAFE = {"GET", "HEAD", "OPTIONS"}
SOME_ID = UUID("01900000-0000-7000-8000-000000000000")

WITHOUT_UNIT = {
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/accessibilite"),
    ("GET", "/confidentialite"),
    ("GET", "/api/v1/schema/openapi.json"),
    ("GET", "/api/v1/schema"),
    ("GET", "/api/v1/schema/{path:str}"),
    ("GET", "/static/{file_path:path}"),
    ("HEAD", "/static/{file_path:path}"),
}
"""Routes that touch no data: nobody acts, nothing is recorded."""

OPENS_ITS_OWN = {
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/account/password"),
    ("GET", "/invitations/accept/{token:str}"),
    ("POST", "/invitations/accept/{token:str}"),
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/session/password"),
    ("POST", "/api/v1/invitations/accept"),
}
"""Routes of people that hash a password: no transaction may wait for Argon2id, so their
operations open units of their own."""


@dataclass(frozen=True)
class Door:
    """One method of one path."""

    method: str
    path: str
    handler: Any

    @property
    def units(self) -> set[str]:
        """The units that the handler asks for."""
        return UNITS & set(self.handler.parsed_fn_signature.parameters)

    @property
    def url(self) -> str:
        """The path with something of the right shape in each place."""
        parts = []
        for part in self.path.split("/"):
            if not part.startswith("{"):
                parts.append(part)
            elif part.endswith(":uuid}"):
                parts.append(str(SOME_ID))
            elif part.endswith(":int}"):
                parts.append("1")
            else:
                parts.append("housing")
        return "/".join(parts)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def doors() -> list[Door]:
    """Return every method of every path, OPTIONS apart (Litestar's own)."""
    settings = Settings(
        database_url="sqlite+aiosqlite:///none",
        keystore_url="sqlite+aiosqlite:///none",
        keyring=Path("none"),
        origin="http://127.0.0.1:8000",
    )
    found = []
    for route in create_app(settings).routes:
        assert isinstance(route, HTTPRoute), route
        for handler in route.route_handlers:
            found += [
                Door(method, route.path_format if "{" not in route.path else route.path, handler)
                for method in sorted(handler.http_methods)
                if method != "OPTIONS"
            ]
    return sorted(found, key=str)
