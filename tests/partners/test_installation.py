"""The first CLSM: everything recorded, and the record verifies."""

import pytest

from audit import reading
from service.database import transaction
from service.errors import Conflict, Invalid
from service.partners import operations as partners
from service.people import operations as people
from tests.house import House
from tests.people.town import BOSS, PASSWORD, Town


def _again(house: House, **change):
    values = {"email": "x@adm.example", "name": "X", "password": PASSWORD} | change
    return house.run(
        people.install(
            house.workplace,
            partners.Foundation(
                clsm_name="CLSM",
                territory_code="99A01",
                organisation_key="o_autre",
                organisation_name="Autre",
                organisation_kind="HOSTING",
            ),
            **values,
        )
    )


def test_an_installation_gives_an_administrator_who_can_work(house: House) -> None:
    town = Town.on(house)
    client = town.signed_in(BOSS)
    assert "Administration du CLSM" in client.get("/account").text
    assert client.get("/charter").status_code == 200
    assert town.coordinator().category == "NONE"


def test_what_an_installation_does_is_recorded(house: House) -> None:
    town = Town.on(house)
    house.sequence()

    async def acts() -> set[str]:
        async with transaction(
            house.workplace.engine, write=False, clsm_id=town.founded.clsm_id
        ) as connection:
            found = await reading.entries(connection, tenant=str(town.founded.clsm_id), limit=50)
            return {str(entry.event.act) for entry in found}

    assert {
        "account.created",
        "organisation.created",
        "employment.created",
        "office.granted",
        "pledge.charter_adopted",
    } <= house.run(acts())


def test_a_bad_installation_leaves_nothing(house: House) -> None:
    Town.on(house)
    with pytest.raises(Conflict):
        _again(house, email=BOSS)
    with pytest.raises(Invalid):
        _again(house, password="court")
    with pytest.raises(Invalid):
        _again(house, email="pas une adresse")
    assert _again(house)
