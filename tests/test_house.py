"""The house stands: one act, one transaction, recorded, on both databases."""

from audit.event import Act
from service.access import record
from tests.cast import Cast
from tests.house import House


def test_an_act_is_recorded_in_its_own_transaction(house: House) -> None:
    cast = Cast.on(house)
    nurse = cast.psychiatric_nurse()

    async def act() -> None:
        async with house.act(nurse) as unit:
            await record.note(unit, Act.PLEDGE_SIGNED)

    house.run(act())
    house.sequence()
