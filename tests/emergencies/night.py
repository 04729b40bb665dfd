"""A night: a situation, its circle, a nurse on call outside it, and those who oversee."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from policies.vocabulary import Section
from service.emergencies import operations
from service.emergencies.schemas import NewEmergency, NewEmergencyByReference, NewReview, Opened
from service.partners import operations as partners
from service.unit import Actor
from tests.house import House
from tests.sharing.table import Table

REASON = "Appel du SAMU, malaise : que faut-il savoir avant d'entrer ?"
VITAL = (Section.IDENTITY_CONTACT, Section.SAFETY_RISK, Section.SOMATIC_HEALTH)


class Night(Table):
    """`Table.laid`, with a DPO; seats act by name of what they do."""

    dpo: Actor

    @classmethod
    def falls(cls, house: House, **named: Any) -> "Night":
        night = cls.laid(house, **named)
        assert isinstance(night, Night)
        night.dpo = night.cast.seats.get("Paul Achard") or night.cast.dpo()
        return night

    def acts(
        self, actor: Actor, operation: Any, *given: Any, write: bool = True, **named: Any
    ) -> Any:
        """Let a seat do one operation that names no situation first."""

        async def act() -> Any:
            async with self.house.act(actor, write=write) as unit:
                return await operation(unit, *given, **named)

        return self.house.run(act())

    def on_call(self, actor: Actor, hours: float = 12) -> UUID:
        """Put a seat on call from now on."""
        now = self.house.workplace.clock.now()
        return self.acts(
            self.coordinator,
            partners.set_on_call,
            actor.employment_id,
            starts_at=now,
            ends_at=now + timedelta(hours=hours),
        )

    @property
    def reference(self) -> str:
        from service.situations.operations.names import situation_names

        async def named() -> str:
            async with self.house.act(self.coordinator, write=False) as unit:
                found = await situation_names(unit.transaction, unit.clsm_id, [self.situation_id])
                return found[self.situation_id].reference

        return self.house.run(named())

    def opens(self, actor: Actor, *sections: Section, **more: Any) -> Opened:
        """Open an emergency access from the situation's page."""
        return self.does(actor, operations.open_emergency, asked(*sections, **more))

    def opens_by_reference(
        self, actor: Actor, reference: str, *sections: Section, **more: Any
    ) -> Opened | None:
        wanted = asked(*sections, kind=NewEmergencyByReference, reference=reference, **more)
        return self.acts(actor, operations.open_by_reference, wanted)

    def reviews(self, actor: Actor, access_id: UUID, **more: Any) -> None:
        self.acts(actor, operations.review, access_id, reviewed(self, **more))

    def lists(self, actor: Actor) -> tuple[Any, ...]:
        return self.acts(actor, operations.list_emergencies, write=False)

    def page(self, actor: Actor, access_id: UUID) -> Any:
        return self.acts(actor, operations.read_emergency, access_id, write=False)


def asked(*sections: Section, kind: type[Any] = NewEmergency, **more: Any) -> Any:
    """Return a demand that is in order, but for what is said."""
    given: dict[str, Any] = {
        "access_id": uuid4(),
        "sections": sections or VITAL,
        "reason_code": "rescue",
        "basis": "CP223_6",
        "reason": REASON,
    }
    return kind(**(given | more))


def reviewed(night: Night, **more: Any) -> NewReview:
    """Return a review that is in order: the person was told today by the coordinator."""
    given: dict[str, Any] = {
        "outcome": "justified",
        "told_on": night.house.workplace.clock.today(),
        "told_by": night.coordinator.employment_id,
        "means": "oral",
    }
    return NewReview(**(given | more))
