"""Signing in leaves a trace, and one statement finds a session."""

from datetime import timedelta

from sqlalchemy import event

from audit import reading
from service.database import transaction
from service.encryption.context import DEPLOYMENT
from service.people import tasks
from service.people.sessions import Sessions
from tests.house import House
from tests.people.town import BOSS, Town, post, sign_in


def _acts(town: Town, clsm_id) -> list[tuple[str, str]]:
    town.house.sequence()

    async def read() -> list[tuple[str, str]]:
        async with transaction(
            town.house.workplace.engine, write=False, clsm_id=clsm_id
        ) as connection:
            found = await reading.entries(connection, tenant=str(clsm_id), limit=100)
            return [(str(entry.event.act), str(entry.event.out)) for entry in found]

    return town.house.run(read())


def test_signing_in_and_out_is_recorded_in_the_seat_s_territory(house: House) -> None:
    town = Town.on(house)
    client = town.signed_in(BOSS)
    post(client, "/sign-out")
    acts = _acts(town, town.founded.clsm_id)
    assert ("session.opened", "ok") in acts
    assert ("session.closed", "ok") in acts


def test_a_refused_sign_in_is_recorded_whether_the_account_exists_or_not(house: House) -> None:
    town = Town.on(house)
    sign_in(town.client(), BOSS, "mauvais mot de passe")
    sign_in(town.client(), "personne@nulle-part.example", "mauvais mot de passe")
    assert _acts(town, DEPLOYMENT).count(("session.opened", "deny")) == 2


def test_a_refused_password_is_recorded(house: House) -> None:
    town = Town.on(house)
    client = town.signed_in(BOSS)
    post(
        client,
        "/account/password",
        {"old_password": "pas celui-ci", "new_password": "cinq mots vraiment sans lien"},
    )
    assert ("account.password_changed", "deny") in _acts(town, town.founded.clsm_id)


def test_one_statement_finds_the_session_and_all_of_its_seat(house: House) -> None:
    town = Town.on(house)
    token = town.signed_in(BOSS).cookies["cellule"]
    statements: list[str] = []
    engine = house.workplace.engine.sync_engine

    def count(_connection, _cursor, statement, *_) -> None:
        statements.append(statement)

    async def find() -> None:
        async with transaction(house.workplace.engine, write=False) as connection:
            statements.clear()
            found = await Sessions().find(connection, house.workplace, token)
            assert found is not None
            assert found.actor is not None
            assert found.actor.organisation_name == "Administration du CLSM"
            assert found.actor.offices == {"administrator"}

    event.listen(engine, "before_cursor_execute", count)
    try:
        house.run(find())
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(statements) == 1


def test_the_worker_forgets_what_is_over_and_nothing_else(house: House) -> None:
    town = Town.on(house)
    town.signed_in(BOSS)
    sign_in(town.client(), BOSS, "mauvais mot de passe")
    assert house.run(tasks.forget(house.workplace)) == 0
    assert (town.sessions(), town.attempts()) == (1, 1)
    house.hands.advance(timedelta(minutes=20))
    house.run(tasks.forget(house.workplace))
    assert (town.sessions(), town.attempts()) == (0, 1)
    house.hands.advance(timedelta(minutes=40))
    house.run(tasks.forget(house.workplace))
    assert town.attempts() == 0
