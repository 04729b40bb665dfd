"""Pages of sharing: the circle, the person's agreement, who may read and why."""

from collections.abc import Awaitable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from policies.vocabulary import Section
from service.clock import paris
from service.errors import Conflict, Invalid, NotFound
from service.sharing import operations
from service.sharing.rules import (
    CATEGORIES,
    CATEGORY_LABELS,
    CIRCLE_MONTHS,
    GROUP_LABELS,
    GROUPS,
    KIND_LABELS,
    MEANS_LABELS,
    MODE_LABELS,
    REASON_LABELS,
    SECTION_LABELS,
    VALUES,
    Mode,
    circle_ends,
    said,
)
from service.sharing.schemas import AgreementLine, CircleView, Grid, Member
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

WebRequest = Request[Any, Any, State]

JOINED: Final = announce(
    "circle-joined", "La place est ouverte : ce poste peut lire dès maintenant."
)
CHARGED: Final = announce(
    "informing-designated", "Ce professionnel est chargé d'informer la personne, pour trente jours."
)
RENEWED: Final = announce("circle-renewed", "La place est prolongée de six mois.")
LEFT: Final = announce("circle-left", "La place a pris fin : elle n'ouvre plus rien.")
LED: Final = announce("lead-designated", "Le pilote de la situation est désigné.")
CONFLICT: Final = announce(
    "conflict-declared", "Le conflit d'intérêts est déclaré : les rubriques sont fermées."
)
LIFTED: Final = announce("conflict-lifted", "Le conflit d'intérêts est levé.")
MANDATED: Final = announce("mandate-recorded", "L'étendue du mandat est enregistrée.")
MISSION: Final = announce("mission-opened", "La mission est ouverte.")
MISSION_OVER: Final = announce("mission-closed", "La mission a pris fin.")
LINKED: Final = announce("care-team-linked", "L'équipe de soins est enregistrée.")
INFORMED: Final = announce("information-given", "L'information donnée est enregistrée.")
ANSWERED: Final = announce("agreement-recorded", "Les réponses de la personne sont enregistrées.")
WITHDRAWN: Final = announce(
    "agreement-withdrawn", "Le retrait est enregistré : il agit dès maintenant."
)

ASK_REASON: Final = "Choisissez pourquoi ce poste rejoint le cercle."
ASK_SEAT: Final = "Choisissez une personne."
ASK_MEANS: Final = "Choisissez comment cela s'est passé."
ASK_NOTICE: Final = "Indiquez la version de la notice remise ou lue."
LONGEST_NOTICE: Final = 40


class Role(StrEnum):
    """What a seat is called for."""

    MEMBER = "member"
    INFORMING = "informing"
    MISSION = "mission"


class CirclePages(Controller):
    """`/situations/{id}/circle`: who belongs, and what the coordinator does with it."""

    path = "/situations/{situation_id:uuid}/circle"

    @get("/", name="circle")
    async def show_circle(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the circle."""
        view = await operations.read_circle(unit, situation_id)
        return await _page(
            request, unit, situation_id, "sharing/circle.html", circle=view, reasons=REASON_LABELS,
            modes=MODE_LABELS, now=unit.now(),
        )  # fmt: skip

    @get("/new", name="new_place")
    async def show_new_place(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        organisation: FromQuery[UUID | None] = None,
    ) -> Page:
        """Show the seats of one organisation, to choose one."""
        return await _place_form(request, unit, situation_id, organisation, {}, {})

    @post("/new", name="join_circle")
    async def join(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Give the chosen seat its place, or charge it with informing the person."""
        organisation = form.uuid("organisation")
        seat = form.uuid("employment_id", required=ASK_SEAT)
        role = form.choice("role", set(Role), required="Choisissez ce qui est demandé à ce poste.")
        try:
            form.check()
            done = await _seat_for(unit, form, situation_id, seat or situation_id, Role(role))
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _place_form(
                request, unit, situation_id, organisation, form.raw(), _mistakes(wrong)
            )
        return _done(situation_id, "circle", done)

    @get("/conflict", name="own_conflict")
    async def ask_own_conflict(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Ask before closing every section to one's own seat."""
        view = await operations.read_circle(unit, situation_id)
        return await _page(
            request, unit, situation_id, "sharing/conflict.html",
            act=f"{_base(situation_id)}/circle/{unit.actor.employment_id}/conflict", circle=view,
        )  # fmt: skip

    @get("/leave", name="own_leave")
    async def ask_own_leave(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Ask before leaving the circle."""
        view = await operations.read_circle(unit, situation_id)
        mine = _member(view, unit.actor.employment_id)
        return await _page(request, unit, situation_id, "sharing/leave.html", member=mine)

    @get("/{employment_id:uuid}", name="place")
    async def show_place(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        employment_id: FromPath[UUID],
    ) -> Page:
        """Show what the coordinator may do with one place."""
        return await _seat_page(request, unit, situation_id, employment_id, {}, {})

    @post("/{employment_id:uuid}/{act:str}", name="change_place")
    async def change_place(  # noqa: PLR0913 — given one by one by the framework
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
        employment_id: FromPath[UUID],
        act: FromPath[str],
    ) -> Page | Redirect:
        """Do one act on one place."""
        known = _acts(unit, form, situation_id, employment_id)
        if act not in known:
            raise NotFound
        operation, done = known[act]
        try:
            await operation()
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _seat_page(
                request, unit, situation_id, employment_id, form.raw(), _mistakes(wrong)
            )
        own = employment_id == unit.actor.employment_id and act == "end"
        return Redirect("/situations") if own else _done(situation_id, "circle", done)


async def _seat_for(
    unit: Unit, form: Form, situation_id: UUID, employment_id: UUID, role: Role
) -> str:
    """Do what a seat is called for; return what is then said."""
    if role is Role.INFORMING:
        await operations.designate_informing(unit, situation_id, employment_id)
        return CHARGED
    if role is Role.MISSION:
        procedure = form.raw().get("procedure", "")
        await operations.open_mission(unit, situation_id, employment_id, procedure)
        return MISSION
    reason = form.choice("reason", set(REASON_LABELS), required=ASK_REASON)
    until = form.day("until")
    form.check()
    end = paris(until, hour=12) if until else None
    await operations.join_circle(unit, situation_id, employment_id, reason, until=end)
    return JOINED


def _acts(
    unit: Unit, form: Form, situation_id: UUID, employment_id: UUID
) -> Mapping[str, tuple[Any, str]]:
    """Return what may be done with a place: its word in the address, the act, what is said."""

    async def link() -> None:
        other = form.uuid("other_id", required=ASK_SEAT)
        form.check()
        await operations.link_care_team(
            unit, situation_id, employment_id, other or employment_id, form.raw().get("basis", "")
        )

    def plain(operation: Any, *given: str) -> Any:
        async def act() -> None:
            await operation(unit, situation_id, employment_id, *given)

        return act

    return {
        "renew": (plain(operations.renew_circle), RENEWED),
        "end": (plain(operations.leave_circle), LEFT),
        "lead": (plain(operations.designate_lead), LED),
        "informing": (plain(operations.designate_informing), CHARGED),
        "conflict": (plain(operations.declare_conflict), CONFLICT),
        "lift": (plain(operations.lift_conflict), LIFTED),
        "mandate": (plain(operations.record_mandate, form.raw().get("scope", "")), MANDATED),
        "mission": (plain(operations.open_mission, form.raw().get("procedure", "")), MISSION),
        "mission-end": (plain(operations.close_mission), MISSION_OVER),
        "care-team": (link, LINKED),
    }


class AgreementPages(Controller):
    """`/situations/{id}/agreement`: what the person was told, allows, forbids, takes back."""

    path = "/situations/{situation_id:uuid}/agreement"

    @get("/", name="agreement")
    async def show_agreement(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the grid as on paper, and how it came to be."""
        grid = await operations.read_agreement(unit, situation_id)
        return await _page(
            request, unit, situation_id, "sharing/agreement.html", grid=grid, named=Mode.NAMED,
            modes=MODE_LABELS, categories=list(CATEGORY_LABELS.items()),
            groups=list(GROUP_LABELS.items()), history=[_sentence(line) for line in grid.history],
        )  # fmt: skip

    @get("/information", name="information")
    async def ask_information(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the form of the information given."""
        await operations.read_agreement(unit, situation_id)
        return await _information_form(request, unit, situation_id, {"groups": GROUPS}, {})

    @post("/information", name="record_information")
    async def record_information(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Write down the information given."""
        groups = form.choices("groups", GROUPS, required="Cochez au moins un groupe.")
        means, notice = _paper(form)
        try:
            form.check()
            await operations.record_information(
                unit, situation_id, groups=groups, means=means, notice_version=notice
            )
        except Invalid as wrong:
            unit.undo()
            await operations.read_agreement(unit, situation_id)
            typed = form.raw() | {"groups": groups}
            return await _information_form(request, unit, situation_id, typed, wrong.fields)
        return _done(situation_id, "agreement", INFORMED)

    @get("/answers", name="answers")
    async def ask_answers(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the grid to fill in, as it stands for this seat."""
        grid = await operations.read_agreement(unit, situation_id)
        typed = {"revision": grid.revision, "recorder": "yes" if grid.may_record else ""}
        return await _answers_form(request, unit, situation_id, dict(grid.cells), typed, {})

    @post("/answers", name="record_answers")
    async def record_answers(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Write down what changed in the grid."""
        cells = _cells(form)
        means, notice = _paper(form)
        try:
            form.check()
            await operations.answer_grid(
                unit, situation_id, cells, revision=form.line("revision"), means=means,
                notice_version=notice, general=form.ticked("general"),
            )  # fmt: skip
        except (Invalid, Conflict) as wrong:
            unit.undo()
            await operations.read_agreement(unit, situation_id)
            return await _answers_form(
                request, unit, situation_id, cells, form.raw(), _mistakes(wrong, "cells"),
                status_code=409 if isinstance(wrong, Conflict) else 422,
            )  # fmt: skip
        return _done(situation_id, "agreement", ANSWERED)

    @get("/withdrawal", name="withdrawal")
    async def ask_withdrawal(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show what may be taken back."""
        grid = await operations.read_agreement(unit, situation_id)
        given = [
            f"{category}-{group}"
            for (category, group), value in _in_order(grid)
            if value in {"yes", "extract_only"}
        ]
        return await _withdrawal_form(request, unit, situation_id, given, {"cells": ()}, {})

    @post("/withdrawal", name="record_withdrawal")
    async def record_withdrawal(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Write down what the person takes back."""
        everywhere = {f"{category}-{group}" for category in CATEGORIES for group in GROUPS}
        shown = [name for name in form.raw().get("shown", "").split() if name in everywhere]
        taken = form.choices("cells", everywhere)
        means, notice = _paper(form)
        named = [(name.split("-")[0], name.split("-")[1]) for name in taken]
        try:
            form.check()
            await operations.withdraw_agreement(
                unit, situation_id, named, means=means, notice_version=notice,
                general=form.ticked("general"),
            )  # fmt: skip
        except Invalid as wrong:
            unit.undo()
            await operations.read_agreement(unit, situation_id)
            typed = form.raw() | {"cells": taken}
            return await _withdrawal_form(request, unit, situation_id, shown, typed, wrong.fields)
        return _done(situation_id, "agreement", WITHDRAWN)


class AccessPages(Controller):
    """« Qui peut lire cette section, et pourquoi » · « Pourquoi je ne peux pas »."""

    path = "/situations/{situation_id:uuid}/sections/{section:str}/access"

    @get("/", name="section_access")
    async def show_access(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
    ) -> Page:
        """Show who reads one section, and for oneself why not."""
        view = await operations.read_access(unit, situation_id, section_of(section))
        return await _page(
            request, unit, situation_id, "sharing/access.html", access=view,
            label=SECTION_LABELS[view.section],
            coordinating="coordinator" in unit.actor.offices,
        )  # fmt: skip


ROUTES: Final = (CirclePages, AgreementPages, AccessPages)


def section_of(code: str) -> Section:
    """Return a section from an address. Raises NotFound for any other word."""
    if code not in set(Section) or code == Section.SITUATION:
        raise NotFound
    return Section(code)


def _base(situation_id: UUID) -> str:
    return f"/situations/{situation_id}"


def _done(situation_id: UUID, where: str, code: str) -> Redirect:
    return Redirect(f"{_base(situation_id)}/{where}?done={code}", status_code=303)


def _mistakes(wrong: Invalid | Conflict, field: str = "employment_id") -> dict[str, str]:
    return {field: wrong.sentence} if isinstance(wrong, Conflict) else wrong.fields


async def _page(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    template: str,
    *,
    errors: Mapping[str, str] | None = None,
    status_code: int = 200,
    **values: Any,
) -> Page:
    """Return a page of one situation, called by its reference and its neutral word."""
    namer: Awaitable[Mapping[UUID, Any]] = request.app.state.name_situations(
        unit.transaction, unit.clsm_id, [situation_id]
    )
    named = (await namer).get(situation_id)
    return page(
        template,
        context=frame(request),
        errors=errors or {},
        status_code=status_code,
        base=_base(situation_id),
        reference=named.reference if named else "",
        title=(named.alias or named.reference) if named else "",
        **values,
    )


async def _place_form(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    organisation: UUID | None,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> Page:
    organisations, seats = await operations.candidates(unit, situation_id, organisation)
    return await _page(
        request, unit, situation_id, "sharing/new_place.html",
        errors=errors, status_code=422 if errors else 200,
        organisations=sorted(organisations.items(), key=lambda one: one[1].casefold()),
        organisation=organisation if organisation in organisations else None,
        seats=seats, typed=typed, until=_typed_day(typed, "until"), reasons=REASON_LABELS,
        roles=Role, months=CIRCLE_MONTHS, latest=circle_ends(unit.now()),
    )  # fmt: skip


async def _seat_page(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    employment_id: UUID,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> Page:
    view = await operations.read_circle(unit, situation_id)
    if not view.may_grant:
        raise NotFound
    member = _member(view, employment_id)
    return await _page(
        request, unit, situation_id, "sharing/place.html",
        errors=errors, status_code=422 if errors else 200,
        member=member, circle=view, typed=typed, reasons=REASON_LABELS,
        live=member in view.members,
        others=[one for one in view.members if one.employment_id != employment_id],
    )  # fmt: skip


def _member(view: CircleView, employment_id: UUID) -> Member:
    for one in (*view.members, *view.former):
        if one.employment_id == employment_id:
            return one
    raise NotFound


async def _information_form(
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
) -> Page:
    return await _page(
        request, unit, situation_id, "sharing/information.html",
        errors=errors, status_code=422 if errors else 200,
        groups=GROUP_LABELS, means=MEANS_LABELS, typed=typed,
    )  # fmt: skip


async def _answers_form(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    cells: Mapping[tuple[str, str], str],
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    status_code: int | None = None,
) -> Page:
    return await _page(
        request, unit, situation_id, "sharing/answers.html",
        errors=errors, status_code=status_code or (422 if errors else 200),
        categories=list(CATEGORY_LABELS.items()), groups=list(GROUP_LABELS.items()),
        cells=cells, means=MEANS_LABELS, typed=typed, stale=status_code == 409,
    )  # fmt: skip


async def _withdrawal_form(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    shown: list[str],
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
) -> Page:
    words = {
        name: f"{GROUP_LABELS[name.split('-')[1]]} : {CATEGORY_LABELS[name.split('-')[0]].lower()}"
        for name in shown
    }
    return await _page(
        request, unit, situation_id, "sharing/withdrawal.html",
        errors=errors, status_code=422 if errors else 200,
        shown=words, means=MEANS_LABELS, typed=typed,
    )  # fmt: skip


def _paper(form: Form) -> tuple[str, str]:
    """Return how it was said and which notice was given; mistakes are kept in the form."""
    means = form.choice("means", set(MEANS_LABELS), required=ASK_MEANS)
    notice = form.line("notice_version", required=ASK_NOTICE, longest=LONGEST_NOTICE)
    return means, notice


def _cells(form: Form) -> dict[tuple[str, str], str]:
    """Return the cells that were posted; a wrong one is named by its own field."""
    found = {}
    for category in CATEGORIES:
        for group in GROUPS:
            value = form.choice(f"{category}-{group}", VALUES)
            if value:
                found[category, group] = value
    return found


def _in_order(grid: Grid) -> list[tuple[tuple[str, str], str]]:
    return sorted(
        grid.cells.items(),
        key=lambda one: (GROUPS.index(one[0][1]), CATEGORIES.index(one[0][0])),
    )


def _sentence(line: AgreementLine) -> dict[str, Any]:
    """Return one event as a line of the timeline."""
    how = MEANS_LABELS.get(line.means, "")
    what = list(said(line.cells))
    if line.groups:
        named = ", ".join(GROUP_LABELS[group].lower() for group in line.groups)
        everyone = len(line.groups) == len(GROUPS)
        what.append("Pour tous les groupes." if everyone else f"Pour : {named}.")
    when: datetime = line.valid_from
    text = f"{line.recorded_by} {KIND_LABELS[line.kind]}, {how} (notice {line.notice_version})."
    return {"at": when, "text": text, "note": " ".join(what)}


def _typed_day(typed: Mapping[str, str], name: str) -> Any:
    parts = {part: typed.get(f"{name}-{part}", "") for part in ("day", "month", "year")}
    return parts if any(parts.values()) else ""
