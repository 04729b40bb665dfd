"""A territory where things happen: two cells, the professionals of every column, some situations.

Everything is drawn from one seed. What is drawn leans towards what may be accepted, so that a
walk of a few hundred steps does not spend itself in refusals.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select

from policies.vocabulary import ProfessionalCategory
from service.database import new_id, transaction
from service.partners import operations as partners
from service.partners.models import Cell
from service.sharing import operations as sharing
from service.sharing.models import CircleInvitation
from service.sharing.operations.seating import info_of
from service.sharing.rules import CATEGORIES, GROUPS, CircleReason, Means
from service.sharing.rules.invitations import InvitationState
from service.sharing.schemas import SeatInfo
from service.situations import operations as situations
from service.situations.rules import State, Urgency
from service.unit import Actor
from tests.cast import Cast, seated
from tests.chance import Chance
from tests.house import House
from tests.security.stories import TO_FOLLOW_UP
from tests.sharing.rows import Row, Rows

SITUATIONS = 6
PAPER = {"means": Means.ORAL, "notice_version": "2026-01"}
_FUNCTIONS = {"GUARDIANSHIP": "guardian", "MEDICO_SOCIAL": "educator"}
PEOPLE: Sequence[tuple[str, str, dict[str, Any]]] = (
    ("worker", "CCAS", {"category": "2a", "function": "social_worker"}),
    ("agent", "CCAS", {"secrecy_basis": "CASF133_5"}),
    ("nurse", "PSYCHIATRY", {"category": "1", "function": "nurse"}),
    ("physician", "HEALTH", {"category": "1", "function": "physician"}),
    ("weak", "HEALTH", {"category": "1", "function": "physician", "strong_auth": False}),
    ("educator", "MEDICO_SOCIAL", {"category": "2d", "function": "educator"}),
    ("guardian", "GUARDIANSHIP", {"category": "2f", "function": "guardian"}),
    ("dac", "DAC", {"category": "1", "function": "nurse"}),
    ("landlord", "LANDLORD", {"function": "social_worker"}),
    ("inspector", "HYGIENE", {"function": "inspector"}),
    ("fire", "FIRE_SERVICE", {}),
    ("cleaner", "CLEANING", {}),
    ("peer", "PEER", {}),
    ("relative", "RELATIVE", {"relative": True}),
    ("mayor", "MUNICIPALITY", {}),
    ("coordinator", "COORDINATION", {"office": "coordinator"}),
    ("dpo", "DATA_PROTECTION", {"office": "dpo"}),
    ("auditor", "ETHICS", {"office": "auditor"}),
    ("administrator", "HOSTING", {"office": "administrator"}),
)


class Nothing(Exception):
    """There is nothing that the step drawn could be about: another is drawn instead."""


@dataclass
class World:
    """The territory, the dice, and what was drawn for the step under way."""

    house: House
    dice: Chance
    cast: Cast
    cells: tuple[UUID, UUID]
    seats: dict[str, Actor]
    situations: list[UUID] = field(default_factory=list)
    gone: dict[str, Actor] = field(default_factory=dict)
    """Seats that ended, the last two."""
    rows: Rows = field(default_factory=Rows)
    """The facts as the tables held them after the last step."""
    situation_id: UUID = field(default_factory=new_id)
    """The situation of the step under way."""

    @classmethod
    async def opened(cls, house: House, cast: Cast, dice: Chance) -> "World":
        """Open a second cell and let the first situations be referred and followed up."""
        other = new_id()
        async with transaction(
            house.workplace.engine, write=True, clsm_id=cast.clsm_id
        ) as connection:
            await connection.execute(
                insert(Cell).values(
                    clsm_id=cast.clsm_id, cell_id=other, kind="INCURIE", name="Autre cellule"
                )
            )
        world = cls(house, dice, cast, (cast.cell_id, other), dict(cast.seats))
        for number in range(SITUATIONS):
            await world.refer(followed_up=number < SITUATIONS - 1)
        return world

    @property
    def now(self) -> datetime:
        """Return the house's instant."""
        return self.house.workplace.clock.now()

    async def act(
        self, actor: Actor, operation: Callable[..., Awaitable[Any]], *given: Any, **named: Any
    ) -> Any:
        """Let a seat do one operation, in an act of its own."""
        async with self.house.act(actor) as unit:
            return await operation(unit, *given, **named)

    async def here(
        self, actor: Actor, operation: Callable[..., Awaitable[Any]], *given: Any, **named: Any
    ) -> Any:
        """Let a seat do one operation on the situation drawn."""
        return await self.act(actor, operation, self.situation_id, *given, **named)

    async def steered(
        self, operation: Callable[..., Awaitable[Any]], *given: Any, **more: Any
    ) -> None:
        """Let the coordinator change the course of the situation drawn."""
        async with self.house.act(self.coordinator) as unit:
            facts = await sharing.facts_about(unit, self.situation_id)
            await operation(unit, facts, self.situation_id, *given, **more)

    async def refer(self, *, followed_up: bool = True) -> None:
        """Refer one more situation, by someone drawn; nobody is in its circle."""
        by = self.dice.one_of([self.seats[name] for name in ("worker", "landlord", "nurse")])
        self.situation_id = new_id()
        self.situations.append(self.situation_id)

        async def create(unit: Any, situation_id: UUID) -> None:
            cell_id = self.dice.one_of(self.cells)
            await situations.create_situation(
                unit,
                situation_id,
                cell_id,
                reference=f"SIT-2026-{len(self.situations):05}",
                urgency=Urgency.U1,
                opened_at=unit.now(),
            )
            await sharing.begin(unit, situation_id, cell_id, State.SUBMITTED)

        await self.here(by, create)
        for state in TO_FOLLOW_UP if followed_up else TO_FOLLOW_UP[:1]:
            await self.steered(situations.move_state, state)
        if followed_up:
            await self._gather()

    async def _gather(self) -> None:
        """Begin with a small circle and, mostly, an agreement: most acts need one."""
        names = ["worker", *self.dice.some(["nurse", "physician", "educator", "inspector"], 3)]
        for name in names + self.dice.some(["landlord", "guardian", "dac", "peer"], 1):
            await self.join(self.seats[name])
        worker = self.seats["worker"]
        await self.here(self.coordinator, sharing.designate_informing, worker.employment_id)
        if self.dice.often(80):
            await self.here(worker, sharing.record_information, groups=GROUPS, **PAPER)
            await self.here(worker, sharing.record_agreement, self.answers(), general=True, **PAPER)

    async def join(self, seat: Actor, **more: Any) -> None:
        """Invite a seat, which accepts."""
        await seated(self.house, self.coordinator, self.situation_id, seat, self.reason(), **more)

    async def invited(self) -> Row:
        """Return an invitation that waits, in whatever situation; of someone just invited else."""
        waiting = [
            row
            for row in self.rows.live("circle_invitation", self.now)
            if row.state == InvitationState.PENDING
        ]
        if waiting:
            return self.dice.one_of(waiting)
        invitation_id = await self.here(
            self.coordinator,
            sharing.invite_to_circle,
            self.outsider().employment_id,
            self.reason(),
        )
        columns = CircleInvitation.__table__.c
        return await self.one(
            select(CircleInvitation.__table__).where(columns.invitation_id == invitation_id)
        )

    @property
    def checked(self) -> list[UUID]:
        """Return the situations that are compared after each step: the latest."""
        return self.situations[-SITUATIONS - 2 :]

    @property
    def coordinator(self) -> Actor:
        """Return the coordinator of the cells."""
        return self.seats["coordinator"]

    def drawn(self, names: Iterable[str] = ()) -> Actor:
        """Return one of these seats, of everyone's by default."""
        return self.seats[self.dice.one_of(sorted(names) or sorted(self.seats))]

    def holder(self, table: str, *, here: bool = True, within: timedelta | None = None) -> Actor:
        """Return a seat that has such a row, on this situation or anywhere; raises Nothing.

        `within` wants a row that ends soon. Anyone else at times, so that refusals are met.
        """
        rows = [
            row
            for row in self.rows.live(table, self.now)
            if (not here or row.situation_id == self.situation_id)
            and (within is None or row.valid_to - self.now < within)
        ]
        ids = {row.employment_id for row in rows}
        names = [name for name, seat in self.seats.items() if seat.employment_id in ids]
        if not names:
            raise Nothing
        return self.drawn(names if self.dice.often(90) else ())

    async def one(self, statement: Select[Any]) -> Any:
        """Return the first row of a statement. Raises Nothing without one."""
        async with transaction(
            self.house.workplace.engine, write=False, clsm_id=self.cast.clsm_id
        ) as connection:
            row = (await connection.execute(statement)).first()
        if row is None:
            raise Nothing
        return row

    def member(self) -> Actor:
        """Return, mostly, a member of the circle."""
        return self.holder("circle_membership")

    def recorder(self) -> Actor:
        """Return, mostly, a member who may record what the person says."""
        here = {
            row.employment_id
            for table in ("circle_membership", "informing_designation")
            for row in self.rows.live(table, self.now)
            if row.situation_id == self.situation_id
        }
        able = [
            name
            for name, seat in self.seats.items()
            if seat.employment_id in here and seat.category != ProfessionalCategory.NONE
        ]
        if not able:
            raise Nothing
        return self.drawn(able if self.dice.often(90) else ())

    def outsider(self) -> Actor:
        """Return a seat that this circle does not have yet, mostly one that may take a place."""
        here = {
            row.employment_id
            for row in self.rows.live("circle_membership", self.now)
            if row.situation_id == self.situation_id
        }
        never = {"mayor", "dpo", "auditor", "administrator"} if self.dice.often(90) else set()
        return self.drawn(
            name
            for name, one in self.seats.items()
            if one.employment_id not in here and name not in never
        )

    def reason(self) -> CircleReason:
        """Return why a seat joins."""
        return self.dice.one_of([one for one in CircleReason if one is not CircleReason.SUBSTITUTE])

    def groups(self) -> tuple[str, ...]:
        """Return the groups of which the person is informed: all, or some."""
        if self.dice.often(60):
            return GROUPS
        return tuple(self.dice.some(GROUPS, self.dice.between(1, 5)))

    def answers(self, value: str = "") -> dict[tuple[str, str], str]:
        """Return cells of the grid with an answer each, or all with the same."""
        values = ("yes", "yes", "yes", "extract_only", "no", "not_asked")
        if self.dice.often(6) and value != "no":
            keys = [(row, group) for row in CATEGORIES for group in GROUPS]
        else:
            keys = [
                (self.dice.one_of((*CATEGORIES, "I6", "I7", "I*")), self.dice.one_of(GROUPS))
                for _ in range(self.dice.between(1, 6))
            ]
        return {key: value or self.dice.one_of(values) for key in keys}

    def days(self, fewest: int, most: int) -> timedelta:
        """Return a length of time."""
        return timedelta(days=self.dice.between(fewest, most))

    async def end_seat(self) -> None:
        """End the seat of someone who holds no office, by the administrator; they come back."""
        name = self.dice.one_of([name for name, _, more in PEOPLE if "office" not in more])
        gone = self.seats[name]

        async def end(unit: Any) -> UUID:
            await sharing.leave(unit, gone.employment_id, every_seat=False)
            return await partners.create_employment(
                unit,
                partners.NewSeat(
                    account_id=gone.account_id,
                    name=gone.name,
                    organisation_id=gone.organisation_id,
                    category=gone.category,
                    function=gone.function or _FUNCTIONS.get(gone.organisation_kind, "other"),
                    title=gone.title,
                    secrecy_basis=gone.secrecy_basis,
                    designated_relative=gone.designated_relative,
                ),
            )

        back = await self.act(self.seats["administrator"], end)
        self.seats[name] = replace(gone, employment_id=back, started_at=self.now)
        self.gone = dict(list({**self.gone, f"{name} {back.hex[:4]}": gone}.items())[-2:])

    async def infos(self) -> dict[str, SeatInfo]:
        """Return what the rules need of each seat, as the directory says it now."""
        seats = {**self.seats, **self.gone}
        ids = {seat.employment_id: name for name, seat in seats.items()}
        async with transaction(
            self.house.workplace.engine, write=False, clsm_id=self.cast.clsm_id
        ) as connection:
            known = partners.seats().subquery()
            found = await connection.execute(
                select(known).where(known.c.employment_id.in_(list(ids)))
            )
            rows = {ids[row.employment_id]: row for row in found}
        return {
            name: info_of(rows[name], strong_auth=seat.strong_auth) for name, seat in seats.items()
        }


def people_of(cast: Cast) -> None:
    """Seat everyone; three begin without a pledge in force."""
    for name, kind, more in PEOPLE:
        cast.seat(name, kind=kind, pledged=name not in {"agent", "mayor"}, **more)
