"""Lists equal decisions, whatever happened before; and what was decided then stays decided."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.vocabulary import Section
from service.errors import CelluleProblem
from service.sharing import operations as sharing
from service.sharing.rules import GROUPS, Mode
from service.unit import Actor
from tests.cast import Cast
from tests.house import House
from tests.sharing.table import PAPER, Table, listed

WHO = ("worker", "nurse", "landlord", "inspector", "relative", "auditor", "unpledged")
DOES = (
    "join",
    "leave",
    "renew",
    "inform",
    "agree",
    "object",
    "withdraw",
    "conflict",
    "lift",
    "freeze",
    "unfreeze",
    "charge",
    "mission",
    "lead",
    "exception",
    "close",
    "archive",
    "wait",
)
STEPS = st.lists(
    st.tuples(st.sampled_from(DOES), st.sampled_from(WHO), st.integers(1, 200)),
    min_size=4,
    max_size=9,
)


def test_lists_equal_decisions_and_the_past_does_not_move(house: House) -> None:
    cast = Cast.on(house)
    coordinator = cast.coordinator()
    dpo = cast.dpo()
    seats = {
        "worker": cast.social_worker(),
        "nurse": cast.psychiatric_nurse(),
        "landlord": cast.landlord(),
        "inspector": cast.inspector(),
        "relative": cast.seat("Anne Ropartz", kind="RELATIVE", relative=True),
        "auditor": cast.auditor(),
        "unpledged": cast.seat("Tiphaine Oriol", kind="DAC", category="2j", pledged=False),
    }
    everyone = [*seats.values(), coordinator]
    seen = {True: 0, False: 0}
    start = house.workplace.clock.now()

    @settings(max_examples=8, deadline=None)
    @given(STEPS)
    def holds(steps: list[tuple[str, str, int]]) -> None:
        house.hands.at = start
        table = Table.laid(house, cast)
        past = []
        for does, who, days in steps:
            _step(table, seats, dpo, does, seats[who], days)
            now = house.workplace.clock.now()
            visible = house.run(_who_sees(table, everyone))
            for seat in everyone:
                decided = table.sees(seat)
                seen[decided] += 1
                assert (seat.employment_id in visible) is decided, (does, seat.name)
            past.append((now, table.asks(seats["worker"], Section.HOUSING).level))
            house.hands.advance(timedelta(hours=1))
        for instant, level in past:
            asked = table.asks(seats["worker"], Section.HOUSING, at=instant)
            assert asked.level is level

    holds()
    house.hands.at = start
    assert seen[True] > 20
    assert seen[False] > 20


async def _who_sees(table: Table, seats: list[Actor]) -> set[UUID]:
    found = set()
    for seat in seats:
        async with table.house.act(seat, write=False) as unit:
            if await listed(unit, [table.situation_id]):
                found.add(seat.employment_id)
    return found


def _step(
    table: Table, seats: dict[str, Actor], dpo: Actor, does: str, seat: Actor, days: int
) -> None:
    """Try one act; a refusal is an answer like another and must change nothing."""
    grantor = table.coordinator
    acts: dict[str, Callable[[], object]] = {
        "join": lambda: table.joins(
            seat,
            until=None if days > 60 else table.house.workplace.clock.now() + timedelta(days=days),
        ),
        "leave": lambda: table.does(grantor, sharing.leave_circle, seat.employment_id),
        "renew": lambda: table.does(grantor, sharing.renew_circle, seat.employment_id),
        "inform": lambda: table.does(seat, sharing.record_information, groups=GROUPS, **PAPER),
        "agree": lambda: table.does(seat, sharing.record_agreement, {}, general=True, **PAPER),
        "object": lambda: table.says(seat, I2_G2="no"),
        "withdraw": lambda: table.does(seat, sharing.withdraw_agreement, [], general=True, **PAPER),
        "conflict": lambda: table.does(seat, sharing.declare_conflict, seat.employment_id),
        "lift": lambda: table.does(grantor, sharing.lift_conflict, seat.employment_id),
        "freeze": lambda: table.does(dpo, sharing.freeze),
        "unfreeze": lambda: table.does(dpo, sharing.unfreeze),
        "charge": lambda: table.does(grantor, sharing.designate_informing, seat.employment_id),
        "mission": lambda: table.does(grantor, sharing.open_mission, seat.employment_id, "P-1"),
        "lead": lambda: table.does(grantor, sharing.designate_lead, seat.employment_id),
        "exception": lambda: table.does(
            grantor, sharing.move, mode=Mode.NAMED_BY_EXCEPTION, basis="CP_223_6"
        ),
        "close": lambda: _close(table),
        "archive": lambda: table.does(grantor, sharing.move, state="archived"),
        "wait": lambda: table.passes(days=days),
    }
    try:
        acts[does]()
    except CelluleProblem:
        return


def _close(table: Table) -> None:
    table.does(table.coordinator, sharing.move, state="closed")
    table.does(table.coordinator, sharing.end_circle)
