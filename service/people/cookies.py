"""Two cookies: the session, and the mark of a browser that has signed in before.

`__Host-` wherever TLS is: Secure, of this host only, for every path. Lax and not Strict: an
identity provider will come back from another site.
"""

from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie, State

from service.people.rules import ABSOLUTE, KNOWN_DEVICE_LASTS
from service.people.schemas import Visit
from service.web.provide import address_of, door_of, request_id_of

LONGEST_USER_AGENT: Final = 400


def session_cookie(request: Request[Any, Any, State], token: str) -> Cookie:
    """Return the cookie of a session; an empty token takes the cookie away."""
    seconds = int(ABSOLUTE.total_seconds()) if token else 0
    return _cookie(request, door_of(request).cookie, token, seconds)


def known_cookie(request: Request[Any, Any, State], known: str) -> Cookie:
    """Return the cookie that tells a known browser: it opens nothing, and names nobody."""
    return _cookie(request, _known_name(request), known, int(KNOWN_DEVICE_LASTS.total_seconds()))


def visit_of(request: Request[Any, Any, State]) -> Visit:
    """Return what a request tells of the browser."""
    return Visit(
        request_id=request_id_of(request),
        address=address_of(request),
        browser=request.headers.get("user-agent", "")[:LONGEST_USER_AGENT],
        token=request.cookies.get(door_of(request).cookie, ""),
        known=request.cookies.get(_known_name(request), ""),
    )


def _known_name(request: Request[Any, Any, State]) -> str:
    return f"{door_of(request).cookie}-known"


def _cookie(request: Request[Any, Any, State], name: str, value: str, seconds: int) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        max_age=seconds,
        path="/",
        secure=door_of(request).workplace.settings.secure,
        httponly=True,
        samesite="lax",
    )
