"""What the coordination and the DPO are told of reports, and the look of someone else afterwards.

Path, kind of recipient, dates, and whether the person is informed: never the extract.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, insert, select

from audit.event import Act, Outcome
from policies.vocabulary import Action, Column, Office, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.disclosures.models import MayorNote, ReportHandover, ReportReview, StatutoryReport
from service.disclosures.rules.notes import NOTE_LABELS, may_note
from service.disclosures.rules.paths import PATHS, RECIPIENT_LABELS
from service.disclosures.rules.reports import (
    HANDED_LABELS,
    INFORMED_LABELS,
    OUTCOME_LABELS,
    review_by,
)
from service.disclosures.rules.reports import Outcome as Found
from service.disclosures.schemas.reports import NoteLine, ReportLine, Reports
from service.errors import Conflict, Invalid, NotFound, Refused
from service.partners import operations as partners
from service.sharing import operations as sharing
from service.situations.operations.names import SituationName, situation_names
from service.unit import Unit

Row = Any

MOST_LINES = 200
"""Lines of one page: those that wait for a look come first, then the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is read once for several reports: names, and who asks."""

    situations: Mapping[UUID, SituationName]
    seats: Mapping[UUID, partners.SeatName]
    handovers: Mapping[UUID, Row]
    reviews: Mapping[UUID, Row]
    accounts: Mapping[UUID, UUID]
    employment_id: UUID
    account_id: UUID
    now: datetime
    reviewable: frozenset[UUID] = frozenset()
    """Situations whose reports this seat may look at afterwards."""


async def reports_of(unit: Unit, situation_id: UUID) -> Reports:
    """Return the reports and notes of one situation: all to its coordinator, one's own to others.

    Recorded. Raises Refused or NotFound.
    """
    facts = await sharing.facts_about(unit, situation_id)
    await gate.permit(
        unit,
        facts,
        Action.SEE,
        Section.SITUATION,
        act=Act.REPORT_LISTED,
        obj={"k": "report", "a": "list"},
    )
    coordinates = facts.column is Column.COORD
    rows = await _reports(unit, StatutoryReport.situation_id == situation_id, own=not coordinates)
    notes = await _notes(unit, MayorNote.situation_id == situation_id, own=not coordinates)
    designated = await sharing.is_social_coordinator(unit, situation_id)
    reporting = gate.allows(facts, Section.SITUATION, Action.REPORT)
    return await _said(
        unit,
        rows,
        notes,
        overseen=coordinates,
        reviewable=frozenset({situation_id} if coordinates else ()),
        may_report=reporting,
        may_note=reporting and may_note(facts, designated=designated),
    )


async def list_reports(unit: Unit) -> Reports:
    """Return what this seat is told: all to the DPO, its cells to the coordinator, own to others.

    Recorded.
    """
    offices = await partners.offices_of(unit)
    if Office.DPO in offices:
        await gate.permit_office(
            unit,
            offices,
            frozenset({Office.DPO}),
            act=Act.REPORT_LISTED,
            obj={"k": "report", "a": "list"},
        )
        rows, notes = await _reports(unit), await _notes(unit)
        seen = frozenset(row.situation_id for row in rows)
        return await _said(unit, rows, notes, overseen=True, reviewable=seen)
    await record.note(unit, Act.REPORT_LISTED, obj={"k": "report", "a": "list"})
    if Office.COORDINATOR not in offices:
        return await _said(
            unit, await _reports(unit, own=True), await _notes(unit, own=True), overseen=False
        )
    rows, notes = await _reports(unit), await _notes(unit)
    here = await _coordinated(unit, {row.situation_id for row in (*rows, *notes)})
    return await _said(
        unit,
        [row for row in rows if row.situation_id in here],
        [row for row in notes if row.situation_id in here],
        overseen=True,
        reviewable=here,
    )


async def to_review(unit: Unit) -> tuple[ReportLine, ...]:
    """Return the reports that wait for this seat's look, the late ones first; recorded."""
    told = await list_reports(unit)
    waiting = [line for line in told.reports if line.may_review]
    return tuple(sorted(waiting, key=lambda line: line.made_at))


async def read_line(unit: Unit, report_id: UUID) -> ReportLine:
    """Return what the DPO, or the coordinator of the cell, may know of one report; recorded.

    Raises NotFound to everyone else, recorded.
    """
    row = await _overseen(unit, report_id, Act.REPORT_READ)
    await record.note(
        unit,
        Act.REPORT_READ,
        situations=(row.situation_id,),
        obj={"k": "report", "id": str(report_id), "a": "line"},
    )
    return line_of(row, await lines_about(unit, [row], reviewable=(row.situation_id,)))


async def review_report(unit: Unit, report_id: UUID, outcome: str) -> None:
    """Record the look of the DPO or of the coordinator of the cell, never the author's own.

    Raises NotFound, Refused to the author whatever the seat, Invalid, Conflict.
    """
    row = await _overseen(unit, report_id, Act.REPORT_REVIEWED)
    about = await lines_about(unit, [row])
    if about.accounts[row.employment_id] == unit.actor.account_id:
        await record.note(
            unit,
            Act.REPORT_REVIEWED,
            situations=(row.situation_id,),
            out=Outcome.DENY,
            obj={"k": "report", "why": "own"},
        )
        raise Refused(
            ("Un signalement est regardé par quelqu'un d'autre que son auteur·e.",),
            "La protection des données ou une autre coordination peut le faire.",
        )
    if outcome not in set(Found):
        raise Invalid({"outcome": "Choisissez une des conclusions proposées."})
    if not row.used:
        raise Conflict("Cette voie n'a pas été utilisée : il n'y a rien à regarder.")
    if report_id in about.reviews:
        raise Conflict("Ce signalement a déjà été regardé.")
    await unit.transaction.execute(
        insert(ReportReview).values(
            clsm_id=unit.clsm_id,
            report_id=report_id,
            outcome=outcome,
            employment_id=unit.actor.employment_id,
            reviewed_at=unit.now(),
        )
    )
    await record.note(
        unit,
        Act.REPORT_REVIEWED,
        situations=(row.situation_id,),
        obj={"k": "report", "id": str(report_id), "found": outcome},
    )


async def lines_about(
    unit: Unit, rows: Sequence[Row], notes: Sequence[Row] = (), reviewable: Iterable[UUID] = ()
) -> About:
    """Read what lines of reports are made of, in a statement each whatever their number."""
    ids = [row.report_id for row in rows]
    reviews = await _followed(unit, ReportReview, ids)
    seats = {row.employment_id for row in (*rows, *notes)}
    seats |= {row.employment_id for row in reviews.values()}
    found = await partners.seat_rows(unit, seats) if seats else []
    return About(
        situations=await situation_names(
            unit.transaction, unit.clsm_id, {row.situation_id for row in (*rows, *notes)}
        ),
        seats={
            row.employment_id: partners.SeatName(row.name, row.title, row.organisation)
            for row in found
        },
        handovers=await _followed(unit, ReportHandover, ids),
        reviews=reviews,
        accounts={row.employment_id: row.account_id for row in found},
        employment_id=unit.actor.employment_id,
        account_id=unit.actor.account_id,
        now=unit.now(),
        reviewable=frozenset(reviewable),
    )


def line_of(row: Row, about: About) -> ReportLine:
    """Return what others than the author may know of a report."""
    path = PATHS[row.path]
    handed, review = about.handovers.get(row.report_id), about.reviews.get(row.report_id)
    due = review_by(row.made_at) if row.used else None
    waits = due is not None and review is None
    return ReportLine(
        report_id=row.report_id,
        situation_id=row.situation_id,
        reference=about.situations[row.situation_id].reference,
        path=row.path,
        path_label=path.label,
        source=path.source,
        used=row.used,
        recipient_label=RECIPIENT_LABELS.get(row.recipient, ""),
        author=about.seats[row.employment_id].in_full,
        own=row.employment_id == about.employment_id,
        made_at=row.made_at,
        informed=row.informed,
        informed_label=INFORMED_LABELS.get(row.informed, ""),
        informed_on=row.informed_on,
        handed_on=handed.handed_on if handed else None,
        handed_label=HANDED_LABELS[handed.means] if handed else "",
        review_by=due,
        reviewed_at=review.reviewed_at if review else None,
        reviewer=about.seats[review.employment_id].in_full if review else "",
        outcome_label=OUTCOME_LABELS[review.outcome] if review else "",
        late=waits and due is not None and due < about.now,
        may_review=waits
        and row.situation_id in about.reviewable
        and about.accounts[row.employment_id] != about.account_id,
    )


async def _said(  # noqa: PLR0913 — lines, and what this seat may do with them
    unit: Unit,
    rows: Sequence[Row],
    notes: Sequence[Row],
    *,
    overseen: bool,
    reviewable: Iterable[UUID] = (),
    may_report: bool = False,
    may_note: bool = False,
) -> Reports:
    about = await lines_about(unit, rows, notes, reviewable)
    return Reports(
        reports=tuple(line_of(row, about) for row in rows),
        notes=tuple(
            NoteLine(
                note_id=row.note_id,
                situation_id=row.situation_id,
                reference=about.situations[row.situation_id].reference,
                recipient_label=NOTE_LABELS[row.recipient],
                author=about.seats[row.employment_id].in_full,
                own=row.employment_id == about.employment_id,
                made_at=row.made_at,
            )
            for row in notes
        ),
        overseen=overseen,
        may_report=may_report,
        may_note=may_note,
    )


async def _overseen(unit: Unit, report_id: UUID, act: Act) -> Row:
    """Return a report that this seat oversees. Raises NotFound, recorded."""
    row = await _report(unit, report_id)
    if row is None or not await _oversees(unit, row.situation_id):
        await record.note(unit, act, out=Outcome.DENY, obj={"k": "report"})
        raise NotFound
    return row


async def _oversees(unit: Unit, situation_id: UUID) -> bool:
    offices = await partners.offices_of(unit)
    if Office.DPO in offices and await partners.pledge_until(unit) is not None:
        return True
    return bool(await _coordinated(unit, {situation_id}))


async def _coordinated(unit: Unit, situation_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return, among these, the situations that the actor's seat coordinates now."""
    facts = await sharing.facts_about_many(unit, sorted(situation_ids))
    return frozenset(key for key, about in facts.items() if _coordinates(about))


def _coordinates(facts: SituationFacts) -> bool:
    return facts.column is Column.COORD and gate.sees(facts).allowed


async def _report(unit: Unit, report_id: UUID) -> Row:
    statement = select(StatutoryReport.__table__).where(
        StatutoryReport.clsm_id == unit.clsm_id, StatutoryReport.report_id == report_id
    )
    return (await unit.transaction.execute(statement)).first()


async def _reports(unit: Unit, *which: ColumnElement[bool], own: bool = False) -> list[Row]:
    statement: Select[Any] = (
        select(StatutoryReport.__table__)
        .outerjoin(
            ReportReview,
            and_(
                ReportReview.clsm_id == StatutoryReport.clsm_id,
                ReportReview.report_id == StatutoryReport.report_id,
            ),
        )
        .where(StatutoryReport.clsm_id == unit.clsm_id, *which)
        .order_by(
            and_(StatutoryReport.used, ReportReview.report_id.is_(None)).desc(),
            StatutoryReport.made_at.desc(),
            StatutoryReport.report_id.desc(),
        )
        .limit(MOST_LINES)
    )
    if own:
        statement = statement.where(StatutoryReport.employment_id == unit.actor.employment_id)
    return list((await unit.transaction.execute(statement)).all())


async def _notes(unit: Unit, *which: ColumnElement[bool], own: bool = False) -> list[Row]:
    statement: Select[Any] = (
        select(MayorNote.__table__)
        .where(MayorNote.clsm_id == unit.clsm_id, *which)
        .order_by(MayorNote.made_at.desc(), MayorNote.note_id.desc())
        .limit(MOST_LINES)
    )
    if own:
        statement = statement.where(MayorNote.employment_id == unit.actor.employment_id)
    return list((await unit.transaction.execute(statement)).all())


async def _followed(
    unit: Unit, model: type[ReportHandover] | type[ReportReview], ids: Sequence[UUID]
) -> dict[UUID, Row]:
    if not ids:
        return {}
    rows = await unit.transaction.execute(
        select(model.__table__).where(model.clsm_id == unit.clsm_id, model.report_id.in_(ids))
    )
    return {row.report_id: row for row in rows}
