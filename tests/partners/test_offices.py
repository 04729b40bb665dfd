"""Offices: given by administrators, never to oneself, control apart from action."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.vocabulary import Office, OrganisationKind, ProfessionalCategory
from service.errors import Conflict, Invalid, Refused
from service.partners import operations as partners
from service.partners.rules import employment_problems, office_problem
from tests.house import House
from tests.people.town import BOSS, Town, post


def _act(town: Town, seat, work):
    async def run():
        async with town.house.act(seat) as unit:
            return await work(unit)

    return town.house.run(run())


def _held(town: Town, seat) -> set[str]:
    return set(_act(town, seat, partners.offices_of))


def test_an_administrator_gives_and_ends_an_office(house: House) -> None:
    town = Town.on(house)
    nurse = town.nurse()
    office = town.office(nurse, "health_cofacilitator")
    assert _held(town, nurse) == {"health_cofacilitator"}
    with pytest.raises(Conflict):
        town.office(nurse, "health_cofacilitator")
    _act(town, town.admin, lambda unit: partners.end_office(unit, office))
    assert _held(town, nurse) == set()


def test_others_give_nothing(house: House) -> None:
    town = Town.on(house)
    nurse, coordinator = town.nurse(), town.coordinator()
    for seat in (nurse, coordinator):
        with pytest.raises(Refused):
            _act(
                town,
                seat,
                lambda unit: partners.grant_office(unit, nurse.employment_id, "auditor"),
            )


@pytest.mark.parametrize("kind", ["coordinator", "auditor", "no_such_office"])
def test_nobody_gives_an_office_to_themself_nor_an_unknown_one(house: House, kind: str) -> None:
    town = Town.on(house)
    with pytest.raises(Invalid):
        town.office(town.admin, kind)


def test_the_last_administrator_stays(house: House) -> None:
    town = Town.on(house)
    boss = town.signed_in(BOSS)
    seat = boss.get(f"/api/v1/employments/{town.admin.employment_id}").json()["seat"]
    office_id = seat["offices"][0]["office_id"]
    refused = post(boss, f"/offices/{office_id}/end")
    assert refused.status_code == 422
    assert "Nommez d&#39;abord un autre administrateur" in refused.text
    second = town.nurse()
    town.office(second, "administrator")
    assert post(boss, f"/offices/{office_id}/end").status_code == 303


def test_an_office_of_one_cell_stays_in_it(house: House) -> None:
    town = Town.on(house)
    nurse = town.nurse()
    cell = _act(
        town, town.admin, lambda unit: partners.create_cell(unit, kind="INCURIE", name="Incurie")
    )
    town.office(nurse, "coordinator", cell)
    assert _act(town, nurse, partners.offices_of) == {"coordinator": {cell}}
    with pytest.raises(Invalid):
        town.office(nurse, "health_cofacilitator", nurse.employment_id)
    with pytest.raises(Refused):
        _act(town, nurse, lambda unit: partners.create_cell(unit, kind="INCURIE", name="x"))
    with pytest.raises(Invalid):
        _act(town, town.admin, lambda unit: partners.create_cell(unit, kind="x", name="x"))


@given(
    st.sampled_from(list(Office)),
    st.sampled_from(list(ProfessionalCategory)),
    st.frozensets(st.sampled_from(list(map(str, Office)))),
)
def test_who_controls_neither_coordinates_nor_administers(kind, category, held) -> None:
    if office_problem(kind, category, held, own=False):
        return
    after = {*held, str(kind)}
    acting = {"coordinator", "health_cofacilitator", "administrator"}
    if not (held & {"auditor", "dpo"} and held & acting):
        assert not (after & {"auditor", "dpo"} and after & acting)


@given(
    st.sampled_from(list(OrganisationKind)),
    st.sampled_from(list(ProfessionalCategory)),
    st.sampled_from(["", "CASF133_5"]),
)
def test_a_category_is_that_of_the_employment(kind, category, basis) -> None:
    problems = employment_problems(kind, category, basis, "agent")
    if category in {ProfessionalCategory.HEALTH, ProfessionalCategory.NONE}:
        assert "category" not in problems, "a nurse is 1° whoever employs"
    elif kind is OrganisationKind.LANDLORD:
        assert "category" in problems, "a diploma paid by a landlord gives nothing"
    assert ("secrecy_basis" in problems) == (bool(basis) and kind is not OrganisationKind.CCAS)


def test_the_api_says_the_same(house: House) -> None:
    town = Town.on(house)
    nurse = town.nurse()
    boss = town.signed_in(BOSS)
    token = {"x-csrf-token": boss.get("/api/v1/session").json()["csrf_token"]}
    given_office = boss.post(
        "/api/v1/offices",
        json={"employment_id": str(nurse.employment_id), "kind": "health_cofacilitator"},
        headers=token,
    )
    assert given_office.status_code == 201, given_office.text
    ended = boss.delete(f"/api/v1/offices/{given_office.json()['id']}", headers=token)
    assert ended.status_code == 204
    listed = boss.get("/api/v1/directory?page=1").json()
    assert len(listed["organisations"]) == 2
    assert boss.get("/api/v1/directory?page=0").status_code == 422
    assert boss.get("/api/v1/directory?field=zzz").status_code == 422
    found = boss.post("/api/v1/directory/search", json={"words": "violleau"}, headers=token)
    assert found.status_code == 200
    assert found.json()[0]["people"][0]["name"] == "Nadège Violleau"
