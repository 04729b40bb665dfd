"""One seat at a time: rights of two employments never unite."""

from sqlalchemy import update

from service.database import transaction
from service.partners.models import Employment
from service.people.models import Session
from service.people.sessions import Sessions
from tests.house import House
from tests.people.town import Town, csrf, post, sign_in

EMAIL = "maelle.quintard@clsm.example"


def _two_seats(house: House):
    town = Town.on(house)
    coordinator = town.coordinator()
    nurse = town.seat(
        coordinator.account_id,
        town.organisation("o_empp", "PSYCHIATRY"),
        "Maëlle Quintard",
        category="1",
        function="nurse",
        title="infirmière",
    )
    return town, coordinator, nurse


def _actor(town: Town, token: str):
    async def look():
        async with transaction(town.house.workplace.engine, write=False) as connection:
            return await Sessions().find(connection, town.house.workplace, token)

    found = town.house.run(look())
    return found and found.actor


def test_with_two_seats_one_is_chosen_first(house: House) -> None:
    town, coordinator, _ = _two_seats(house)
    client = town.client()
    answer = sign_in(client, EMAIL, next="/directory")
    assert answer.headers["location"] == "/seats?next=/directory"
    assert client.get("/directory", follow_redirects=False).headers["location"] == "/seats"
    page = client.get("/seats?next=/directory")
    assert "infirmière" in page.text
    assert "coordinatrice de la cellule" in page.text
    chosen = client.post(
        "/seats",
        data={
            "_csrf_token": csrf(client, "/seats"),
            "employment_id": str(coordinator.employment_id),
            "next": "/directory",
        },
        follow_redirects=False,
    )
    assert chosen.headers["location"] == "/directory"
    assert client.get("/directory").status_code == 200


def test_a_seat_carries_its_own_category_and_offices_only(house: House) -> None:
    town, coordinator, nurse = _two_seats(house)
    client = town.client()
    sign_in(client, EMAIL)
    first = client.cookies["cellule"]

    def take(seat) -> str:
        answer = client.post(
            "/seats",
            data={"_csrf_token": csrf(client, "/seats"), "employment_id": str(seat.employment_id)},
            follow_redirects=False,
        )
        assert answer.status_code == 303
        return client.cookies["cellule"]

    as_coordinator = take(coordinator)
    actor = _actor(town, as_coordinator)
    assert (actor.category, actor.offices) == ("NONE", {"coordinator"})
    as_nurse = take(nurse)
    actor = _actor(town, as_nurse)
    assert (actor.category, actor.offices) == ("1", frozenset())
    assert len({first, as_coordinator, as_nurse}) == 3
    assert _actor(town, as_coordinator) is None, "the former cookie opens nothing"
    assert town.rows(Session) == 1


def test_someone_else_s_seat_is_not_taken(house: House) -> None:
    town, *_ = _two_seats(house)
    client = town.client()
    sign_in(client, EMAIL)
    answer = client.post(
        "/seats",
        data={
            "_csrf_token": csrf(client, "/seats"),
            "employment_id": str(town.admin.employment_id),
        },
    )
    assert answer.status_code == 422
    assert "Choisissez un de vos postes actuels" in answer.text
    answer = client.post(
        "/seats", data={"_csrf_token": csrf(client, "/seats"), "employment_id": "x"}
    )
    assert answer.status_code == 422


def test_a_departure_ends_the_session_at_its_next_request(house: House) -> None:
    town, coordinator, _ = _two_seats(house)
    client = town.signed_in(EMAIL)
    chosen = str(coordinator.employment_id)
    client.post("/seats", data={"_csrf_token": csrf(client, "/seats"), "employment_id": chosen})
    boss = town.signed_in("thomas.berger@adm.example")
    assert client.get("/directory").status_code == 200
    answer = post(boss, f"/employments/{coordinator.employment_id}/end", {"every_seat": "no"})
    assert answer.status_code == 303, answer.text
    gone = client.get("/directory", follow_redirects=False)
    assert gone.headers["location"].startswith("/sign-in")
    assert town.signed_in(EMAIL).get("/situations").status_code == 200  # the other seat


def test_a_session_without_a_seat_says_that_none_is_open(house: House) -> None:
    town = Town.on(house)
    seat = town.coordinator()
    client = town.signed_in(EMAIL)

    async def end() -> None:
        async with transaction(house.workplace.engine, write=True) as connection:
            await connection.execute(
                update(Employment)
                .where(Employment.employment_id == seat.employment_id)
                .values(ended_at=house.workplace.clock.now())
            )

    house.run(end())
    gone = client.get("/directory", follow_redirects=False)
    assert gone.headers["location"] == "/seats"
    assert "aucun poste ne lui est ouvert" in client.get("/seats").text


def test_the_api_changes_seat_and_csrf_token(house: House) -> None:
    town, coordinator, nurse = _two_seats(house)
    client = town.client()
    opened = client.post(
        "/api/v1/session", json={"email": EMAIL, "password": "quatre mots sans lien"}
    ).json()
    assert opened["seat"] is None
    assert client.get("/api/v1/pledge").status_code == 401
    seats = client.get("/api/v1/session/seats").json()
    assert {seat["employment_id"] for seat in seats} == {
        str(coordinator.employment_id),
        str(nurse.employment_id),
    }
    taken = client.post(
        "/api/v1/session/seat",
        json={"employment_id": str(nurse.employment_id)},
        headers={"x-csrf-token": opened["csrf_token"]},
    )
    assert taken.status_code == 200, taken.text
    assert taken.json()["csrf_token"] != opened["csrf_token"]
    assert client.get("/api/v1/pledge").status_code == 200
