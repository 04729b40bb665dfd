"""A form that arrives in pieces, as from a telephone in a stairwell, is read whole."""

import re
import socket
import time
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from tests.journeys import referral
from tests.journeys.conftest import Served
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.xdist_group("browser")

PIECES = 6
PAUSE_SECONDS = 0.05


def test_a_form_that_arrives_in_pieces_loses_nothing(served: Served) -> None:
    origin = {"Origin": served.address}
    with httpx.Client(base_url=served.address, headers=origin, timeout=60) as client:
        _writes_slowly(served, Visitor(client, "fabrice.nolleau@hlm.example").sign_in())


def _writes_slowly(served: Served, landlord: Visitor) -> None:
    landlord.open("/referrals/new")
    landlord.send("/referrals/new", "Commencer", cell_id=landlord.screen.value("Cellule incurie"))
    path = landlord.screen.url
    form = landlord.screen.form("/request")
    body = urlencode(form.filled("Enregistrer et continuer", **referral.BLOCKS["request"]))
    cookies = "; ".join(f"{name}={value}" for name, value in landlord.cookies.items())
    answer = _post_slowly(served, path, body.encode(), cookies)
    assert re.match(r"HTTP/1.1 303 ", answer), answer[:200]
    assert referral.QUESTION in landlord.open(path).html.replace("&#39;", "'")


def _post_slowly(served: Served, path: str, body: bytes, cookies: str) -> str:
    host = urlsplit(served.address).netloc
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {served.address}\r\n"
        f"Cookie: {cookies}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    step = len(body) // PIECES + 1
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as line:
        line.sendall(head.encode())
        for start in range(0, len(body), step):
            time.sleep(PAUSE_SECONDS)
            line.sendall(body[start : start + step])
        received = b""
        while piece := line.recv(65536):
            received += piece
    return received.decode("utf-8", "replace")
