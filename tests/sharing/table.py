"""A situation and those who sit around it, as short as a test reads."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from policies.vocabulary import Action, Level, Section
from service.database import new_id
from service.sharing import operations as sharing
from service.sharing.operations.facts import seat_of
from service.sharing.rules import GROUPS
from service.sharing.schemas.explaining import Explanation
from service.situations import operations as situations
from service.situations.models import Situation
from service.situations.operations.listing import rows_of_page
from service.situations.rules import Urgency
from service.unit import Actor, Unit
from tests.cast import Cast, seated
from tests.house import House

PAPER = {"means": "oral", "notice_version": "FALC v1.2"}
_numbers = iter(range(1, 100_000))


@dataclass
class Table:
    """One situation, its coordinator and the landlord who referred it."""

    house: House
    cast: Cast
    coordinator: Actor
    landlord: Actor
    situation_id: UUID = field(default_factory=new_id)
    seated: tuple[Actor, ...] = ()

    @classmethod
    def laid(
        cls, house: House, cast: Cast | None = None, *, state: str = "in_follow_up"
    ) -> "Table":
        """Refer a situation and bring it to a state; nobody is in its circle."""
        cast = cast or Cast.on(house)
        coordinator = cast.seats.get("Maëlle Quintard") or cast.coordinator()
        landlord = cast.seats.get("Fabrice Nolleau") or cast.landlord()
        table = cls(house, cast, coordinator, landlord)
        house.run(table._refer(state))
        return table

    async def _refer(self, state: str) -> None:
        now = self.house.workplace.clock.now()
        async with self.house.act(self.landlord) as unit:
            await situations.create_situation(
                unit,
                self.situation_id,
                self.cast.cell_id,
                reference=f"SIT-2026-{next(_numbers):05}",
                urgency=Urgency.U1,
                opened_at=now,
            )
            await sharing.begin(unit, self.situation_id, self.cast.cell_id, "submitted")
        async with self.house.act(self.coordinator) as unit:
            await sharing.move(unit, self.situation_id, state=state)
            await unit.transaction.execute(
                update(Situation)
                .where(
                    Situation.clsm_id == unit.clsm_id,
                    Situation.situation_id == self.situation_id,
                )
                .values(state=state)
            )

    def does(
        self, actor: Actor, operation: Callable[..., Awaitable[Any]], *given: Any, **named: Any
    ) -> Any:
        """Let a seat do one operation on this situation, in an act of its own."""

        async def act() -> Any:
            async with self.house.act(actor) as unit:
                return await operation(unit, self.situation_id, *given, **named)

        return self.house.run(act())

    def reads(
        self, actor: Actor, operation: Callable[..., Awaitable[Any]], *given: Any, **named: Any
    ) -> Any:
        """Let a seat read, in an act that does not write."""

        async def act() -> Any:
            async with self.house.act(actor, write=False) as unit:
                return await operation(unit, self.situation_id, *given, **named)

        return self.house.run(act())

    def joins(self, actor: Actor, reason: str = "already_intervenes", **named: Any) -> datetime:
        """Invite a seat, which accepts; return the end of its place."""
        ends: datetime = self.house.run(
            seated(self.house, self.coordinator, self.situation_id, actor, reason, **named)
        )
        return ends

    def invites(self, actor: Actor, reason: str = "already_intervenes", **named: Any) -> UUID:
        """Invite a seat into the circle; return the invitation."""
        made: UUID = self.does(
            self.coordinator, sharing.invite_to_circle, actor.employment_id, reason, **named
        )
        return made

    def answers(self, actor: Actor, operation: Callable[..., Awaitable[Any]], *given: Any) -> Any:
        """Let a seat do one operation that names no situation, in an act of its own."""

        async def act() -> Any:
            async with self.house.act(actor) as unit:
                return await operation(unit, *given)

        return self.house.run(act())

    def named_by(self, recorder: Actor, **cells: str) -> None:
        """Inform of every group and record the general agreement; `I6_G2="yes"` adds a cell."""
        self.does(recorder, sharing.record_information, groups=GROUPS, **PAPER)
        self.does(
            recorder,
            sharing.record_agreement,
            {tuple(key.split("_")): value for key, value in cells.items()},
            general=True,
            **PAPER,
        )

    def says(self, recorder: Actor, **cells: str) -> None:
        """Record what the person answers, cell by cell: `I7_G5="no"`."""
        named = {tuple(key.split("_")): value for key, value in cells.items()}
        self.does(recorder, sharing.record_agreement, named, **PAPER)

    def level(self, actor: Actor, section: Section) -> Level:
        """Return how far a section opens to a seat now."""
        return self.asks(actor, section).level

    def sees(self, actor: Actor) -> bool:
        """Return whether a seat may know that the situation exists now."""
        return self.asks(actor, Section.SITUATION, Action.SEE).allowed

    def asks(
        self,
        actor: Actor,
        section: Section,
        action: Action = Action.READ,
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> Explanation:
        """Ask the rules, now or about another instant."""
        now = self.house.workplace.clock.now()

        async def act() -> Explanation:
            async with self.house.act(actor, write=False) as unit:
                return await sharing.explain(
                    unit.transaction,
                    unit.clsm_id,
                    seat_of(actor),
                    self.situation_id,
                    section,
                    action,
                    at=at or now,
                    known_at=known_at or min(at or now, now),
                )

        return self.house.run(act())

    def passes(self, **by: float) -> datetime:
        """Let time pass; return the new instant."""
        self.house.hands.advance(timedelta(**by))
        return self.house.workplace.clock.now()


async def listed(unit: Unit, situation_ids: list[UUID]) -> set[UUID]:
    """Return those of these situations that the actor's list brings, before deciding on each."""
    return {row.situation_id for row in await rows_of_page(unit)} & set(situation_ids)
