"""Who, why, when and until when: by page, by program and by command, each hears their part."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from policies.explain import NOT_YOUR_PROFESSION, OF_ANOTHER, REASON
from policies.vocabulary import MEANING, Action, Audience, Fact, Level, Section
from service.access.facts import Change
from service.errors import CelluleProblem, Invalid, NotFound
from service.sharing import operations as sharing
from service.sharing.rules import GROUPS, Mode
from service.sharing.rules.holding import ENDINGS, until
from service.sharing.rules.viewpoint import Viewpoint, viewpoint
from tests.cast import Cast
from tests.house import START, House
from tests.sharing.table import PAPER, Table

MOMENT = timedelta(microseconds=1)
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
    "wait",
    "assign",
    "done",
)
WHO = ("worker", "nurse", "landlord", "inspector", "relative", "auditor", "unpledged")
STEPS = st.lists(
    st.tuples(st.sampled_from(DOES), st.sampled_from(WHO), st.integers(1, 200)),
    min_size=4,
    max_size=8,
)
CONTENTS = tuple(one for one in Section if one is not Section.SITUATION)


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation named by agreement: a social worker, a nurse and the landlord around it."""
    table = Table.laid(house)
    table.seated = (table.cast.social_worker(), table.cast.psychiatric_nurse())
    for seat in (*table.seated, table.landlord):
        table.joins(seat)
    table.named_by(table.seated[0], I7_G1="yes", I7_G2="no", I9_G5="no")
    return table


def asks_who(table: Table, section: Section, action: Action, when: Viewpoint):
    async def ask():
        async with table.house.act(table.coordinator, write=False) as unit:
            return await sharing.who(
                unit.transaction,
                unit.clsm_id,
                table.situation_id,
                section,
                action,
                at=when.at,
                known_at=when.known_at,
            )

    return {one.name: one.explanation for one in table.house.run(ask())}


def test_each_fact_is_said_to_its_audience_only() -> None:
    """Every fact × every audience: what a refused seat hears depends on itself alone."""
    theirs = {Fact.AGREEMENT, Fact.EXTRACT_AGREED, Fact.LISTED, Fact.HEALTH_EXCHANGE}
    theirs |= {Fact.OPPOSED, Fact.EXTRACT_ONLY, Fact.FROZEN, Fact.CONFLICT}
    unsaid = {Fact.MISSION, Fact.EMERGENCY_ACCESS, Fact.SELF, Fact.MOTIVE}
    for fact, meaning in MEANING.items():
        heard = {audience for audience in Audience if audience.hears(meaning.audience)}
        assert (Audience.REFUSED in heard) is (fact not in theirs | unsaid), fact
        assert (Audience.PROFESSION in heard) is (fact not in unsaid), fact
        assert Audience.FULL in heard
        speaks_to_you = any(word in f" {REASON[fact].sentence} ".lower()
                            for word in (" vous ", "votre", "n'êtes"))  # fmt: skip
        assert (fact in OF_ANOTHER) is speaks_to_you or fact in OF_ANOTHER, fact


def test_an_end_is_said_to_its_audience_only() -> None:
    hidden = {"conflict", "frozen", "informed", "cell", "author"}
    for kind, ending in ENDINGS.items():
        change = (Change(START, kind),)
        assert until(change, Audience.FULL, own=False) is not None
        assert (until(change, Audience.REFUSED, own=True) is None) is (kind in hidden)
        assert bool(ending.own) is (kind not in hidden)


def test_a_withheld_section_says_the_same_whatever_is_behind(table: Table) -> None:
    """Objection, silence or no rule at all: one constant sentence, and the same end."""
    landlord = table.landlord
    told = {
        section: table.reads(landlord, sharing.read_access, section)
        for section in (Section.MENTAL_HEALTH, Section.ATTACHMENTS, Section.SOCIAL_RESOURCES)
    }
    assert {one.level for one in told.values()} == {Level.NONE}
    assert {one.reasons for one in told.values()} == {(NOT_YOUR_PROFESSION,)}
    assert len({(one.holds_until, one.ends) for one in told.values()}) == 1
    assert not any(one.lines or one.told for one in told.values())


def test_the_answer_says_until_when_and_what_ends(table: Table) -> None:
    worker, nurse = table.seated
    own = table.reads(worker, sharing.read_access, Section.HOUSING)
    place = table.asks(worker, Section.HOUSING)
    assert own.holds_until == place.holds_until
    assert own.ends == "votre place dans le cercle prend fin"
    assert place.ends == "sa place dans le cercle prend fin"
    others = [line for line in own.lines if not line.own]
    assert others
    assert not any(line.holds_until or line.ends for line in others)
    full = table.reads(table.coordinator, sharing.read_access, Section.HOUSING)
    ends = {line.name: line.ends for line in full.lines}
    assert ends[nurse.name] == "sa place dans le cercle prend fin"


def test_the_past_is_told_as_it_was_and_as_it_is_now_known(table: Table) -> None:
    worker, nurse = table.seated
    then = table.passes(days=2)
    table.passes(days=2)
    table.does(worker, sharing.withdraw_agreement, [("I7", "G1")], **PAPER)
    table.does(table.coordinator, sharing.leave_circle, table.landlord.employment_id)
    now = table.passes(days=1)
    asked = (Section.MENTAL_HEALTH, Viewpoint(then, then))
    past = table.reads(table.coordinator, sharing.read_access, *asked)
    lines = {line.name: line for line in past.lines}
    assert lines[nurse.name].level is Level.READ
    assert table.landlord.name in lines
    today = table.reads(table.coordinator, sharing.read_access, Section.MENTAL_HEALTH)
    lines = {line.name: line for line in today.lines}
    assert lines[nurse.name].level is Level.NONE
    assert past.asked.elsewhere
    assert not today.asked.elsewhere
    table.passes(days=30)
    again = table.reads(table.coordinator, sharing.read_access, *asked)
    assert again.lines == past.lines
    unknown = Viewpoint(now, then - timedelta(days=5))
    assert not table.reads(table.coordinator, sharing.read_access, Section.HOUSING, unknown).lines


def test_what_is_to_come_is_told_if_nothing_changes(table: Table) -> None:
    worker = table.seated[0]
    now = table.house.workplace.clock.now()
    later = viewpoint(now, now + timedelta(days=300))
    view = table.reads(worker, sharing.read_access, Section.HOUSING, later)
    assert view.asked.ahead
    assert view.level is Level.NONE
    assert not view.told
    for at, known_at, field in (
        (now + timedelta(days=500), None, "at"),
        (None, now + timedelta(days=1), "known_at"),
    ):
        with pytest.raises(Invalid) as wrong:
            viewpoint(now, at, known_at)
        assert set(wrong.value.fields) == {field}


def test_the_map_is_whole_for_oversight_and_by_profession_for_a_member(table: Table) -> None:
    worker, nurse = table.seated
    guest = table.cast.seat("Alban Féron", kind="CLEANING", function="team_leader")
    due = table.house.workplace.clock.now() + timedelta(days=20)
    table.does(table.coordinator, sharing.assign, guest.employment_id, table.situation_id, due)
    for seat in (table.coordinator, table.cast.auditor(), table.cast.dpo()):
        view = table.reads(seat, sharing.read_map)
        levels = {one.name: one.levels for one in view.seats}
        assert view.full
        assert set(levels) == {
            table.coordinator.name, worker.name, nurse.name, table.landlord.name, guest.name,
        }  # fmt: skip
        assert levels[nurse.name][Section.MENTAL_HEALTH] is Level.READ
        assert set(levels[nurse.name]) == set(CONTENTS)
    member = table.reads(worker, sharing.read_map)
    assert not member.full
    assert not member.seats
    shown = {one.section: one for one in member.sections}
    assert Section.MENTAL_HEALTH not in shown
    assert "bailleur" in shown[Section.HOUSING].full
    assert nurse.name not in repr(member)
    assert member.own is not None
    assert set(member.own.levels) == set(CONTENTS)
    alone = table.reads(guest, sharing.read_map)
    assert (alone.seats, alone.sections) == ((), ())
    assert alone.own.levels[Section.HOUSING] is Level.READ_ASSIGNED
    assert not table.reads(guest, sharing.read_access, Section.HOUSING).lines
    for stranger in (table.cast.physician(), table.cast.administrator()):
        with pytest.raises(NotFound):
            table.reads(stranger, sharing.read_map)


def test_a_coordinator_in_conflict_hears_no_more_than_a_member(table: Table) -> None:
    other = table.cast.coordinator("Iris Bellanger")
    table.does(other, sharing.declare_conflict, table.coordinator.employment_id)
    assert not table.reads(table.coordinator, sharing.read_map).full
    assert not table.reads(table.coordinator, sharing.read_access, Section.MENTAL_HEALTH).lines
    assert table.reads(other, sharing.read_map).full


@pytest.fixture
def statements(house: House) -> Iterator[list[str]]:
    """Count the statements that a reading runs."""
    engine, seen = house.workplace.engine.sync_engine, []

    def note(*given):
        seen.append(given[2])

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_the_map_costs_the_same_whatever_the_number_of_seats(
    table: Table, statements: list[str]
) -> None:
    def cost() -> int:
        statements.clear()
        table.reads(table.coordinator, sharing.read_map)
        return sum(one.lstrip().startswith("SELECT") for one in statements)

    cost()
    few = cost()
    for number in range(6):
        table.joins(table.cast.physician(f"Médecin {number}"))
    assert cost() == few


def test_who_could_is_what_was_decided_and_holds_until_it_says(house: House) -> None:
    """Random histories: who-at-date = decisions at that date; the same until `holds_until`."""
    cast = Cast.on(house)
    coordinator, dpo = cast.coordinator(), cast.dpo()
    seats = {
        "worker": cast.social_worker(),
        "nurse": cast.psychiatric_nurse(),
        "landlord": cast.landlord(),
        "inspector": cast.inspector(),
        "relative": cast.seat("Anne Ropartz", kind="RELATIVE", relative=True),
        "auditor": cast.auditor(),
        "unpledged": cast.seat("Tiphaine Oriol", kind="DAC", category="2j", pledged=False),
    }
    people = [*seats.values(), coordinator]
    start = house.workplace.clock.now()
    seen = {"allowed": 0, "refused": 0, "changed": 0, "held": 0}

    @settings(max_examples=5, deadline=None)
    @given(STEPS)
    def holds(steps: list[tuple[str, str, int]]) -> None:
        house.hands.at = start
        table = Table.laid(house, cast)
        for who in ("worker", "landlord"):
            table.joins(seats[who])
        table.named_by(seats["worker"])
        past = []
        for does, who, days in steps:
            _does(table, dpo, does, seats[who], days)
            now = house.workplace.clock.now()
            past.append((now, _decided(table, people, now)))
            house.hands.advance(timedelta(hours=1))
        for instant, decided in past:
            could = asks_who(
                table, Section.HOUSING, Action.READ_EXTRACT, Viewpoint(instant, instant)
            )
            for name, answer in decided.items():
                seen["allowed" if answer.allowed else "refused"] += 1
                if name in could:
                    assert could[name] == answer
                else:
                    assert not answer.allowed
        _holds(table, people, seen)

    holds()
    house.hands.at = start
    assert seen["allowed"] > 5
    assert seen["refused"] > 20
    assert seen["held"] > 10
    assert seen["changed"] > 0


def _does(table: Table, dpo, does: str, seat, days: int) -> None:
    """Do one step of a history; what is refused changes nothing."""
    by, seat_id = table.coordinator, seat.employment_id
    ends = table.house.workplace.clock.now() + timedelta(days=days)
    acts = {
        "join": lambda: table.joins(seat, until=None if days > 60 else ends),
        "leave": lambda: table.does(by, sharing.leave_circle, seat_id),
        "renew": lambda: table.does(by, sharing.renew_circle, seat_id),
        "inform": lambda: table.does(seat, sharing.record_information, groups=GROUPS, **PAPER),
        "agree": lambda: table.does(seat, sharing.record_agreement, {}, general=True, **PAPER),
        "object": lambda: table.says(seat, I2_G2="no"),
        "withdraw": lambda: table.does(seat, sharing.withdraw_agreement, [], general=True, **PAPER),
        "conflict": lambda: table.does(seat, sharing.declare_conflict, seat_id),
        "lift": lambda: table.does(by, sharing.lift_conflict, seat_id),
        "freeze": lambda: table.does(dpo, sharing.freeze),
        "unfreeze": lambda: table.does(dpo, sharing.unfreeze),
        "charge": lambda: table.does(by, sharing.designate_informing, seat_id),
        "mission": lambda: table.does(by, sharing.open_mission, seat_id, "P-1"),
        "lead": lambda: table.does(by, sharing.designate_lead, seat_id),
        "exception": lambda: table.does(
            by, sharing.move, mode=Mode.NAMED_BY_EXCEPTION, basis="CP_223_6"
        ),
        "wait": lambda: table.passes(days=days),
        "assign": lambda: table.does(by, sharing.assign, seat_id, table.situation_id, ends),
        "done": lambda: table.does(by, sharing.close_assignment, table.situation_id),
    }
    with suppress(CelluleProblem):
        acts[does]()


def _decided(table: Table, people, now):
    return {
        seat.name: table.asks(seat, Section.HOUSING, Action.READ_EXTRACT, at=now) for seat in people
    }


def _holds(table: Table, people, seen: dict[str, int]) -> None:
    """From now until `holds_until`, every level is the same; at that instant it may change."""
    now = table.house.workplace.clock.now()

    def levels(seat, at):
        return [table.asks(seat, one, at=at, known_at=now).level
                for one in (Section.SITUATION, Section.HOUSING, Section.SYNTHESIS)]  # fmt: skip

    for seat in people:
        ends = table.asks(seat, Section.HOUSING, at=now, known_at=now).holds_until
        if ends is None:
            continue
        before = levels(seat, now)
        assert levels(seat, ends - MOMENT) == before, (seat.name, ends)
        assert ends > now
        seen["held"] += 1
        seen["changed"] += levels(seat, ends) != before
