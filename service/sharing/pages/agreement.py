"""Pages of the agreement: what the person was told, allows, forbids, takes back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service.errors import Conflict, Invalid, NotFound
from service.sharing import operations
from service.sharing.pages.framing import (
    WebRequest,
    back_to,
    mistakes,
    paper,
    situation_page,
)
from service.sharing.rules import (
    CATEGORIES,
    CATEGORY_LABELS,
    GROUP_LABELS,
    GROUPS,
    KIND_LABELS,
    MEANS_LABELS,
    MODE_LABELS,
    VALUES,
    Mode,
    said,
)
from service.sharing.rules.exceptions import EXCEPTION_LABELS
from service.sharing.rules.paper import NOTICE_IN_USE
from service.sharing.rules.will import GROUND_LABELS
from service.sharing.schemas import AgreementLine, Grid
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce
from service.web.render import Page

INFORMED: Final = announce("information-given", "L'information donnée est enregistrée.")
ANSWERED: Final = announce("agreement-recorded", "Les réponses de la personne sont enregistrées.")
WITHDRAWN: Final = announce(
    "agreement-withdrawn", "Le retrait est enregistré : il agit dès maintenant."
)


UNABLE: Final = announce(
    "will-unable", "C'est enregistré : ce qui demande l'accord de la personne est fermé."
)
ABLE: Final = announce(
    "will-able", "C'est enregistré : l'accord de la personne vaut de nouveau, s'il existait."
)


class AgreementPages(Controller):
    """`/situations/{id}/agreement`: what the person was told, allows, forbids, takes back."""

    path = "/situations/{situation_id:uuid}/agreement"

    @get("/", name="agreement")
    async def show_agreement(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the grid as on paper, and how it came to be."""
        grid = await operations.read_agreement(unit, situation_id)
        history = [sentence(line) for line in grid.history]
        return await situation_page(
            request, unit, situation_id, "sharing/agreement.html", grid=grid, named=Mode.NAMED,
            modes=MODE_LABELS, bases=EXCEPTION_LABELS, notice=NOTICE_IN_USE,
            categories=list(CATEGORY_LABELS.items()), groups=list(GROUP_LABELS.items()),
            history=history, numbered={line["number"]: line for line in history},
        )  # fmt: skip

    @get("/will", name="will")
    async def ask_will(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Ask whether the person can express their will."""
        return await _will_form(request, unit, situation_id, {}, {})

    @post("/will", name="record_unable")
    async def record_unable(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Write down that the person cannot express their will."""
        ground = form.choice(
            "ground", set(GROUND_LABELS), required="Choisissez comment cela a été constaté."
        )
        try:
            form.check()
            await operations.record_unable(unit, situation_id, ground)
        except Invalid as wrong:
            unit.undo()
            return await _will_form(request, unit, situation_id, form.raw(), wrong.fields)
        return back_to(situation_id, "agreement", UNABLE)

    @post("/will/end", name="end_unable")
    async def end_unable(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Redirect:
        """Write down that the person can express their will again."""
        await operations.end_unable(unit, situation_id)
        return back_to(situation_id, "agreement", ABLE)

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
        means, notice = paper(form)
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
        return back_to(situation_id, "agreement", INFORMED)

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
        means, notice = paper(form)
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
                request, unit, situation_id, cells, form.raw(), mistakes(wrong, "cells"),
                status_code=409 if isinstance(wrong, Conflict) else 422,
            )  # fmt: skip
        return back_to(situation_id, "agreement", ANSWERED)

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
        means, notice = paper(form)
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
        return back_to(situation_id, "agreement", WITHDRAWN)


ROUTES: Final = (AgreementPages,)


async def _will_form(
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> Page:
    grid = await operations.read_agreement(unit, situation_id)
    if not grid.may_record:
        raise NotFound
    return await situation_page(
        request, unit, situation_id, "sharing/will.html",
        errors=errors, status_code=422 if errors else 200,
        unable=grid.unable, grounds=GROUND_LABELS, typed=typed,
    )  # fmt: skip


async def _information_form(
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
) -> Page:
    return await situation_page(
        request, unit, situation_id, "sharing/information.html",
        errors=errors, status_code=422 if errors else 200,
        groups=GROUP_LABELS, means=MEANS_LABELS, typed=typed, notice=NOTICE_IN_USE,
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
    return await situation_page(
        request, unit, situation_id, "sharing/answers.html",
        errors=errors, status_code=status_code or (422 if errors else 200),
        categories=list(CATEGORY_LABELS.items()), groups=list(GROUP_LABELS.items()),
        cells=cells, means=MEANS_LABELS, typed=typed, stale=status_code == 409,
        notice=NOTICE_IN_USE,
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
    return await situation_page(
        request, unit, situation_id, "sharing/withdrawal.html",
        errors=errors, status_code=422 if errors else 200,
        shown=words, means=MEANS_LABELS, typed=typed, notice=NOTICE_IN_USE,
    )  # fmt: skip


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


def sentence(line: AgreementLine) -> dict[str, Any]:
    """Return one event as a line of the timeline."""
    how = MEANS_LABELS.get(line.means) or GROUND_LABELS.get(line.means, "")
    what = list(said(line.cells))
    if line.groups:
        named = ", ".join(GROUP_LABELS[group].lower() for group in line.groups)
        everyone = len(line.groups) == len(GROUPS)
        what.append("Pour tous les groupes." if everyone else f"Pour : {named}.")
    when: datetime = line.valid_from
    text = f"{line.recorded_by} {KIND_LABELS[line.kind]}"
    text += f", {how}" if how else ""
    text += f" (notice {line.notice_version})." if line.notice_version else "."
    return {"at": when, "text": text, "note": " ".join(what), "number": line.number}
