"""Pages of statutory reports: one question a page, nothing kept before the last one.

What was typed travels in the form from page to page: a report that is given up leaves nothing.
"""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service.database import new_id
from service.disclosures import operations
from service.disclosures.pages.framing import WebRequest, mistakes, situation_page
from service.disclosures.rules.paths import PATHS, RECIPIENT_LABELS, TAKER_LABELS, LegalPath
from service.disclosures.rules.reports import (
    HANDED_LABELS,
    INFORMED_LABELS,
    LONGEST_EXTRACT,
    LONGEST_REASON,
    check_informed,
    check_way,
    sentences_of,
)
from service.disclosures.rules.reports import SHORTEST_REASON as SHORTEST
from service.disclosures.schemas.reports import NewHandover, NewReport, NewUnused
from service.errors import Conflict, Invalid
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce
from service.web.render import Page

MADE: Final = announce(
    "report-made",
    "Le signalement est enregistré. La coordination et la protection des données en sont averties, "
    "sans son contenu. Il reste à le remettre vous-même.",
)
UNUSED: Final = announce("report-unused", "La voie étudiée et son motif sont enregistrés.")
HANDED: Final = announce("report-handed", "La remise est enregistrée.")

STEPS: Final = ("path", "recipient", "victim", "extract", "reason", "informed", "check")
TEXTS: Final = (
    "report_id",
    "path",
    "recipient",
    "victim",
    "extract",
    "reason",
    "informed",
    "informed_on-day",
    "informed_on-month",
    "informed_on-year",
    "informed_by",
    "motive",
)
"""Fields that travel from page to page."""


class ReportPages(Controller):
    """`/situations/{id}/reports`: what was told to authorities about this situation."""

    path = "/situations/{situation_id:uuid}/reports"

    @get("/", name="reports")
    async def show_reports(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the reports of a situation: all to its coordinator, one's own to others."""
        view = await operations.reports_of(unit, situation_id)
        return await situation_page(
            request, unit, situation_id, "disclosures/reports.html", view=view
        )

    @get("/new", name="new_report")
    async def show_first_step(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the closed list of paths that this seat may take."""
        paths = await operations.prepare_report(unit, situation_id)
        return await _step(request, unit, situation_id, "path", {"report_id": str(new_id())}, paths)

    @post("/new", name="make_report", status_code=200)
    async def next_step(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Take one answer and ask the next; at the last page, record the report."""
        paths = await operations.prepare_report(unit, situation_id)
        typed = _typed(form)
        step = form.raw().get("step", "")
        wanted = form.raw().get("goto", "")
        if wanted in STEPS or step not in STEPS:
            unit.undo()
            return await _step(
                request, unit, situation_id, wanted if wanted in STEPS else "path", typed, paths
            )
        try:
            if step == "check":
                return await _recorded(unit, form, situation_id)
            _check(step, typed, form, unit)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _step(
                request, unit, situation_id, step, typed, paths, mistakes(wrong, "path")
            )
        unit.undo()
        return await _step(request, unit, situation_id, _after(step, typed), typed, paths)

    @get("/unused", name="new_unused_path")
    async def show_unused(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Ask which path was considered, and why it is not used."""
        await operations.prepare_report(unit, situation_id)
        return await _unused(request, unit, situation_id, {"report_id": str(new_id())})

    @post("/unused", name="set_path_aside")
    async def set_aside(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Record a path that was considered and not used."""
        typed = _typed(form)
        try:
            await operations.prepare_report(unit, situation_id)
            report_id = _id(form)
            said = NewUnused(
                report_id=report_id,
                path=typed["path"],
                reason=typed["reason"],
                confirmed=form.ticked("confirmed"),
            )
            await operations.set_aside(unit, situation_id, said)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _unused(request, unit, situation_id, typed, mistakes(wrong, "path"))
        return _to(situation_id, report_id, UNUSED)

    @get("/{report_id:uuid}", name="report")
    async def show_report(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        report_id: FromPath[UUID],
    ) -> Page:
        """Show one's own report."""
        return await _report(request, unit, situation_id, report_id)

    @get("/{report_id:uuid}/sheet", name="report_sheet")
    async def show_sheet(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        report_id: FromPath[UUID],
    ) -> Page:
        """Show the sheet to print and hand over: the extract, and nothing of the reason."""
        return await _report(
            request, unit, situation_id, report_id, "disclosures/report_sheet.html"
        )

    @post("/{report_id:uuid}/handover", name="hand_report_over")
    async def hand_over(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
        report_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Record that the sheet was handed over, and how."""
        day = form.day("handed_on", required="Indiquez le jour de la remise.")
        means = form.choice("means", set(HANDED_LABELS), required="Choisissez comment.")
        try:
            if day is None or form.errors:
                await operations.read_report(unit, situation_id, report_id)
            form.check()
            said = NewHandover(handed_on=day or unit.now().date(), means=means)
            await operations.hand_over(unit, situation_id, report_id, said)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _report(
                request,
                unit,
                situation_id,
                report_id,
                typed=form.raw(),
                errors=mistakes(wrong, "handed_on"),
            )
        return _to(situation_id, report_id, HANDED)


ROUTES: Final = (ReportPages,)


def _typed(form: Form) -> dict[str, str]:
    raw = form.raw()
    return {name: raw.get(name, "").replace("\r\n", "\n").strip() for name in TEXTS}


def _id(form: Form) -> UUID:
    found = form.uuid("report_id", required="Rechargez la page.")
    form.check()
    return found or new_id()


def _path(typed: Mapping[str, str]) -> LegalPath:
    path = PATHS.get(typed.get("path", ""))
    if path is None:
        raise Invalid({"path": "Choisissez une des voies proposées."})
    return path


def _check(step: str, typed: Mapping[str, str], form: Form, unit: Unit) -> None:
    """Raise Invalid for what is wrong on one page; the operation checks the whole again."""
    path = _path(typed)
    errors: dict[str, str] = {}
    if step in {"recipient", "victim"}:
        victim = typed["victim"] if step == "victim" or not path.victim_answers() else ""
        try:
            check_way(path, typed["recipient"], victim)
        except Invalid as wrong:
            errors = {name: said for name, said in wrong.fields.items() if name == step}
    elif step == "extract":
        errors = sentences_of("extract", typed["extract"], longest=LONGEST_EXTRACT)
    elif step == "reason":
        errors = sentences_of("reason", typed["reason"], longest=LONGEST_REASON, shortest=SHORTEST)
    elif step == "informed":
        day = form.day("informed_on")
        check_informed(
            typed["informed"], day, typed["informed_by"], typed["motive"], now=unit.now()
        )
    if errors:
        raise Invalid(errors)


def _after(step: str, typed: Mapping[str, str]) -> str:
    """Return the page that follows, those that this path does not ask left out."""
    path = _path(typed)
    skipped = set()
    if not path.victim_answers():
        skipped.add("victim")
    if typed["recipient"] and not path.has_extract(typed["recipient"]):
        skipped.add("extract")
    following = STEPS[STEPS.index(step) + 1 :]
    return next(one for one in following if one not in skipped)


async def _recorded(unit: Unit, form: Form, situation_id: UUID) -> Redirect:
    typed = _typed(form)
    path = _path(typed)
    told = typed["informed"] == "informed"
    report_id = _id(form)
    said = NewReport(
        report_id=report_id,
        path=path.code,
        recipient=typed["recipient"],
        victim=typed["victim"] if path.victim_answers() else "",
        extract=typed["extract"] if path.has_extract(typed["recipient"]) else "",
        reason=typed["reason"],
        informed=typed["informed"],
        informed_on=form.day("informed_on") if told else None,
        informed_by=typed["informed_by"] if told else "",
        motive="" if told else typed["motive"],
        confirmed=form.ticked("confirmed"),
    )
    await operations.make_report(unit, situation_id, said)
    return _to(situation_id, report_id, MADE)


def _to(situation_id: UUID, report_id: UUID, code: str) -> Redirect:
    return Redirect(f"/situations/{situation_id}/reports/{report_id}?done={code}", status_code=303)


async def _step(  # noqa: PLR0913 — a page of a form
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    step: str,
    typed: Mapping[str, str],
    paths: tuple[LegalPath, ...],
    errors: Mapping[str, str] | None = None,
) -> Page:
    known = {name: typed.get(name, "") for name in TEXTS}
    path = next((one for one in paths if one.code == known["path"]), None)
    shown = step if path is not None else "path"
    return await situation_page(
        request,
        unit,
        situation_id,
        "disclosures/report_step.html",
        errors=errors,
        step=shown,
        typed=known,
        paths=paths,
        path=path,
        recipients=RECIPIENT_LABELS,
        informed=INFORMED_LABELS,
        longest=LONGEST_EXTRACT,
        longest_reason=LONGEST_REASON,
    )


async def _unused(
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    typed: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> Page:
    return await situation_page(
        request,
        unit,
        situation_id,
        "disclosures/unused.html",
        errors=errors,
        typed={name: typed.get(name, "") for name in TEXTS},
        paths=tuple(PATHS.values()),
        takers=TAKER_LABELS,
        longest=LONGEST_REASON,
    )


async def _report(  # noqa: PLR0913 — a page and the form that it holds
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    report_id: UUID,
    template: str = "disclosures/report.html",
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Page:
    known: Callable[[str], str] = (typed or {}).get  # type: ignore[assignment]
    return await situation_page(
        request,
        unit,
        situation_id,
        template,
        errors=errors,
        report=await operations.read_report(unit, situation_id, report_id),
        means=HANDED_LABELS,
        chosen=known("means") or "",
        day={part: known(f"handed_on-{part}") or "" for part in ("day", "month", "year")},
    )
