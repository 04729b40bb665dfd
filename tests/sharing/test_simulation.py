"""A simulation says what deciding everything, one by one, would say; and opens nothing."""

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select, update

from policies import rules
from policies.decision import Question
from policies.vocabulary import Action, Column, Effect, Fact, Purpose, Section
from service.database import FOREVER, transaction
from service.partners.models import Pledge
from service.partners.operations import seats
from service.sharing import operations as sharing
from service.sharing.models import CircleMembership, GuestGrant
from service.sharing.operations import crowd, simulation
from service.sharing.operations.dated import write_fact
from service.sharing.operations.explanation import asked_facts
from service.sharing.operations.facts import facts_of
from service.sharing.operations.seating import info_of
from tests.cast import Cast
from tests.emergencies.night import Night
from tests.rulebook.board import NARROWER, SHIPPED, TABLES, WIDER_HEALTH, changed
from tests.sharing.table import Table

OUTSIDE = TABLES | {
    "special": TABLES["special"]
    + "# Une règle d'essai.\nEVERYONE, PSY|MED|SOC, *, housing, see, *, territory & pledge, allow\n"
}
"""Whoever signed in these columns would see that the housing section exists."""
QUIETER = changed(
    "conditions",
    "emergency_access & health_professional, no, tell_person_7_days|",
    "emergency_access & health_professional, no, ",
)
"""Reading health by an emergency access would no longer have to be told to the person."""
CANDIDATES = {
    "widens health": WIDER_HEALTH,
    "narrows": NARROWER,
    "opens to outsiders": OUTSIDE,
    "fewer duties": QUIETER,
}


def policy(tables):
    return rules.read(SHIPPED | {f"{field}.csv": text for field, text in tables.items()})


async def let_pledge_end(cast, seat):
    now = cast.house.workplace.clock.now()
    async with transaction(
        cast.house.workplace.engine, write=True, clsm_id=cast.clsm_id
    ) as connection:
        await connection.execute(
            update(Pledge)
            .where(Pledge.clsm_id == cast.clsm_id, Pledge.employment_id == seat.employment_id)
            .values(valid_to=now)
        )


@pytest.fixture
def world(house):
    """Five situations that stand differently, their circles, guests and emergencies."""
    cast = Cast.on(house)
    people = {
        "worker": cast.social_worker(),
        "second": cast.social_worker("Rémi Oriol"),
        "nurse": cast.psychiatric_nurse(),
        "doctor": cast.physician(),
        "inspector": cast.inspector(),
        "unsigned": cast.seat("Zoé Marin", kind="CCAS", category="2a"),
    }
    tables = [Table.laid(house, cast) for _ in range(3)] + [Night.falls(house, cast=cast)]
    tables.append(Table.laid(house, cast, state="received"))
    archived = Table.laid(house, cast)
    for number, table in enumerate(tables[:3]):
        table.joins(people["worker"])
        table.joins(table.landlord)
        if number:
            table.joins(people["nurse"])
            table.joins(people["unsigned"])
            table.named_by(people["worker"], I7_G2="yes", I6_G2="extract_only", I2_G5="yes")
    tables[2].says(people["worker"], I7_G2="no")
    tables[2].does(people["nurse"], sharing.declare_conflict, people["nurse"].employment_id)
    tables[3].does(
        tables[3].coordinator, sharing.open_mission, people["inspector"].employment_id, "P-1"
    )
    house.run(let_pledge_end(cast, people["unsigned"]))
    hour = house.workplace.clock.now() + timedelta(hours=4)

    async def admit(unit, situation_id, seat, model, **values):
        await write_fact(
            unit, model, situation_id, employment_id=seat.employment_id, valid_to=hour, **values
        )

    night = tables[3]
    night.on_call(people["doctor"])
    night.opens_by_reference(
        people["doctor"], night.reference, Section.HOUSING, Section.SOMATIC_HEALTH
    )
    tables[1].does(
        tables[1].coordinator, admit, people["second"], GuestGrant,
        sections="mental_health,housing", purpose="COORDINATION", basis="L1110_4",
    )  # fmt: skip
    archived.joins(people["worker"])
    archived.does(archived.coordinator, sharing.move, state="archived")
    house.hands.advance(timedelta(minutes=1))
    return cast, [table.situation_id for table in tables]


def source(cast):
    return lambda: transaction(cast.house.workplace.engine, write=False, clsm_id=cast.clsm_id)


def simulated(cast, tables, *, cells=None, **more):
    place = crowd.Place(cast.clsm_id, cells, cast.house.workplace.clock.now())
    return cast.house.run(
        simulation.simulate(source(cast), place, rules.load(), policy(tables), **more)
    )


def plain(version):
    """Return the duties that a version asks where it allows, None where it does not; by its lines.

    Neither Casbin nor the simulation's own comparison of lines has a part in it.
    """
    lines = defaultdict(list)
    for line in version.lines:
        for column, action in product(line.columns or Column, line.actions or Action):
            lines[column, action].append(line)

    def duties(asked):
        holding = [
            line
            for line in lines[asked.column, asked.action]
            if line.concerns(asked.asked)
            and line.serves(asked.purpose)
            and line.condition.holds(asked.facts)
        ]
        allows = [line.duties for line in holding if line.effect is Effect.ALLOW]
        if not allows or len(allows) < len(holding):
            return None
        return frozenset.intersection(*allows)

    return duties


def questions(cast, situation_ids):
    """Gather every question about every pair by the ordinary statement: question → pairs."""
    now = cast.house.workplace.clock.now()

    async def gather():
        async with source(cast)() as connection:
            rows = (await connection.execute(select(seats().subquery()))).all()
            infos = [info_of(row) for row in rows if row.clsm_id == cast.clsm_id]
            return await facts_of(
                connection, cast.clsm_id, situation_ids, infos, at=now, known_at=now
            )

    found = defaultdict(set)
    for pair, facts in cast.house.run(gather()).items():
        for section, action in product(Section, Action):
            of_section = asked_facts(facts, section, action)
            key = (facts.column, facts.organisation_kind, section, action, int(of_section))
            found[key].add(pair)
    return found


def one_by_one(asked, tables):
    """Decide every question under both policies, without the simulation's grouping."""
    old, new = plain(rules.load()), plain(policy(tables))
    found = defaultdict(set)
    for (column, kind, section, action, facts), pairs in asked.items():
        for purpose in (Purpose.COORDINATION, Purpose.AUDIT):
            question = Question(column, kind, section, action, purpose, Fact(facts))
            then, after = old(question), new(question)
            key = (column, section, action)
            if (then is None) is not (after is None):
                found[(after is not None, False, *key)] |= pairs
            elif then is not None and then > after:
                found[(True, True, *key)] |= pairs
    return found


def test_it_says_what_deciding_everything_would_say(world):
    cast, situation_ids = world
    asked = questions(cast, situation_ids)
    # The same code counts on both databases: what may differ is what is read.
    chosen = CANDIDATES if cast.house.dialect == "sqlite" else ("widens health", "narrows")
    said = {name: simulated(cast, CANDIDATES[name]) for name in chosen}
    for name, found in said.items():
        expected = one_by_one(asked, CANDIDATES[name])
        pairs, seats_ = Counter(), Counter()
        for one in (*found.opened, *found.closed):
            key = (one.opens, one.lighter, one.column, one.section, one.action)
            pairs[key] += one.pairs
            seats_[key] += one.seats
        assert pairs == {key: len(known) for key, known in expected.items()}, name
        for key, known in expected.items():
            assert seats_[key] >= len({seat for _, seat in known}), name
        assert expected, "nothing was compared"
    it_names_whom_and_where(said["widens health"], situation_ids)
    if cast.house.dialect == "sqlite":
        what_opens_outside_is_said_apart(said["opens to outsiders"], situation_ids)
        a_duty_owed_no_more_is_an_opening(said["fewer duties"])


def it_names_whom_and_where(said, situation_ids):
    read = [one for one in said.opened if one.action is Action.READ and one.around]
    assert [(str(one.column), str(one.section)) for one in read] == [("SOC", "mental_health")]
    # The worker with a yes, the guest whose grant names the section; not where it is a no.
    assert (read[0].situations, read[0].seats, read[0].pairs) == (1, 2, 2)
    assert read[0].examples == (situation_ids[1],)
    assert said.situations == len(situation_ids), "what is archived is not counted"
    assert not said.closed


def what_opens_outside_is_said_apart(said, situation_ids):
    outside = {one.column: one for one in said.opened if not one.around}
    assert outside[Column.PSY].seats == 1
    # Without a name nothing of it shows; where the nurse sits, she is no outsider.
    assert outside[Column.PSY].examples == (situation_ids[4],)
    assert outside[Column.MED].examples == (situation_ids[1], situation_ids[2], situation_ids[4])
    assert situation_ids[3] not in outside[Column.MED].examples, "an emergency access is a place"


def a_duty_owed_no_more_is_an_opening(said):
    assert {(one.column, one.section) for one in said.opened if one.lighter} >= {
        (Column.MED, Section.SOMATIC_HEALTH)
    }
    assert all(one.lighter for one in said.opened)


def test_neither_batches_nor_cells_change_what_is_counted(world, monkeypatch):
    cast, situation_ids = world
    whole = simulated(cast, NARROWER)
    monkeypatch.setattr(crowd, "BATCH", 2)
    told = []
    small = simulated(
        cast, NARROWER, cells=frozenset({cast.cell_id}), progress=lambda *done: told.append(done)
    )
    assert (small.opened, small.closed, small.pairs) == (whole.opened, whole.closed, whole.pairs)
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert whole.situations == len(situation_ids)
    nothing = simulated(cast, NARROWER, cells=frozenset({cast.clsm_id}))
    assert (nothing.situations, nothing.opened, nothing.closed) == (0, (), ())


def test_what_is_written_meanwhile_is_of_another_instant(world):
    cast, situation_ids = world
    at = cast.house.workplace.clock.now()
    before = simulated(cast, WIDER_HEALTH)
    cast.house.hands.advance(timedelta(minutes=1))

    async def leave():
        async with transaction(
            cast.house.workplace.engine, write=True, clsm_id=cast.clsm_id
        ) as connection:
            await connection.execute(
                CircleMembership.__table__.update()
                .where(CircleMembership.superseded_at == FOREVER)
                .values(superseded_at=cast.house.workplace.clock.now())
            )

    cast.house.run(leave())
    place = crowd.Place(cast.clsm_id, None, at)
    after = cast.house.run(
        simulation.simulate(source(cast), place, rules.load(), policy(WIDER_HEALTH))
    )
    assert (after.opened, after.closed) == (before.opened, before.closed)
    assert situation_ids
