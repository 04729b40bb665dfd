"""A situation as a test needs it: referred by a landlord, followed by a cell, named by agreement."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from policies.vocabulary import Section
from service.database import new_id
from service.sharing import operations as sharing
from service.sharing.rules import CATEGORIES, GROUPS, Means
from service.situations import operations
from service.situations.rules import State, Urgency
from service.situations.schemas import Card, EntryContent, SectionPage, SituationView, Written
from service.unit import Actor
from tests.cast import Cast, seated
from tests.house import House

ACCEPTED = (
    State.RECEIVED,
    State.IN_QUALIFICATION,
    State.ACCEPTED,
    State.PREPARATION,
    State.SCHEDULED,
    State.IN_REVIEW,
    State.IN_FOLLOW_UP,
)
ODILE = Card(
    last_name="Carvennec",
    first_name="Odile",
    birth_name="Stervin",
    birth_year=1954,
    address="8 rue des Alouettes, Valmaurin",
)
_numbers = iter(range(1, 10_000))


@dataclass
class Story:
    """One situation and those around it."""

    house: House
    cast: Cast
    coordinator: Actor
    landlord: Actor
    situation_id: UUID = field(default_factory=new_id)

    @classmethod
    def begins(cls, house: House, cast: Cast | None = None) -> "Story":
        """Refer a situation; nobody has received it yet."""
        cast = cast or Cast.on(house)
        story = cls(
            house,
            cast,
            cast.seats.get("Maëlle Quintard") or cast.coordinator(),
            cast.seats.get("Fabrice Nolleau") or cast.landlord(),
        )
        house.run(story._refer())
        return story

    @classmethod
    def followed(cls, house: House, *circle: str, named: bool = True, **cells: str) -> "Story":
        """Refer, accept, form a circle of these builders of the cast, record the agreement.

        `cells` are written `I6_G2="yes"`; every group is informed.
        """
        story = cls.begins(house)
        house.run(story.moves(*ACCEPTED))
        story.seated = {name: getattr(story.cast, name)() for name in circle}
        for seat in (story.landlord, *story.seated.values()):
            house.run(story.joins(seat))
        if named:
            worker = story.seated.get("social_worker") or story.cast.social_worker("Leïla D.")
            if "social_worker" not in story.seated:
                house.run(story.joins(worker))
            house.run(story.agrees(worker, cells))
        return story

    seated: dict[str, Actor] = field(default_factory=dict)

    async def _refer(self) -> None:
        async with self.house.act(self.landlord) as unit:
            await operations.create_situation(
                unit,
                self.situation_id,
                self.cast.cell_id,
                reference=f"SIT-2026-{next(_numbers):04d}",
                urgency=Urgency.U1,
                opened_at=unit.now(),
            )
            await sharing.begin(unit, self.situation_id, self.cast.cell_id, State.SUBMITTED)
            await operations.write_identity(unit, self.situation_id, ODILE)
            await operations.index_person(unit, self.situation_id, ODILE)

    async def moves(self, *states: State) -> None:
        """Bring the situation through these states, by its coordinator."""
        for state in states:
            async with self.house.act(self.coordinator) as unit:
                facts = await sharing.facts_about(unit, self.situation_id)
                await operations.move_state(unit, facts, self.situation_id, state)
        async with self.house.act(self.coordinator) as unit:
            await operations.give_alias(unit, self.situation_id)

    async def joins(self, seat: Actor) -> None:
        """Invite a seat, which accepts."""
        await seated(self.house, self.coordinator, self.situation_id, seat)

    async def agrees(self, seat: Actor, cells: dict[str, str], *, general: bool = True) -> None:
        """Record that the person was informed for every group, and what they answered."""
        named = {
            (name.partition("_")[0], name.partition("_")[2]): value for name, value in cells.items()
        }
        async with self.house.act(seat) as unit:
            await sharing.record_information(
                unit,
                self.situation_id,
                groups=GROUPS,
                means=Means.ORAL,
                notice_version="1.2",
                categories=CATEGORIES,
            )
            await sharing.record_agreement(
                unit,
                self.situation_id,
                named,
                means=Means.WRITTEN,
                notice_version="1.2",
                general=general,
            )

    def writes(
        self,
        seat: Actor,
        section: Section,
        text: str = "Un fait.",
        *,
        entry_id: UUID | None = None,
        **options: Any,
    ) -> Written:
        """Add an entry."""
        content = options.pop("content", None) or EntryContent(text=text)

        async def act() -> Written:
            async with self.house.act(seat) as unit:
                return await operations.add_entry(
                    unit, self.situation_id, section, entry_id or uuid4(), content, **options
                )

        return self.house.run(act())

    def edits(self, seat: Actor, section: Section, written: Written, text: str) -> Written:
        """Edit an entry."""

        async def act() -> Written:
            async with self.house.act(seat) as unit:
                return await operations.edit_entry(
                    unit,
                    self.situation_id,
                    section,
                    written.entry_id,
                    EntryContent(text=text),
                    version=written.version,
                )

        return self.house.run(act())

    def corrects(
        self, seat: Actor, section: Section, written: Written, text: str, new: UUID | None = None
    ) -> Written:
        """Correct an entry."""

        async def act() -> Written:
            async with self.house.act(seat) as unit:
                return await operations.correct_entry(
                    unit,
                    self.situation_id,
                    section,
                    written.entry_id,
                    new or uuid4(),
                    EntryContent(text=text),
                )

        return self.house.run(act())

    def extracts(
        self, seat: Actor, section: Section, text: str, version: int = 0, **options: Any
    ) -> Written:
        """Write one's extract of a section."""

        async def act() -> Written:
            async with self.house.act(seat) as unit:
                return await operations.write_extract(
                    unit, self.situation_id, section, text, version=version, **options
                )

        return self.house.run(act())

    def reads(self, seat: Actor, section: Section) -> SectionPage:
        """Read one section."""

        async def act() -> SectionPage:
            async with self.house.act(seat, write=False) as unit:
                return await operations.read_section(unit, self.situation_id, section)

        return self.house.run(act())

    def opens(self, seat: Actor) -> SituationView:
        """Open the situation's page."""

        async def act() -> SituationView:
            async with self.house.act(seat, write=False) as unit:
                return await operations.open_situation(unit, self.situation_id)

        return self.house.run(act())

    def texts(self, seat: Actor, section: Section) -> list[str]:
        """Return every text of a section that a seat reads."""
        found = self.reads(seat, section).section
        return [entry.content.text for entry in found.entries] + [
            extract.text for extract in found.extracts
        ]
