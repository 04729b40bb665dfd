"""Duties on call: who sets them, for whom, from when; never after the fact."""

from datetime import timedelta

import pytest

from service.errors import Conflict, Invalid, NotFound, Refused
from service.partners import operations as partners
from tests.cast import Cast


@pytest.fixture
def cast(house):
    return Cast.on(house)


def sets(house, actor, seat, *, hours=12.0, wait=0.0):
    starts = house.workplace.clock.now() + timedelta(hours=wait)

    async def story():
        async with house.act(actor) as unit:
            return await partners.set_on_call(
                unit, seat.employment_id, starts_at=starts, ends_at=starts + timedelta(hours=hours)
            )

    return house.run(story())


def on_call(house, seat):
    async def story():
        async with house.act(seat, write=False) as unit:
            return await partners.is_on_call(unit)

    return house.run(story())


def test_the_administrators_and_the_coordinator_set_it_each_for_their_own(house, cast):
    from dataclasses import replace

    nurse = cast.psychiatric_nurse()
    own = cast.seat("Une cadre", kind="PSYCHIATRY", office="organisation_administrator")
    for actor in (cast.coordinator(), cast.administrator()):
        sets(house, actor, cast.psychiatric_nurse(f"Infirmière de {actor.name}"))
    with pytest.raises(Refused):
        sets(house, own, nurse)
    sets(house, replace(own, organisation_id=nurse.organisation_id), nurse)
    assert on_call(house, nurse)
    for actor in (cast.dpo(), cast.auditor(), cast.physician(), cast.landlord()):
        with pytest.raises(Refused):
            sets(house, actor, cast.psychiatric_nurse(f"Autre {actor.name}"))
    with pytest.raises(Refused):
        sets(house, nurse, nurse)


def test_only_health_professionals_ahead_of_time_for_seven_days_at_most(house, cast):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    with pytest.raises(Invalid) as wrong:
        sets(house, coordinator, cast.social_worker())
    assert set(wrong.value.fields) == {"employment_id"}
    for given, field in (
        ({"wait": -1}, "starts_at"),
        ({"wait": 24 * 400}, "starts_at"),
        ({"hours": 0}, "ends_at"),
        ({"hours": -1}, "ends_at"),
        ({"hours": 7 * 24 + 1}, "ends_at"),
    ):
        with pytest.raises(Invalid) as wrong:
            sets(house, coordinator, nurse, **given)
        assert set(wrong.value.fields) == {field}, given
    sets(house, coordinator, nurse, hours=7 * 24)
    with pytest.raises(Conflict):
        sets(house, coordinator, nurse, wait=6 * 24)
    sets(house, coordinator, nurse, wait=7 * 24)


def test_it_begins_ends_and_is_taken_back(house, cast):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    sets(house, coordinator, nurse, wait=1, hours=2)
    assert not on_call(house, nurse)
    house.hands.advance(timedelta(hours=1))
    assert on_call(house, nurse)
    house.hands.advance(timedelta(hours=2))
    assert not on_call(house, nurse)
    duty = sets(house, coordinator, nurse)

    async def end(actor):
        async with house.act(actor) as unit:
            await partners.end_on_call(unit, duty)

    with pytest.raises(Refused):
        house.run(end(cast.physician()))
    house.run(end(coordinator))
    assert not on_call(house, nurse)
    with pytest.raises(NotFound):
        house.run(end(coordinator))


def test_nobody_sets_their_own_even_with_two_seats(house, cast):
    from sqlalchemy import update

    from service.database import transaction
    from service.partners.models import Employment

    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()

    async def merge():
        async with transaction(house.workplace.engine, write=True) as connection:
            await connection.execute(
                update(Employment)
                .where(Employment.employment_id == nurse.employment_id)
                .values(account_id=coordinator.account_id)
            )

    house.run(merge())
    with pytest.raises(Invalid):
        sets(house, coordinator, nurse)
