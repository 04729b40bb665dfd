"""Every route has an actor, and every answer is for the one who asked, once."""

import pytest

from tests import databases
from tests.architecture.routes import OPENS_ITS_OWN, SAFE, WITHOUT_UNIT, doors
from tests.house import House

DOORS = doors()


@pytest.fixture(scope="module")
def client(templates, tmp_path_factory):
    """The real application, nobody signed in."""
    with (
        databases.copy_of(templates["sqlite"], tmp_path_factory.mktemp("routes")) as settings,
        House.open(settings) as house,
    ):
        yield house.client()


def test_the_list_is_not_empty():
    assert len(DOORS) > 40


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_every_route_has_one_unit_or_touches_nothing(door):
    if (door.method, door.path) in WITHOUT_UNIT:
        assert not door.units
    elif (door.method, door.path) not in OPENS_ITS_OWN:
        assert len(door.units) == 1, f"{door} must act through a unit"


def test_who_opens_their_own_units_are_only_those_said():
    known = {(door.method, door.path) for door in DOORS}
    assert known >= OPENS_ITS_OWN
    assert known >= WITHOUT_UNIT


@pytest.mark.parametrize("door", [door for door in DOORS if door.method in SAFE], ids=str)
def test_nothing_is_stored_on_the_way(client, door):
    if door.path.startswith("/static/"):
        return
    answer = client.request(door.method, door.url, follow_redirects=False)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("door", [door for door in DOORS if "unit" in door.units], ids=str)
def test_without_a_session_nothing_of_a_seat_is_answered(client, door):
    answer = client.request(door.method, door.url, follow_redirects=False)
    if door.path.startswith("/api/"):
        assert answer.status_code in {401, 415}
    elif door.method in SAFE:
        # 422: the address itself lacked a parameter, before anyone was looked for.
        assert answer.status_code in {303, 422}
        assert answer.headers.get("location", "/sign-in?next=").startswith("/sign-in?next=")
    else:
        assert answer.status_code in {303, 415}


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_handler_is_named(door):
    assert door.handler.name or (door.method, door.path) in WITHOUT_UNIT


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_handler_that_reads_only_reads(door):
    """A GET opens a reading transaction: SQLite would take the write lock, PostgreSQL lie."""
    assert not (door.handler.http_methods & SAFE and door.handler.http_methods - SAFE)
