"""Requests that another site, or nobody's page, would make in someone's name."""

import pytest

from service.web.provide import csrf_of
from tests import databases
from tests.architecture.routes import SAFE, doors
from tests.cast import Cast
from tests.house import House
from tests.security.doors import COOKIE, sign_in

UNSAFE = [
    door for door in doors() if door.method not in SAFE and not door.path.startswith("/static")
]
NOT_FOR_A_SESSION = {"open_unit"}
OUR_ORIGIN = databases.ORIGIN


@pytest.fixture(scope="module")
def world(templates, tmp_path_factory):
    """One house for all the doors: nothing is ever written."""
    folder = tmp_path_factory.mktemp("forgery")
    with databases.copy_of(templates["sqlite"], folder) as settings, House.open(settings) as house:
        cast = Cast.on(house)
        token = sign_in(house, cast.coordinator())
        other = sign_in(house, cast.psychiatric_nurse())
        client = house.client()
        client.headers.pop("Origin")
        client.headers.pop("Sec-Fetch-Site")
        yield client, token, other


def send(client, door, token, *, headers, csrf=""):
    """Send a request to a door as a browser would, with a session's cookie."""
    api = door.path.startswith("/api/")
    kind = "application/json" if api else "application/x-www-form-urlencoded"
    body = b"{}" if api else f"_csrf_token={csrf}".encode()
    sent = {"cookie": f"{COOKIE}={token}", "content-type": kind, **headers}
    if api and csrf:
        sent["x-csrf-token"] = csrf
    return client.request(door.method, door.url, content=body, headers=sent, follow_redirects=False)


FROM_ELSEWHERE = {
    "another origin": {"Origin": "https://evil.example"},
    "a sandboxed frame": {"Origin": "null"},
    "our name on another port": {"Origin": "http://127.0.0.1:8001"},
    "our name over TLS": {"Origin": OUR_ORIGIN.replace("http:", "https:")},
    "our name as a prefix": {"Origin": OUR_ORIGIN + ".evil.example"},
    "a cross-site navigation": {"Sec-Fetch-Site": "cross-site"},
    "a sister site": {"Sec-Fetch-Site": "same-site"},
    "nothing said at all": {},
    "both, contradicting": {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
}


@pytest.mark.parametrize("case", sorted(FROM_ELSEWHERE))
@pytest.mark.parametrize("door", UNSAFE, ids=str)
def test_no_door_opens_to_another_site_even_with_the_right_token(world, door, case):
    client, token, _ = world
    answer = send(client, door, token, headers=FROM_ELSEWHERE[case], csrf=csrf_of(token))
    assert answer.status_code == 403


OURS = {"Origin": OUR_ORIGIN, "Sec-Fetch-Site": "same-origin"}
NEEDS_TOKEN = [door for door in UNSAFE if door.units and not door.units & NOT_FOR_A_SESSION]


@pytest.mark.parametrize("door", NEEDS_TOKEN, ids=str)
def test_every_door_of_a_session_asks_for_its_token(world, door):
    client, token, other = world
    for forged in ("", "x", csrf_of(other), csrf_of(token)[:-1], csrf_of(token).upper() + "0"):
        answer = send(client, door, token, headers=OURS, csrf=forged)
        assert answer.status_code == 403, forged


@pytest.mark.parametrize("door", NEEDS_TOKEN, ids=str)
def test_the_right_token_passes_that_check(world, door):
    client, token, _ = world
    if door.path in {"/sign-out", "/api/v1/session"}:
        return  # would end the session that the others share
    answer = send(client, door, token, headers=OURS, csrf=csrf_of(token))
    assert answer.status_code != 403 or "Cette page est restée ouverte" not in answer.text


def test_a_token_is_bound_to_its_session_and_absent_without_one():
    assert csrf_of("a") != csrf_of("b")
    assert csrf_of("") == ""


def test_reading_needs_neither(world):
    client, token, _ = world
    answer = client.get("/record/mine", headers={"cookie": f"{COOKIE}={token}"})
    assert answer.status_code == 200
