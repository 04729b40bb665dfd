"""References: one series a CLSM and a year, whoever comes at the same time."""

import asyncio

import pytest

from service.errors import Conflict, Refused
from service.partners import operations as partners
from tests.house import House
from tests.people.town import Town


def _next(town: Town, year: int = 2026) -> str:
    async def work() -> str:
        async with town.house.act(town.admin) as unit:
            return await partners.next_reference(unit, year)

    return town.house.run(work())


def test_references_follow_each_other_year_by_year(house: House) -> None:
    town = Town.on(house)
    assert [_next(town), _next(town), _next(town, 2027)] == [
        "SIT-2026-0001",
        "SIT-2026-0002",
        "SIT-2027-0001",
    ]


def test_twenty_acts_at_once_get_twenty_numbers(house: House) -> None:
    town = Town.on(house)

    async def one() -> str:
        async with house.act(town.admin) as unit:
            return await partners.next_reference(unit, 2026)

    async def all_at_once() -> list[str]:
        return await asyncio.gather(*[one() for _ in range(20)])

    assert sorted(house.run(all_at_once())) == [f"SIT-2026-{n:04}" for n in range(1, 21)]


def test_an_act_that_fails_gives_its_number_back(house: House) -> None:
    town = Town.on(house)

    async def fail() -> None:
        async with house.act(town.admin) as unit:
            await partners.next_reference(unit, 2026)
            raise Conflict

    with pytest.raises(Conflict):
        house.run(fail())
    assert _next(town) == "SIT-2026-0001"


def test_a_series_begun_on_paper_goes_on(house: House) -> None:
    town = Town.on(house)

    async def start(seat, last: int) -> None:
        async with house.act(seat) as unit:
            await partners.start_numbering(unit, 2026, last)

    house.run(start(town.admin, 13))
    assert _next(town) == "SIT-2026-0014"
    house.run(start(town.admin, 30))
    assert _next(town) == "SIT-2026-0031"
    with pytest.raises(Conflict):
        house.run(start(town.admin, 20))
    with pytest.raises(Refused):
        house.run(start(town.nurse(), 99))
