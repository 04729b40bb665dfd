"""Every operation of the application, from its own routes and from its OpenAPI document."""

import re
from dataclasses import dataclass
from typing import Any

from litestar import Litestar

_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
NOT_OURS = ("/static", "/api/v1/schema", "/health")


@dataclass(frozen=True, order=True)
class Operation:
    """One method of one path; `name` is the route's own."""

    path: str
    method: str
    name: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names in its path."""
        return tuple(_PARAMETER.findall(self.path))

    @property
    def api(self) -> bool:
        """Return whether a program calls it."""
        return self.path.startswith("/api/")

    @property
    def safe(self) -> bool:
        """Return whether it only reads."""
        return self.method == "GET"

    def at(self, values: dict[str, str]) -> str:
        """Return its address with these values; raises KeyError for one that is not given."""
        return _PARAMETER.sub(lambda found: values[found[1]], self.path)


def operations(app: Litestar) -> list[Operation]:
    """Return every operation of the application's route table, static files and probes apart."""
    found = set()
    for route in app.routes:
        if route.path.startswith(NOT_OURS):
            continue
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                found.add(Operation(route.path, str(method), handler.name or ""))
    return sorted(found)


def documented(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Return (path, method) of every operation of an OpenAPI document, parameters unnamed."""
    return {
        (_PARAMETER.sub("{}", path), method.upper())
        for path, methods in document["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    }


def unnamed(operation: Operation) -> tuple[str, str]:
    """Return an operation as `documented` writes it."""
    return _PARAMETER.sub("{}", operation.path), operation.method
