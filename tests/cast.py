"""Builders that read as people: a nurse, a landlord, a situation and its circle.

Rows of the directory are written directly; everything about situations goes through the
ordinary operations.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import insert

from service.database import FOREVER, new_id, transaction
from service.partners.models import (
    Cell,
    Charter,
    Clsm,
    Employment,
    Office,
    Organisation,
    Participation,
    Pledge,
)
from service.people.models import Account
from service.sharing import operations as sharing
from service.unit import Actor
from tests.house import House

YEAR = timedelta(days=365)


@dataclass
class Cast:
    """The people of one CLSM."""

    house: House
    clsm_id: UUID = field(default_factory=new_id)
    cell_id: UUID = field(default_factory=new_id)
    seats: dict[str, Actor] = field(default_factory=dict)

    @classmethod
    def on(cls, house: House) -> "Cast":
        """Open a CLSM with one cell and a charter."""
        cast = cls(house)
        house.run(cast._open())
        return cast

    async def _open(self) -> None:
        now = self.house.workplace.clock.now() - timedelta(days=90)
        await self.house.workplace.keyring.admit(self.clsm_id)
        async with transaction(
            self.house.workplace.engine, write=True, clsm_id=self.clsm_id
        ) as connection:
            await connection.execute(
                insert(Clsm).values(
                    clsm_id=self.clsm_id,
                    name="CLSM de Valmaurin",
                    territory_code="99V01",
                    created_at=now,
                )
            )
            await connection.execute(
                insert(Cell).values(
                    clsm_id=self.clsm_id, cell_id=self.cell_id, kind="INCURIE", name="Cellule"
                )
            )
            await connection.execute(
                insert(Charter).values(
                    clsm_id=self.clsm_id,
                    charter_version=1,
                    text="Charte",
                    effective_from=now,
                    recorded_at=now,
                )
            )

    def seat(
        self,
        name: str,
        *,
        kind: str,
        category: str = "NONE",
        function: str = "agent",
        office: str = "",
        pledged: bool = True,
        strong_auth: bool = True,
        secrecy_basis: str = "",
        relative: bool = False,
    ) -> Actor:
        """Seat someone; `kind` and `category` are words of the policy."""
        actor = Actor(
            account_id=new_id(),
            session_id=new_id(),
            name=name,
            demo=True,
            strong_auth=strong_auth,
            employment_id=new_id(),
            clsm_id=self.clsm_id,
            clsm_name="CLSM de Valmaurin",
            organisation_id=new_id(),
            organisation_key=f"o_{uuid4().hex[:8]}",
            organisation_name=f"Organisation de {name}",
            organisation_kind=kind,
            category=category,
            function=function,
            title=function,
            secrecy_basis=secrecy_basis,
            designated_relative=relative,
            started_at=self.house.workplace.clock.now() - timedelta(days=30),
            offices=frozenset({office} if office else ()),
        )
        self.house.run(self._seat(actor, office=office, pledged=pledged))
        self.seats[name] = actor
        return actor

    async def _seat(self, actor: Actor, *, office: str, pledged: bool) -> None:
        now = self.house.workplace.clock.now()
        dated = {
            "clsm_id": self.clsm_id,
            "employment_id": actor.employment_id,
            "valid_from": now - timedelta(days=30),
            "recorded_at": now - timedelta(days=30),
            "superseded_at": FOREVER,
        }
        async with transaction(
            self.house.workplace.engine, write=True, clsm_id=self.clsm_id
        ) as connection:
            await connection.execute(
                insert(Account).values(
                    account_id=actor.account_id,
                    email=f"{actor.account_id.hex}@essai.example",
                    name=actor.name,
                    password_hash="",
                    demo=True,
                    created_at=actor.started_at,
                )
            )
            await connection.execute(
                insert(Organisation).values(
                    organisation_id=actor.organisation_id,
                    key=actor.organisation_key,
                    name=actor.organisation_name,
                    kind=actor.organisation_kind,
                    created_at=actor.started_at,
                )
            )
            await connection.execute(
                insert(Participation).values(
                    clsm_id=self.clsm_id,
                    organisation_id=actor.organisation_id,
                    since=actor.started_at,
                )
            )
            await connection.execute(
                insert(Employment).values(
                    employment_id=actor.employment_id,
                    account_id=actor.account_id,
                    name=actor.name,
                    organisation_id=actor.organisation_id,
                    clsm_id=self.clsm_id,
                    category=actor.category,
                    function=actor.function,
                    title=actor.title,
                    secrecy_basis=actor.secrecy_basis,
                    designated_relative=actor.designated_relative,
                    started_at=actor.started_at,
                )
            )
            if office:
                await connection.execute(
                    insert(Office).values(
                        office_id=new_id(), kind=office, valid_to=FOREVER, **dated
                    )
                )
            if pledged:
                await connection.execute(
                    insert(Pledge).values(
                        pledge_id=new_id(),
                        charter_version=1,
                        **(dated | {"valid_to": now - timedelta(days=30) + YEAR}),
                    )
                )

    def coordinator(self, name: str = "Maëlle Quintard") -> Actor:
        """Seat the coordinator of the cell, outside R.1110-2."""
        return self.seat(name, kind="COORDINATION", office="coordinator")

    def social_worker(self, name: str = "Bruno Escallier") -> Actor:
        """Seat a social worker of the CCAS (R.1110-2 2° a)."""
        return self.seat(name, kind="CCAS", category="2a", function="social_worker")

    def psychiatric_nurse(self, name: str = "Nadège Violleau") -> Actor:
        """Seat a nurse of the mobile psychiatric team (1°)."""
        return self.seat(name, kind="PSYCHIATRY", category="1", function="nurse")

    def physician(self, name: str = "Pascal Hérembert") -> Actor:
        """Seat a general practitioner (1°)."""
        return self.seat(name, kind="HEALTH", category="1", function="physician")

    def landlord(self, name: str = "Fabrice Nolleau") -> Actor:
        """Seat a social landlord's agent: a social-work diploma, and yet outside R.1110-2."""
        return self.seat(name, kind="LANDLORD", function="social_worker")

    def inspector(self, name: str = "Odette Marsan") -> Actor:
        """Seat an inspector of the municipal hygiene service."""
        return self.seat(name, kind="HYGIENE", function="inspector")

    def auditor(self, name: str = "Hélène Vasseur-Tanguy") -> Actor:
        """Seat the ethics auditor."""
        return self.seat(name, kind="ETHICS", office="auditor")

    def dpo(self, name: str = "Paul Achard") -> Actor:
        """Seat the data protection officer."""
        return self.seat(name, kind="DATA_PROTECTION", office="dpo")

    def administrator(self, name: str = "Thomas Berger") -> Actor:
        """Seat the administrator of the CLSM."""
        return self.seat(name, kind="HOSTING", office="administrator")


async def seated(
    house: House,
    coordinator: Actor,
    situation_id: UUID,
    seat: Actor,
    reason: str = "already_intervenes",
    *,
    until: datetime | None = None,
    substitutes_for: UUID | None = None,
) -> datetime:
    """Let the coordinator invite a seat into a circle, and the seat accept; return the end."""
    async with house.act(coordinator) as unit:
        invitation_id = await sharing.invite_to_circle(
            unit,
            situation_id,
            seat.employment_id,
            reason,
            until=until,
            substitutes_for=substitutes_for,
        )
    async with house.act(seat) as unit:
        return await sharing.accept_invitation(unit, invitation_id)
