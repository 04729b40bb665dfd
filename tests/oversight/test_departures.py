"""What someone who left had read: added up from the record, for who may see it, without content."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from policies.vocabulary import Section
from service.errors import NotFound, Refused
from service.oversight import operations
from service.sharing import operations as sharing
from service.situations import operations as situations
from tests import databases
from tests.conftest import DIALECTS
from tests.disclosures.town import CARD, Town
from tests.house import START, House
from tests.shared import a_house


@pytest.fixture(scope="module", params=DIALECTS)
def shared_house(
    request: pytest.FixtureRequest,
    templates: dict[str, databases.Template],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """Open one house a database."""
    yield from a_house(request.param, templates, tmp_path_factory)


@pytest.fixture
def town(shared_house: House) -> Town:
    shared_house.hands.at = START
    return Town.on(shared_house)


def leave(town: Town, seat: Any) -> None:
    async def act() -> None:
        async with town.house.act(town.administrator) as unit:
            await sharing.leave(unit, seat.employment_id, every_seat=True)

    town.house.run(act())
    town.house.sequence()


def read_health(town: Town) -> None:
    for _ in range(3):
        town.here(town.nurse, situations.read_section, Section.MENTAL_HEALTH, write=False)
        town.house.hands.at += timedelta(days=1)
    town.here(town.nurse, situations.open_situation, write=False)
    town.house.sequence()


def test_the_dpo_and_the_coordinator_see_what_was_read_and_how_often(town: Town) -> None:
    read_health(town)
    leave(town, town.nurse)
    for seat in (town.dpo, town.coordinator):
        found = town.does(seat, operations.read_departure, town.nurse.employment_id, write=False)
        health = next(
            line
            for line in found.lines
            if (line.said, line.level) == ("Santé psychique", "complet")
        )
        assert health.times == 3
        assert health.last_at - health.first_at == timedelta(days=2)
        assert health.reference == "SIT-2026-0031"
        assert len(found.lines) > 5
        assert CARD.last_name not in repr(found)
        assert "departure.read" in town.recorded(seat)
    assert town.does(
        town.dpo, operations.read_departure, town.nurse.employment_id, write=False
    ).whole


def test_a_coordinator_sees_their_cells_only(town: Town) -> None:
    read_health(town)
    leave(town, town.nurse)
    elsewhere = town.cast.seat("Autre Coordination", kind="COORDINATION")

    async def other_cell() -> None:
        from service.partners import operations as partners

        async with town.house.act(town.administrator) as unit:
            cell = await partners.create_cell(unit, kind="SITUATIONS_COMPLEXES", name="Autre")
            await partners.grant_office(unit, elsewhere.employment_id, "coordinator", cell)

    town.house.run(other_cell())
    found = town.does(elsewhere, operations.read_departure, town.nurse.employment_id, write=False)
    assert (found.lines, found.whole, found.erased) == ((), False, 0)


def test_nobody_else_and_never_of_someone_at_work(town: Town) -> None:
    read_health(town)
    for seat in (town.dpo, town.coordinator):
        with pytest.raises(NotFound):
            town.does(seat, operations.read_departure, town.nurse.employment_id, write=False)
    leave(town, town.nurse)
    for seat in (town.administrator, town.auditor, town.worker):
        with pytest.raises(Refused):
            town.does(seat, operations.read_departure, town.nurse.employment_id, write=False)
        with pytest.raises(Refused):
            town.does(seat, operations.list_departures, write=False)
        assert "departure.read deny" in town.recorded(seat)
    other = Town.on(town.house, "SIT-2026-0032")
    with pytest.raises(NotFound):
        other.does(other.dpo, operations.read_departure, town.nurse.employment_id, write=False)


def test_it_is_a_page_to_print_and_an_answer_for_programs(town: Town) -> None:
    read_health(town)
    leave(town, town.nurse)
    client = town.house.client()
    browser = town.browser(town.dpo, client)
    gone = town.nurse.employment_id
    listed = browser.get("/departures")
    assert f"/departures/{gone}" in listed.text
    page = browser.get(f"/departures/{gone}")
    assert page.status_code == 200
    assert "Document nominatif" in page.text
    assert "Santé psychique" in page.text
    assert CARD.last_name not in page.text
    (seat,) = browser.get("/api/v1/departures").json()
    assert seat["employment_id"] == str(gone)
    assert browser.get(f"/api/v1/departures/{gone}").json()["whole"] is True
    assert town.browser(town.auditor, client).get(f"/departures/{gone}").status_code == 403


def test_pages_of_the_record_are_added_up_whatever_their_number(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.oversight.operations import departures

    read_health(town)
    leave(town, town.nurse)
    ask = (town.dpo, operations.read_departure, town.nurse.employment_id)
    whole = town.does(*ask, write=False)
    monkeypatch.setattr(departures, "AT_ONCE", 2)
    assert town.does(*ask, write=False) == whole
