"""A named situation, its circle, and those who oversee: as short as a test of reports reads."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text

from audit import reading
from service.database import Identifier, new_id, transaction
from service.disclosures.schemas.reports import NewReport
from service.jobs.models import OutgoingMail
from service.jobs.rules import Kind
from service.situations.schemas import Card
from service.unit import Actor
from tests.cast import Cast
from tests.house import House
from tests.security.doors import Browser, sign_in
from tests.security.stories import Story

CARD = Card(last_name="Ropartz", first_name="Yannig", address="21 allée du Verger")
REASON = "Faits graves constatés ce matin, décision prise avec mon encadrement."


@dataclass
class Town:
    """One situation followed by a cell, and the seats that tests speak of."""

    house: House
    cast: Cast
    story: Story
    coordinator: Actor
    worker: Actor
    nurse: Actor
    landlord: Actor
    inspector: Actor
    dpo: Actor
    auditor: Actor
    administrator: Actor
    outsider: Actor
    browsers: dict[UUID, Browser] = field(default_factory=dict)

    @classmethod
    def on(cls, house: House, reference: str = "SIT-2026-0031") -> "Town":
        """Refer, accept, gather, agree: everyone of the circle is in place."""
        cast = Cast.on(house)
        coordinator, worker = cast.coordinator(), cast.social_worker()
        nurse, landlord, inspector = cast.psychiatric_nurse(), cast.landlord(), cast.inspector()
        circle = (worker, nurse, landlord, inspector)
        story = Story(house, cast, coordinator, worker, worker, circle)
        story.begin(reference)
        story.accept(CARD)
        story.gather()
        story.agree()
        return cls(
            house,
            cast,
            story,
            coordinator,
            worker,
            nurse,
            landlord,
            inspector,
            cast.dpo(),
            cast.auditor(),
            cast.administrator(),
            cast.psychiatric_nurse("Judith Malescot"),
        )

    @property
    def situation_id(self) -> UUID:
        """The situation."""
        return self.story.situation_id

    def does(self, actor: Actor, operation: Any, *given: Any, write: bool = True) -> Any:
        """Let a seat do one operation, in an act of its own."""

        async def act() -> Any:
            async with self.house.act(actor, write=write) as unit:
                return await operation(unit, *given)

        return self.house.run(act())

    def here(self, actor: Actor, operation: Any, *given: Any, write: bool = True) -> Any:
        """The same, about the situation."""
        return self.does(actor, operation, self.situation_id, *given, write=write)

    def browser(self, actor: Actor, client: Any = None) -> Browser:
        """Return a signed-in browser of a seat, the same each time."""
        if actor.employment_id not in self.browsers:
            browser = Browser(client or self.house.client(), sign_in(self.house, actor))
            self.browsers[actor.employment_id] = browser
        return self.browsers[actor.employment_id]

    def recorded(self, actor: Actor) -> list[str]:
        """Return what the record says that a seat did, the newest first."""
        self.house.sequence()

        async def read() -> list[str]:
            keyring = self.house.workplace.keyring
            names = await keyring.pseudonyms(self.cast.clsm_id, [actor.employment_id], 2026)
            async with transaction(
                self.house.workplace.engine, write=False, clsm_id=self.cast.clsm_id
            ) as connection:
                found = await reading.entries(
                    connection,
                    tenant=str(self.cast.clsm_id),
                    actors=list(names.values()),
                )
            return [name for name in reading.by_name(found) if not name.startswith("key.")]

        return self.house.run(read())

    def mailed(self) -> list[UUID]:
        """Return the seats to whom a report was announced."""

        async def read() -> list[UUID]:
            async with self.house.act(self.dpo, write=False) as unit:
                statement = select(OutgoingMail.employment_id).where(
                    OutgoingMail.clsm_id == unit.clsm_id, OutgoingMail.kind == Kind.REPORT
                )
                return list((await unit.transaction.execute(statement)).scalars())

        return self.house.run(read())

    def count(self, table: str) -> int:
        """Return how many rows a table of this CLSM holds."""

        async def read() -> int:
            async with transaction(
                self.house.workplace.engine, write=False, clsm_id=self.cast.clsm_id
            ) as connection:
                where = "" if table == "account" else "WHERE clsm_id = :clsm_id"
                statement = text(f"SELECT count(*) FROM {table} {where}")
                if where:
                    statement = statement.bindparams(
                        bindparam("clsm_id", self.cast.clsm_id, type_=Identifier)
                    )
                found = await connection.execute(statement)
                return int(found.scalar_one())

        return self.house.run(read())


def report(**said: Any) -> NewReport:
    """Return a report as a social worker makes it, with what a test changes."""
    usual: dict[str, Any] = {
        "report_id": new_id(),
        "path": "CP226_14_1",
        "recipient": "prosecutor",
        "extract": "Vu le 20 mars : porte bloquée de l'extérieur, ni repas ni eau.",
        "reason": REASON,
        "informed": "informed",
        "informed_on": date(2026, 3, 24),
        "informed_by": "L'assistante sociale",
    }
    return NewReport(**(usual | said))
