"""The list: what each seat may know of, fifty at a time, at a cost that a big table leaves alone."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, insert

from service.database import FOREVER, new_id, transaction
from service.errors import Invalid
from service.sharing.models import CircleMembership, Standing
from service.sharing.operations import CellsOfOffice
from service.situations import operations
from service.situations.models import Situation
from service.situations.operations.listing import page_of
from service.situations.rules import State, Urgency
from service.situations.schemas import Page
from service.unit import Actor
from tests.cast import Cast
from tests.house import House
from tests.situations.story import Story


def listed(house: House, seat: Actor, **options: Any) -> Page:
    async def act() -> Page:
        async with house.act(seat, write=False) as unit:
            return await operations.list_situations(unit, **options)

    return house.run(act())


async def fill(cast: Cast, count: int, members: dict[int, Actor] | None = None) -> list[UUID]:
    """Write bare situations in one go, the oldest first; `members` seats someone in some."""
    house, ids = cast.house, [new_id() for _ in range(count)]
    start = house.hands.at - timedelta(days=20)
    dated = {"clsm_id": cast.clsm_id, "valid_from": start, "recorded_at": start}
    dated |= {"valid_to": FOREVER, "superseded_at": FOREVER, "recorded_by": new_id()}
    async with transaction(house.workplace.engine, write=True, clsm_id=cast.clsm_id) as connection:
        await connection.execute(
            insert(Situation),
            [
                {
                    "clsm_id": cast.clsm_id,
                    "situation_id": key,
                    "cell_id": cast.cell_id,
                    "reference": f"SIT-{key}",
                    "state": "received" if number % 2 else "in_follow_up",
                    "urgency": "U1",
                    "opened_at": start + timedelta(minutes=number),
                    "changed_at": start,
                }
                for number, key in enumerate(ids)
            ],
        )
        await connection.execute(
            insert(Standing),
            [
                dated
                | {
                    "fact_id": new_id(),
                    "situation_id": key,
                    "cell_id": cast.cell_id,
                    "state": "in_follow_up",
                    "mode": "ANONYMISED",
                }
                for key in ids
            ],
        )
        if members:
            await connection.execute(
                insert(CircleMembership),
                [
                    dated
                    | {
                        "fact_id": new_id(),
                        "situation_id": ids[number],
                        "employment_id": seat.employment_id,
                        "reason": "already_intervenes",
                        "suspended": False,
                    }
                    for number, seat in members.items()
                ],
            )
    return ids


def test_each_seat_sees_its_own_list(house: House) -> None:
    story = Story.followed(house, "social_worker")
    other = Story.begins(house, story.cast)
    worker, stranger = story.seated["social_worker"], story.cast.physician()
    assert [line.situation_id for line in listed(house, worker).lines] == [story.situation_id]
    assert {line.situation_id for line in listed(house, story.coordinator).lines} == {
        story.situation_id,
        other.situation_id,
    }
    assert {line.situation_id for line in listed(house, story.landlord).lines} == {
        story.situation_id,
        other.situation_id,
    }
    assert listed(house, stranger).lines == ()


def test_names_are_only_where_identity_is_read_in_full(house: House) -> None:
    story = Story.followed(house, "social_worker")
    worker_line = listed(house, story.seated["social_worker"]).lines[0]
    landlord_line = listed(house, story.landlord).lines[0]
    assert worker_line.card is not None
    assert worker_line.card.name == "Odile CARVENNEC"
    assert landlord_line.card is None
    assert landlord_line.alias == worker_line.alias != ""


def test_without_a_valid_pledge_nothing_is_listed(house: House) -> None:
    story = Story.followed(house, "social_worker")
    house.hands.advance(timedelta(days=340))
    assert listed(house, story.coordinator).lines == ()


def test_pages_follow_each_other_without_gap_or_repeat(house: House) -> None:
    cast = Cast.on(house)
    coordinator = cast.coordinator()
    ids = house.run(fill(cast, 120))
    seen: list[UUID] = []
    before: str | None = None
    for size in (50, 50, 20):
        found = listed(house, coordinator, before=before)
        assert len(found.lines) == size
        seen += [line.situation_id for line in found.lines]
        before = found.older
    assert before is None
    assert seen == ids[::-1]


def test_codes_filter(house: House) -> None:
    cast = Cast.on(house)
    coordinator = cast.coordinator()
    house.run(fill(cast, 6))
    assert len(listed(house, coordinator, state=State.RECEIVED).lines) == 3
    assert len(listed(house, coordinator, state=State.CLOSED).lines) == 0
    assert len(listed(house, coordinator, urgency=Urgency.U1).lines) == 6


def test_a_wrong_continuation_is_refused(house: House) -> None:
    coordinator = Cast.on(house).coordinator()
    for before in ("x", "1.x", "1", "9" * 30 + ".x", f"-1.{uuid4()}", f"١.{uuid4()}"):
        with pytest.raises(Invalid):
            listed(house, coordinator, before=before)


def test_a_page_walks_indexes_and_stops(house: House) -> None:
    """The plans hold no walk of the whole table: cost follows the page, not the table."""
    cast = Cast.on(house)
    coordinator, member = cast.coordinator(), cast.social_worker()
    house.run(fill(cast, 3000, {1500: member}))
    now = house.hands.at

    async def plan(seat: Actor, cells: CellsOfOffice) -> str:
        engine = house.workplace.engine
        word = "EXPLAIN QUERY PLAN " if house.dialect == "sqlite" else "EXPLAIN "

        async with engine.connect() as connection:

            @event.listens_for(engine.sync_engine, "before_cursor_execute", retval=True)
            def explain(*given: Any) -> tuple[str, Any]:
                return word + given[2], given[3]

            try:
                statement, asked = page_of(cast.clsm_id, seat.employment_id, now, cells)
                rows = await connection.execute(statement, asked)
                return "\n".join(str(tuple(row)) for row in rows)
            finally:
                event.remove(engine.sync_engine, "before_cursor_execute", explain)

    every, none = CellsOfOffice(frozenset({cast.cell_id})), CellsOfOffice()
    received = CellsOfOffice(received=frozenset({cast.cell_id}))
    for seat, cells in ((coordinator, every), (member, none), (member, received)):
        found = house.run(plan(seat, cells))
        assert "SCAN situation" not in found
        assert "Seq Scan on situation" not in found
    own = house.run(plan(member, none))
    assert "ix_situation_list" not in own
    assert "USE TEMP B-TREE FOR ORDER BY" not in house.run(plan(coordinator, every))
    assert [line.reference for line in listed(house, member).lines] != []
