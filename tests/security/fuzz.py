"""A small byte fuzzer of requests: mutated bodies, forms, addresses and types.

The whole run follows from one seed, printed with each failure.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from service.web.provide import csrf_of
from tests.chance import Chance
from tests.security.bodies import body_of
from tests.security.planted import Planted
from tests.security.routes import Operation, operations

ODD_BYTES = (
    b"\xff", b"\x00", b"\xed\xa0\x80", b"\xc0\xaf", b"\\u0000", b"\\ud800", b"\xe2\x80\xae", b"[" * 1500,
    b'{"a":' * 1200, b"1e999", b"-0", b"NaN", b"99999999999999999999999999", b'"', b"}", b",", b"null",
    "\u0661".encode(), b"%00", b"&", b"=", b";", b"\r\n", b"\x1b[31m", b"'", b"A" * 70_000,
)  # fmt: skip
ODD_PARTS = (
    "..", "%00", "%ff", "\u0661", "0" * 400, "-1", "%2e%2e%2f", "null", "\u202e", "%0d%0aX: y", "a" * 3000,
    "00000000-0000-0000-0000-000000000000", "{}", "'", "%25", " ",
)  # fmt: skip
TYPES = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "",
    "multipart/form-data; boundary=x", "application/json; charset=utf-16", "application/xml", "\xe9",
)  # fmt: skip
UNSAFE_WITHOUT_DOUBT = {"close_session", "api_sign_out", "revoke_session", "api_revoke_session"}


@dataclass(frozen=True)
class Case:
    """One request to send as it is."""

    number: int
    method: str
    path: str
    content: bytes
    content_type: str


def mutated(chance: Chance, data: bytes) -> bytes:
    """Return the same bytes, hurt in one to three places."""
    for _ in range(1 + chance.below(3)):
        at = chance.below(len(data) + 1)
        end = min(len(data), at + 1 + chance.below(12))
        match chance.below(5):
            case 0:
                data = data[:at] + chance.one_of(ODD_BYTES) + data[at:]
            case 1:
                data = data[:at] + data[end:]
            case 2:
                data = data[:end] + data[at:end] + data[end:]
            case 3:
                data = data[:at]
            case _:
                flipped = bytes([data[at] ^ (1 << chance.below(8))]) if at < len(data) else b""
                data = data[:at] + flipped + data[at + 1 :]
    return data


def cases(planted: Planted, seed: str, count: int) -> Iterator[Case]:
    """Yield `count` requests over every operation, each hurt somewhere."""
    chance = Chance(seed)
    routes = [
        operation
        for operation in operations(planted.browsers["nobody"].client.app)
        if operation.name not in UNSAFE_WITHOUT_DOUBT
    ]
    for number in range(count):
        operation: Operation = routes[number % len(routes)]
        values = _values(planted, chance, operation)
        path = operation.at(values)
        if chance.below(6) == 0:
            path += f"?{chance.one_of(('before', 'status', 'x'))}={chance.one_of(ODD_PARTS)}"
        body = body_of(planted, operation.name)
        raw = json.dumps(body).encode() if operation.api else urlencode(body, doseq=True).encode()
        kind = TYPES[0] if operation.api else TYPES[1]
        if chance.below(8) == 0:
            kind = chance.one_of(TYPES)
        content = b"" if operation.safe else mutated(chance, raw)
        yield Case(number, operation.method, path, content, kind)


def _values(planted: Planted, chance: Chance, operation: Operation) -> dict[str, str]:
    known = {
        "situation_id": str(planted.situation_id),
        "referral_id": str(planted.waiting_id),
        "exchange_id": str(planted.exchange_id),
        "request_id": str(planted.request_id),
        "section": "housing",
        "entry_id": str(planted.entries["housing/landlord"]),
        "employment_id": str(planted.people["nurse"].employment_id),
        "organisation_id": str(planted.people["nurse"].organisation_id),
        "session_id": str(planted.people["nurse"].session_id),
        "report_id": str(planted.report_id),
        "note_id": str(planted.note_id),
        "access_id": str(planted.access_id),
        "duty_id": str(planted.waiting_id),
        "invitation_id": str(planted.waiting_id),
        "office_id": str(planted.waiting_id),
        "slug": "person",
        "token": "inconnu",
        "number": "1",
        "simulation_id": str(planted.waiting_id),
        "act": "renew",
        "action_id": str(planted.waiting_id),
    }
    values = {name: known[name] for name in operation.parameters}
    if values and chance.below(3) == 0:
        name = chance.one_of(operation.parameters)
        odd = chance.one_of(ODD_PARTS)
        values[name] = odd if "%" in odd else quote(odd, safe="")
    return values


def failures(planted: Planted, name: str, seed: str, count: int) -> list[str]:
    """Send the cases as one of the people; return those that broke the service or a right."""
    browser = planted.browsers[name]
    found = []
    for case in cases(planted, seed, count):
        headers = {**browser.headers, "x-csrf-token": csrf_of(browser.token)}
        if case.content_type:
            headers["content-type"] = case.content_type.encode("latin-1")  # type: ignore[assignment]
        answer = browser.client.request(
            case.method, case.path, content=case.content, headers=headers, follow_redirects=False
        )
        shown = planted.canary.named(answer.content) - planted.allowed.get(name, set())
        if answer.status_code >= 500 or shown:
            found.append(
                f"seed {seed}, case {case.number}: {case.method} {case.path[:120]} "
                f"[{case.content_type}] {case.content[:160]!r}: {answer.status_code} {sorted(shown)}"
            )
    return found
