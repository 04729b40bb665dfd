"""A walk of random acts; after each, lists, decisions, pages and explanations are compared.

Everything follows from the seed, which every failure names with the last acts: the same walk
can be taken again.
"""

import hashlib
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from policies import explain as opinions
from policies.decision import Question, engine
from policies.vocabulary import LEVELS_FROM_THE_TOP, Action, Level, Purpose, Section
from service.access import gate
from service.access.facts import SituationFacts, Standpoint, facts_of_section
from service.database import FOREVER, transaction
from service.errors import CelluleProblem, NotFound, Refused
from service.sharing import operations as sharing
from service.sharing.operations.facts import facts_of
from service.sharing.operations.seating import access_at
from service.sharing.schemas import SeatInfo
from service.situations import operations as situations
from tests.cast import Cast
from tests.chance import Chance
from tests.house import House
from tests.sharing.oracle import Oracle, case_of
from tests.sharing.rows import Rows
from tests.sharing.steps import STEPS
from tests.sharing.table import listed
from tests.sharing.world import Nothing, World, people_of

CONTENT = tuple(section for section in Section if section is not Section.SITUATION)
ASKED = (*(Action(level.value) for level in LEVELS_FROM_THE_TOP), Action.CONTRIBUTE, Action.SHARE)
Pair = tuple[UUID, UUID]
TRIES = 120
"""How many times what was never applied is tried after a walk."""


@dataclass(frozen=True)
class Answer:
    """What was answered about one seat and one situation."""

    sees: bool
    policy: str
    standpoint: Standpoint
    levels: Mapping[Section, Level]

    @classmethod
    def to(cls, facts: SituationFacts) -> "Answer":
        """Ask the gate about its existence, and the lines how far each section opens."""
        standpoint = facts.standpoint
        return cls(
            gate.sees(facts).allowed and facts.exists,
            facts.policy,
            standpoint,
            by_the_lines(facts.policy, standpoint),
        )


def _decided(facts: SituationFacts) -> Mapping[Section, Level]:
    return {section: told.level for section, told in gate.levels(facts).items()}


@lru_cache(maxsize=8_192)
def by_the_lines(policy: str, standpoint: Standpoint) -> Mapping[Section, Level]:
    """Return the second opinion: what the parsed lines say of each section, without Casbin."""
    using, levels = engine(policy), {}
    for section in CONTENT:
        levels[section] = Level.NONE
        for level in LEVELS_FROM_THE_TOP:
            asked = _question(standpoint, section, Action(level.value))
            if opinions.would_allow(using.lines_for(asked.column, asked.action), asked):
                levels[section] = level
                break
    return levels


@dataclass
class Walk:
    """One walk: the world, what was applied, what was answered when."""

    world: World
    seed: str
    whole: bool = False
    """Let Casbin decide every level of every seat: for a drill."""
    oracle: Oracle = field(default_factory=Oracle)
    applied: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    past: dict[datetime, tuple[Mapping[str, SeatInfo], Mapping[Pair, Answer]]] = field(
        default_factory=dict
    )
    compared: set[tuple[str, Standpoint]] = field(default_factory=set)
    digest: Any = field(default_factory=hashlib.sha256)

    @classmethod
    def on(cls, house: House, seed: str, *, whole: bool = False) -> "Walk":
        """Open a world on a house."""
        cast = Cast.on(house)
        people_of(cast)
        return cls(house.run(World.opened(house, cast, Chance(seed))), seed, whole)

    def goes(self, steps: int) -> None:
        """Take so many steps, try what was never applied, then ask every past instant again."""
        house = self.world.house
        house.run(self._begin())
        for _ in range(steps):
            house.run(self._step())
        for attempt in range(TRIES):
            missing = [name for name in STEPS if not self.applied[name]]
            if missing and not attempt % 6:  # on fresh ground: what it needs may be worn out
                house.run(self._freshen())
            if missing:
                house.run(self._step(self.world.dice.one_of(missing)))
        for instant in self.past:
            house.run(self._ask_again(instant))

    async def _begin(self) -> None:
        world = self.world
        world.rows = await Rows.read(world.house, world.cast.clsm_id, world.checked)
        await self._look("the beginning")

    async def _freshen(self) -> None:
        """Have everyone sign what they may, and refer one more situation."""
        world = self.world
        world.house.hands.advance(timedelta(minutes=1))
        await _tried(STEPS["sign"].does(world))
        await _tried(world.refer())
        world.rows = await Rows.read(world.house, world.cast.clsm_id, world.checked)

    async def _step(self, wanted: str = "") -> None:
        """Take one step, of a kind if one is wanted; refused, that one is only told."""
        world, dice = self.world, self.world.dice
        before, name, problem = world.rows, "", None
        world.house.hands.advance(timedelta(minutes=dice.between(1, 90)))
        while not name:
            drawn = wanted or self._drawn()
            with suppress(Nothing):
                world.situation_id = self._where(drawn, newest=bool(wanted))
                problem = await _tried(STEPS[drawn].does(world))
                name = drawn
            if wanted and not name:
                return
        (self.refused if problem else self.applied)[name] += 1
        said = f"{name}: {type(problem).__name__}" if problem else name
        self.story.append(f"{world.now:%Y-%m-%d %H:%M} {said}")
        world.rows = await Rows.read(world.house, world.cast.clsm_id, world.checked)
        kept = not problem or STEPS[name].several or world.rows == before
        self.must(kept, f"{said}: it changed something")
        if not wanted or not problem:
            await self._look(said)

    def _drawn(self) -> str:
        """Draw a kind of step; signing comes first for a coordinator whose pledge has ended."""
        world = self.world
        pledged = {row.employment_id for row in world.rows.live("pledge", world.now)}
        if world.coordinator.employment_id not in pledged and world.dice.often(60):
            return "sign"
        return world.dice.weighed({name: self._weight(name) for name in STEPS})

    def _weight(self, name: str) -> float:
        """Draw more what was applied least: rare acts too are seen on a short walk."""
        first = 12 if not self.applied[name] else 1
        return STEPS[name].weight * first / (1 + self.applied[name] / 4)

    def _where(self, name: str, *, newest: bool) -> UUID:
        """Return a situation whose state suits a step. Raises Nothing when none does."""
        world, states = self.world, STEPS[name].where
        fits = {
            row.situation_id
            for row in world.rows.live("standing", world.now)
            if not states or row.state in states
        }
        if not fits:
            raise Nothing
        suits = [one for one in world.checked if one in fits]
        return suits[-1] if newest else world.dice.one_of(suits)

    def must(self, holds: object, what: object) -> None:
        """Fail with what is needed to take the walk again."""
        if not holds:
            last = "\n".join(self.story[-25:])
            message = (
                f"{what}\nseed {self.seed!r} on {self.world.house.dialect}, "
                f"step {len(self.story)}:\n{last}"
            )
            raise AssertionError(message)

    async def _look(self, said: str) -> None:
        """Compare everything that is said of this instant."""
        world, now = self.world, self.world.now
        infos = await world.infos()
        facts = await self._facts(infos, now, now)
        answers = {pair: Answer.to(one) for pair, one in facts.items()}
        self.past[now] = (infos, answers)
        self._agree_with_the_lines(answers, facts)
        self._agree_with_the_laws(infos, answers, facts)
        await self._lists_equal_decisions(answers)
        await self._map_equals_decisions(infos, answers)
        await self._pages_equal_decisions(answers)
        await self._explanations_equal_decisions(infos, answers)
        await self._hold_until_they_say(infos, facts)
        if len(self.past) > 1:
            await self._ask_again(world.dice.one_of(list(self.past)))
        self.digest.update(f"{said} {self._said(answers)}".encode())

    def _said(self, answers: Mapping[Pair, Answer]) -> str:
        """Return the answers without what differs from a database to the other."""
        return "".join(
            f"{answer.sees:d}{''.join(str(list(Level).index(one)) for one in answer.levels.values())}"
            for answer in answers.values()
        )

    async def _facts(
        self, infos: Mapping[str, SeatInfo], at: datetime, known_at: datetime
    ) -> dict[Pair, SituationFacts]:
        world = self.world
        async with transaction(
            world.house.workplace.engine, write=False, clsm_id=world.cast.clsm_id
        ) as connection:
            return await facts_of(
                connection,
                world.cast.clsm_id,
                world.checked,
                list(infos.values()),
                at=at,
                known_at=known_at,
            )

    def _agree_with_the_lines(
        self, answers: Mapping[Pair, Answer], facts: Mapping[Pair, SituationFacts]
    ) -> None:
        """Compare what Casbin decides with the parsed lines, for one seat drawn or for all.

        The map and the pages, which Casbin decides, are compared with the lines at every step;
        `tests/policies` compares them everywhere.
        """
        sample = list(facts) if self.whole else self.world.dice.some(list(facts), 1)
        for pair in sample:
            answer = answers[pair]
            self.compared.add((answer.policy, answer.standpoint))
            decided = _decided(facts[pair])
            self.must(decided == answer.levels, f"decided {decided}, the lines say {answer.levels}")

    def _agree_with_the_laws(
        self,
        infos: Mapping[str, SeatInfo],
        answers: Mapping[Pair, Answer],
        facts: Mapping[Pair, SituationFacts],
    ) -> None:
        live = self.world.rows.at(self.world.now)
        for name, info in infos.items():
            for situation_id in self.world.checked:
                pair = (situation_id, info.employment_id)
                answer = answers[pair]
                self.answered["seen" if answer.sees else "hidden"] += 1
                self.answered["opened"] += sum(
                    level not in {Level.NONE, Level.SEE} for level in answer.levels.values()
                )
                case = case_of(
                    live,
                    self.world.now,
                    situation_id,
                    info,
                    column=facts[pair].column,
                    sees=answer.sees,
                    levels=answer.levels,
                )
                broken = self.oracle.judge(case)
                self.must(not broken, f"{name} breaks {broken}: {case}")

    async def _lists_equal_decisions(self, answers: Mapping[Pair, Answer]) -> None:
        """Compare what each seat's list shows with what may be seen of each situation."""
        world = self.world
        async with world.house.act(world.coordinator, write=False) as unit:
            for name, seat in world.seats.items():
                unit.actor = seat
                shown = await listed(unit, world.checked)
                decided = {one for one in world.checked if answers[one, seat.employment_id].sees}
                self.must(
                    shown == decided,
                    f"{name}: listed beyond {shown - decided}, not listed {decided - shown}",
                )
        name, seat = world.dice.one_of(list(world.seats.items()))
        async with world.house.act(seat, write=False) as unit:
            page = await situations.list_situations(unit)
        decided = {one for one in world.checked if answers[one, seat.employment_id].sees}
        self.must(
            {line.situation_id for line in page.lines} & set(world.checked) == decided
            or page.older is not None,
            f"{name}: the page of the list",
        )

    async def _map_equals_decisions(
        self, infos: Mapping[str, SeatInfo], answers: Mapping[Pair, Answer]
    ) -> None:
        """Compare the map of one situation: everyone who sees it is there, at their levels."""
        world, now = self.world, self.world.now
        async with transaction(
            world.house.workplace.engine, write=False, clsm_id=world.cast.clsm_id
        ) as connection:
            around = await access_at(
                connection, world.cast.clsm_id, world.situation_id, at=now, known_at=now
            )
        strong = {info.employment_id for info in infos.values() if info.strong_auth}
        for one in around:
            if one.employment_id in strong:
                answer = answers[world.situation_id, one.employment_id]
                self.must(
                    all(one.level(section) is answer.levels[section] for section in CONTENT),
                    f"the map and the decisions on {one.name.name}",
                )
        there = {one.employment_id for one in around}
        for name, info in infos.items():
            sees = answers[world.situation_id, info.employment_id].sees
            self.must(not sees or info.employment_id in there, f"{name} is not on the map")

    async def _pages_equal_decisions(self, answers: Mapping[Pair, Answer]) -> None:
        """Open the page, one section and its explanation, as two seats."""
        world = self.world
        for name in world.dice.some(sorted(world.seats), 2 if self.whole else 1):
            seat = world.seats[name]
            answer = answers[world.situation_id, seat.employment_id]
            section = world.dice.one_of(CONTENT)
            page = await self._read(name, situations.open_situation)
            self.must((page is not None) is answer.sees, f"{name}: the page and the list")
            if page is None:
                continue
            shown = {view.section: view.level for view in page.sections}
            for one, level in answer.levels.items():
                if one is not Section.ACCESS_REGISTER:
                    self.must(
                        shown.get(one, Level.NONE) is level,
                        f"{name}: {one} is {level}, its page says {shown.get(one)}",
                    )
            one_section = await self._read(name, situations.read_section, section)
            if one_section is not None:
                said = one_section.section.level
                self.must(said is answer.levels[section], f"{name}: {section} opens at {said}")
            elif section is not Section.ACCESS_REGISTER:
                self.must(answer.levels[section] is Level.NONE, f"{name}: {section} did not open")
            view = await self._read(name, sharing.read_access, section)
            if view is not None:
                self.must(view.level is answer.levels[section], f"{name}: why {section}")
                self.answered["pages"] += 1

    async def _read(self, name: str, operation: Any, *given: Any) -> Any:
        """Return what a seat reads of the situation drawn, None where it is refused."""
        world = self.world
        try:
            async with world.house.act(world.seats[name], write=False) as unit:
                return await operation(unit, world.situation_id, *given)
        except (NotFound, Refused):
            return None

    async def _explanations_equal_decisions(
        self, infos: Mapping[str, SeatInfo], answers: Mapping[Pair, Answer]
    ) -> None:
        """Ask « why » and « who could » about one section and one action."""
        world, now = self.world, self.world.now
        section, action = world.dice.one_of(CONTENT), world.dice.one_of(ASKED)
        info = infos[world.dice.one_of(sorted(infos))]
        async with transaction(
            world.house.workplace.engine, write=False, clsm_id=world.cast.clsm_id
        ) as connection:
            told = await sharing.explain(
                connection,
                world.cast.clsm_id,
                info,
                world.situation_id,
                section,
                action,
                at=now,
                known_at=now,
            )
            could = await sharing.who(
                connection,
                world.cast.clsm_id,
                world.situation_id,
                section,
                action,
                at=now,
                known_at=now,
            )
        answer = answers[world.situation_id, info.employment_id]
        self.must(told.level is answer.levels[section], f"explain {section}: {told.level}")
        candidates = []
        for one in infos.values():
            standpoint = answers[world.situation_id, one.employment_id].standpoint
            asked = _question(standpoint, section, action)
            candidates.append(
                opinions.Candidate(
                    str(one.employment_id), asked.column, asked.organisation_kind, asked.facts
                )
            )
        able = opinions.who_could(candidates, section, action, policy=answer.policy)
        self.must(
            told.allowed is (str(info.employment_id) in {one.label for one in able}),
            f"who could {action} {section}",
        )
        # Around the situation, and with two factors; a name may come back in another seat.
        labels = {one.label for one in able}
        around = {
            one.name
            for one in (*world.seats.values(), *world.gone.values())
            if one.strong_auth
            and answers[world.situation_id, one.employment_id].sees
            and str(one.employment_id) in labels
        }
        self.must(
            around <= {one.name for one in could if one.explanation.allowed},
            f"who could {action} {section}: someone who can is not named",
        )
        if action in ASKED[: len(LEVELS_FROM_THE_TOP)]:
            for one in able:
                level = answers[world.situation_id, UUID(one.label)].levels[section]
                reached = LEVELS_FROM_THE_TOP.index(level) if level is not Level.NONE else 9
                self.must(
                    reached <= LEVELS_FROM_THE_TOP.index(Level(action.value)),
                    f"who could {action} {section}: a seat that has {level}",
                )

    async def _hold_until_they_say(
        self, infos: Mapping[str, SeatInfo], facts: Mapping[Pair, SituationFacts]
    ) -> None:
        """Ask the last instant before the first of all ends: nothing has moved by itself."""
        ends = min(one.holds_until or FOREVER for one in facts.values())
        if ends == FOREVER:
            return
        later = await self._facts(infos, ends - timedelta(microseconds=1), self.world.now)
        for pair, one in later.items():
            self.must(
                one.standpoint == facts[pair].standpoint,
                f"it held until {ends}, and moved before: {pair}",
            )

    async def _ask_again(self, instant: datetime) -> None:
        """Ask an earlier instant again, as known then: the same answers."""
        infos, answers = self.past[instant]
        world = self.world
        asked = sorted({situation_id for situation_id, _ in answers}, key=str)
        async with transaction(
            world.house.workplace.engine, write=False, clsm_id=world.cast.clsm_id
        ) as connection:
            found = await facts_of(
                connection,
                world.cast.clsm_id,
                asked,
                list(infos.values()),
                at=instant,
                known_at=instant,
            )
        for pair, answer in answers.items():
            now = Answer.to(found[pair])
            self.must(now == answer, f"the past moved, at {instant}: {answer} became {now}")
        self.answered["past"] += len(answers)

    def told(self) -> Sequence[str]:
        """Return what was walked, in a few lines."""
        never = [name for name in STEPS if not self.applied[name]]
        return (
            f"seed {self.seed!r}: {len(self.story)} steps, {sum(self.applied.values())} applied",
            f"applied {dict(self.applied)}",
            f"refused {dict(self.refused)}",
            f"never {never}",
            f"answered {dict(self.answered)}, {len(self.compared)} standpoints",
            f"laws {self.oracle.met}",
        )


async def _tried(act: Awaitable[Any]) -> CelluleProblem | None:
    """Return what refused an act, None when it was done."""
    try:
        await act
    except CelluleProblem as problem:
        return problem
    return None


def _question(standpoint: Standpoint, section: Section, action: Action) -> Question:
    return Question(
        standpoint.column,
        standpoint.organisation_kind,
        section,
        action,
        Purpose.COORDINATION,
        facts_of_section(standpoint, section),
    )
