"""What PostgreSQL itself refuses, whatever the application tries."""

import pytest
from sqlalchemy import text

from service.database import new_id, transaction
from tests import databases
from tests.architecture.test_tables import TENANTS
from tests.cast import Cast
from tests.conftest import absent
from tests.house import House

RECORD = ("audit_entry", "audit_pending", "audit_index", "audit_head", "audit_opening")
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
ALLOWED = {
    "cellule_app": {
        "audit_entry": {"INSERT"},
        "audit_pending": {"INSERT"},
        "audit_opening": {"INSERT"},
    },
    "cellule_sequencer": {
        "audit_entry": {"SELECT"},
        "audit_pending": {"SELECT", "DELETE"},
        "audit_index": {"SELECT", "INSERT"},
        "audit_head": {"SELECT", "UPDATE"},
    },
    "cellule_eraser": {"audit_opening": {"DELETE"}},
}


@pytest.fixture
def house(templates, tmp_path):
    if "postgresql" not in templates:
        absent("postgres", "no PostgreSQL answers: its own fences were not tried")
    with (
        databases.copy_of(templates["postgresql"], tmp_path) as chosen,
        House.open(chosen) as open_,
    ):
        yield open_


def ask(house, statement, **values):
    """Ask the database as the application's role, with no tenant."""

    async def work():
        async with transaction(house.workplace.engine, write=False) as connection:
            return (await connection.execute(text(statement), values)).scalars().all()

    return house.run(work())


@pytest.mark.parametrize("role", sorted(ALLOWED))
def test_each_role_has_exactly_its_rights_on_the_record(house, role):
    held = {
        table: {
            right
            for right in RIGHTS
            if ask(house, "SELECT has_table_privilege(:r, :t, :p)", r=role, t=table, p=right)
            == [True]
        }
        for table in RECORD
    }
    assert {table: rights for table, rights in held.items() if rights} == ALLOWED[role]


def test_no_role_of_the_service_is_above_the_fences(house):
    above = ask(
        house,
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'cellule%' AND "
        "(rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)",
    )
    assert above == []


@pytest.mark.parametrize("table", sorted(set(TENANTS) - {"clsm"}))
def test_row_security_is_forced_on_every_table_of_a_clsm(house, table):
    assert ask(
        house,
        "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = to_regclass(:t)",
        t=table,
    ) == [True]


def test_without_a_tenant_or_with_another_no_row_is_seen(house):
    cast = Cast.on(house)
    cast.coordinator()

    async def counted(clsm_id):
        async with transaction(house.workplace.engine, write=False, clsm_id=clsm_id) as connection:
            return {
                name: (await connection.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one()
                for name in sorted(set(TENANTS) - {"clsm"})
            }

    own = house.run(counted(cast.clsm_id))
    assert own["office"] == own["pledge"] == own["charter"] == own["cell"] == 1
    assert not any(house.run(counted(None)).values())
    assert not any(house.run(counted(new_id())).values())


def test_a_row_of_another_tenant_can_be_neither_written_nor_moved(house):
    cast, other = Cast.on(house), Cast.on(house)

    async def try_to(statement):
        async with transaction(
            house.workplace.engine, write=True, clsm_id=cast.clsm_id
        ) as connection:
            done = await connection.execute(
                text(statement), {"mine": cast.clsm_id, "theirs": other.clsm_id}
            )
            return done.rowcount

    assert house.run(try_to("UPDATE cell SET name = 'volée' WHERE clsm_id = :theirs")) == 0
    with pytest.raises(Exception, match="row-level security"):
        house.run(try_to("UPDATE cell SET clsm_id = :theirs WHERE clsm_id = :mine"))


def test_the_record_of_another_tenant_is_not_shown(house):
    cast, other = Cast.on(house), Cast.on(house)
    from audit.event import Act
    from service.access import record

    async def note(who, actor):
        async with house.act(actor) as unit:
            await record.note(unit, Act.SITUATION_LISTED)

    house.run(note(other, other.coordinator()))
    house.sequence()

    async def shown(clsm_id):
        async with transaction(house.workplace.engine, write=False, clsm_id=clsm_id) as connection:
            return (await connection.execute(text("SELECT count(*) FROM audit_shown"))).scalar_one()

    assert house.run(shown(other.clsm_id)) > 0
    assert house.run(shown(cast.clsm_id)) == 0
    assert house.run(shown(None)) == 0


def test_the_owner_is_held_by_row_security_too(house):
    cast = Cast.on(house)
    cast.coordinator()
    owners = ask(
        house, "SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname = 'public'"
    )
    assert len(owners) == 1
    assert not owners[0].startswith("cellule_app")


def test_a_session_that_names_no_tenant_cannot_name_one_badly(house):
    async def with_text(value):
        async with transaction(house.workplace.engine, write=False) as connection:
            await connection.execute(
                text("SELECT set_config('cellule.clsm_id', :value, true)"), {"value": value}
            )
            return (await connection.execute(text("SELECT count(*) FROM cell"))).scalar_one()

    assert house.run(with_text("")) == 0
    with pytest.raises(Exception, match="uuid"):
        house.run(with_text("' OR true --"))
