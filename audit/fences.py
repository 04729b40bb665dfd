"""What keeps the record append-only inside the database: triggers, grants, an authoriser.

First fences, never a proof: they stop the application, a mistake and a stolen
application password; an owner of the database takes them down, and it is
`audit.verify` that shows what was done then. Migrations copy these statements,
one execution each, after the tables exist.
"""

import sqlite3
from typing import Final

WORDS: Final = "the record is append-only"
"""What a refused statement says, on both databases."""

SHOWN: Final = """CREATE VIEW audit_shown AS
SELECT i.idx, e.id, e.leaf, e.t, e.tenant, e.act, e.out, e.actor, e.subject
FROM audit_entry e JOIN audit_index i ON i.id = e.id"""

TOP: Final = "CREATE VIEW audit_top AS SELECT log, size, frontier FROM audit_head"

SQLITE: Final = (
    "INSERT INTO audit_head (log, size, frontier) VALUES (0, 0, X'')",
    SHOWN,
    TOP,
    *(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        for table, verb in (
            ("audit_entry", "UPDATE"),
            ("audit_entry", "DELETE"),
            ("audit_index", "UPDATE"),
            ("audit_index", "DELETE"),
            ("audit_head", "DELETE"),
            ("audit_opening", "UPDATE"),
        )
    ),
    # INSERT OR REPLACE deletes without firing delete triggers (recursive_triggers is off).
    *(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        for table, same in (
            ("audit_entry", "id = NEW.id"),
            ("audit_index", "id = NEW.id OR (log = NEW.log AND idx = NEW.idx)"),
            ("audit_head", "log = NEW.log"),
            ("audit_opening", "id = NEW.id"),
        )
    ),
    (
        "CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON audit_head "
        "WHEN NEW.size < OLD.size OR NEW.log <> OLD.log "
        f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
    ),
)
"""SQLite, the first row of the head included."""

_APPEND_ONLY = ("audit_entry", "audit_index")
_NEVER_EMPTIED = (*_APPEND_ONLY, "audit_head", "audit_opening")

POSTGRESQL_ROLES: Final = tuple(
    f"""DO $$ BEGIN
IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
  CREATE ROLE {role} NOLOGIN;
END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"""
    for role in ("cellule_app", "cellule_sequencer", "cellule_eraser")
)
"""The three roles beside the owner, if absent; needs CREATEROLE. Logins are the operator's."""

POSTGRESQL: Final = (
    "INSERT INTO audit_head (log, size, frontier) VALUES (0, 0, '')",
    SHOWN.replace(" AS\n", " WITH (security_barrier) AS\n", 1)
    + "\nWHERE e.tenant = current_setting('cellule.clsm_id', true)",
    TOP,
    f"""CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'insufficient_privilege'; END $$""",
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        for table in _APPEND_ONLY
    ),
    (
        "CREATE TRIGGER audit_opening_append_only BEFORE UPDATE ON audit_opening "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
    ),
    (
        "CREATE TRIGGER audit_head_append_only BEFORE DELETE ON audit_head "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
    ),
    (
        "CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON audit_head FOR EACH ROW "
        "WHEN (NEW.size < OLD.size OR NEW.log <> OLD.log) EXECUTE FUNCTION audit_refuse()"
    ),
    *(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        for table in _NEVER_EMPTIED
    ),
    # ALWAYS: session_replication_role = replica would switch ordinary triggers off.
    *(
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{fence}"
        for table, fence in (
            *((table, "append_only") for table in _NEVER_EMPTIED),
            *((table, "no_truncate") for table in _NEVER_EMPTIED),
            ("audit_head", "only_grows"),
        )
    ),
    (
        "ALTER TABLE audit_pending SET (autovacuum_vacuum_threshold = 1000, "
        "autovacuum_vacuum_scale_factor = 0)"
    ),
)
"""PostgreSQL, the first row of the head included; run by the owner of the tables."""

POSTGRESQL_GRANTS: Final = (
    (
        "REVOKE ALL ON audit_entry, audit_pending, audit_index, audit_head, audit_opening, "
        "audit_shown, audit_top FROM PUBLIC, cellule_app, cellule_sequencer, cellule_eraser"
    ),
    "GRANT INSERT ON audit_entry, audit_pending, audit_opening TO cellule_app",
    "GRANT SELECT ON audit_shown, audit_top TO cellule_app",
    "GRANT SELECT ON audit_top TO cellule_sequencer",
    "GRANT SELECT ON audit_entry TO cellule_sequencer",
    "GRANT SELECT, DELETE ON audit_pending TO cellule_sequencer",
    "GRANT SELECT, INSERT ON audit_index TO cellule_sequencer",
    "GRANT SELECT, UPDATE ON audit_head TO cellule_sequencer",
    # SELECT (id), never of the sealed part: a DELETE finds its row by it.
    "GRANT SELECT (id), DELETE ON audit_opening TO cellule_eraser",
)
"""Least privilege of 1.5. The sequencer's role is also the one `audit.verify` runs under."""

SQLITE_DROP: Final = ("DROP VIEW IF EXISTS audit_shown", "DROP VIEW IF EXISTS audit_top")
"""Before the tables are dropped; their triggers go with them."""

POSTGRESQL_DROP: Final = (
    "DROP VIEW IF EXISTS audit_shown",
    "DROP VIEW IF EXISTS audit_top",
    "DROP FUNCTION IF EXISTS audit_refuse() CASCADE",
)
"""Before the tables are dropped."""

_PRAGMAS = frozenset({"wal_checkpoint"})
_NEVER = frozenset(
    {
        sqlite3.SQLITE_ALTER_TABLE,
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_DROP_INDEX,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_DROP_TEMP_INDEX,
        sqlite3.SQLITE_DROP_TEMP_TABLE,
        sqlite3.SQLITE_DROP_TEMP_TRIGGER,
        sqlite3.SQLITE_DROP_TEMP_VIEW,
        sqlite3.SQLITE_DROP_TRIGGER,
        sqlite3.SQLITE_DROP_VIEW,
        sqlite3.SQLITE_DROP_VTABLE,
    }
)


def create_fences(dialect: str) -> tuple[str, ...]:
    """Return the statements for "sqlite" or "postgresql", grants excluded, in order."""
    return {"sqlite": SQLITE, "postgresql": POSTGRESQL}[dialect]


def drop_fences(dialect: str) -> tuple[str, ...]:
    """Return what a downgrade runs before it drops the tables."""
    return {"sqlite": SQLITE_DROP, "postgresql": POSTGRESQL_DROP}[dialect]


def sqlite_authorizer(action: int, arg1: str | None, *_where: str | None) -> int:
    """Answer SQLITE_OK or SQLITE_DENY for `sqlite3.Connection.set_authorizer`.

    To be set after the start-up pragmas. UPDATE and DELETE of the record are
    denied, but UPDATE of audit_head; so are DROP, ALTER, ATTACH and every
    PRAGMA but wal_checkpoint. It does not stop INSERT OR REPLACE: a trigger does.
    """
    return _authorize(action, arg1, erasing=False)


def sqlite_eraser_authorizer(action: int, arg1: str | None, *_where: str | None) -> int:
    """Answer as `sqlite_authorizer`, and let openings be deleted: for an erasure's connection.

    A connection of its own, because a statement is judged when it is prepared
    and prepared statements are kept.
    """
    return _authorize(action, arg1, erasing=True)


def _authorize(action: int, name: str | None, *, erasing: bool) -> int:
    # SQLite compares names without case, and so must we.
    table = (name or "").lower()
    denied = (
        action in _NEVER
        or (action == sqlite3.SQLITE_PRAGMA and table not in _PRAGMAS)
        or (
            action == sqlite3.SQLITE_UPDATE and table.startswith("audit_") and table != "audit_head"
        )
        or (
            action == sqlite3.SQLITE_DELETE
            and table.startswith("audit_")
            and not (erasing and table == "audit_opening")
        )
    )
    return sqlite3.SQLITE_DENY if denied else sqlite3.SQLITE_OK
