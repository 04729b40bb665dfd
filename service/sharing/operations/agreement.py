"""Information, agreement, objection, withdrawal: what the person was told, allows, forbids.

What the referral's form declares is never an agreement. Each event is kept as it was said; the
cells that decisions read are written in the same transaction, and a cell not named keeps its
value (settled.md 5).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from audit.event import Act
from policies.vocabulary import Action, Column, Fact, Section
from service.access import gate
from service.access.facts import SituationFacts
from service.database import FOREVER
from service.errors import Conflict, Invalid
from service.partners import operations as partners
from service.sharing.models import AgreementCell, AgreementEvent, InformationEvent
from service.sharing.operations import course
from service.sharing.operations.circle import suspend_circle
from service.sharing.operations.dated import current, end_facts, write_fact
from service.sharing.operations.facts import facts_about
from service.sharing.rules import (
    CATEGORIES,
    COORDINATION_DEFAULTS,
    AgreementKind,
    Mode,
    checked_categories,
    checked_groups,
    checked_means,
    checked_notice,
    expanded,
    group_of,
    read_cells,
    written,
)
from service.sharing.schemas import AgreementLine, Grid
from service.unit import Unit

Cells = Mapping[tuple[str, str], str]

_REGISTER_READERS = frozenset({Column.AUD, Column.DPO})


async def record_information(  # noqa: PLR0913 — an event of paper has these parts
    unit: Unit,
    situation_id: UUID,
    *,
    groups: Iterable[str],
    means: str,
    notice_version: str,
    categories: Iterable[str] = CATEGORIES,
) -> None:
    """Write down that the person was informed, of which categories and for which groups.

    It precedes any reading across categories of professionals (R.1110-3 CSP). Raises Refused
    or NotFound; Invalid naming the field.
    """
    named, chosen = checked_groups(groups), checked_categories(categories)
    how, notice = checked_means(means), checked_notice(notice_version)
    facts = await facts_about(unit, situation_id, exclusive=True)
    await _permit(unit, facts, Action.RECORD_AGREEMENT, Act.INFORMATION_GIVEN)
    await write_fact(
        unit,
        InformationEvent,
        situation_id,
        employment_id=unit.actor.employment_id,
        groups=",".join(named),
        categories=",".join(chosen),
        means=how,
        notice_version=notice,
    )


async def record_agreement(  # noqa: PLR0913 — an event of paper has these parts
    unit: Unit,
    situation_id: UUID,
    cells: Cells,
    *,
    means: str,
    notice_version: str,
    general: bool = False,
) -> None:
    """Write down what the person allows or forbids, cell by cell; it acts at once.

    `general` is the agreement to the cell's work itself: the situation becomes named, and the
    coordination's default cells are written with it. A « non » is an objection: it denies, and
    when nothing else is said the referrer may write it too. Raises Refused or NotFound; Invalid
    naming the field.
    """
    named = expanded(COORDINATION_DEFAULTS) | expanded(cells) if general else expanded(cells)
    how, notice = checked_means(means), checked_notice(notice_version)
    if not named:
        raise Invalid({"cells": "Répondez au moins à une case de la grille."})
    kind, act, action = _nature(named, general=general)
    facts = await facts_about(unit, situation_id, exclusive=True)
    await _permit(unit, facts, action, act)
    await _write_event(unit, situation_id, kind, named, means=how, notice_version=notice)
    if general and facts.mode != Mode.NAMED:
        await course.move(unit, situation_id, mode=Mode.NAMED)


def _nature(cells: Cells, *, general: bool) -> tuple[AgreementKind, Act, Action]:
    if general:
        return AgreementKind.GENERAL, Act.AGREEMENT_RECORDED, Action.RECORD_AGREEMENT
    if set(cells.values()) == {"no"}:
        return AgreementKind.OBJECTION, Act.OBJECTION_RECORDED, Action.RECORD_OBJECTION
    return AgreementKind.PARTIAL, Act.AGREEMENT_RECORDED, Action.RECORD_AGREEMENT


async def answer_grid(  # noqa: PLR0913 — a form of paper has these parts
    unit: Unit,
    situation_id: UUID,
    answers: Cells,
    *,
    revision: str,
    means: str,
    notice_version: str,
    general: bool = False,
) -> None:
    """Write down the cells that differ from what the form had shown.

    Raises Conflict when something was recorded since `revision`: an objection must never be
    overwritten by an older page. Otherwise as `record_agreement`.
    """
    facts = await facts_about(unit, situation_id, exclusive=True)
    shown = await _grid(unit, facts)
    if shown.revision != revision:
        raise Conflict(
            "Un accord ou une opposition a été enregistré pendant que vous remplissiez la "
            "grille. Relisez-la avant de reprendre."
        )
    changed = {
        key: value
        for key, value in expanded(answers).items()
        if value != shown.cells.get(key, "not_asked")
    }
    await record_agreement(
        unit,
        situation_id,
        changed,
        means=means,
        notice_version=notice_version,
        general=general,
    )


async def withdraw_agreement(  # noqa: PLR0913 — an event of paper has these parts
    unit: Unit,
    situation_id: UUID,
    cells: Cells | Iterable[tuple[str, str]],
    *,
    means: str,
    notice_version: str,
    general: bool = False,
) -> None:
    """Write down that the person takes back what they allowed; it acts at once.

    Withdrawing the general agreement makes the situation anonymised and suspends the circle,
    coordinator and lead apart, in the same transaction. Cells named become « non ». Raises
    Refused or NotFound; Invalid naming the field.
    """
    named = expanded(dict.fromkeys(cells, "no"))
    how, notice = checked_means(means), checked_notice(notice_version)
    if not named and not general:
        raise Invalid({"cells": "Indiquez ce que la personne retire, ou tout l'accord."})
    facts = await facts_about(unit, situation_id, exclusive=True)
    await _permit(unit, facts, Action.RECORD_OBJECTION, Act.AGREEMENT_WITHDRAWN)
    await _write_event(
        unit, situation_id, AgreementKind.WITHDRAWAL, named, means=how, notice_version=notice
    )
    if general:
        await course.move(unit, situation_id, mode=Mode.ANONYMISED)
        await suspend_circle(unit, situation_id)


async def _write_event(  # noqa: PLR0913 — an event of paper has its five parts
    unit: Unit,
    situation_id: UUID,
    kind: AgreementKind,
    cells: Cells,
    *,
    means: str,
    notice_version: str,
) -> None:
    event_id = await write_fact(
        unit,
        AgreementEvent,
        situation_id,
        employment_id=unit.actor.employment_id,
        kind=kind,
        means=means,
        notice_version=notice_version,
        cells=written(cells),
    )
    for (category, group), value in cells.items():
        await end_facts(unit, AgreementCell, situation_id, category=category, recipients=group)
        await write_fact(
            unit,
            AgreementCell,
            situation_id,
            category=category,
            recipients=group,
            value=value,
            event_id=event_id,
        )


async def _permit(unit: Unit, facts: SituationFacts, action: Action, act: Act) -> None:
    """Allow what the policy allows to whom it allows it, and record it (settled.md 5)."""
    await gate.permit(
        unit,
        facts,
        action,
        Section.CONSENT_STATUS,
        act=act,
        obj={"k": "agreement"},
        of_section=_asked(facts, action),
    )


def _asked(facts: SituationFacts, action: Action) -> Fact:
    """Return the facts of the question: whoever referred may write down an objection."""
    of_section = facts.of(Section.CONSENT_STATUS)
    if action is Action.RECORD_OBJECTION:
        of_section |= facts.common & Fact.OWN
    return of_section


def _may(facts: SituationFacts, action: Action) -> bool:
    told = gate.tell(facts, Section.CONSENT_STATUS, action, of_section=_asked(facts, action))
    return told.decision.allowed


async def read_agreement(unit: Unit, situation_id: UUID) -> Grid:
    """Return the agreement as it stands and how it came to be; recorded.

    Whoever reads the section sees the whole grid; whoever only sees its status, their own
    recipient group; whoever may only record, what they recorded. Raises Refused or NotFound.
    """
    facts = await facts_about(unit, situation_id)
    await _permit(unit, facts, _way_in(facts), Act.AGREEMENT_READ)
    return await _grid(unit, facts)


def _way_in(facts: SituationFacts) -> Action:
    """Return the widest action by which this seat comes to the grid; refused when none is."""
    for action in (Action.READ, Action.SEE_STATUS, Action.READ_OWN, Action.RECORD_OBJECTION):
        if _may(facts, action):
            return action
    return Action.SEE_STATUS


async def _grid(unit: Unit, facts: SituationFacts) -> Grid:
    way = _way_in(facts)
    group = group_of(facts.column)
    whole = way is Action.READ or facts.column in _REGISTER_READERS
    rows = await current(unit, AgreementCell, facts.situation_id)
    told = await _events(unit, InformationEvent, facts.situation_id)
    events = await _events(unit, AgreementEvent, facts.situation_id)
    mine = unit.actor.employment_id
    informed: dict[str, datetime] = {}
    for row in told:
        for name in row.groups.split(","):
            if whole or name == group or row.employment_id == mine:
                informed.setdefault(name, row.valid_from)
    return Grid(
        mode=facts.mode,
        cells={
            (row.category, row.recipients): row.value
            for row in rows
            if whole
            or row.recorded_by == mine
            or (way is Action.SEE_STATUS and row.recipients == group)
        },
        informed=informed,
        history=await _history(
            unit, events, told, None if whole else group if way is Action.SEE_STATUS else ""
        ),
        whole=whole,
        group=group,
        may_record=_may(facts, Action.RECORD_AGREEMENT),
        may_object=_may(facts, Action.RECORD_OBJECTION),
        revision=str(len(events)),
    )


async def _history(
    unit: Unit, events: Sequence[Any], told: Sequence[Any], group: str | None
) -> tuple[AgreementLine, ...]:
    """Return the events, newest first: all (`group` None), or those of one group and one's own."""
    names = await partners.names_of(unit, {row.employment_id for row in (*events, *told)})
    mine = unit.actor.employment_id
    lines = []
    for row in sorted((*told, *events), key=_when):  # at one instant, told then asked
        own = row.employment_id == mine
        cells = read_cells(row.cells) if hasattr(row, "cells") else {}
        groups = () if hasattr(row, "cells") else tuple(row.groups.split(","))
        if group is not None and not own:
            cells = {key: value for key, value in cells.items() if key[1] == group}
            groups = tuple(one for one in groups if one == group)
            if not cells and not groups:
                continue
        lines.append(
            AgreementLine(
                kind=row.kind if hasattr(row, "cells") else "information",
                valid_from=row.valid_from,
                recorded_by=names[row.employment_id].in_full,
                means=row.means,
                notice_version=row.notice_version,
                cells=cells,
                groups=groups,
                own=own,
            )
        )
    return tuple(reversed(lines))


def _when(row: Any) -> datetime:
    moment: datetime = row.valid_from
    return moment


async def _events(
    unit: Unit, model: type[AgreementEvent] | type[InformationEvent], situation_id: UUID
) -> Sequence[Any]:
    table = model.__table__
    rows = await unit.transaction.execute(
        select(table)
        .where(
            table.c.clsm_id == unit.clsm_id,
            table.c.situation_id == situation_id,
            table.c.superseded_at == FOREVER,
        )
        .order_by(table.c.valid_from, table.c.fact_id)
    )
    return rows.all()
