"""Errors, said to people and to programs, without telling anything else.

HTML pages for browsers, RFC 9457 problems for the API. A situation that is hidden and one
that does not exist give the same bytes: no reference, no request number in a 404.
"""

import re
from http import HTTPStatus
from secrets import token_hex
from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.response import Redirect
from litestar.types import Scope, Send

from service.clock import Clock
from service.errors import (
    CannotOpen,
    Conflict,
    Invalid,
    NotFound,
    RecordUnavailable,
    Refused,
    SeatRequired,
    SignInRequired,
    TooMany,
)
from service.logs import frames_of, logger
from service.web.frame import frame
from service.web.provide import Forged
from service.web.render import PageContext, render

_MISSING_OR_UNKNOWN: Final = re.compile(
    r"Object (?P<what>missing required|contains unknown) field `(?P<name>[A-Za-z0-9_]{1,60})`"
)
SIGN_IN_URL: Final = "/sign-in"
SEAT_URL: Final = "/seats"
TITLES: Final = {
    400: "Cette demande n'est pas lisible",
    401: "Connectez-vous",
    403: "Cette action n'est pas ouverte à votre poste",
    404: "Page introuvable",
    405: "Cette action n'existe pas ici",
    409: "Quelqu'un a écrit avant vous",
    413: "Cet envoi est trop volumineux",
    415: "Ce format d'envoi n'est pas accepté",
    422: "Des réponses sont à corriger",
    429: "Trop d'essais",
    500: "Une erreur est survenue",
    503: "Le service ne peut pas répondre maintenant",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error as the API says it (RFC 9457)."""

    type: str
    title: str
    status: int
    fields: dict[str, str] = {}
    reasons: list[str] = []
    remedy: str = ""
    sentence: str = ""


PROBLEMS: Final = {
    status: ResponseSpec(
        Problem,
        generate_examples=False,
        description=TITLES[status],
        media_type="application/problem+json",
    )
    for status in (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
}
"""What each operation of the API may answer beside its own; give it as `responses`."""


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Turn any error into an answer; defects are logged with where, never with what."""
    error = _heart_of(error)
    status, details = _reading_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        details["error_id"] = _log_defect(error)
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        _log_defect(error)
    if not request.scope["path"].startswith("/api/"):
        if isinstance(error, SeatRequired):
            return Redirect(SEAT_URL, status_code=303)
        if isinstance(error, SignInRequired):
            return _to_sign_in(request)
    return _response(request.scope["path"], status, details, _frame_of(request, status))


def _heart_of(error: Exception) -> Exception:
    """Return what happened, out of the group in which a unit's end wraps it.

    A refusal that could not be recorded is a record that cannot be written, before anything.
    """
    while isinstance(error, ExceptionGroup):
        inner = error.exceptions
        error = next((one for one in inner if isinstance(one, RecordUnavailable)), inner[0])
    return error


def _reading_of(error: Exception) -> tuple[int, dict[str, Any]]:  # noqa: C901, PLR0911 — a table
    match error:
        case NotFound():
            return 404, {}
        case SignInRequired():
            return 401, {}
        case Refused():
            return 403, {"reasons": list(error.reasons), "remedy": error.remedy}
        case Forged():
            return 403, {
                "reasons": ["Cette page est restée ouverte trop longtemps."],
                "remedy": "Rechargez-la, puis recommencez.",
            }
        case Conflict():
            return 409, {"sentence": error.sentence}
        case Invalid():
            return 422, {"fields": error.fields}
        case TooMany():
            return 429, {"retry_after_seconds": error.retry_after_seconds}
        case RecordUnavailable() | CannotOpen():
            return 503, {}
        case UnicodeDecodeError() | RecursionError() | SerializationException():
            return 400, {}
        case ValidationException():
            return _invalid_input(error)
        case HTTPException():
            return error.status_code if error.status_code in TITLES else 500, {}
        case _:
            return 500, {}


def _invalid_input(error: ValidationException) -> tuple[int, dict[str, Any]]:
    """Name the fields that a JSON body or a URL got wrong, never their values."""
    extra = error.extra if isinstance(error.extra, list) else []
    fields = dict(_named(item) for item in extra if isinstance(item, dict))
    if any(isinstance(item, dict) and item.get("source") == "path" for item in extra):
        return 404, {}
    return 422, {"fields": fields or {"body": "Le corps de la demande n'a pas la forme attendue."}}


def _named(item: dict[str, Any]) -> tuple[str, str]:
    """Return a field and what is wrong with it: a missing or unknown one by its own name."""
    key = str(item.get("key", "body"))
    said = _MISSING_OR_UNKNOWN.match(str(item.get("message", "")))
    if said is None:
        return key, "Valeur absente, inconnue ou mal formée."
    place = "" if key in {"data", "body"} else f"{key}."
    missing = said["what"] == "missing required"
    return place + said["name"], "Ce champ manque." if missing else "Ce champ n'existe pas ici."


def _log_defect(error: Exception) -> str:
    error_id = token_hex(8)
    cause = error.__cause__
    logger().error(
        "defect",
        error_id=error_id,
        kind=type(error).__name__ + (f" from {type(cause).__name__}" if cause else ""),
        frames=frames_of(cause or error),
    )
    return error_id


def _to_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    wanted = request.scope["path"] if request.method == "GET" else "/"
    return Redirect(f"{SIGN_IN_URL}?next={quote(wanted)}", status_code=303)


def _response(
    path: str, status: int, details: dict[str, Any], context: PageContext | None = None
) -> Response[Any]:
    headers = {}
    if "retry_after_seconds" in details:
        headers["retry-after"] = str(details["retry_after_seconds"])
    if path.startswith("/api/"):
        problem = {"type": "about:blank", "title": TITLES[status], "status": status, **details}
        return Response(
            msgspec.json.encode(problem),
            status_code=status,
            media_type="application/problem+json",
            headers=headers,
        )
    return Response(
        _page(path, status, details, context),
        status_code=status,
        media_type=MediaType.HTML,
        headers=headers,
    )


def _page(path: str, status: int, details: dict[str, Any], context: PageContext | None) -> str:
    return render(
        f"errors/{status}.html",
        context=context or PageContext(now=Clock().now()),
        **_known(path, details),
    )


def _frame_of(request: Request[Any, Any, Any], status: int) -> PageContext | None:
    """Return the frame of whoever is signed in: a refusal leaves the menu and the ways out.

    It says nothing of what was asked but the menu's entry, alike for what is hidden and for
    what does not exist. A defect gets none: nothing more may fail.
    """
    signed_in = status < HTTPStatus.INTERNAL_SERVER_ERROR and request.state.get("found")
    return frame(request) if signed_in else None


_SECTION: Final = re.compile(r"(/situations/[0-9a-f-]{36}/sections/[a-z_]+)(/.*)?")


def _known(path: str, details: dict[str, Any]) -> dict[str, Any]:
    section = _SECTION.fullmatch(path)
    known: dict[str, Any] = {
        "why": f"{section[1]}/access" if section and section[2] != "/access" else "",
        "reasons": [],
        "remedy": "",
        "sentence": "",
        "errors": details.pop("fields", {}),
        "retry_after_seconds": 0,
        "kept": "",
        "reference": details.get("error_id", ""),
    }
    return known | details


def refusal(path: str, error: Invalid) -> Response[Any]:
    """Return the answer of a program whose act is kept although it failed: a try that counts."""
    status, details = _reading_of(error)
    return _response(path, status, details)


async def plain_answer(scope: Scope, status: int, send: Send) -> None:
    """Answer before any route: for what the middleware refuses."""
    response = _response(scope["path"], status, {})
    content = response.content
    body: bytes = content if isinstance(content, bytes) else content.encode()
    html = response.media_type is MediaType.HTML
    kind = "text/html; charset=utf-8" if html else "application/problem+json"
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", kind.encode()),
                (b"content-length", str(len(body)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
