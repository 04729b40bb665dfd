"""The list of situations of a seat: fifty at a time, at a cost that the table's size leaves alone.

A coordinator's page walks the index of their cells and stops after fifty; anyone else's begins
with their own places, which are few. What each line shows is decided line by line.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select, tuple_, union

from policies.vocabulary import Level, Section
from service.access import gate
from service.access.facts import SituationFacts
from service.clock import as_microseconds, from_microseconds
from service.database import Identifier
from service.encryption.permit import Permit
from service.errors import Invalid
from service.sharing import operations as sharing
from service.situations.models import IdentityCard, Situation
from service.situations.operations.identity import LABEL, card_context
from service.situations.operations.reading import INSIDE
from service.situations.rules import PAGE_SIZE, State, Urgency, review_by
from service.situations.schemas import Card, ListLine, Page
from service.unit import Unit

_COLUMNS = (
    Situation.situation_id,
    Situation.cell_id,
    Situation.reference,
    Situation.alias,
    Situation.state,
    Situation.urgency,
    Situation.opened_at,
    Situation.changed_at,
)
_MARK = re.compile(r"([0-9]{1,16})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


async def list_situations(
    unit: Unit,
    *,
    before: str | None = None,
    state: State | None = None,
    urgency: Urgency | None = None,
) -> Page:
    """Return one page of the situations that this seat may know of, the newest first.

    `before` continues a list where `Page.older` left it. Only codes filter: a name is never in
    a statement nor in an address. Raises Invalid for a `before` that is not ours.
    """
    place = _place(before) if before else None
    wanted = {"state": state, "urgency": urgency}
    filters = {name: str(code) for name, code in wanted.items() if code}
    rows = await rows_of_page(unit, place, filters)
    page = rows[:PAGE_SIZE]
    facts = await sharing.facts_about_many(unit, [row.situation_id for row in page])
    known = [row for row in page if gate.sees(facts[row.situation_id]).allowed]
    named = {
        row.situation_id
        for row in known
        if gate.levels(facts[row.situation_id])[Section.IDENTITY_CONTACT].level is Level.READ
        and facts[row.situation_id].common & INSIDE
    }
    permit = await gate.permit_list(
        unit, [(row.situation_id, (LABEL,) if row.situation_id in named else ()) for row in known]
    )
    cards = await _cards(unit, named, permit)
    return Page(
        lines=tuple(
            _line(unit, row, facts[row.situation_id], cards.get(row.situation_id)) for row in known
        ),
        older=_mark(page[-1]) if len(rows) > PAGE_SIZE else None,
    )


async def rows_of_page(
    unit: Unit,
    place: tuple[datetime, UUID] | None = None,
    filters: Mapping[str, str] = MappingProxyType({}),
) -> list[Any]:
    """Return the rows of a page and one more, the newest first, before anything is decided.

    `filters` gives codes to `state` and `urgency`.
    """
    cells = await sharing.cells_of_office(unit)
    statement, asked = page_of(
        unit.clsm_id, unit.actor.employment_id, unit.now(), cells, place, filters
    )
    found = (await unit.transaction.execute(statement, asked)).all()
    return sorted(found, key=_newest, reverse=True)[: PAGE_SIZE + 1]


def page_of(  # noqa: PLR0913 — everything a page of the list depends on
    clsm_id: UUID,
    employment_id: UUID,
    now: datetime,
    cells: sharing.CellsOfOffice,
    place: tuple[datetime, UUID] | None = None,
    filters: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Any, dict[str, Any]]:
    """Return the one statement of a page, built once for its shape, and its parameters.

    A cell's branch is ordered and limited by its index; the branch of one's own places is
    neither, so that no planner prefers to walk the whole table in order.
    """
    coordinated, received = sorted(cells.coordinated, key=str), sorted(cells.received, key=str)
    asked: dict[str, Any] = {
        "clsm_id": clsm_id,
        "employment_id": employment_id,
        "now": now,
        **{f"coordinated_{n}": one for n, one in enumerate(coordinated) if one is not None},
        **{f"received_{n}": one for n, one in enumerate(received) if one is not None},
        **filters,
    }
    if place is not None:
        asked |= {"before_at": place[0], "before_id": place[1]}
    shape = _Shape(
        tuple(one is not None for one in coordinated),
        tuple(one is not None for one in received),
        tuple(sorted(filters)),
        place is not None,
    )
    return _statement(shape), asked


class _Shape(NamedTuple):
    """What the text of a page's statement depends on: which branches and conditions it has."""

    coordinated: tuple[bool, ...]
    """One a cell: whether it is named, or every cell."""
    received: tuple[bool, ...]
    filters: tuple[str, ...]
    older: bool


@lru_cache(maxsize=256)
def _statement(shape: _Shape) -> Any:
    where = [
        Situation.clsm_id == bindparam("clsm_id", type_=Identifier),
        *(Situation.__table__.c[name] == bindparam(name) for name in shape.filters),
    ]
    if shape.older:
        where.append(
            tuple_(Situation.opened_at, Situation.situation_id)
            < tuple_(
                bindparam("before_at", type_=Situation.opened_at.type),
                bindparam("before_id", type_=Situation.situation_id.type),
            )
        )
    own: Select[*tuple[Any, ...]] = select(*_COLUMNS).where(
        *where, Situation.situation_id.in_(sharing.visible_to())
    )
    # An archive is nobody's to browse, the coordinator's neither (settled.md 4).
    kept = Situation.state.not_in([State.ARCHIVED, State.ELIMINATED])
    received = Situation.state.in_(sorted(sharing.BEFORE_ACCEPTANCE))
    branches = [
        *(
            _of_cells([*where, kept], f"coordinated_{number}" if named else None)
            for number, named in enumerate(shape.coordinated)
        ),
        *(
            _of_cells([*where, received], f"received_{number}" if named else None)
            for number, named in enumerate(shape.received)
        ),
    ]
    return union(own, *branches) if branches else own


def _of_cells(where: Sequence[ColumnElement[bool]], cell: str | None) -> Select[*tuple[Any, ...]]:
    limited: Select[*tuple[Any, ...]] = select(*_COLUMNS).where(*where)
    if cell is not None:
        limited = limited.where(Situation.cell_id == bindparam(cell, type_=Identifier))
    newest = (
        limited.order_by(Situation.opened_at.desc(), Situation.situation_id.desc())
        .limit(PAGE_SIZE + 1)
        .subquery()
    )
    return select(newest)


async def _cards(unit: Unit, named: Iterable[UUID], permit: Permit) -> dict[UUID, Card]:
    """Open the labels that this seat may read; one statement, none when there is none."""
    ids = sorted(named)
    if not ids:
        return {}
    rows = (
        await unit.transaction.execute(
            select(IdentityCard.situation_id, IdentityCard.version, IdentityCard.content).where(
                IdentityCard.clsm_id == unit.clsm_id, IdentityCard.situation_id.in_(ids)
            )
        )
    ).all()
    await unit.keyring.load(unit.clsm_id, [(row.situation_id, LABEL) for row in rows])
    return {
        row.situation_id: unit.keyring.open(
            row.content, card_context(unit.clsm_id, row.situation_id, row.version), permit, Card
        )
        for row in rows
    }


def _line(unit: Unit, row: Any, facts: SituationFacts, card: Card | None) -> ListLine:
    inside = bool(facts.common & INSIDE)
    follows = inside and not sharing.is_only_a_guest(facts)
    due = review_by(row.state, row.urgency, row.changed_at) if follows else None
    return ListLine(
        situation_id=row.situation_id,
        reference=row.reference,
        alias=row.alias if inside else "",
        state=row.state,
        urgency=row.urgency if follows else "",
        opened_at=row.opened_at,
        review_by=due,
        late=due is not None and due < unit.now(),
        card=card,
    )


def _newest(row: Any) -> tuple[datetime, UUID]:
    return row.opened_at, row.situation_id


def _mark(row: Any) -> str:
    return f"{as_microseconds(row.opened_at)}.{row.situation_id}"


def _place(mark: str) -> tuple[datetime, UUID]:
    """Read back what `_mark` wrote; raises Invalid for anything else."""
    found = _MARK.fullmatch(mark)
    if found is None:
        raise Invalid({"before": "Reprenez la liste depuis son début."})
    return from_microseconds(int(found[1])), UUID(found[2])
