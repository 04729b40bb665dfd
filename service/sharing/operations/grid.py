"""The agreement as it stands: who may see how much of it, and how it came to be."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from audit.event import Act
from policies.vocabulary import Action, Column, Fact, Section
from service.access import gate
from service.access.facts import SituationFacts
from service.database import FOREVER
from service.partners import operations as partners
from service.sharing.models import AgreementCell, AgreementEvent, InformationEvent
from service.sharing.operations.course import exception_of
from service.sharing.operations.dated import current
from service.sharing.operations.facts import facts_about
from service.sharing.rules import AgreementKind, group_of, read_cells
from service.sharing.schemas import AgreementLine, Grid
from service.unit import Unit

_REGISTER_READERS = frozenset({Column.AUD, Column.DPO})


async def permit_agreement(unit: Unit, facts: SituationFacts, action: Action, act: Act) -> None:
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
    await permit_agreement(unit, facts, _way_in(facts), Act.AGREEMENT_READ)
    return await grid_of(unit, facts)


async def read_paper(unit: Unit, situation_id: UUID) -> Grid:
    """Return the grid for paper: filled in, to be signed; the printing is recorded.

    Only whoever reads it whole prints it: raises Refused or NotFound.
    """
    facts = await facts_about(unit, situation_id)
    await permit_agreement(unit, facts, Action.READ, Act.AGREEMENT_PRINTED)
    return await grid_of(unit, facts)


def _way_in(facts: SituationFacts) -> Action:
    """Return the widest action by which this seat comes to the grid; refused when none is."""
    for action in (Action.READ, Action.SEE_STATUS, Action.READ_OWN, Action.RECORD_OBJECTION):
        if _may(facts, action):
            return action
    return Action.SEE_STATUS


async def grid_of(unit: Unit, facts: SituationFacts) -> Grid:
    """Return the grid as this seat may know it; the caller has decided and recorded."""
    way = _way_in(facts)
    group = group_of(facts.column)
    whole = way is Action.READ or facts.column in _REGISTER_READERS
    rows = await current(unit, AgreementCell, facts.situation_id)
    told = await _events(unit, InformationEvent, facts.situation_id)
    events = await _events(unit, AgreementEvent, facts.situation_id)
    mine = unit.actor.employment_id
    shown = [
        row
        for row in rows
        if whole
        or row.recorded_by == mine
        or (way is Action.SEE_STATUS and row.recipients == group)
    ]
    informed: dict[str, datetime] = {}
    for row in told:
        for name in row.groups.split(","):
            if whole or name == group or row.employment_id == mine:
                informed.setdefault(name, row.valid_from)
    history, numbers = await _history(
        unit, events, told, None if whole else group if way is Action.SEE_STATUS else ""
    )
    return Grid(
        mode=facts.mode,
        cells={(row.category, row.recipients): row.value for row in shown},
        notes={
            (row.category, row.recipients): numbers[row.event_id]
            for row in shown
            if row.event_id in numbers
        },
        informed=informed,
        history=history,
        whole=whole,
        group=group,
        may_record=_may(facts, Action.RECORD_AGREEMENT),
        may_object=_may(facts, Action.RECORD_OBJECTION),
        revision=str(len(events)),
        may_print=way is Action.READ,
        unable=_unable(events, unit.now()),
        exception=await exception_of(unit, facts.situation_id),
    )


def _unable(events: Sequence[Any], now: datetime) -> tuple[datetime, datetime] | None:
    """Return since when and until when the person is held unable to express their will."""
    for row in events:
        if row.kind == AgreementKind.UNABLE and row.valid_from <= now < row.valid_to:
            return row.valid_from, row.valid_to
    return None


async def _history(
    unit: Unit, events: Sequence[Any], told: Sequence[Any], group: str | None
) -> tuple[tuple[AgreementLine, ...], Mapping[UUID, int]]:
    """Return the events, newest first, and the number of each: all, or those of one group.

    `group` is None for all; one's own are always there. Numbers follow what is shown, so that
    they tell nothing of what is not.
    """
    names = await partners.names_of(unit, {row.employment_id for row in (*events, *told)})
    mine = unit.actor.employment_id
    lines: list[AgreementLine] = []
    numbers: dict[UUID, int] = {}
    for row in sorted((*told, *events), key=_when):  # at one instant, told then asked
        own = row.employment_id == mine
        cells = read_cells(row.cells) if hasattr(row, "cells") else {}
        groups = () if hasattr(row, "cells") else tuple(row.groups.split(","))
        if group is not None and not own:
            cells = {key: value for key, value in cells.items() if key[1] == group}
            groups = tuple(one for one in groups if one == group)
            if not cells and not groups and row_kind(row) not in _OF_EVERYONE:
                continue
        numbers[row.fact_id] = len(lines) + 1
        lines.append(
            AgreementLine(
                number=len(lines) + 1,
                kind=row_kind(row),
                valid_from=row.valid_from,
                recorded_by=names[row.employment_id].in_full,
                means=row.means,
                notice_version=row.notice_version,
                cells=cells,
                groups=groups,
                own=own,
            )
        )
    return tuple(reversed(lines)), numbers


_OF_EVERYONE = frozenset({AgreementKind.UNABLE, AgreementKind.ABLE})
"""Whoever sees the status must know it, to obey it (domain.md 3.3, cell 15)."""


def row_kind(row: Any) -> str:
    """Return what an event is: one of information has no kind of its own."""
    return str(row.kind) if hasattr(row, "cells") else "information"


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
