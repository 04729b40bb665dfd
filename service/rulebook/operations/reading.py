"""The policy in force for everyone who signed; its versions for those who adopt them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from audit.event import Act
from policies import rules
from policies.vocabulary import Office
from service.access import gate
from service.database import FOREVER
from service.partners import operations as partners
from service.partners.operations import SeatName
from service.partners.rules import OFFICES
from service.rulebook.operations.approving import (
    NOT_YOURS,
    OWN_WIDENING,
    Standing,
    approvals_in,
    approving_problem,
    standing_of,
)
from service.rulebook.operations.terms import Terms, known_terms, terms_of
from service.rulebook.operations.versions import (
    BOX,
    Row,
    compared,
    motive_place,
    permit_versions,
    policy_in_force,
    policy_numbered,
    policy_of,
    version_row,
    version_rows,
)
from service.rulebook.rules import (
    APPROVING,
    PROPOSING,
    STATE_LABELS,
    TABLES,
    VersionState,
    approvals_needed,
)
from service.rulebook.schemas import (
    ApprovalLine,
    PolicyView,
    VersionLine,
    VersionsView,
    VersionView,
)
from service.unit import Unit

Names = Mapping[UUID | None, SeatName]
_BEFORE = frozenset({VersionState.PROPOSED, VersionState.WAITING})


async def read_policy(unit: Unit) -> PolicyView:
    """Return the policy in force, to whoever signed the charter; recorded. Raises Refused."""
    terms = await terms_of(unit, unit.clsm_id)
    policy = await policy_in_force(unit, unit.clsm_id, terms)
    await gate.permit_pledged(
        unit,
        pledged=await partners.pledge_until(unit) is not None,
        act=Act.POLICY_READ,
        obj={"k": "policy", "n": terms.number, "d": policy.digest},
    )
    approvals = [
        one for one in await approvals_in(unit, unit.clsm_id) if one.number == terms.number
    ]
    names = await _names(unit, unit.clsm_id, (), approvals)
    return PolicyView(
        number=terms.number,
        digest=policy.digest,
        since=terms.since,
        approvals=_approvals(approvals, names, counting=None),
        waiting=terms.waiting,
        waiting_from=terms.waiting_from,
        policy=policy,
        may_change=bool(set(await partners.offices_of(unit)) & PROPOSING),
    )


async def read_versions(unit: Unit) -> VersionsView:
    """Return every version, to those who adopt them; recorded. Raises Refused."""
    await permit_versions(unit, Act.POLICY_READ, obj={"k": "policy", "a": "versions"})
    terms = await terms_of(unit, unit.clsm_id)
    shipped = gate.shipped_policy()
    return VersionsView(
        lines=await list_versions(unit, unit.clsm_id),
        shipped_digest=shipped,
        shipped_differs=bool(terms.number) and shipped != terms.digest,
    )


async def list_versions(unit: Unit, clsm_id: UUID) -> tuple[VersionLine, ...]:
    """Return every version, the newest first; the caller has decided and recorded."""
    rows = await version_rows(unit, clsm_id)
    return await _lines(unit, clsm_id, rows, await terms_of(unit, clsm_id))


async def read_version(unit: Unit, number: int) -> VersionView:
    """Return one version, its motive and its difference; recorded. Raises Refused, NotFound.

    What is open or waits is compared with what is in force; the others with what they replaced.
    """
    permit = await permit_versions(unit, Act.POLICY_READ, number=number)
    row = await version_row(unit, unit.clsm_id, number)
    terms = await terms_of(unit, unit.clsm_id)
    line = (await _lines(unit, unit.clsm_id, [row], terms))[0]
    await unit.keyring.load(unit.clsm_id, [(unit.clsm_id, BOX)])
    motive = (
        unit.keyring.open(row.content, motive_place(unit.clsm_id, number), permit, str)
        if row.content is not None
        else ""
    )
    open_ = line.state is VersionState.PROPOSED
    against = terms.number if line.state in _BEFORE else await _replaced(unit, row)
    held = set(await partners.offices_of(unit))
    standing = await standing_of(unit, number)
    needed = approvals_needed(widens=standing.difference.widens)
    return VersionView(
        line=line,
        motive=motive,
        against=against,
        difference=compared(
            await policy_numbered(unit, unit.clsm_id, against), policy_of(row.texts)
        ),
        missing=max(needed - len(standing.voices), 0) if open_ else 0,
        problem=await _problem(unit, standing, held),
        may_withdraw=line.state in _BEFORE
        and (bool(held & APPROVING) or row.author_id == unit.actor.employment_id),
    )


async def tables_in_force(unit: Unit) -> dict[str, str]:
    """Return the three tables in force, to begin a proposal from them; recorded as a reading."""
    await permit_versions(unit, Act.POLICY_READ, obj={"k": "policy", "a": "tables"})
    terms = await terms_of(unit, unit.clsm_id)
    return await tables_numbered(unit, terms.number)


async def tables_numbered(unit: Unit, number: int) -> dict[str, str]:
    """Return the three tables of a version by their field's name; the caller has decided."""
    if not number:
        texts = rules.texts()
    else:
        row = await version_row(unit, unit.clsm_id, number)
        texts = msgspec.json.decode(row.texts, type=dict[str, str])
    return {field: texts[file] for field, file in TABLES.items()}


async def _lines(
    unit: Unit, clsm_id: UUID, rows: Sequence[Row], terms: Terms
) -> tuple[VersionLine, ...]:
    """Return versions as the list shows them; three statements however many they are."""
    held = await known_terms(unit, clsm_id)
    approvals: dict[int, list[Any]] = {row.number: [] for row in rows}
    for one in await approvals_in(unit, clsm_id):
        if one.number in approvals:
            approvals[one.number].append(one)
    names = await _names(unit, clsm_id, rows, [one for some in approvals.values() for one in some])
    return tuple(
        _line(row, held.get(row.number), approvals[row.number], names, terms) for row in rows
    )


def _line(
    row: Row,
    held: tuple[datetime, datetime] | None,
    approvals: Sequence[Any],
    names: Names,
    terms: Terms,
) -> VersionLine:
    state = _state(row, held, terms)
    author = names.get(row.author_id)
    return VersionLine(
        number=row.number,
        digest=row.digest,
        state=state,
        state_label=STATE_LABELS[state],
        author=author.in_full if author else "",
        proposed_at=row.proposed_at,
        withdrawn_at=row.withdrawn_at,
        effective_from=held[0] if held else None,
        effective_to=held[1] if held and held[1] < FOREVER else None,
        approvals=_approvals(
            approvals, names, counting=terms.number if state is VersionState.PROPOSED else None
        ),
        base_number=row.base_number,
        widens=row.widens,
        widens_health=row.widens_health,
    )


async def _names(
    unit: Unit, clsm_id: UUID, rows: Sequence[Row], approvals: Sequence[Any]
) -> dict[UUID | None, SeatName]:
    """Return how authors and approvers are called; asked by the operator too, without a seat."""
    ids = {row.author_id for row in rows} | {one.employment_id for one in approvals}
    seats = partners.seats().subquery()
    found = await unit.transaction.execute(
        select(seats).where(
            seats.c.clsm_id == clsm_id, seats.c.employment_id.in_(sorted(ids - {None}))
        )
    )
    return {row.employment_id: SeatName(row.name, row.title, row.organisation) for row in found}


def _state(row: Row, held: tuple[datetime, datetime] | None, terms: Terms) -> VersionState:
    if row.withdrawn_at is not None:
        return VersionState.WITHDRAWN
    if row.number == terms.number:
        return VersionState.IN_FORCE
    if row.number == terms.waiting:
        return VersionState.WAITING
    return VersionState.REPLACED if held else VersionState.PROPOSED


def _approvals(
    approvals: Iterable[Any], names: Names, *, counting: int | None
) -> tuple[ApprovalLine, ...]:
    """Return approvals by name; of a settled version, those against the last base adopted it."""
    said = list(approvals)
    base = counting if counting is not None else max((one.base_number for one in said), default=0)
    return tuple(
        ApprovalLine(
            name=names[one.employment_id].in_full,
            office=OFFICES[Office(one.office)],
            approved_at=one.approved_at,
            counts=one.base_number == base,
        )
        for one in said
    )


async def _replaced(unit: Unit, row: Row) -> int:
    """Return the version that this one replaced or, never adopted, was proposed against."""
    held = await known_terms(unit, unit.clsm_id)
    if row.number not in held:
        return int(row.base_number)
    before = [number for number in held if held[number][0] < held[row.number][0]]
    return max(before, key=lambda number: held[number][0], default=0)


async def _problem(unit: Unit, standing: Standing, held: set[str]) -> str:
    """Return why this seat cannot approve a version now, "" when it can."""
    if not held & APPROVING:
        return NOT_YOURS
    if standing.difference.widens and standing.author == unit.actor.account_id:
        return OWN_WIDENING
    return await approving_problem(unit, standing, base_number=standing.terms.number)
