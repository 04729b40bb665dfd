"""What every answer carries, and what every request must be: one middleware for all routes.

No answer may be stored, framed or sniffed; no unsafe request may come from another site; a
body has a declared type that the route reads. Errors and static files pass here too.
"""

import time
from collections.abc import Mapping
from secrets import token_bytes
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from service.logs import logger
from service.settings import Settings
from service.web.problems import plain_answer
from service.web.render import INLINE_SCRIPT_HASH
from service.web.words import is_clean

CSP: Final = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' '{INLINE_SCRIPT_HASH}'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_SECURITY: Final = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: browsers then say « Origin: null » of our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
}
_STORED: Final = "public, max-age=31536000, immutable"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
LARGEST_BODY_BYTES: Final = 1_000_000


class Headers(ASGIMiddleware):
    """Check the request's origin, type and size; add the headers; write one access line."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, settings: Settings) -> None:
        """Keep what the address bar must say."""
        self.settings = settings
        self.host = urlsplit(settings.origin).netloc

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Answer what must not go further; let the rest pass, wrapped."""
        started = time.perf_counter()
        request_id = token_bytes(16)
        scope["state"]["request_id"] = request_id
        static = scope["path"].startswith("/static/")
        status = 0

        async def wrapped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableScopeHeaders.from_message(message)
                for name, value in _SECURITY.items():
                    headers[name] = value
                if self.settings.secure:
                    headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"
                stored = static and status < 400  # errors are never kept
                headers["cache-control"] = _STORED if stored else "no-store"
            await send(message)

        http = cast(HTTPScope, scope)  # `scopes` lets nothing else in
        refusal = self._refusal(http)
        if refusal:
            await plain_answer(scope, refusal, wrapped)
        else:
            await next_app(scope, receive, wrapped)
        if not static:
            _access_line(http, status, started, request_id)

    def _refusal(self, scope: HTTPScope) -> int:
        """Return the status of a request that goes no further, or 0."""
        if not _readable(scope):
            return 400
        headers = dict(scope["headers"])
        if scope["method"] in _SAFE:
            return 0
        if not self._is_ours(headers):
            return 403
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 12 or int(length) > LARGEST_BODY_BYTES:
            return 413
        kind = headers.get(b"content-type", b"").decode("latin-1").split(";")[0].strip().lower()
        if scope["path"].startswith("/api/"):
            has_body = length != b"0" or b"transfer-encoding" in headers
            return 415 if has_body and kind != "application/json" else 0
        return 0 if kind in _FORMS else 415

    def _is_ours(self, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether an unsafe request comes from a page of ours, as the browser says."""
        site = headers.get(b"sec-fetch-site", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        return origin == self.settings.origin if origin else site in {"same-origin", "none"}


def _readable(scope: Scope) -> bool:
    """Return whether the address is UTF-8 without control characters, each parameter once.

    A parameter given twice is read differently by every layer (ASVS 15.3.7).
    """
    raw: bytes = scope["query_string"]
    try:
        asked = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        return False
    names = [name for name, _ in asked]
    texts = (scope["path"], *(part for pair in asked for part in pair))
    return len(names) == len(set(names)) and all(is_clean(part) for part in texts)


def _access_line(scope: HTTPScope, status: int, started: float, request_id: bytes) -> None:
    handler: Any = scope.get("route_handler")
    template: str = scope.get("path_template", "") or getattr(handler, "name", "") or "unknown"
    logger().info(
        "request",
        method=scope["method"],
        route=template,
        status=status,
        milliseconds=round((time.perf_counter() - started) * 1000, 1),
        request_id=request_id.hex(),
    )
