"""Pages of situations: the list, the situation, its sections and their forms."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State as AppState
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from policies.vocabulary import Section
from service.database import new_id
from service.errors import Conflict, Invalid, NotFound
from service.sharing import operations as sharing
from service.sharing.rules import Mode
from service.sharing.rules.targeted import BASIS_LABELS as BASIS_OF_A_GUEST
from service.sharing.rules.targeted import PURPOSE_LABELS
from service.situations import operations
from service.situations.rules import (
    ADHERENCE_LABELS,
    BASIS_LABELS,
    GROUP_LABELS,
    HEALTH,
    MODE_LABELS,
    NEXT_STATES,
    SECTION_LABELS,
    STATE_LABELS,
    URGENCY_LABELS,
    Adherence,
    Basis,
    State,
    Urgency,
    code_of,
    section_of,
)
from service.situations.schemas import EntryContent, EntryView, FormView, Header, SectionView
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

WebRequest = Request[Any, Any, AppState]
LABELS = {
    "sections": {str(code): label for code, label in SECTION_LABELS.items()},
    "states": {str(code): label for code, label in STATE_LABELS.items()},
    "urgencies": {str(code): label for code, label in URGENCY_LABELS.items()} | {"": ""},
    "adherences": {str(code): label for code, label in ADHERENCE_LABELS.items()} | {"": ""},
    "modes": dict(MODE_LABELS) | {"": ""},
    "bases": {str(code): label for code, label in BASIS_LABELS.items()},
    "groups": dict(GROUP_LABELS),
}
PASSES = {
    "purposes": {str(code): label for code, label in PURPOSE_LABELS.items()},
    "bases": {str(code): label for code, label in BASIS_OF_A_GUEST.items()},
}
FILTERS = ("status", "urgency")
ENTRY_FIELDS = ("text", "opinion", "observed_by", "seen", "belongs_to", "confirmed")

ADDED = announce("entry_added", "Votre contribution est enregistrée.")
EDITED = announce("entry_edited", "Votre contribution est modifiée. L'ancienne version reste.")
CORRECTED = announce("entry_corrected", "Votre correction est enregistrée, liée à l'originale.")
EXTRACTED = announce("extract_written", "Votre extrait utile est enregistré.")
STEERED = announce("situation_changed", "Le changement est enregistré.")


async def _beside(request: WebRequest, unit: Unit, situation_id: UUID) -> dict[str, int]:
    """Return what domains above this one count for this seat, as the composition gave them."""
    counters = request.app.state.get("beside_situation", {})
    return {name: await count(unit, situation_id) for name, count in counters.items()}


class SituationPages(Controller):
    """`/situations` and one situation."""

    path = "/situations"

    @get("/", name="situations")
    async def show_list(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Show the situations of this seat, fifty at a time."""
        typed = {name: request.query_params.get(name, "") for name in FILTERS}
        before = request.query_params.get("before")
        try:
            found = await operations.list_situations(
                unit,
                before=before,
                state=code_of(State, typed["status"], "status") if typed["status"] else None,
                urgency=(
                    code_of(Urgency, typed["urgency"], "urgency") if typed["urgency"] else None
                ),
            )
        except Invalid as wrong:
            return _list_page(request, None, typed, before, wrong.fields)
        return _list_page(request, found, typed, before, {})

    @get("/{situation_id:uuid}", name="situation")
    async def show_situation(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show a situation at the levels of this seat."""
        view = await operations.open_situation(unit, situation_id)
        return _page(
            request, "situations/situation.html", view.header, view=view, passes=PASSES,
            beside=await _beside(request, unit, situation_id),
        )  # fmt: skip

    @get("/{situation_id:uuid}/timeline", name="timeline")
    async def show_timeline(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the dated changes of a situation."""
        header, moments = await operations.timeline(unit, situation_id)
        return _page(request, "situations/timeline.html", header, moments=moments)

    @get("/{situation_id:uuid}/steering", name="steering")
    async def show_steering(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the forms of whoever coordinates or leads."""
        return await _steering(request, unit, situation_id, {})

    @post("/{situation_id:uuid}/urgency", name="set_urgency")
    async def set_urgency(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Set the urgency."""

        async def act() -> None:
            chosen = code_of(Urgency, form.choice("urgency", set(Urgency)), "urgency")
            facts = await sharing.facts_about(unit, situation_id)
            await operations.set_urgency(unit, facts, situation_id, chosen)

        return await _steer(request, unit, situation_id, act())

    @post("/{situation_id:uuid}/adherence", name="set_adherence")
    async def set_adherence(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Write down whether the person accepts help."""

        async def act() -> None:
            chosen = code_of(Adherence, form.choice("adherence", set(Adherence)), "adherence")
            facts = await sharing.facts_about(unit, situation_id)
            await operations.set_adherence(unit, facts, situation_id, chosen)

        return await _steer(request, unit, situation_id, act())

    @post("/{situation_id:uuid}/state", name="move_state")
    async def move_state(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Bring the situation to its next state."""

        async def act() -> None:
            chosen = code_of(State, form.choice("status", set(State)), "status")
            facts = await sharing.facts_about(unit, situation_id, exclusive=True)
            await operations.move_state(unit, facts, situation_id, chosen)

        return await _steer(request, unit, situation_id, act())

    @post("/{situation_id:uuid}/mode", name="set_mode")
    async def set_mode(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Set the review mode; an exception needs its basis."""

        async def act() -> None:
            mode = code_of(Mode, form.choice("mode", set(Mode)), "mode")
            basis = form.choice("basis", set(Basis))
            form.check()
            facts = await sharing.facts_about(unit, situation_id, exclusive=True)
            await operations.set_mode(
                unit, facts, situation_id, mode, basis=Basis(basis) if basis else None
            )

        return await _steer(request, unit, situation_id, act())


class SectionPages(Controller):
    """`/situations/{id}/sections/{section}`: reading, writing, history."""

    path = "/situations/{situation_id:uuid}/sections/{section:str}"

    @get("/", name="section")
    async def show_section(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
    ) -> Page:
        """Show one section at the level of this seat."""
        found = await operations.read_section(unit, situation_id, section_of(section))
        return _page(
            request,
            "situations/section.html",
            found.header,
            sensitive=_is_sensitive(found.section),
            section=found.section,
        )

    @get("/history", name="section_history")
    async def show_history(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
    ) -> Page:
        """Show every version that this seat may read."""
        found = await operations.history(unit, situation_id, section_of(section))
        return _page(
            request, "situations/history.html", found.header, sensitive=True, history=found
        )

    @get("/entries", name="new_entry")
    async def show_new_entry(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
    ) -> Page:
        """Show the form of a new entry; it carries the entry's own identifier."""
        around = await operations.prepare_writing(unit, situation_id, section_of(section))
        return _entry_form(request, around, "new", {"entry_id": str(new_id())})

    @post("/entries", name="add_entry")
    async def add_entry(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
        section: FromPath[str],
    ) -> Page | Redirect:
        """Write a new entry."""
        code = section_of(section)

        async def act() -> None:
            entry_id = form.uuid("entry_id", required="Rechargez la page.")
            content, belongs_to = _content(form), form.choice("belongs_to", set(Section))
            groups = form.choices("groups", set(GROUP_LABELS))
            form.check()
            await operations.add_entry(
                unit,
                situation_id,
                code,
                entry_id or new_id(),
                content,
                belongs_to=belongs_to,
                groups=groups,
                confirmed=form.ticked("confirmed"),
            )

        return await _write(request, unit, form, situation_id, code, act(), ADDED, "new")

    @get("/entries/{entry_id:uuid}", name="own_entry")
    async def show_own_entry(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
        entry_id: FromPath[UUID],
    ) -> Page:
        """Show the form that edits one's own entry, or corrects it once its day is over."""
        found = await operations.read_section(unit, situation_id, section_of(section))
        entry = _own(found.section, entry_id)
        around = await operations.prepare_writing(unit, situation_id, section_of(section))
        kind = "edit" if entry.may_edit else "correct"
        return _entry_form(request, around, kind, _typed(entry, kind), entry_id=entry_id)

    @post("/entries/{entry_id:uuid}", name="edit_entry")
    async def edit_entry(  # noqa: PLR0913 — what a route is given
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
        section: FromPath[str],
        entry_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Edit one's own entry within its day, or add its correction after it."""
        code = section_of(section)
        kind = form.choice("kind", {"edit", "correct"}) or "edit"

        async def act() -> None:
            content, confirmed = _content(form), form.ticked("confirmed")
            if kind == "edit":
                version = form.version()
                form.check()
                await operations.edit_entry(
                    unit, situation_id, code, entry_id, content, version=version,
                    confirmed=confirmed,
                )  # fmt: skip
                return
            new_entry = form.uuid("entry_id", required="Rechargez la page.")
            form.check()
            await operations.correct_entry(
                unit, situation_id, code, entry_id, new_entry or new_id(), content,
                confirmed=confirmed,
            )  # fmt: skip

        done = EDITED if kind == "edit" else CORRECTED
        return await _write(
            request, unit, form, situation_id, code, act(), done, kind, entry_id=entry_id
        )

    @get("/extract", name="own_extract")
    async def show_extract(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
    ) -> Page:
        """Show the form of one's own extract of a section."""
        found = await operations.read_section(unit, situation_id, section_of(section))
        around = await operations.prepare_writing(unit, situation_id, section_of(section))
        own = [extract for extract in found.section.extracts if extract.own]
        typed = {
            "text": own[0].text if own else "",
            "version": str(own[0].version if own else 0),
        }
        return _extract_form(request, around, typed)

    @post("/extract", name="write_extract")
    async def write_extract(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
        section: FromPath[str],
    ) -> Page | Redirect:
        """Write one's own extract of a section."""
        code = section_of(section)

        async def act() -> None:
            text = form.text("text", required="Écrivez ce que d'autres doivent savoir pour agir.")
            version = form.number("version", least=0, most=1_000_000, required="Rechargez la page.")
            form.check()
            await operations.write_extract(
                unit,
                situation_id,
                code,
                text,
                version=version or 0,
                confirmed=form.ticked("confirmed"),
            )

        return await _write(request, unit, form, situation_id, code, act(), EXTRACTED, "extract")


def _content(form: Form) -> EntryContent:
    return EntryContent(
        text=form.text("text", required="Écrivez ce que vous voulez transmettre."),
        opinion=form.text("opinion"),
        observed_on=form.day("observed_on"),
        observed_by=form.line("observed_by"),
        seen=form.choice("seen", {"seen", "reported"}),  # type: ignore[arg-type]
    )


async def _write(  # noqa: PLR0913 — one form, shown again as it was typed
    request: WebRequest,
    unit: Unit,
    form: Form,
    situation_id: UUID,
    section: Section,
    act: Any,
    done: str,
    kind: str,
    *,
    entry_id: UUID | None = None,
) -> Page | Redirect:
    """Do one act of writing; a mistake or a conflict shows the form again, nothing lost."""
    try:
        await act
    except (Invalid, Conflict) as wrong:
        unit.undo()
        around = await operations.prepare_writing(unit, situation_id, section)
        errors = wrong.fields if isinstance(wrong, Invalid) else {"text": wrong.sentence}
        status = 422 if isinstance(wrong, Invalid) else 409
        typed: dict[str, Any] = form.raw() | {"groups": form.values.get("groups", [])}
        if kind == "extract":
            return _extract_form(request, around, typed, errors, status)
        return _entry_form(
            request, around, kind, typed, errors=errors, status=status, entry_id=entry_id
        )
    return Redirect(f"/situations/{situation_id}/sections/{section}?done={done}", status_code=303)


async def _steer(
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    act: Any,
) -> Page | Redirect:
    try:
        await act
    except Invalid as wrong:
        unit.undo()
        return await _steering(request, unit, situation_id, wrong.fields)
    return Redirect(f"/situations/{situation_id}?done={STEERED}", status_code=303)


async def _steering(
    request: WebRequest, unit: Unit, situation_id: UUID, errors: dict[str, str]
) -> Page:
    """Show the forms of the course of a situation; opens no content."""
    header, may = await operations.prepare_steering(unit, situation_id)
    return _page(
        request,
        "situations/steering.html",
        header,
        status_code=422 if errors else 200,
        errors=errors,
        grants=may,
        next_states=sorted(str(code) for code in NEXT_STATES.get(State(header.state), ())),
    )


def _own(section: SectionView, entry_id: UUID) -> EntryView:
    """Return one's own entry that can still be edited or corrected. Raises NotFound."""
    for entry in section.entries:
        if entry.entry_id == entry_id and (entry.may_edit or entry.may_correct):
            return entry
    raise NotFound


def _typed(entry: EntryView, kind: str) -> dict[str, Any]:
    """Return an entry as its form shows it."""
    return {
        "entry_id": str(new_id()) if kind == "correct" else "",
        "version": str(entry.version),
        "text": entry.content.text,
        "opinion": entry.content.opinion,
        "observed_on": entry.content.observed_on or "",
        "observed_by": entry.content.observed_by,
        "seen": entry.content.seen,
        "belongs_to": entry.belongs_to,
        "groups": list(entry.groups),
    }


def _entry_form(  # noqa: PLR0913 — one form in its three uses
    request: WebRequest,
    around: FormView,
    kind: str,
    typed: dict[str, Any],
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
    entry_id: UUID | None = None,
) -> Page:
    empty: dict[str, Any] = dict.fromkeys((*ENTRY_FIELDS, "entry_id", "version"), "")
    day = {part: typed.get(f"observed_on-{part}", "") for part in ("day", "month", "year")}
    values = empty | {"observed_on": day, "groups": []} | typed
    return _page(
        request,
        "situations/entry_form.html",
        around.header,
        sensitive=around.section in HEALTH,
        status_code=status,
        errors=errors or {},
        section=around,
        kind=kind,
        typed=values,
        entry_id=entry_id,
    )


def _extract_form(
    request: WebRequest,
    around: FormView,
    typed: dict[str, Any],
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Page:
    return _page(
        request,
        "situations/extract_form.html",
        around.header,
        sensitive=around.section in HEALTH,
        status_code=status,
        errors=errors or {},
        section=around,
        typed={"text": "", "version": "0", "confirmed": ""} | typed,
    )


def _list_page(
    request: WebRequest,
    found: Any,
    typed: dict[str, str],
    before: str | None,
    errors: dict[str, str],
) -> Page:
    kept = {name: value for name, value in typed.items() if value}
    older = found.older if found else None
    return page(
        "situations/list.html",
        context=frame(request, nav="/situations"),
        status_code=422 if errors else 200,
        errors=errors,
        lines=found.lines if found else (),
        older=f"/situations?{urlencode(kept | {'before': older})}" if older else "",
        newest=f"/situations?{urlencode(kept)}".rstrip("?") if before else "",
        typed=typed,
        filtered=bool(kept),
        labels=LABELS,
    )


def _page(
    request: WebRequest,
    template: str,
    header: Header,
    *,
    sensitive: bool = False,
    status_code: int = 200,
    **values: object,
) -> Page:
    return page(
        template,
        context=frame(request, sensitive=sensitive, nav="/situations"),
        status_code=status_code,
        header=header,
        base=f"/situations/{header.situation_id}",
        labels=LABELS,
        **values,
    )


def _is_sensitive(section: SectionView) -> bool:
    """Return whether a page shows D4 or D5 content: its session idles fifteen minutes only."""
    belonging = {entry.belongs_to for entry in section.entries}
    return section.section in HEALTH or bool(belonging & {str(code) for code in HEALTH})


ROUTES = (SituationPages, SectionPages)
