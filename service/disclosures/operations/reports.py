"""Telling an authority by a legal path: written by its author, read by its author alone.

It opens nothing to anyone: no circle is widened, no account made, nothing is sent. The sheet
is printed, and its author hands it over by their own channel.
"""

from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select

from audit.event import Act, Outcome
from policies.vocabulary import Action, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.clock import PARIS
from service.disclosures.models import ReportHandover, StatutoryReport
from service.disclosures.operations.reviews import line_of, lines_about
from service.disclosures.operations.telling import tell_overseers
from service.disclosures.rules.paths import (
    PATHS,
    TAKER_LABELS,
    VICTIM_LABELS,
    LegalPath,
    may_take,
    paths_for,
)
from service.disclosures.rules.reports import (
    LONGEST_EXTRACT,
    LONGEST_REASON,
    SHORTEST_REASON,
    HandedBy,
    check_informed,
    check_way,
    sentences_of,
    watched,
)
from service.disclosures.schemas.reports import (
    NewHandover,
    NewReport,
    NewUnused,
    ReportContent,
    ReportView,
)
from service.encryption.context import BoxContext
from service.encryption.sealed import Sealed
from service.errors import Conflict, Invalid, NotFound
from service.partners import operations as partners
from service.sharing import operations as sharing
from service.unit import Unit

REPORT: Final = "report"
"""Pseudo-section of what reports say: its own key, that only their authors' acts open."""

Row = Any
"""A row of `statutory_report`."""


async def prepare_report(unit: Unit, situation_id: UUID) -> tuple[LegalPath, ...]:
    """Return the legal paths that this seat may take; opens no content.

    Raises Refused or NotFound.
    """
    facts = await sharing.facts_about(unit, situation_id)
    await gate.permit(
        unit,
        facts,
        Action.REPORT,
        Section.SITUATION,
        act=Act.REPORT_PREPARED,
        obj={"k": "report"},
    )
    return paths_for(facts, unit.actor.function)


async def make_report(unit: Unit, situation_id: UUID, said: NewReport) -> UUID:
    """Record a report to an authority; sent twice, it is recorded once.

    The coordinator of the cell and the DPO are told of it at once, not of what it says. Raises
    Refused or NotFound; Invalid by field: a path reserved to others, a recipient that it does
    not allow, a text that is missing, too long or not confirmed.
    """
    facts = await _reporting(unit, situation_id)
    if await _already(unit, situation_id, said.report_id):
        return said.report_id
    path = _path(facts, said.path, unit.actor.function)
    check_way(path, said.recipient, said.victim)
    errors = _texts(path, said)
    if errors:
        raise Invalid(errors)
    check_informed(said.informed, said.informed_on, said.informed_by, said.motive, now=unit.now())
    kept = {"informed_by": said.informed_by} if said.informed_on else {"motive": said.motive}
    content = ReportContent(extract=said.extract.strip(), reason=said.reason.strip(), **kept)
    watched({"extract": said.extract, "reason": said.reason, **kept}, confirmed=said.confirmed)
    await _write(
        unit,
        facts,
        content,
        report_id=said.report_id,
        path=path.code,
        used=True,
        recipient=said.recipient,
        victim=said.victim,
        informed=said.informed,
        informed_on=said.informed_on,
    )
    return said.report_id


async def set_aside(unit: Unit, situation_id: UUID, said: NewUnused) -> UUID:
    """Record that a path was considered and not used, with its motive, sealed.

    Any path: saying why one that others may take does not apply opens nothing. Raises Refused
    or NotFound, Invalid.
    """
    facts = await _reporting(unit, situation_id)
    if await _already(unit, situation_id, said.report_id):
        return said.report_id
    if said.path not in PATHS:
        raise Invalid({"path": "Choisissez une des voies proposées."})
    errors = sentences_of("reason", said.reason, longest=LONGEST_REASON, shortest=SHORTEST_REASON)
    if errors:
        raise Invalid(errors)
    watched({"reason": said.reason}, confirmed=said.confirmed)
    content = ReportContent(reason=said.reason.strip())
    await _write(unit, facts, content, report_id=said.report_id, path=said.path, used=False)
    return said.report_id


async def read_report(unit: Unit, situation_id: UUID, report_id: UUID) -> ReportView:
    """Return one's own report, whole; recorded. Raises NotFound for anyone else's, recorded."""
    row = await _own_row(unit, situation_id, report_id, Act.REPORT_READ)
    permit = await gate.permit_own(
        unit,
        act=Act.REPORT_READ,
        situation_id=situation_id,
        boxes=(REPORT,),
        obj={"k": "report", "id": str(report_id), "path": row.path},
    )
    await unit.keyring.load(unit.clsm_id, [(situation_id, REPORT)])
    content = unit.keyring.open(
        row.content, _place(unit, situation_id, report_id), permit, ReportContent
    )
    line = line_of(row, await lines_about(unit, [row]))
    path = PATHS[row.path]
    return ReportView(
        line=line,
        extract=content.extract,
        reason=content.reason,
        informed_by=content.informed_by,
        motive=content.motive,
        victim_label=VICTIM_LABELS[row.victim] if row.victim else "",
        has_extract=row.used and path.has_extract(row.recipient),
        author=line.author,
    )


async def hand_over(unit: Unit, situation_id: UUID, report_id: UUID, said: NewHandover) -> None:
    """Record that the author handed the sheet over, and by which channel: once.

    Raises NotFound, Invalid, Conflict.
    """
    row = await _own_row(unit, situation_id, report_id, Act.REPORT_HANDED)
    errors = {}
    today = unit.now().astimezone(PARIS).date()
    if not _day_of(row) <= said.handed_on <= today:
        errors["handed_on"] = "La remise a lieu entre le jour du signalement et aujourd'hui."
    if said.means not in set(HandedBy):
        errors["means"] = "Choisissez comment il a été remis."
    if not row.used:
        raise Conflict("Cette voie n'a pas été utilisée : il n'y a rien à remettre.")
    if errors:
        raise Invalid(errors)
    if line_of(row, await lines_about(unit, [row])).handed_on:
        raise Conflict("La remise de ce signalement est déjà enregistrée.")
    await unit.transaction.execute(
        insert(ReportHandover).values(
            clsm_id=unit.clsm_id,
            report_id=report_id,
            handed_on=said.handed_on,
            means=said.means,
            employment_id=unit.actor.employment_id,
            recorded_at=unit.now(),
        )
    )
    await record.note(
        unit,
        Act.REPORT_HANDED,
        situations=(situation_id,),
        obj={"k": "report", "id": str(report_id), "by": said.means},
    )


def _day_of(row: Row) -> date:
    day: date = row.made_at.astimezone(PARIS).date()
    return day


async def _reporting(unit: Unit, situation_id: UUID) -> SituationFacts:
    """Return the facts of a seat that may report; what the act writes is recorded after it.

    Raises Refused or NotFound, recorded.
    """
    facts = await sharing.facts_about(unit, situation_id)
    if not facts.exists or not gate.allows(facts, Section.SITUATION, Action.REPORT):
        await gate.permit(unit, facts, Action.REPORT, Section.SITUATION, act=Act.REPORT_MADE)
    return facts


def _path(facts: SituationFacts, code: str, function: str) -> LegalPath:
    path = PATHS.get(code)
    if path is None:
        raise Invalid({"path": "Choisissez une des voies proposées."})
    if not may_take(path, facts, function):
        raise Invalid({"path": f"Cette voie est ouverte seulement à {_reserved(path)}."})
    return path


def _reserved(path: LegalPath) -> str:
    return TAKER_LABELS[path.taker].removeprefix("à ")


def _texts(path: LegalPath, said: NewReport) -> dict[str, str]:
    """Return what is wrong with the extract and the reason."""
    errors: dict[str, str] = {}
    if path.has_extract(said.recipient):
        errors |= sentences_of("extract", said.extract, longest=LONGEST_EXTRACT)
    elif said.extract.strip():
        errors["extract"] = "Rien de ce signalement n'est recopié ici : laissez ce champ vide."
    return errors | sentences_of(
        "reason", said.reason, longest=LONGEST_REASON, shortest=SHORTEST_REASON
    )


async def _already(unit: Unit, situation_id: UUID, report_id: UUID) -> bool:
    """Return whether this form was recorded before. Raises Conflict when it is another's."""
    row = await _row(unit, report_id)
    if row is None:
        return False
    mine = (row.situation_id, row.employment_id) == (situation_id, unit.actor.employment_id)
    if not mine:
        raise Conflict("Ce signalement a déjà été enregistré autrement. Rechargez la page.")
    await record.note(
        unit, Act.REPORT_MADE, situations=(situation_id,), obj={"k": "report", "again": 1}
    )
    return True


async def _write(unit: Unit, facts: SituationFacts, content: ReportContent, **values: Any) -> None:
    situation_id, report_id = facts.situation_id, values["report_id"]
    await record.keys_made(unit, situation_id, (REPORT,))
    sealed: Sealed = unit.keyring.seal(_place(unit, situation_id, report_id), content)
    await unit.transaction.execute(
        insert(StatutoryReport).values(
            clsm_id=unit.clsm_id,
            situation_id=situation_id,
            employment_id=unit.actor.employment_id,
            made_at=unit.now(),
            content=sealed,
            **values,
        )
    )
    said = {"k": "report", "id": str(report_id), "path": values["path"]}
    if values["used"]:
        said |= {"to": values["recipient"], "told": values["informed"]}
    await gate.permit(
        unit,
        facts,
        Action.REPORT,
        Section.SITUATION,
        act=Act.REPORT_MADE,
        obj=said if values["used"] else said | {"used": "no"},
        new=unit.keyring.digest(sealed),
    )
    await tell_overseers(unit, facts)


def _place(unit: Unit, situation_id: UUID, report_id: UUID) -> BoxContext:
    return BoxContext(unit.clsm_id, situation_id, REPORT, str(report_id))


async def _own_row(unit: Unit, situation_id: UUID, report_id: UUID, act: Act) -> Row:
    """Return the actor's own report, under a pledge in force. Raises NotFound, recorded."""
    row = await _row(unit, report_id)
    own = row is not None and (row.situation_id, row.employment_id) == (
        situation_id,
        unit.actor.employment_id,
    )
    if not own or await partners.pledge_until(unit) is None:
        await record.note(unit, act, out=Outcome.DENY, obj={"k": "report"})
        raise NotFound
    return row


async def _row(unit: Unit, report_id: UUID) -> Row:
    statement = select(StatutoryReport.__table__).where(
        StatutoryReport.clsm_id == unit.clsm_id, StatutoryReport.report_id == report_id
    )
    return (await unit.transaction.execute(statement)).first()
