"""One situation told to its end through the ordinary operations: referred, accepted, informed,
agreed, its circle made, every section written by someone who may.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from policies.vocabulary import Section
from service.database import new_id
from service.sharing import operations as sharing
from service.sharing.rules import CATEGORIES, GROUPS, Means
from service.situations import operations as situations
from service.situations.rules import State, Urgency
from service.situations.schemas import Card, EntryContent
from service.unit import Actor
from tests.cast import Cast, seated
from tests.house import House

Text = Callable[[str], str]
"""Gives the text of a field by its name: a marker, or a paragraph of a given length."""

TO_FOLLOW_UP = (
    State.RECEIVED,
    State.IN_QUALIFICATION,
    State.ACCEPTED,
    State.PREPARATION,
    State.SCHEDULED,
    State.IN_REVIEW,
    State.IN_FOLLOW_UP,
)
ALL_YES = {(category, group): "yes" for category in CATEGORIES for group in GROUPS}


@dataclass
class Story:
    """A situation and those around it."""

    house: House
    cast: Cast
    coordinator: Actor
    referrer: Actor
    informing: Actor
    circle: tuple[Actor, ...]
    situation_id: UUID = field(default_factory=new_id)

    def begin(self, reference: str, *, urgency: Urgency = Urgency.U1) -> None:
        """Let the situation exist, referred by its referrer."""

        async def refer() -> None:
            async with self.house.act(self.referrer) as unit:
                await situations.create_situation(
                    unit,
                    self.situation_id,
                    self.cast.cell_id,
                    reference=reference,
                    urgency=urgency,
                    opened_at=unit.now(),
                )
                await sharing.begin(unit, self.situation_id, self.cast.cell_id, State.SUBMITTED)

        self.house.run(refer())

    def accept(self, card: Card, states: Iterable[State] = TO_FOLLOW_UP) -> None:
        """Bring it to its follow-up, with an alias and an identity card."""

        async def steps() -> None:
            for state in states:
                async with self.house.act(self.coordinator) as unit:
                    facts = await sharing.facts_about(unit, self.situation_id)
                    await situations.move_state(unit, facts, self.situation_id, state)
            async with self.house.act(self.coordinator) as unit:
                await situations.give_alias(unit, self.situation_id)
                await situations.write_identity(unit, self.situation_id, card)
                await situations.index_person(unit, self.situation_id, card)

        self.house.run(steps())

    def gather(self) -> None:
        """Charge the informing professional, give everyone their place, name a lead."""

        async def steps() -> None:
            async with self.house.act(self.coordinator) as unit:
                await sharing.designate_informing(
                    unit, self.situation_id, self.informing.employment_id
                )
            for seat in self.circle:
                await seated(self.house, self.coordinator, self.situation_id, seat)
            async with self.house.act(self.coordinator) as unit:
                await sharing.designate_lead(unit, self.situation_id, self.informing.employment_id)

        self.house.run(steps())

    def agree(self, cells: Mapping[tuple[str, str], str] = ALL_YES) -> None:
        """Let the informing professional inform the person and record the agreement."""

        async def steps() -> None:
            async with self.house.act(self.informing) as unit:
                await sharing.record_information(
                    unit,
                    self.situation_id,
                    groups=GROUPS,
                    means=Means.ORAL,
                    notice_version="2026-01",
                )
            async with self.house.act(self.informing) as unit:
                await sharing.record_agreement(
                    unit,
                    self.situation_id,
                    cells,
                    means=Means.WRITTEN,
                    notice_version="2026-01",
                    general=True,
                )

        self.house.run(steps())

    def write(
        self,
        author: Actor,
        section: Section,
        content: EntryContent,
        *,
        extract: str = "",
        belongs_to: str = "",
        groups: Iterable[str] = (),
    ) -> UUID:
        """Add one entry by its author, and its extract; return the entry's identifier."""
        entry_id = new_id()

        async def steps() -> None:
            async with self.house.act(author) as unit:
                await situations.add_entry(
                    unit,
                    self.situation_id,
                    section,
                    entry_id,
                    content,
                    belongs_to=belongs_to,
                    groups=groups,
                    confirmed=True,
                )
            if extract:
                async with self.house.act(author) as unit:
                    await situations.write_extract(
                        unit, self.situation_id, section, extract, version=0, confirmed=True
                    )

        self.house.run(steps())
        return entry_id


def observation(text: str, *, opinion: str = "", observed_by: str = "") -> EntryContent:
    """Return an entry as people write them: seen on a day, by someone."""
    return EntryContent(
        text=text,
        opinion=opinion,
        observed_on=date(2026, 3, 20),
        observed_by=observed_by,
        seen="seen",
    )
