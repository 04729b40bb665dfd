"""Rights follow the employment, never the diploma: seats opened by the real directory, over HTTP."""

from dataclasses import replace

import pytest

from policies.vocabulary import Section
from service.database import new_id
from service.errors import Invalid
from service.partners import operations as partners
from service.people import operations as people
from service.sharing import operations as sharing
from service.sharing.rules import CATEGORIES, GROUPS
from service.situations import operations as situations
from service.situations.schemas import EntryContent
from service.unit import Actor
from service.web.provide import Door
from tests.house import House
from tests.sharing.table import Table
from tests.situations.web import Seats, Site

BODY = "Plaie du pied, passage quotidien."
BODY_EXTRACT = "Pas de port de charge."
MIND = "Repli depuis le décès de sa sœur."
MIND_EXTRACT = "Visites courtes, annoncées."


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation where the person said yes to everything, its health sections written."""
    table = Table.laid(house)
    worker, nurse, physician = (
        table.cast.social_worker(),
        table.cast.psychiatric_nurse(),
        table.cast.physician(),
    )
    for seat in (worker, nurse, physician):
        table.joins(seat)
    everything = {f"{category}_{group}": "yes" for category in CATEGORIES for group in GROUPS}
    table.named_by(worker, **everything)
    for author, section, text, extract in (
        (physician, Section.SOMATIC_HEALTH, BODY, BODY_EXTRACT),
        (nurse, Section.MENTAL_HEALTH, MIND, MIND_EXTRACT),
    ):
        content = EntryContent(text=text)
        table.does(author, situations.add_entry, section, new_id(), content, confirmed=True)
        table.does(author, situations.write_extract, section, extract, version=0, confirmed=True)
    return table


@pytest.fixture
def site(house: House) -> Site:
    """Open the whole application over this house; each seat has its own cookie."""
    client, seats = house.client(), Seats(house)
    state = client.app.state
    state.door = Door(workplace=state.door.workplace, doorkeeper=seats)
    return Site(client.app, client, seats)


async def _employ(table: Table, admin: Actor, kind: str, category: str, function: str) -> Actor:
    """Have an administrator open a seat, and its holder sign their pledge."""
    house = table.house
    async with house.act(admin) as unit:
        organisation_id = await partners.create_organisation(
            unit, key=f"o_{new_id().hex[-8:]}", name=f"Organisme {kind}", kind=kind
        )
        account_id = await people.create_account(
            unit, email=f"{new_id().hex}@essai.example", name="Camille Rivoal",
            password_hash="never used", demo=True,
        )  # fmt: skip
        seat = partners.NewSeat(
            account_id=account_id,
            name="Camille Rivoal",
            organisation_id=organisation_id,
            category=category,
            function=function,
            title=function,
        )
        employment_id = await partners.create_employment(unit, seat)
    actor = replace(await people.actor_for(house.workplace, employment_id), strong_auth=True)
    async with house.act(actor) as unit:
        await partners.sign_pledge(unit, 1)
    return actor


def _employed(table: Table, kind: str, category: str, function: str) -> Actor:
    admin = table.cast.seats.get("Thomas Berger") or table.cast.administrator()
    return table.house.run(_employ(table, admin, kind, category, function))


def _reads(site: Site, table: Table, seat: Actor, section: Section) -> tuple[int, str]:
    answer = site.browser(seat).get(f"/situations/{table.situation_id}/sections/{section}")
    return answer.status_code, answer.text


def test_a_social_worker_by_diploma_whom_a_landlord_pays_stays_outside(
    site: Site, table: Table
) -> None:
    with pytest.raises(Invalid) as problem:
        _employed(table, "LANDLORD", "2a", "social_worker")
    assert set(problem.value.fields) == {"category"}
    adviser = _employed(table, "LANDLORD", "NONE", "family_adviser")
    table.joins(adviser)
    assert _reads(site, table, adviser, Section.HOUSING)[0] == 200
    for section in (Section.SOCIAL_RESOURCES, Section.SOMATIC_HEALTH, Section.MENTAL_HEALTH):
        status, shown = _reads(site, table, adviser, section)
        assert status == 403, section
        assert not [text for text in (BODY, BODY_EXTRACT, MIND, MIND_EXTRACT) if text in shown]
    paid_by_the_town = _employed(table, "CCAS", "2a", "social_worker")
    table.joins(paid_by_the_town)
    status, shown = _reads(site, table, paid_by_the_town, Section.SOMATIC_HEALTH)
    assert (status, BODY_EXTRACT in shown, BODY in shown) == (200, True, False)


def test_a_nurse_is_inside_whoever_pays(site: Site, table: Table) -> None:
    for kind in ("LANDLORD", "HEALTH"):
        nurse = _employed(table, kind, "1", "nurse")
        table.joins(nurse)
        status, shown = _reads(site, table, nurse, Section.SOMATIC_HEALTH)
        assert (status, BODY in shown) == (200, True), kind
        assert _reads(site, table, nurse, Section.NEIGHBOURHOOD)[0] == 403


def test_a_peer_workers_rights_follow_the_employer(site: Site, table: Table) -> None:
    at_the_hospital = _employed(table, "PSYCHIATRY", "NONE", "peer_worker")
    at_the_users_group = _employed(table, "PEER", "NONE", "peer_worker")
    for seat in (at_the_hospital, at_the_users_group):
        table.joins(seat)
    assert _reads(site, table, at_the_hospital, Section.MENTAL_HEALTH)[0] == 403
    nurse = table.cast.seats["Nadège Violleau"]
    linked = (at_the_hospital.employment_id, nurse.employment_id, "1")  # L.1110-12, 1°
    table.does(table.coordinator, sharing.link_care_team, *linked)
    status, shown = _reads(site, table, at_the_hospital, Section.MENTAL_HEALTH)
    assert (status, MIND_EXTRACT in shown, MIND in shown) == (200, True, False)
    status, shown = _reads(site, table, at_the_users_group, Section.MENTAL_HEALTH)
    assert (status, MIND_EXTRACT in shown, MIND in shown) == (403, False, False)
