"""The first fences: what a database refuses, to whom, on each of the two."""

import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError

from audit import fences
from audit.leaf import Emitter
from audit.log import append, metadata
from audit.sequencer import sequence_once
from audit.verify import verify
from tests.audit.databases import on
from tests.audit.stories import Ticking, an_event, commit, write

OF_BOTH = [
    "UPDATE audit_entry SET act = 'x'",
    "UPDATE audit_entry SET leaf = leaf",
    "DELETE FROM audit_entry",
    "UPDATE audit_index SET idx = idx + 100",
    "DELETE FROM audit_index",
    "UPDATE audit_head SET size = size - 1",
    "UPDATE audit_head SET log = 1",
    "DELETE FROM audit_head",
    "UPDATE audit_opening SET sealed = sealed",
]
OF_SQLITE = [
    "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry",
    "REPLACE INTO audit_entry SELECT * FROM audit_entry",
    "INSERT OR REPLACE INTO audit_index SELECT * FROM audit_index",
    "INSERT OR REPLACE INTO audit_index SELECT log, idx + 100, id, lh FROM audit_index",
    "INSERT OR REPLACE INTO audit_index SELECT log, idx, upper(id) || 'x', lh FROM audit_index",
    "INSERT OR REPLACE INTO audit_head VALUES (0, 0, x'')",
    "INSERT OR REPLACE INTO audit_opening SELECT * FROM audit_opening",
    "UPDATE OR REPLACE audit_entry SET act = 'x'",
    "INSERT INTO audit_entry SELECT * FROM audit_entry WHERE 1 ON CONFLICT DO UPDATE SET act = 'x'",
]
OF_POSTGRESQL = [
    "TRUNCATE audit_entry",
    "TRUNCATE audit_index",
    "TRUNCATE audit_head",
    "TRUNCATE audit_opening",
    "INSERT INTO audit_entry SELECT * FROM audit_entry ON CONFLICT (id) DO UPDATE SET act = 'x'",
]


async def seed(engine):
    """Three entries, the first with an opening."""
    emitter = Emitter(Ticking())
    entries = [emitter.entry(an_event(number)) for number in range(3)]
    await commit(engine, entries, {entries[0].id: b"sealed"})
    if engine.dialect.name == "postgresql":
        await sequence_once(engine)


async def refused(engine, statement, *, before=(), words=fences.WORDS):
    """Check that the statement raises with these words and changes nothing."""
    async with engine.connect() as opened:
        connection = await opened.execution_options(cellule_write=True)
        transaction = await connection.begin()
        for step in before:
            await connection.exec_driver_sql(step)
        with pytest.raises(DBAPIError, match=words):
            await connection.exec_driver_sql(statement)
        await transaction.rollback()


def test_sqlite_refuses_every_statement_that_is_not_an_append(tmp_path):
    async def story(engine):
        await seed(engine)
        for statement in (*OF_BOTH, *OF_SQLITE):
            await refused(engine, statement)
        verdict = await verify(engine)
        assert (verdict.sound, verdict.size) == (True, 3)

    on("sqlite", tmp_path, story)


def test_postgresql_refuses_even_its_owner_every_statement_that_is_not_an_append(tmp_path):
    async def story(engine):
        await seed(engine)
        for statement in (*OF_BOTH, *OF_POSTGRESQL):
            await refused(engine, statement)
            replica = ["SET LOCAL session_replication_role = replica"]
            if "audit_opening SET" not in statement:
                await refused(engine, statement, before=replica)
        verdict = await verify(engine)
        assert (verdict.sound, verdict.size) == (True, 3)

    on("postgresql", tmp_path, story)


ALLOWED = {
    "cellule_app": [
        "SELECT count(*) FROM audit_shown",
    ],
    "cellule_sequencer": [
        "SELECT count(*) FROM audit_entry",
        "SELECT count(*) FROM audit_index",
        "SELECT * FROM audit_head FOR UPDATE",
        "DELETE FROM audit_pending",
        "UPDATE audit_head SET size = size",
    ],
    "cellule_eraser": ["DELETE FROM audit_opening WHERE id = gen_random_uuid()"],
}
FORBIDDEN = {
    "cellule_app": [
        "SELECT * FROM audit_entry",
        "SELECT * FROM audit_pending",
        "SELECT * FROM audit_index",
        "SELECT * FROM audit_head",
        "SELECT * FROM audit_opening",
        "UPDATE audit_head SET size = 0",
        "UPDATE audit_entry SET act = 'x'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_pending",
        "DELETE FROM audit_opening",
        "TRUNCATE audit_pending",
        "INSERT INTO audit_index (log, idx, id, lh) VALUES (0, 9, gen_random_uuid(), '')",
        "INSERT INTO audit_head (log, size, frontier) VALUES (1, 0, '')",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TABLE audit_entry",
    ],
    "cellule_sequencer": [
        (
            "INSERT INTO audit_entry (id, leaf, t, act, out) "
            "VALUES (gen_random_uuid(), '{}', 0, 'a.b', 'ok')"
        ),
        "INSERT INTO audit_pending (id) VALUES (gen_random_uuid())",
        "UPDATE audit_index SET idx = 9",
        "DELETE FROM audit_index",
        "DELETE FROM audit_entry",
        "SELECT * FROM audit_opening",
        "DELETE FROM audit_head",
    ],
    "cellule_eraser": [
        "SELECT sealed FROM audit_opening",
        "SELECT * FROM audit_entry",
        "DELETE FROM audit_entry",
        "INSERT INTO audit_opening (id, sealed) VALUES (gen_random_uuid(), '')",
        "UPDATE audit_opening SET sealed = ''",
    ],
}


def test_each_postgresql_role_may_do_its_work_and_nothing_else(tmp_path):
    async def story(engine):
        await seed(engine)
        for role, statements in ALLOWED.items():
            for statement in statements:
                async with engine.connect() as connection:
                    await connection.exec_driver_sql(f"SET ROLE {role}")
                    await connection.exec_driver_sql(statement)
                    await connection.rollback()
        for role, statements in FORBIDDEN.items():
            for statement in statements:
                await refused(
                    engine, statement, before=[f"SET LOCAL ROLE {role}"],
                    words="permission denied|must be owner",
                )  # fmt: skip

    on("postgresql", tmp_path, story)


def test_the_application_appends_with_insert_only_and_sees_its_own_tenant(tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        async with engine.begin() as connection:
            await connection.exec_driver_sql("SET LOCAL ROLE cellule_app")
            entries = [emitter.entry(an_event()) for _ in range(2)]
            await append(connection, entries, {entries[0].id: b"sealed"})
        await sequence_once(engine)
        for tenant, seen in (("t07", 2), ("t08", 0), (None, 0)):
            async with engine.begin() as connection:
                await connection.exec_driver_sql("SET LOCAL ROLE cellule_app")
                if tenant is not None:
                    await connection.exec_driver_sql(f"SET LOCAL cellule.clsm_id = '{tenant}'")
                rows = await connection.exec_driver_sql("SELECT count(*) FROM audit_shown")
                assert rows.scalar_one() == seen

    on("postgresql", tmp_path, story)


AUTHORISED = [
    "SELECT * FROM audit_entry",
    "INSERT INTO audit_opening (id, sealed) VALUES ('f', x'')",
    "UPDATE audit_head SET size = size",
    "UPDATE other SET a = 1",
    "DELETE FROM other",
    "PRAGMA wal_checkpoint(PASSIVE)",
]
UNAUTHORISED = [
    "UPDATE audit_entry SET act = 'x'",
    "UPDATE AUDIT_ENTRY SET act = 'x'",
    "DELETE FROM audit_entry",
    "DELETE FROM audit_index",
    "DELETE FROM audit_pending",
    "DELETE FROM audit_head",
    "DELETE FROM audit_opening",
    "DROP TRIGGER audit_entry_no_update",
    "DROP TABLE audit_entry",
    "DROP VIEW audit_shown",
    "DROP INDEX ix_audit_entry_tenant_t",
    "ALTER TABLE audit_entry RENAME TO other_entry",
    "ATTACH ':memory:' AS aside",
    "PRAGMA writable_schema = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA journal_mode = OFF",
]


@pytest.mark.parametrize(
    ("authorizer", "more"),
    [
        (fences.sqlite_authorizer, False),
        (fences.sqlite_eraser_authorizer, True),
    ],
)
def test_the_sqlite_authoriser_lets_the_head_move_and_nothing_else(tmp_path, authorizer, more):
    on("sqlite", tmp_path, seed)
    connection = sqlite3.connect(tmp_path / "record.db", isolation_level=None)
    connection.execute("CREATE TABLE other (a)")
    connection.set_authorizer(authorizer)
    for statement in AUTHORISED:
        connection.execute(statement).fetchall()
    for statement in UNAUTHORISED:
        if more and statement == "DELETE FROM audit_opening":
            connection.execute(statement)
            continue
        with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_fences_come_down_and_go_up_again(dialect, tmp_path):
    async def story(engine):
        async with engine.begin() as connection:
            for statement in fences.drop_fences(dialect):
                await connection.exec_driver_sql(statement)
            await connection.run_sync(metadata.drop_all)
            await connection.run_sync(metadata.create_all)
            for statement in fences.create_fences(dialect):
                await connection.exec_driver_sql(statement)
        await write(engine, [Emitter(Ticking()).entry(an_event())])
        assert (await verify(engine)).size == 1

    on(dialect, tmp_path, story)
