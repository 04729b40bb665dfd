"""The pledge: signed in each seat, for one version, for one year."""

from datetime import UTC, datetime, timedelta

import pytest

from service.errors import Invalid, Refused
from service.partners import operations as partners
from service.partners.models import Pledge
from service.partners.rules import clauses, first_charter, pledge_end
from tests.house import START, House
from tests.people.town import Town, csrf

NURSE = "nadege.violleau@empp.example"
A_YEAR_LATER = START.replace(year=2027)


def _act(town: Town, seat, work):
    async def run():
        async with town.house.act(seat) as unit:
            return await work(unit)

    return town.house.run(run())


def _until(town: Town, seat) -> datetime | None:
    return _act(town, seat, partners.pledge_until)


def _sign(town: Town, seat, version: int = 1) -> datetime:
    return _act(town, seat, lambda unit: partners.sign_pledge(unit, version))


def test_a_pledge_holds_a_year_in_that_seat_only(house: House) -> None:
    town = Town.on(house)
    nurse, coordinator = town.nurse(), town.coordinator()
    assert _until(town, nurse) is None
    assert abs(_sign(town, nurse) - A_YEAR_LATER) <= timedelta(hours=1)
    assert _until(town, coordinator) is None
    house.hands.at = _until(town, nurse) - timedelta(seconds=1)
    assert _until(town, nurse) is not None
    house.hands.advance(timedelta(seconds=1))
    assert _until(town, nurse) is None


def test_signing_twice_changes_nothing_before_the_last_month(house: House) -> None:
    town = Town.on(house)
    nurse = town.nurse()
    end = _sign(town, nurse)
    house.hands.advance(timedelta(days=300))
    assert _sign(town, nurse) == end
    assert town.rows(Pledge) in {0, 1}, "rows of a tenant are hidden without it on PostgreSQL"
    house.hands.advance(timedelta(days=40))
    assert _act(town, nurse, partners.read_pledge).to_sign.version == 1
    assert _sign(town, nurse) > end
    assert _until(town, nurse) > end


def test_a_version_that_is_not_in_force_is_not_signed(house: House) -> None:
    town = Town.on(house)
    nurse = town.nurse()
    for version in (0, 2, 99):
        with pytest.raises(Invalid) as wrong:
            _sign(town, nurse, version)
        assert list(wrong.value.fields) == ["charter_version"]


def test_a_new_charter_ends_the_former_pledges_and_is_signed_before(house: House) -> None:
    town = Town.on(house)
    nurse, coordinator = town.nurse(), town.coordinator()
    _sign(town, nurse)
    _sign(town, coordinator)
    takes_effect = house.hands.at + timedelta(days=30)
    number = _act(
        town,
        coordinator,
        lambda unit: partners.adopt_charter(unit, "Titre\nNouvelle clause.", takes_effect),
    )
    assert number == 2
    assert _until(town, nurse) == takes_effect
    assert _act(town, nurse, partners.read_pledge).to_sign.version == 2
    assert _sign(town, nurse, 2) == pledge_end(house.hands.at)
    assert _until(town, nurse) == takes_effect, "the new one holds from its own day"
    house.hands.at = takes_effect
    assert _until(town, nurse) is not None
    assert _until(town, coordinator) is None
    assert _act(town, coordinator, partners.read_charter).version == 2


def test_who_adopts_a_charter_and_when(house: House) -> None:
    town = Town.on(house)
    nurse = town.nurse()

    def adopt(seat, text: str, when: datetime):
        return _act(town, seat, lambda unit: partners.adopt_charter(unit, text, when))

    later = house.hands.at + timedelta(days=1)
    with pytest.raises(Refused):
        adopt(nurse, "Clause", later)
    with pytest.raises(Invalid):
        adopt(town.admin, "Clause", house.hands.at - timedelta(seconds=1))
    with pytest.raises(Invalid):
        adopt(town.admin, "  \n\n ", later)


def test_the_page_says_what_is_missing_and_signs(house: House) -> None:
    town = Town.on(house)
    town.nurse()
    client = town.signed_in(NURSE)
    page = client.get("/pledge")
    assert "Sans engagement valable, aucune situation ne vous est ouverte." in page.text
    assert "Droit de ne pas dire" in page.text
    unread = client.post("/pledge", data={"_csrf_token": csrf(client), "charter_version": "1"})
    assert unread.status_code == 422
    assert "Cochez la case" in unread.text
    signed = client.post(
        "/pledge", data={"_csrf_token": csrf(client), "charter_version": "1", "read": "yes"}
    )
    assert signed.status_code == 200
    assert "Votre engagement est signé." in signed.text
    assert "mercredi 24 mars 2027" in signed.text
    assert "Droit de ne pas dire" in client.get("/charter").text
    read = client.get("/api/v1/pledge").json()
    assert read["valid"] is True
    assert read["to_sign"] is None


def test_the_first_charter_has_every_minimum_clause() -> None:
    titles = [clause.title for clause in clauses(first_charter())]
    assert len(titles) == 13
    assert all(titles)
    assert "Droit de ne pas dire" in titles


def test_a_year_ends_the_same_day() -> None:
    assert pledge_end(datetime(2024, 2, 29, 8, tzinfo=UTC)) == datetime(2025, 3, 1, 8, tzinfo=UTC)
    assert pledge_end(datetime(2026, 1, 5, 8, tzinfo=UTC)) == datetime(2027, 1, 5, 8, tzinfo=UTC)
