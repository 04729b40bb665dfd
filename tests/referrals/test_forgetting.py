"""What must not be kept is destroyed in time, keys first; what was accepted stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from service.database import transaction
from service.encryption.keys import key_data
from service.errors import NotFound
from service.referrals import operations, tasks
from service.referrals.form import Variant
from service.referrals.models import Referral
from service.situations.models import DuplicateTag
from tests.cast import Cast
from tests.referrals.forms import a_draft, a_referral, complete_form, decide, examine


def keys_of(house, situation_id):
    async def work():
        keystore = house.workplace.keyring._keystore
        found = await keystore.read(
            select(key_data.c.section).where(key_data.c.situation_id == situation_id)
        )
        return {row.section for row in found}

    return house.run(work())


def stored(house, cast, table):
    async def work():
        async with transaction(
            house.workplace.engine, write=False, clsm_id=cast.clsm_id
        ) as connection:
            return (await connection.execute(select(table.__table__))).all()

    return house.run(work())


def test_a_draft_lives_thirty_days_and_not_one_more(house):
    cast = Cast.on(house)
    nurse = cast.psychiatric_nurse()
    a_draft(house, cast, nurse, complete_form(Variant.FULL))
    [row] = stored(house, cast, Referral)
    house.hands.advance(timedelta(days=30) - timedelta(seconds=1))
    assert house.run(tasks.forget(house.workplace)) == operations.Forgotten(0, 0)
    assert keys_of(house, row.situation_id) == {"audit", "referral", "referral/health"}
    house.hands.advance(timedelta(seconds=1))
    assert house.run(tasks.forget(house.workplace)) == operations.Forgotten(1, 0)
    assert stored(house, cast, Referral) == []
    assert keys_of(house, row.situation_id) == {"audit"}
    assert house.run(tasks.forget(house.workplace)) == operations.Forgotten(0, 0)


def test_a_refused_referral_loses_its_keys_and_tags_after_six_months(house):
    cast = Cast.on(house)
    coordinator, landlord = cast.coordinator(), cast.landlord()
    refused = a_referral(house, cast, landlord).receipt
    accepted = a_referral(house, cast, landlord).receipt
    decide(
        house,
        coordinator,
        refused.referral_id,
        version=examine(house, coordinator, refused.referral_id),
        outcome="refused",
        reason="out_of_scope",
        explanation="Hors champ.",
    )
    decide(
        house,
        coordinator,
        accepted.referral_id,
        version=examine(house, coordinator, accepted.referral_id),
        outcome="accepted_anonymised",
    )
    house.hands.advance(timedelta(days=182))
    assert house.run(tasks.forget(house.workplace)) == operations.Forgotten(0, 0)
    house.hands.advance(timedelta(days=1))
    assert house.run(tasks.forget(house.workplace)) == operations.Forgotten(0, 1)
    assert keys_of(house, refused.situation_id) == {"audit"}
    assert "referral" in keys_of(house, accepted.situation_id)
    assert {row.situation_id for row in stored(house, cast, DuplicateTag)} == {
        accepted.situation_id
    }
    assert house.run(tasks.forget(house.workplace)) == operations.Forgotten(0, 0)

    async def reread(seat, operation):
        async with house.act(seat, write=False) as unit:
            return await operation(unit, refused.referral_id)

    for seat, operation in (
        (landlord, operations.read_own_referral),
        (coordinator, operations.open_referral),
    ):
        with pytest.raises(NotFound):
            house.run(reread(seat, operation))

    async def mine():
        async with house.act(landlord, write=False) as unit:
            return await operations.my_referrals(unit)

    words = {line.reference: line.words for line in house.run(mine()).lines}
    assert words[refused.reference] == "non prise en charge"
