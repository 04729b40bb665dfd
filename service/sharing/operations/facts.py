"""Facts of a decision: one statement, in the transaction of the act.

The statement is a union of short selects, each a range on (clsm, situation); it is built once
and only its parameters change. Absence of a row closes what grants (no circle, not informed,
no agreement) and leaves open what restricts (not opposed, not frozen): `policies.vocabulary`
says which is which.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    bindparam,
    cast,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.column import Seat, column_of, seat_facts
from policies.vocabulary import (
    Column,
    Fact,
    Office,
    OrganisationKind,
    ProfessionalCategory,
)
from service.access.facts import Change, SituationFacts
from service.database import FOREVER, Identifier, Instant
from service.partners import operations as partners
from service.rulebook import operations as rulebook
from service.sharing.models import (
    AgreementCell,
    Assignment,
    CareTeamLink,
    CircleMembership,
    ConflictOfInterest,
    Dated,
    EmergencyAccess,
    Freeze,
    GuestGrant,
    InformationEvent,
    InformingDesignation,
    LeadDesignation,
    Mandate,
    Mission,
    Referrer,
    SectionAuthor,
    Standing,
)
from service.sharing.operations.dated import lock
from service.sharing.rules import Mode, group_of
from service.sharing.schemas import SeatInfo
from service.unit import Actor, Unit

BEFORE_ACCEPTANCE = frozenset(
    {"submitted", "received", "in_qualification", "returned_for_completion"}
)
CLOSED = frozenset(
    {"closed", "archived", "eliminated", "refused", "oriented_elsewhere", "merged"}
    | {"redirected_emergency"}
)
ARCHIVED = frozenset({"archived", "eliminated"})

Row = Any


def live(model: type[Dated]) -> ColumnElement[bool]:
    """Return « valid at :at, as known at :known_at »."""
    return and_(
        model.clsm_id == bindparam("clsm_id"),
        model.valid_from <= bindparam("at", type_=Instant),
        model.valid_to > bindparam("at", type_=Instant),
        model.recorded_at <= bindparam("known_at", type_=Instant),
        model.superseded_at > bindparam("known_at", type_=Instant),
    )


def _within(model: type[Dated]) -> ColumnElement[bool]:
    """Return « valid at :at, or from later on up to :horizon », as known at :known_at."""
    return and_(
        model.clsm_id == bindparam("clsm_id"),
        model.valid_from <= bindparam("horizon", type_=Instant),
        model.valid_to > bindparam("at", type_=Instant),
        model.recorded_at <= bindparam("known_at", type_=Instant),
        model.superseded_at > bindparam("known_at", type_=Instant),
    )


def _branch(  # noqa: PLR0913 — one column each
    kind: str,
    model: type[Any],
    *,
    seat: bool,
    code: Any = None,
    more: Any = None,
    place: Any = None,
) -> Select[Any]:
    empty = literal_column("''", String)
    return select(
        literal_column(f"'{kind}'", String).label("kind"),
        model.situation_id.label("situation_id"),
        (model.employment_id if seat else cast(null(), Identifier)).label("employment_id"),
        (empty if code is None else code).label("code"),
        (empty if more is None else more).label("more"),
        (empty if place is None else place).label("place"),
        model.valid_from.label("valid_from"),
        model.valid_to.label("valid_to"),
    ).where(_within(model))


def _care_links() -> Select[Any]:
    """Sections with an author linked to this seat by L.1110-12 CSP."""
    return (
        _branch("care", CareTeamLink, seat=True, code=SectionAuthor.section)
        .join(
            SectionAuthor,
            and_(
                SectionAuthor.clsm_id == CareTeamLink.clsm_id,
                SectionAuthor.situation_id == CareTeamLink.situation_id,
                SectionAuthor.employment_id == CareTeamLink.with_employment_id,
            ),
        )
        .where(live(SectionAuthor))
    )


def _of_everyone() -> tuple[Select[Any], ...]:
    """Return the facts of a situation that are the same for every seat."""
    return (
        _branch(
            "standing",
            Standing,
            seat=False,
            code=Standing.state,
            more=Standing.mode,
            place=cast(Standing.cell_id, String(36)),
        ),
        _branch("frozen", Freeze, seat=False),
        _branch("informed", InformationEvent, seat=False, code=InformationEvent.groups),
        _branch(
            "cell",
            AgreementCell,
            seat=False,
            code=AgreementCell.category,
            more=AgreementCell.value,
            place=AgreementCell.recipients,
        ),
        _branch(
            "author",
            SectionAuthor,
            seat=False,
            code=SectionAuthor.section,
            more=SectionAuthor.category,
        ),
    )


def _of_seats() -> tuple[Select[Any], ...]:
    """Return the facts that tie seats to situations, and those of the seats themselves."""
    return (
        _branch("circle", CircleMembership, seat=True).where(CircleMembership.suspended.is_(False)),
        _branch("lead", LeadDesignation, seat=True),
        _branch("informing", InformingDesignation, seat=True),
        _branch("referrer", Referrer, seat=True),
        _branch("mission", Mission, seat=True, code=Mission.procedure),
        _branch("conflict", ConflictOfInterest, seat=True),
        _branch("mandate", Mandate, seat=True, code=Mandate.scope),
        _branch("guest", GuestGrant, seat=True, code=GuestGrant.sections),
        _branch("emergency", EmergencyAccess, seat=True, code=EmergencyAccess.sections),
        _branch("assigned", Assignment, seat=True),
        _care_links(),
    )


def _listed(branch: Select[Any], *, seat: bool) -> Select[Any]:
    """Keep of a branch what is said of :situations and, where it is of seats, of :employments."""
    columns = branch.selected_columns
    of = branch.where(columns.situation_id.in_(bindparam("situations", expanding=True)))
    if not seat:
        return of
    return of.where(columns.employment_id.in_(bindparam("employments", expanding=True)))


def _ranged(branch: Select[Any]) -> Select[Any]:
    """Keep of a branch what is said of the situations after :after, up to :last."""
    situation_id = branch.selected_columns.situation_id
    return branch.where(
        situation_id > bindparam("after", type_=Identifier),
        situation_id <= bindparam("last", type_=Identifier),
    )


@cache
def _statement(*, whole: bool) -> CompoundSelect[Any]:
    everyone = (*(_listed(one, seat=False) for one in _of_everyone()), rulebook.dated_facts())
    seats = (*(_listed(one, seat=True) for one in _of_seats()), *partners.dated_facts())
    return union_all(*(everyone if whole else ()), *seats)


@cache
def ranged_statement() -> CompoundSelect[Any]:
    """Return the facts of every situation after :after, up to :last, and of every seat there.

    What holds for the seats alone (pledges, offices) and the policy are not in it: they are the
    same for every range.
    """
    return union_all(*map(_ranged, (*_of_everyone(), *_of_seats())))


async def facts_of(  # noqa: PLR0913 — two instants and two lists are what a question is made of
    connection: AsyncConnection,
    clsm_id: UUID,
    situation_ids: Sequence[UUID],
    seats: Sequence[SeatInfo],
    *,
    at: datetime,
    known_at: datetime,
    read: SituationFacts | None = None,
    ahead: bool = False,
) -> dict[tuple[UUID, UUID], SituationFacts]:
    """Return the facts between each seat and each situation, at `at` as known at `known_at`.

    One statement whatever the number of seats and situations. `read` was gathered by the same
    act about the one situation asked for: what it says to every seat is not fetched again.
    `ahead` also looks for what begins later by itself, so that `holds_until` is exact: for
    explanations, never for a decision.
    """
    known = read.shared if read is not None else None
    rows = (
        await connection.execute(
            _statement(whole=known is None),
            {
                "clsm_id": clsm_id,
                "at": at,
                "horizon": FOREVER if ahead else at,
                "known_at": known_at,
                "situations": list(situation_ids),
                "employments": [seat.employment_id for seat in seats],
            },
        )
    ).all()
    found: dict[tuple[UUID | None, UUID | None], list[Row]] = {}
    for row in rows:
        found.setdefault((row.situation_id, row.employment_id), []).append(row)
    policies = found.get((None, None), ())
    for row in _now(policies, at):
        await rulebook.make_ready(connection, clsm_id, row.code)
    facts: dict[tuple[UUID, UUID], SituationFacts] = {}
    for situation_id in situation_ids:
        shared = (
            known
            if isinstance(known, Shared)
            else Shared.of(found.get((situation_id, None), ()), policies, at)
        )
        for seat in seats:
            key = (situation_id, seat.employment_id)
            own = (*found.get((None, seat.employment_id), ()), *found.get(key, ()))
            facts[key] = gathered(situation_id, seat, shared, own, at)
    return facts


def _by_kind(rows: Sequence[Row]) -> dict[str, list[Row]]:
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    return kinds


def _now(rows: Iterable[Row], at: datetime) -> list[Row]:
    return [row for row in rows if row.valid_from <= at]


def _changes(rows: Iterable[Row], at: datetime) -> tuple[Change, ...]:
    """Return the ends of what holds now, and the beginnings of what is to come."""
    found = []
    for row in rows:
        if row.valid_from > at:
            found.append(Change(row.valid_from, row.kind, begins=True))
        elif row.valid_to < FOREVER:
            found.append(Change(row.valid_to, row.kind))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Shared:
    """What a situation's rows say to every seat alike; read once however many seats there are."""

    kinds: Mapping[str, Sequence[Row]]
    cells: Mapping[str, Mapping[str, str]]
    """Recipient group → information category → value."""
    outside_health: frozenset[str]
    policy: str
    policy_number: int
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, rows: Sequence[Row], policies: Sequence[Row], at: datetime) -> "Shared":
        """Return it from the rows of one situation, and from those of the policy, at `at`."""
        kinds, in_force = _by_kind(_now(rows, at)), _now(policies, at)
        cells: dict[str, dict[str, str]] = {}
        # In one order, whatever the database's: what is equal is decided once.
        for row in sorted(kinds.get("cell", ()), key=_cell_order):
            cells.setdefault(row.place, {})[row.code] = row.more
        return cls(
            kinds,
            cells,
            _outside_health(kinds.get("author", ())),
            in_force[0].code if in_force else rulebook.SHIPPED,
            int(in_force[0].more) if in_force else 0,
            _changes((*rows, *policies), at),
        )


def _cell_order(row: Row) -> tuple[str, str]:
    return row.place, row.code


def gathered(
    situation_id: UUID, seat: SeatInfo, shared: Shared, own: Sequence[Row], at: datetime
) -> SituationFacts:
    """Turn the rows about one seat and one situation into facts."""
    kinds = {**shared.kinds, **_by_kind(_now(own, at))}
    standing = kinds["standing"][0] if "standing" in kinds else None
    cell_id = UUID(standing.place) if standing else None
    offices = frozenset(
        Office(row.code)
        for row in kinds.get("office", ())
        if not row.place or UUID(row.place) == cell_id
    )
    policy_seat = Seat(
        organisation_kind=seat.organisation_kind,
        category=seat.category,
        offices=offices,
        secrecy_basis=seat.secrecy_basis,
        function=seat.function,
        designated_relative=seat.designated_relative,
    )
    column = column_of(policy_seat)
    group = group_of(column) if column else ""
    common = seat_facts(policy_seat) | _common(seat, kinds, column, at)
    return SituationFacts(
        situation_id=situation_id,
        employment_id=seat.employment_id,
        exists=standing is not None,
        column=column or Column.NONE,
        organisation_kind=seat.organisation_kind,
        common=common,
        cells=shared.cells.get(group, {}),
        health_cells=shared.cells.get("G1", {}),
        outside_health=shared.outside_health,
        linked_sections=frozenset(row.code for row in kinds.get("care", ())),
        guest_sections=_named_in(kinds.get("guest", ())),
        emergency_sections=_named_in(kinds.get("emergency", ())),
        emergency_until=max((row.valid_to for row in kinds.get("emergency", ())), default=None),
        policy=shared.policy,
        policy_number=shared.policy_number,
        state=standing.code if standing else "",
        mode=standing.more if standing else "",
        cell_id=cell_id,
        changes=tuple(sorted((*shared.changes, *_changes(own, at), *_of_employment(seat, at)))),
        assigned_until=max((row.valid_to for row in kinds.get("assigned", ())), default=None),
        shared=shared,
    )


def _of_employment(seat: SeatInfo, at: datetime) -> tuple[Change, ...]:
    """Return when the seat itself begins or ends, after `at`."""
    if seat.started_at > at:
        return (Change(seat.started_at, "employment", begins=True),)
    if seat.ended_at is not None and seat.ended_at > at:
        return (Change(seat.ended_at, "employment"),)
    return ()


def _named_in(rows: Sequence[Row]) -> frozenset[str]:
    """Return the sections that comma lists name."""
    return frozenset(section for row in rows for section in row.code.split(",") if section)


def _outside_health(authors: Sequence[Row]) -> frozenset[str]:
    """Return the sections that have authors, none of them R.1110-2 1°."""
    written = {row.code for row in authors}
    return frozenset(
        written - {row.code for row in authors if row.more == ProfessionalCategory.HEALTH}
    )


_BY_KIND: Mapping[str, Fact] = {
    "circle": Fact.CIRCLE,
    "lead": Fact.LEAD,
    "informing": Fact.INFORMING,
    "referrer": Fact.OWN,
    "mission": Fact.MISSION,
    "conflict": Fact.CONFLICT,
    "frozen": Fact.FROZEN,
    "pledge": Fact.PLEDGE,
    "guest": Fact.INVITED,
    "emergency": Fact.EMERGENCY_ACCESS,
    "assigned": Fact.ASSIGNED,
    "on_call": Fact.ON_CALL,
}
_BY_MODE: Mapping[str, Fact] = {
    Mode.NAMED: Fact.NAMED,
    Mode.NAMED_BY_EXCEPTION: Fact.EXCEPTION,
    Mode.ANONYMISED: Fact.ANONYMISED,
}


def _common(
    seat: SeatInfo,
    kinds: Mapping[str, Sequence[Row]],
    column: Column | None,
    at: datetime,
) -> Fact:
    """Return the facts that have one value for the whole situation."""
    standing = kinds["standing"][0] if "standing" in kinds else None
    facts = Fact(0) if standing is None else _of_standing(standing)
    for kind, fact in _BY_KIND.items():
        if kind in kinds:
            facts |= fact
    if seat.started_at <= at and (seat.ended_at is None or at < seat.ended_at):
        facts |= Fact.TERRITORY
    if seat.strong_auth:
        facts |= Fact.STRONG_AUTH
    if column is Column.COORD and standing is not None:
        facts |= Fact.CIRCLE  # by office, in every situation of the cell (settled.md 2)
    return facts | _of_persons_words(kinds, column)


def _of_standing(standing: Row) -> Fact:
    facts = Fact(0)
    mode = _BY_MODE.get(standing.more, Fact.ANONYMISED)
    # Before acceptance no review mode is decided yet: nothing to deny, nothing granted.
    if mode is not Fact.ANONYMISED or standing.code not in BEFORE_ACCEPTANCE:
        facts |= mode
    if standing.code in BEFORE_ACCEPTANCE:
        facts |= Fact.RECEIVED
    if standing.code in CLOSED:
        facts |= Fact.CLOSED
    if standing.code in ARCHIVED:
        facts |= Fact.ARCHIVED
    return facts


def _of_persons_words(kinds: Mapping[str, Sequence[Row]], column: Column | None) -> Fact:
    """Return whether the person was informed for this group, and what a mandate covers."""
    facts = Fact(0)
    if any(row.code in {"person", "both"} for row in kinds.get("mandate", ())):
        facts |= Fact.MANDATE_PERSON
    group = group_of(column) if column else ""
    if any(group in row.code.split(",") for row in kinds.get("informed", ())):
        facts |= Fact.INFORMED
    return facts


def seat_of(actor: Actor) -> SeatInfo:
    """Return what the rules need of the actor's seat; the session was found live just before."""
    return SeatInfo(
        employment_id=actor.employment_id,
        clsm_id=actor.clsm_id,
        organisation_kind=OrganisationKind(actor.organisation_kind),
        category=ProfessionalCategory(actor.category),
        function=actor.function,
        secrecy_basis=actor.secrecy_basis,
        designated_relative=actor.designated_relative,
        strong_auth=actor.strong_auth,
        started_at=actor.started_at,
        ended_at=None,
    )


async def facts_about(unit: Unit, situation_id: UUID, *, exclusive: bool = False) -> SituationFacts:
    """Return what holds now between the actor and one situation.

    In a unit that writes, the actor's own seat is kept, then the situation's standing is locked:
    whoever revokes waits for this act, or this act sees the revocation (PostgreSQL; SQLite has
    one writer at a time). Raises SeatRequired when the seat has just ended. `exclusive` is for
    acts that change who may act: asked first, two of them never deadlock.
    """
    if unit.write:
        await partners.keep_seat(unit)
        await lock(unit, situation_id, shared=not exclusive)
    return (await facts_about_many(unit, [situation_id]))[situation_id]


async def facts_about_many(unit: Unit, situation_ids: Sequence[UUID]) -> dict[UUID, SituationFacts]:
    """Return what holds now between the actor and each of these situations; one statement."""
    now = unit.now()
    seat = seat_of(unit.actor)
    found = await facts_of(
        unit.transaction, unit.clsm_id, situation_ids, [seat], at=now, known_at=now
    )
    return {situation_id: found[situation_id, seat.employment_id] for situation_id in situation_ids}
