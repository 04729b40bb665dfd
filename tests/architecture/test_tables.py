"""What a table must be for many CLSM to live in one deployment, later on many machines."""

import re
from pathlib import Path

import pytest
from sqlalchemy import ForeignKeyConstraint

from audit.log import metadata as record_tables
from service import schema
from service.database import Table
from service.encryption.keys import keystore_metadata

ROOT = Path(__file__).parent.parent.parent
GLOBAL = {
    "account",
    "clsm",
    "employment",
    "invitation",
    "organisation",
    "session",
    "sign_in_attempt",
}
"""Tables of people and organisations, who may work in several CLSM (settled.md 1)."""

assert schema.MAIN
BUSINESS = dict(Table.metadata.tables)
TENANTS = {name: table for name, table in BUSINESS.items() if name not in GLOBAL}


def test_the_global_tables_are_the_ones_settled():
    assert set(BUSINESS) >= GLOBAL
    assert {
        name
        for name, table in BUSINESS.items()
        if next(iter(table.primary_key.columns)).name != "clsm_id"
    } == GLOBAL - {"clsm"}


@pytest.mark.parametrize("name", sorted(TENANTS))
def test_the_tenant_is_the_first_column_of_every_key(name):
    assert next(iter(TENANTS[name].primary_key.columns)).name == "clsm_id"


@pytest.mark.parametrize("name", sorted(TENANTS))
def test_a_foreign_key_stays_inside_its_clsm(name):
    for constraint in TENANTS[name].constraints:
        if isinstance(constraint, ForeignKeyConstraint):
            target = constraint.elements[0].column.table.name
            inside = constraint.column_keys[0] == "clsm_id"
            assert inside or target in GLOBAL, f"{name} → {target}"


@pytest.mark.parametrize("name", sorted(TENANTS))
def test_a_unique_index_is_unique_inside_its_clsm(name):
    for index in TENANTS[name].indexes:
        if index.unique:
            assert index.columns[0].name == "clsm_id", index.name


@pytest.mark.parametrize("name", sorted(keystore_metadata.tables))
def test_keys_are_by_clsm_too(name):
    table = keystore_metadata.tables[name]
    assert next(iter(table.primary_key.columns)).name == "clsm_id"


def test_an_index_that_a_list_needs_begins_with_the_tenant():
    for table in TENANTS.values():
        for index in table.indexes:
            assert index.columns[0].name == "clsm_id", index.name


FORBIDDEN = (
    (r"\bLISTEN\b|\bNOTIFY\b", set()),
    (r"pg_(try_)?advisory", {"audit/sequencer.py"}),
    (r"\bLOCK TABLE\b", set()),
    (r"\bDEFERRABLE\b", set()),
    (r"\bSERIAL\b|\bSEQUENCE\b|nextval", set()),
    (r"\bTRIGGER\b", {"audit/fences.py", "migrations/versions"}),
)


@pytest.mark.parametrize(("pattern", "allowed"), FORBIDDEN)
def test_no_statement_needs_what_a_distributed_database_lacks(pattern, allowed):
    found = []
    for folder in ("service", "audit", "policies", "migrations"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if any(place.startswith(part) for part in allowed):
                continue
            found += [place for line in _statements(path) if re.search(pattern, line)]
    assert not found


def _statements(path):
    """The string literals of a file that look like SQL; prose in docstrings is no statement."""
    import ast

    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def test_the_record_is_one_log_a_deployment():
    assert set(record_tables.tables) == {
        "audit_entry",
        "audit_head",
        "audit_index",
        "audit_opening",
        "audit_pending",
    }
