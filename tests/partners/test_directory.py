"""The directory: fields, people, categories with their article, who is told of pledges."""

from datetime import timedelta

import pytest

from service.errors import Conflict, Invalid, NotFound, Refused
from service.partners import operations as partners
from service.partners.rules import Field
from service.sharing import operations as sharing
from tests.house import House
from tests.people.town import BOSS, Town, csrf, post

NURSE = "nadege.violleau@empp.example"


def _people(town: Town, seat, **filters):
    async def work():
        async with town.house.act(seat, write=False) as unit:
            return await partners.read_directory(unit, **filters)

    return town.house.run(work())


def _search(town: Town, seat, words: str):
    async def work():
        async with town.house.act(seat, write=False) as unit:
            return await partners.search_directory(unit, words)

    return town.house.run(work())


def _sign(town: Town, seat, version: int = 1):
    async def work():
        async with town.house.act(seat) as unit:
            return await partners.sign_pledge(unit, version)

    return town.house.run(work())


def test_organisations_are_listed_by_field(house: House) -> None:
    town = Town.on(house)
    nurse = town.nurse()
    town.organisation("o_hlm", "LANDLORD", "Orze Habitat")
    names = [line.name for line in _people(town, nurse).organisations]
    assert names == ["Administration du CLSM", "Organisation o_empp", "Orze Habitat"]
    technical = _people(town, nurse, field=Field.TECHNICAL)
    assert [line.name for line in technical.organisations] == ["Orze Habitat"]
    health = _people(town, nurse, field=Field.HEALTH).organisations[0].people[0]
    assert health.category_label == "Professionnel·le de santé"
    assert health.category_article == "art. R.1110-2 CSP, 1°"


def test_a_page_holds_twenty_organisations(house: House) -> None:
    town = Town.on(house)
    for number in range(21):
        town.organisation(f"o_{number:02}", "HEALTH", f"Cabinet {number:02}")
    first, second = _people(town, town.admin), _people(town, town.admin, page=2)
    assert (len(first.organisations), first.more) == (20, True)
    assert (len(second.organisations), second.more) == (2, False)
    assert not {line.name for line in first.organisations} & {
        line.name for line in second.organisations
    }


def test_pledges_are_told_to_the_coordinator_and_to_one_s_own_house(house: House) -> None:
    town = Town.on(house)
    nurse, coordinator = town.nurse(), town.coordinator()
    _sign(town, nurse)

    def told(seat) -> dict[str, str]:
        return {
            person.name: person.pledge
            for line in _people(town, seat).organisations
            for person in line.people
        }

    everyone = {"Nadège Violleau": "valid", "Maëlle Quintard": "absent", "Thomas Berger": "absent"}
    assert told(coordinator) == everyone
    assert told(town.admin) == everyone
    assert told(nurse) == {
        "Nadège Violleau": "valid",
        "Maëlle Quintard": "hidden",
        "Thomas Berger": "hidden",
    }


@pytest.mark.parametrize("words", ["violleau", "VIOLLÉAU nadege", "o_empp", "infirmiere"])
def test_people_are_found_as_one_types(house: House, words: str) -> None:
    town = Town.on(house)
    nurse = town.nurse()
    found = _search(town, nurse, words)
    assert [person.name for line in found for person in line.people] == ["Nadège Violleau"]


@pytest.mark.parametrize("words", ["", "v", "quelqu'un d'autre", "%", "_"])
def test_nothing_is_found_by_chance(house: House, words: str) -> None:
    town = Town.on(house)
    town.nurse()
    assert _search(town, town.admin, words) == ()


def test_another_territory_sees_none_of_it(house: House) -> None:
    from service.people import operations as people

    town = Town.on(house)
    nurse = town.nurse()
    other = house.run(
        people.install(
            house.workplace,
            partners.Foundation(
                clsm_name="CLSM d'ailleurs",
                territory_code="99A01",
                organisation_key="o_ailleurs",
                organisation_name="Ailleurs",
                organisation_kind="HOSTING",
            ),
            email="ailleurs@adm.example",
            name="Une autre",
            password="quatre mots sans lien",
        )
    )
    stranger = town.actor(other.employment_id)
    assert [line.name for line in _people(town, stranger).organisations] == ["Ailleurs"]

    async def look(organisation_id) -> None:
        async with house.act(stranger, write=False) as unit:
            await partners.read_organisation(unit, organisation_id)

    with pytest.raises(NotFound):
        house.run(look(nurse.organisation_id))


def test_the_page_shows_people_and_never_a_name_in_its_address(house: House) -> None:
    town = Town.on(house)
    town.nurse()
    client = town.signed_in(NURSE)
    page = client.get("/directory?field=health")
    assert "Nadège Violleau" in page.text
    assert "art. R.1110-2 CSP, 1°" in page.text
    assert "Thomas Berger" not in page.text
    found = client.post("/directory", data={"_csrf_token": csrf(client), "words": "berger"})
    assert found.status_code == 200
    assert "Thomas Berger" in found.text
    empty = client.post("/directory", data={"_csrf_token": csrf(client), "words": "zzz"})
    assert "Personne ne correspond" in empty.text
    nothing = client.post("/directory", data={"_csrf_token": csrf(client), "words": ""})
    assert nothing.status_code == 422
    for odd in ("?field=zzz", "?page_number=-1", "?page_number=9999999999", "?page_number=١"):
        assert client.get(f"/directory{odd}").status_code == 200


def test_only_administrators_and_coordinators_add_organisations(house: House) -> None:
    town = Town.on(house)
    town.nurse()
    values = {"key": "o_savs", "name": "SAVS L'Escale", "kind": "MEDICO_SOCIAL", "phone": ""}
    refused = post(town.signed_in(NURSE), "/organisations", values)
    assert refused.status_code == 403
    boss = town.signed_in(BOSS)
    added = post(boss, "/organisations", values)
    assert added.status_code == 303
    assert "SAVS L&#39;Escale" in boss.get(added.headers["location"]).text
    again = post(boss, "/organisations", values)
    assert again.status_code == 409
    wrong = post(boss, "/organisations", {"key": "É!", "name": "", "kind": "x", "phone": ""})
    assert wrong.status_code == 422
    with pytest.raises(Invalid):
        town.organisation("Clé", "HEALTH")
    with pytest.raises(Conflict):
        town.organisation("o_savs", "HEALTH")


def test_a_category_is_confirmed_each_year(house: House) -> None:
    town = Town.on(house)
    nurse = town.nurse()

    async def seat(version: int | None = None):
        async with house.act(town.admin) as unit:
            if version is not None:
                await partners.confirm_category(unit, nurse.employment_id, version)
            return (await partners.read_seat(unit, nurse.employment_id)).seat

    assert house.run(seat()).to_confirm is False
    house.hands.advance(timedelta(days=340))
    due = house.run(seat())
    assert due.to_confirm is True
    assert house.run(seat(due.version)).to_confirm is False
    with pytest.raises(Conflict):
        house.run(seat(due.version))


def test_a_seat_is_managed_by_its_own_house_and_the_administrator(house: House) -> None:
    town = Town.on(house)
    ccas = town.organisation("o_ccas", "CCAS")
    rachel = town.seat(
        town.account("rachel.osei@ccas.example", "Rachel Osei"),
        ccas,
        "Rachel Osei",
        function="administrator",
    )
    town.office(rachel, "organisation_administrator")
    worker = town.seat(
        town.account("bruno.escallier@ccas.example", "Bruno Escallier"),
        ccas,
        "Bruno Escallier",
        category="2a",
        function="social_worker",
    )
    nurse = town.nurse()

    async def end(by, seat) -> None:
        async with house.act(by) as unit:
            await sharing.leave(unit, seat.employment_id, every_seat=False)

    with pytest.raises(Refused):
        house.run(end(rachel, nurse))
    with pytest.raises(Refused):
        house.run(end(nurse, worker))
    with pytest.raises(Invalid):
        house.run(end(rachel, rachel))
    house.run(end(rachel, worker))
    with pytest.raises(NotFound):
        house.run(end(rachel, worker))
    boss = town.signed_in(BOSS)
    page = boss.get(f"/organisations/{ccas}")
    assert "Rachel Osei" in page.text
    assert "Bruno Escallier" not in page.text
    assert boss.get(f"/employments/{rachel.employment_id}").status_code == 200
    assert boss.get(f"/employments/{rachel.employment_id}/end").status_code == 200
    other = town.signed_in(NURSE)
    assert other.get(f"/employments/{rachel.employment_id}").status_code == 404
