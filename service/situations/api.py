"""Situations for programs: the same operations as the pages, in JSON."""

from uuid import UUID

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from service.sharing import operations as sharing
from service.sharing.rules import Mode
from service.situations import operations
from service.situations.rules import Adherence, Basis, State, Urgency, code_of, section_of
from service.situations.schemas import (
    Correction,
    EditedEntry,
    Moment,
    NewCode,
    NewEntry,
    NewExtract,
    NewMode,
    Page,
    SectionHistory,
    SectionPage,
    SituationView,
    Written,
)
from service.unit import Unit
from service.web.problems import PROBLEMS


class SituationApi(Controller):
    """Open, read, write, steer."""

    path = "/api/v1/situations"
    tags = ("situations",)

    @get("/", name="api_situations", responses=PROBLEMS)
    async def list_situations(
        self,
        unit: NamedDependency[Unit],
        before: FromQuery[str | None] = None,
        status: FromQuery[str | None] = None,
        urgency: FromQuery[str | None] = None,
    ) -> Page:
        """Return fifty situations that this seat may know of; `before` continues the list."""
        return await operations.list_situations(
            unit,
            before=before,
            state=code_of(State, status, "status") if status else None,
            urgency=code_of(Urgency, urgency, "urgency") if urgency else None,
        )

    @get("/{situation_id:uuid}", name="api_situation", responses=PROBLEMS)
    async def show_situation(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> SituationView:
        """Return a situation's header and its sections at this seat's levels."""
        return await operations.open_situation(unit, situation_id)

    @get("/{situation_id:uuid}/timeline", name="api_timeline", responses=PROBLEMS)
    async def show_timeline(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> tuple[Moment, ...]:
        """Return the dated changes of a situation, newest first."""
        _, moments = await operations.timeline(unit, situation_id)
        return moments

    @get("/{situation_id:uuid}/sections/{section:str}", name="api_section", responses=PROBLEMS)
    async def show_section(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID], section: FromPath[str]
    ) -> SectionPage:
        """Return one section at this seat's level."""
        return await operations.read_section(unit, situation_id, section_of(section))

    @get(
        "/{situation_id:uuid}/sections/{section:str}/history",
        name="api_section_history",
        responses=PROBLEMS,
    )
    async def show_history(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID], section: FromPath[str]
    ) -> SectionHistory:
        """Return every version that this seat may read in a section."""
        return await operations.history(unit, situation_id, section_of(section))

    @post(
        "/{situation_id:uuid}/sections/{section:str}/entries",
        name="api_add_entry",
        responses=PROBLEMS,
    )
    async def add_entry(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
        data: JSONBody[NewEntry],
    ) -> Written:
        """Add an entry; sending the same one twice writes it once."""
        return await operations.add_entry(
            unit,
            situation_id,
            section_of(section),
            data.entry_id,
            data.content,
            belongs_to=data.belongs_to,
            groups=data.groups,
            confirmed=data.confirmed,
        )

    @put(
        "/{situation_id:uuid}/sections/{section:str}/entries/{entry_id:uuid}",
        name="api_edit_entry",
        responses=PROBLEMS,
    )
    async def edit_entry(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
        entry_id: FromPath[UUID],
        data: JSONBody[EditedEntry],
    ) -> Written:
        """Change one's own entry within its day."""
        return await operations.edit_entry(
            unit,
            situation_id,
            section_of(section),
            entry_id,
            data.content,
            version=data.version,
            confirmed=data.confirmed,
        )

    @post(
        "/{situation_id:uuid}/sections/{section:str}/entries/{entry_id:uuid}/corrections",
        name="api_correct_entry",
        responses=PROBLEMS,
    )
    async def correct_entry(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
        entry_id: FromPath[UUID],
        data: JSONBody[Correction],
    ) -> Written:
        """Correct one's own entry after its day: a new entry, linked to it."""
        return await operations.correct_entry(
            unit,
            situation_id,
            section_of(section),
            entry_id,
            data.entry_id,
            data.content,
            confirmed=data.confirmed,
        )

    @put(
        "/{situation_id:uuid}/sections/{section:str}/extract",
        name="api_write_extract",
        responses=PROBLEMS,
    )
    async def write_extract(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
        data: JSONBody[NewExtract],
    ) -> Written:
        """Write what others may know of a section."""
        return await operations.write_extract(
            unit,
            situation_id,
            section_of(section),
            data.text,
            version=data.version,
            confirmed=data.confirmed,
        )

    @put("/{situation_id:uuid}/state", name="api_move_state", status_code=204, responses=PROBLEMS)
    async def move_state(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID], data: JSONBody[NewCode]
    ) -> None:
        """Bring the situation to its next state."""
        state = code_of(State, data.code, "code")
        facts = await sharing.facts_about(unit, situation_id, exclusive=True)
        await operations.move_state(unit, facts, situation_id, state)

    @put(
        "/{situation_id:uuid}/urgency", name="api_set_urgency", status_code=204, responses=PROBLEMS
    )
    async def set_urgency(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID], data: JSONBody[NewCode]
    ) -> None:
        """Set the urgency."""
        urgency = code_of(Urgency, data.code, "code")
        facts = await sharing.facts_about(unit, situation_id)
        await operations.set_urgency(unit, facts, situation_id, urgency)

    @put(
        "/{situation_id:uuid}/adherence",
        name="api_set_adherence",
        status_code=204,
        responses=PROBLEMS,
    )
    async def set_adherence(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID], data: JSONBody[NewCode]
    ) -> None:
        """Write down whether the person accepts help."""
        adherence = code_of(Adherence, data.code, "code")
        facts = await sharing.facts_about(unit, situation_id)
        await operations.set_adherence(unit, facts, situation_id, adherence)

    @put("/{situation_id:uuid}/mode", name="api_set_mode", status_code=204, responses=PROBLEMS)
    async def set_mode(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID], data: JSONBody[NewMode]
    ) -> None:
        """Set the review mode; an exception needs its basis."""
        mode = code_of(Mode, data.mode, "mode")
        basis = code_of(Basis, data.basis, "basis") if data.basis else None
        facts = await sharing.facts_about(unit, situation_id, exclusive=True)
        await operations.set_mode(unit, facts, situation_id, mode, basis=basis)


ROUTES = (SituationApi,)
