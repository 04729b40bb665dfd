"""No record, no answer; no commit, no success."""

import sqlite3
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from service.database import transaction
from service.web import health
from tests.cast import Cast
from tests.databases import as_role, run_sql
from tests.security.doors import Browser, sign_in

NAME = "Nadège Violleau"


def owner_url(house):
    """Where the owner of the tables works."""
    return as_role(house.settings.database_url, "postgres").replace("+asyncpg", "")


def break_the_record(house):
    """Make the record unwritable under a running service, as its owner or a full disk would."""
    if house.dialect == "sqlite":
        path = urlsplit(house.settings.database_url).path[1:]
        with sqlite3.connect(path) as connection:
            connection.execute(
                "CREATE TRIGGER full BEFORE INSERT ON audit_entry "
                "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
    else:
        run_sql(owner_url(house), "REVOKE INSERT ON audit_entry FROM cellule_app")


def mend_the_record(house):
    """Undo `break_the_record`."""
    if house.dialect == "sqlite":
        path = urlsplit(house.settings.database_url).path[1:]
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TRIGGER full")
    else:
        run_sql(owner_url(house), "GRANT INSERT ON audit_entry TO cellule_app")


@pytest.fixture
def nurse(house):
    cast = Cast.on(house)
    return Browser(house.client(), sign_in(house, cast.psychiatric_nurse(NAME)))


@pytest.mark.parametrize("path", ["/record/mine", "/api/v1/record/mine", "/situations"])
def test_what_cannot_be_recorded_is_not_shown(house, nurse, path):
    assert nurse.get(path).status_code == 200
    break_the_record(house)
    answer = nurse.get(path)
    assert answer.status_code == 503
    assert NAME not in answer.text
    mend_the_record(house)
    assert nurse.get(path).status_code == 200


def test_a_refusal_that_cannot_be_recorded_is_no_answer_either(house, nurse):
    assert nurse.get("/record").status_code == 403
    break_the_record(house)
    assert nurse.get("/record").status_code == 503


def test_a_write_that_cannot_be_recorded_is_not_done(house, nurse):
    def pledges():
        async def count():
            async with transaction(house.workplace.engine, write=False) as connection:
                if house.dialect == "postgresql":
                    return None
                return (await connection.execute(text("SELECT count(*) FROM pledge"))).scalar_one()

        return house.run(count())

    before = pledges()
    break_the_record(house)
    answer = nurse.form("/pledge", {"version": "1", "agree": "yes"})
    assert answer.status_code in {422, 503}
    assert pledges() == before


def test_the_service_is_not_ready_without_its_record(house, nurse):
    client = house.client()
    assert client.get("/health/ready").status_code == 200
    if house.dialect == "sqlite":
        path = urlsplit(house.settings.database_url).path[1:]
        lock = sqlite3.connect(path, isolation_level=None)
        lock.execute("PRAGMA journal_mode")
        lock.close()
        assert house.run(health.is_ready(house.workplace))
    else:
        break_the_record(house)
        assert client.get("/health/ready").status_code == 503
        mend_the_record(house)
        assert client.get("/health/ready").status_code == 200
    assert client.get("/health/live").text == "ok\n"


def test_a_commit_that_fails_is_never_a_success(house):
    """PostgreSQL checks a deferred key at COMMIT: after the handler, before the answer."""
    if house.dialect != "postgresql":
        return  # a deferred foreign key is PostgreSQL's
    cast = Cast.on(house)
    administrator = cast.administrator()
    run_sql(
        owner_url(house),
        "CREATE TABLE never (id uuid PRIMARY KEY)",
        "ALTER TABLE session ADD CONSTRAINT late FOREIGN KEY (session_id) REFERENCES never (id) "
        "DEFERRABLE INITIALLY DEFERRED NOT VALID",
    )
    client = house.client()
    run_sql(owner_url(house), "ALTER TABLE session DISABLE TRIGGER USER")
    from service.people.operations import accounts

    async def give_password():
        from sqlalchemy import update

        from service.people.models import Account

        kept = await accounts.hash_password("un mot de passe bien long")
        async with transaction(house.workplace.engine, write=True) as connection:
            await connection.execute(
                update(Account)
                .where(Account.account_id == administrator.account_id)
                .values(email="thomas.berger@adm.example", password_hash=kept)
            )

    house.run(give_password())
    answer = client.post(
        "/api/v1/session",
        json={"email": "thomas.berger@adm.example", "password": "un mot de passe bien long"},
    )
    assert answer.status_code >= 500
    assert "set-cookie" not in answer.headers
