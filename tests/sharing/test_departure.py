"""A departure: one act ends everything that a seat held, and the past does not move."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from policies.vocabulary import Section
from service.database import FOREVER, new_id, transaction
from service.errors import Invalid, NotFound, Refused, SeatRequired
from service.partners import operations as partners
from service.partners.models import Employment, OnCallDuty
from service.people.models import Account
from service.sharing import operations as sharing
from service.sharing.models import CareTeamLink, CircleMembership, Dated
from service.situations import operations as situations
from service.unit import Actor
from tests import databases
from tests.cast import Cast
from tests.conftest import DIALECTS
from tests.disclosures.town import Town
from tests.house import START, House
from tests.security.stories import observation
from tests.shared import a_house

OTHER = UUID(int=1)
VALUES: dict[str, Any] = {
    "reason": "already_intervenes",
    "suspended": False,
    "substitutes_for": None,
    "invited_by": OTHER,
    "until": None,
    "procedure": "RSD-2026-14",
    "act_reference": "2026-114",
    "scope": "both",
    "basis": "1",
    "sections": "housing",
    "purpose": "COORDINATION",
    "section": "housing",
    "category": "1",
    "kind": "general",
    "state": "pending",
    "answer": "",
    "label": "visit",
}


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


def leave(town: Town, by: Actor, seat: Actor, *, every_seat: bool = True) -> Any:
    async def act() -> Any:
        async with town.house.act(by) as unit:
            return await sharing.leave(unit, seat.employment_id, every_seat=every_seat)

    return town.house.run(act())


async def held(unit: Any, model: Any, employment_id: UUID) -> list[Any]:
    """Return the rows of a seat that hold now or later, as known now."""
    rows = await unit.transaction.execute(
        select(model.__table__).where(
            model.clsm_id == unit.clsm_id,
            model.employment_id == employment_id,
            model.superseded_at == FOREVER,
            model.valid_to > unit.now(),
        )
    )
    return list(rows.all())


def row_of(town: Town, model: type[Dated], seat: Actor) -> dict[str, Any]:
    """Return a live row of any table of a seat, whatever its columns."""
    table = model.__table__  # type: ignore[attr-defined]
    now = town.house.workplace.clock.now()
    dated = {
        "clsm_id": town.cast.clsm_id,
        "fact_id": new_id(),
        "situation_id": town.situation_id,
        "employment_id": seat.employment_id,
        "recorded_by": seat.employment_id,
        "valid_from": now - timedelta(days=1),
        "recorded_at": now - timedelta(days=1),
        "valid_to": FOREVER,
        "superseded_at": FOREVER,
        "with_employment_id": seat.employment_id,
        "due_at": now,
    }
    known = dated | VALUES
    return {
        column.name: known.get(column.name, new_id())
        for column in table.columns
        if column.name in known or not column.nullable
    }


def test_every_table_of_a_seat_is_ended_or_says_why_it_stays(town: Town) -> None:
    """A new table is walked by itself: nobody has to remember it."""
    leaver = town.outsider
    tables = [
        model for model in sharing.ended_tables() if model.__tablename__ != "emergency_access"
    ]
    assert len(tables) >= 9

    async def plant() -> None:
        async with town.house.act(town.coordinator) as unit:
            for model in tables:
                await unit.transaction.execute(insert(model).values(**row_of(town, model, leaver)))
                assert await held(unit, model, leaver.employment_id)

    async def left() -> dict[str, int]:
        async with town.house.act(town.administrator, write=False) as unit:
            return {
                model.__tablename__: len(await held(unit, model, leaver.employment_id))
                for model in tables
            }

    town.house.run(plant())
    before = town.house.workplace.clock.now()
    town.house.hands.at += timedelta(hours=1)
    leave(town, town.administrator, leaver)
    assert not any(town.house.run(left()).values())

    async def past() -> list[Any]:
        async with town.house.act(town.administrator, write=False) as unit:
            return list(
                await sharing.access_at(
                    unit.transaction,
                    unit.clsm_id,
                    town.situation_id,
                    at=before,
                    known_at=before,
                )
            )

    around = {one.employment_id for one in town.house.run(past())}
    assert leaver.employment_id in around, "the past moved"


def test_what_stays_says_what_was_done_and_opens_nothing() -> None:
    from service.sharing.models import OfSeat

    stays = {
        model.__tablename__: model.kept_at_departure  # type: ignore[attr-defined]
        for model in OfSeat.__subclasses__()
        if model.kept_at_departure
    }
    assert set(stays) == {
        "agreement_event",
        "circle_invitation",
        "conflict_of_interest",
        "information_event",
        "section_author",
    }


def test_the_seat_its_offices_duties_sessions_and_account_end_at_once(town: Town) -> None:
    client = town.house.client()
    browser = town.browser(town.nurse, client)
    assert browser.get(f"/situations/{town.situation_id}").status_code == 200

    async def on_duty() -> None:
        async with town.house.act(town.administrator) as unit:
            now = unit.now()
            await unit.transaction.execute(
                insert(OnCallDuty).values(
                    clsm_id=unit.clsm_id,
                    duty_id=new_id(),
                    employment_id=town.nurse.employment_id,
                    valid_from=now - timedelta(hours=1),
                    valid_to=now + timedelta(hours=8),
                    recorded_at=now - timedelta(hours=1),
                    superseded_at=FOREVER,
                )
            )
            await partners.grant_office(unit, town.nurse.employment_id, "health_cofacilitator")

    town.house.run(on_duty())
    done = leave(town, town.administrator, town.nurse)
    assert done.ends["places dans des cercles"] == 1
    assert done.ends["fonctions"] == done.ends["astreintes"] == 1
    assert done.ends["connexions ouvertes"] == done.ends["comptes sans autre poste"] == 1
    gone = browser.get(f"/situations/{town.situation_id}")
    assert gone.status_code == 303
    assert gone.headers["location"].startswith("/sign-in")

    async def account() -> Any:
        async with town.house.act(town.administrator, write=False) as unit:
            found = await unit.transaction.execute(
                select(Account.disabled_at).where(Account.account_id == town.nurse.account_id)
            )
            assert not await partners.offices_of(unit, town.nurse.employment_id)
            assert not await held(unit, OnCallDuty, town.nurse.employment_id)
            return found.scalar_one()

    assert town.house.run(account()) is not None


def test_an_account_with_another_seat_stays_even_in_another_territory(town: Town) -> None:
    elsewhere = Cast.on(town.house).social_worker("Bruno Escallier")

    async def same_person() -> None:
        async with transaction(town.house.workplace.engine, write=True) as connection:
            await connection.execute(
                Employment.__table__.update()  # type: ignore[attr-defined]
                .where(Employment.employment_id == elsewhere.employment_id)
                .values(account_id=town.worker.account_id)
            )

    town.house.run(same_person())
    done = leave(town, town.administrator, town.worker)
    assert "comptes sans autre poste" not in done.ends
    assert done.ends["pilotages"] == 1


def test_one_seat_may_end_alone(town: Town) -> None:
    second = town.cast.social_worker("Leïla Desmarchais")

    async def same_person() -> None:
        async with transaction(town.house.workplace.engine, write=True) as connection:
            await connection.execute(
                Employment.__table__.update()  # type: ignore[attr-defined]
                .where(Employment.employment_id == second.employment_id)
                .values(account_id=town.worker.account_id)
            )

    town.house.run(same_person())

    async def preview() -> Any:
        async with town.house.act(town.administrator, write=False) as unit:
            return await sharing.preview_departure(unit, town.worker.employment_id)

    seat, person = town.house.run(preview())
    assert (seat.ends["postes"], person.ends["postes"], seat.others) == (1, 2, 1)
    assert "comptes sans autre poste" not in seat.ends
    assert person.ends["comptes sans autre poste"] == 1
    assert leave(town, town.administrator, town.worker, every_seat=False).ends["postes"] == 1
    assert leave(town, town.administrator, second).ends["comptes sans autre poste"] == 1


def test_a_preview_says_in_numbers_what_then_ends(town: Town) -> None:
    async def preview() -> Any:
        async with town.house.act(town.administrator, write=False) as unit:
            return (await sharing.preview_departure(unit, town.worker.employment_id))[1]

    before = town.house.run(preview())
    assert before.ends["places dans des cercles"] == before.ends["pilotages"] == 1
    assert before == leave(town, town.administrator, town.worker)


def test_only_administrators_close_and_never_for_themselves(town: Town) -> None:
    head = town.cast.seat(
        "Rachel Osei", kind="CCAS", function="administrator", office="organisation_administrator"
    )
    for stranger in (town.coordinator, town.worker, town.dpo, head):
        with pytest.raises(Refused):
            leave(town, stranger, town.nurse)
    with pytest.raises(Invalid):
        leave(town, town.administrator, town.administrator)
    other = Town.on(town.house)
    with pytest.raises(NotFound):
        leave(other, other.administrator, town.nurse)

    async def colleague() -> None:
        async with transaction(town.house.workplace.engine, write=True) as connection:
            await connection.execute(
                Employment.__table__.update()  # type: ignore[attr-defined]
                .where(Employment.employment_id == town.worker.employment_id)
                .values(organisation_id=head.organisation_id)
            )

    town.house.run(colleague())
    assert leave(town, head, town.worker).ends["postes"] == 1
    with pytest.raises(NotFound):
        leave(town, head, town.worker)


def test_a_clsm_keeps_an_administrator(town: Town) -> None:
    head = town.cast.seat(
        "Rachel Osei", kind="HOSTING", function="administrator", office="organisation_administrator"
    )

    async def colleague() -> None:
        async with transaction(town.house.workplace.engine, write=True) as connection:
            await connection.execute(
                Employment.__table__.update()  # type: ignore[attr-defined]
                .where(Employment.employment_id == head.employment_id)
                .values(organisation_id=town.administrator.organisation_id)
            )

    town.house.run(colleague())
    import dataclasses

    head = dataclasses.replace(head, organisation_id=town.administrator.organisation_id)
    with pytest.raises(Invalid) as wrong:
        leave(town, head, town.administrator)
    assert "administrateur" in wrong.value.fields["employment_id"]


def test_a_whole_organisation_leaves_in_one_act(town: Town) -> None:
    async def whole(by: Actor) -> Any:
        async with town.house.act(by) as unit:
            return await sharing.leave_as_organisation(unit, town.landlord.organisation_id)

    with pytest.raises(Refused):
        town.house.run(whole(town.coordinator))
    done = town.house.run(whole(town.administrator))
    assert done.ends["postes"] == 1
    assert done.organisation == town.landlord.organisation_name
    assert "departure.accesses_closed" in town.recorded(town.administrator)

    async def around() -> set[UUID]:
        async with town.house.act(town.coordinator, write=False) as unit:
            rows = await sharing.access_map(unit, town.situation_id)
            return {one.employment_id for one in rows}

    assert town.landlord.employment_id not in town.house.run(around())


def test_a_write_under_way_ends_before_or_finds_its_seat_gone(town: Town) -> None:
    """The seat is kept by whoever acts in it: nothing lands once the departure is committed."""
    writing, go = asyncio.Event(), asyncio.Event()
    order: list[str] = []

    async def write() -> None:
        async with town.house.act(town.nurse) as unit:
            await sharing.facts_about(unit, town.situation_id)
            writing.set()
            await go.wait()
            await situations.add_entry(
                unit,
                town.situation_id,
                Section.SAFETY_RISK,
                new_id(),
                observation("Palier dégagé."),
                confirmed=True,
            )
        order.append("written")

    async def depart() -> None:
        await writing.wait()
        async with town.house.act(town.administrator) as unit:
            await sharing.leave(unit, town.nurse.employment_id, every_seat=True)
        order.append("left")

    async def both() -> None:
        first, second = asyncio.create_task(write()), asyncio.create_task(depart())
        await writing.wait()
        await asyncio.sleep(0.2)
        assert order == []
        go.set()
        await asyncio.gather(first, second)

    town.house.run(both())
    assert order == ["written", "left"]
    with pytest.raises(SeatRequired):
        town.house.run(write())


def test_an_office_is_not_used_after_its_seat_has_ended(town: Town) -> None:
    leave(town, town.administrator, town.coordinator)
    with pytest.raises(SeatRequired):
        town.does(town.coordinator, partners.offices_of)


def test_coordinators_see_who_left_and_a_missing_lead_is_late(town: Town) -> None:
    town.house.hands.at += timedelta(hours=1)
    leave(town, town.administrator, town.worker)
    leave(town, town.administrator, town.landlord)

    def left() -> Any:
        return town.does(town.coordinator, sharing.left, write=False)

    late, other = left()
    assert late.late
    assert late.who.startswith("Bruno Escallier")
    assert late.roles == ("pilote", "chargé·e d'informer la personne", "membre du cercle")
    assert (other.late, other.roles) == (False, ("membre du cercle",))
    assert not town.does(town.nurse, sharing.left, write=False)
    assert not town.does(town.dpo, sharing.left, write=False)

    page = town.browser(town.coordinator).get("/").text
    assert "sans pilote, en retard" in page
    town.house.hands.at += timedelta(days=31)
    assert [line.late for line in left()] == [True]
    town.here(town.coordinator, sharing.designate_lead, town.nurse.employment_id)
    assert not left()


def test_a_request_to_join_that_waits_is_closed(town: Town) -> None:
    asker = town.outsider

    async def ask() -> None:
        async with town.house.act(asker) as unit:
            await sharing.ask_to_join(
                unit,
                new_id(),
                "SIT-2026-0031",
                town.situation_id,
                reason="intervenes",
                sentence="Je suis cette personne depuis un an.",
            )

    town.house.run(ask())
    assert town.does(town.coordinator, sharing.requests_to_answer, write=False)
    done = leave(town, town.administrator, asker)
    assert done.ends["demandes à rejoindre un cercle"] == 1
    assert not town.does(town.coordinator, sharing.requests_to_answer, write=False)


def test_whoever_stands_in_for_the_leaver_leaves_too(town: Town) -> None:
    substitute = town.outsider

    async def stand_in() -> None:
        async with town.house.act(town.coordinator) as unit:
            values = row_of(town, CircleMembership, substitute)
            await unit.transaction.execute(
                insert(CircleMembership).values(
                    **(values | {"substitutes_for": town.nurse.employment_id})
                )
            )

    town.house.run(stand_in())
    leave(town, town.administrator, town.nurse)

    async def places() -> list[Any]:
        async with town.house.act(town.coordinator, write=False) as unit:
            return await held(unit, CircleMembership, substitute.employment_id)

    assert not town.house.run(places())


def test_a_colleague_keeps_reading_what_the_team_wrote(town: Town) -> None:
    """The link of who stays with who leaves is the other's own: continuity of care."""
    physician = town.cast.physician()

    async def link() -> None:
        async with town.house.act(town.coordinator) as unit:
            values = row_of(town, CareTeamLink, physician)
            await unit.transaction.execute(
                insert(CareTeamLink).values(
                    **(values | {"with_employment_id": town.nurse.employment_id})
                )
            )

    town.house.run(link())
    leave(town, town.administrator, town.nurse)

    async def links() -> list[Any]:
        async with town.house.act(town.coordinator, write=False) as unit:
            return await held(unit, CareTeamLink, physician.employment_id)

    assert len(town.house.run(links())) == 1


def test_programs_and_pages_say_numbers_and_close(town: Town) -> None:
    client = town.house.client()
    boss = town.browser(town.administrator, client)
    seat = town.worker.employment_id
    page = boss.get(f"/employments/{seat}/end")
    assert page.status_code == 200
    assert "places dans des cercles" in page.text
    assert "SIT-2026" not in page.text
    asked = boss.get(f"/api/v1/employments/{seat}/end").json()
    assert asked["ends"]["pilotages"] == 1
    for stranger in (town.nurse, town.coordinator):
        browser = town.browser(stranger, client)
        assert browser.get(f"/employments/{seat}/end").status_code == 403
        assert browser.send("POST", f"/api/v1/employments/{seat}/end", json={}).status_code == 403
        organisation = town.worker.organisation_id
        assert browser.get(f"/organisations/{organisation}/end").status_code == 403
    town.house.hands.at += timedelta(minutes=5)
    own = boss.get(f"/employments/{town.administrator.employment_id}/end")
    assert own.status_code == 422
    done = boss.form(f"/employments/{seat}/end", {"every_seat": "yes"})
    assert done.status_code == 303
    assert boss.get(f"/employments/{seat}/end").status_code == 404
    whole = f"/organisations/{town.landlord.organisation_id}/end"
    assert boss.get(whole).status_code == 200
    assert boss.get(f"/api/v1{whole}").json()["ends"]["postes"] == 1
    assert boss.form(whole, {}).status_code == 303
    other = f"/api/v1/organisations/{town.inspector.organisation_id}/end"
    assert boss.send("POST", other).json()["ends"]["postes"] == 1
    nurse = f"/api/v1/employments/{town.nurse.employment_id}/end"
    ended = boss.send("POST", nurse, json={"every_seat": False})
    assert ended.json()["ends"]["postes"] == 1
    handed = town.browser(town.coordinator, client).get("/api/v1/departures/to-hand-on")
    assert len(handed.json()) == 4


def test_everything_of_a_departure_ends_at_one_instant(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time goes on during the act: what ended with the seat is known by the same instant."""
    clock = type(town.house.workplace.clock)
    really = clock.now
    town.house.hands.at += timedelta(hours=1)

    def ticking(self: Any) -> Any:
        town.house.hands.at += timedelta(microseconds=7)
        return really(self)

    monkeypatch.setattr(clock, "now", ticking)
    leave(town, town.administrator, town.worker)
    (line,) = town.does(town.coordinator, sharing.left, write=False)
    assert line.late
    assert len(line.roles) == 3
