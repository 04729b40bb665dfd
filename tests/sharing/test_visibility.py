"""Who knows that a situation exists: the list of each seat is what is decided of it."""

from sqlalchemy import insert

from service.database import FOREVER, new_id, transaction
from service.partners.models import Office
from service.unit import Actor
from tests.cast import Cast
from tests.house import House
from tests.sharing.table import Table, listed


async def _holds(house: House, seat: Actor, kind: str, cell_id: object) -> None:
    now = house.workplace.clock.now()
    async with transaction(house.workplace.engine, write=True, clsm_id=seat.clsm_id) as connection:
        await connection.execute(
            insert(Office).values(
                clsm_id=seat.clsm_id,
                office_id=new_id(),
                employment_id=seat.employment_id,
                kind=kind,
                cell_id=cell_id,
                valid_from=now,
                valid_to=FOREVER,
                recorded_at=now,
                superseded_at=FOREVER,
            )
        )


async def _lists(table: Table, seat: Actor) -> bool:
    async with table.house.act(seat, write=False) as unit:
        return bool(await listed(unit, [table.situation_id]))


def test_the_health_co_facilitator_lists_what_waits_for_acceptance_and_nothing_else(
    house: House,
) -> None:
    cast = Cast.on(house)
    nurse = cast.psychiatric_nurse()
    house.run(_holds(house, nurse, "health_cofacilitator", cast.cell_id))
    waiting, followed = Table.laid(house, cast, state="received"), Table.laid(house, cast)
    for table, known in ((waiting, True), (followed, False)):
        assert table.sees(nurse) is known
        assert house.run(_lists(table, nurse)) is known
    elsewhere = cast.physician()
    house.run(_holds(house, elsewhere, "health_cofacilitator", new_id()))
    assert not house.run(_lists(waiting, elsewhere))
    assert not waiting.sees(elsewhere)


def test_who_oversees_another_cell_keeps_their_places_in_this_one(house: House) -> None:
    cast = Cast.on(house)
    table, worker, educator = Table.laid(house, cast), cast.social_worker(), cast.physician()
    table.joins(worker)
    table.joins(educator)
    house.run(_holds(house, worker, "copil_reader", new_id()))
    house.run(_holds(house, educator, "copil_reader", cast.cell_id))
    for seat, known in ((worker, True), (educator, False)):
        assert table.sees(seat) is known
        assert house.run(_lists(table, seat)) is known
