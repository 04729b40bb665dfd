"""Leaving: one act ends everything that seats hold, everywhere in a CLSM, in one transaction.

Seats first, then their situations, each waited for: a write under way ends before, or finds its
seat gone. What is ended is every table of `OfSeat` that does not say why it stays: a new one
cannot be forgotten.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from audit.event import MOST_SUBJECTS, Act
from service.access import record
from service.errors import Invalid, NotFound
from service.partners import operations as partners
from service.people import operations as people
from service.sharing.models import CircleInvitation, CircleMembership, Dated, JoinRequest, OfSeat
from service.sharing.operations.circle import end_invitations
from service.sharing.operations.dated import current_of_seats, end_rows, lock_all
from service.sharing.rules.departures import in_words
from service.sharing.rules.invitations import InvitationState
from service.sharing.rules.targeted import DeclineReason, JoinAnswer
from service.sharing.schemas.departures import DepartureView
from service.unit import Unit


def ended_tables() -> tuple[type[Dated], ...]:
    """Return the tables of facts that end with a seat."""
    return tuple(model for model in OfSeat.__subclasses__() if not model.kept_at_departure)


async def preview_departure(unit: Unit, employment_id: UUID) -> tuple[DepartureView, DepartureView]:
    """Return, in numbers, what ends with this seat alone, and with every seat of the person.

    To the administrator of its organisation or of the CLSM. Raises NotFound, Refused, Invalid
    for one's own seat.
    """
    seat = await _seat(unit, employment_id)
    await _permit(unit, [seat], Act.DEPARTURE_READ, {"k": "departure", "a": "prepare"})
    seats = await _seats_of_person(unit, seat)
    return (
        await _preview(unit, [seat], others=len(seats) - 1),
        await _preview(unit, seats, others=len(seats) - 1),
    )


async def preview_organisation(unit: Unit, organisation_id: UUID) -> DepartureView:
    """Return, in numbers, what ends when a whole organisation leaves. CLSM administrator only."""
    seats = await _seats_of_organisation(unit, organisation_id)
    await _permit_whole(unit, Act.DEPARTURE_READ, {"k": "departure", "a": "prepare"})
    return await _preview(unit, seats, organisation_id=organisation_id)


async def leave(unit: Unit, employment_id: UUID, *, every_seat: bool) -> DepartureView:
    """Close everything that a seat, or every seat of its person that one administers, holds.

    By the administrator of the organisation (its people) or of the CLSM (anyone), never for
    oneself. Raises NotFound, Refused, Invalid.
    """
    seat = await _seat(unit, employment_id)
    await _permit(unit, [seat], Act.EMPLOYMENT_ENDED, {"k": "employment", "cat": seat.category})
    seats = await _seats_of_person(unit, seat) if every_seat else [seat]
    return await _close(unit, seats)


async def leave_as_organisation(unit: Unit, organisation_id: UUID) -> DepartureView:
    """Close every seat of an organisation in this CLSM. By the CLSM's administrator.

    The organisation stays in the directory, without anyone. Raises NotFound, Refused, Invalid.
    """
    seats = await _seats_of_organisation(unit, organisation_id)
    await _permit_whole(unit, Act.ORGANISATION_CLOSED, {"k": "organisation", "to": "departure"})
    return await _close(unit, seats, organisation_id=organisation_id)


async def end_everything_of(
    unit: Unit, employment_ids: Collection[UUID], *, at: datetime
) -> dict[str, int]:
    """End every fact that ties these seats to situations, at the instant when the seats end.

    Returns how many, by table. Every situation concerned is waited for; the places of whoever
    stands in for them end too. The caller has decided, and has closed the seats first.
    """
    rows = await _facts_of(unit, employment_ids)
    situations = {row.situation_id for found in rows.values() for row in found}
    await lock_all(unit, situations)
    # Read again: what was written while one waited is there now.
    rows = await _facts_of(unit, employment_ids)
    for model, found in rows.items():
        if model is not CircleInvitation:
            await end_rows(unit, model, found, at=at)
    for row in rows.get(CircleInvitation, ()):
        await end_invitations(unit, row.situation_id, invitation_id=row.invitation_id)
    asked = await unit.transaction.execute(
        update(JoinRequest)
        .where(*_asked(unit, employment_ids))
        .values(
            answer=str(JoinAnswer.DECLINED),
            motive=str(DeclineReason.LEFT),
            answered_at=unit.now(),
            answered_by=unit.actor.employment_id,
        )
    )
    await _record(unit, employment_ids, rows)
    return {**_counted(rows), JoinRequest.__tablename__: asked.rowcount}


async def _standing_of(unit: Unit, employment_ids: Collection[UUID]) -> dict[str, int]:
    """Return how many facts `end_everything_of` would end, by table."""
    asked = await unit.transaction.execute(
        select(func.count()).select_from(JoinRequest).where(*_asked(unit, employment_ids))
    )
    counts = _counted(await _facts_of(unit, employment_ids))
    return {**counts, JoinRequest.__tablename__: int(asked.scalar_one())}


def _asked(unit: Unit, employment_ids: Collection[UUID]) -> tuple[ColumnElement[bool], ...]:
    """Return which requests to join a circle wait for an answer to these seats."""
    return (
        JoinRequest.clsm_id == unit.clsm_id,
        JoinRequest.employment_id.in_(sorted(employment_ids)),
        JoinRequest.answer == "",
        JoinRequest.forgotten_at.is_(None),
    )


async def _facts_of(
    unit: Unit, employment_ids: Collection[UUID]
) -> dict[type[Dated], Sequence[Any]]:
    """Return what these seats hold now, by table, and the places that rest on theirs."""
    found: dict[type[Dated], Sequence[Any]] = {
        model: await current_of_seats(unit, model, employment_ids) for model in ended_tables()
    }
    stand_ins = await current_of_seats(
        unit, CircleMembership, employment_ids, column="substitutes_for"
    )
    places = {row.fact_id: row for row in (*found[CircleMembership], *stand_ins)}
    found[CircleMembership] = list(places.values())
    waiting = [
        row
        for column in ("employment_id", "substitutes_for")
        for row in await current_of_seats(unit, CircleInvitation, employment_ids, column=column)
        if row.state == InvitationState.PENDING
    ]
    found[CircleInvitation] = list({row.fact_id: row for row in waiting}.values())
    return found


def _counted(rows: Mapping[type[Dated], Sequence[Any]]) -> Counter[str]:
    return Counter(
        {model.__tablename__: len(found) for model, found in rows.items() if found}  # type: ignore[attr-defined]
    )


async def _record(
    unit: Unit, employment_ids: Collection[UUID], rows: Mapping[type[Dated], Sequence[Any]]
) -> None:
    """Record the departure in each situation's register, a hundred to an entry."""
    situations = sorted({row.situation_id for found in rows.values() for row in found})
    counts = _counted(rows)
    starts = range(0, max(len(situations), 1), MOST_SUBJECTS)
    for some in (situations[start : start + MOST_SUBJECTS] for start in starts):
        await record.note(
            unit,
            Act.ACCESSES_CLOSED,
            situations=some,
            obj={"k": "departure", "what": [f"{name}:{counts[name]}" for name in sorted(counts)]},
            about={"seats": [str(one) for one in sorted(employment_ids)]},
        )


async def _seat(unit: Unit, employment_id: UUID) -> Any:
    """Return the row of a live seat of this CLSM. Raises NotFound."""
    rows = await partners.seat_rows(unit, [employment_id])
    if not rows or not partners.holds_now(rows[0], unit.now()):
        raise NotFound
    return rows[0]


async def _seats_of_person(unit: Unit, seat: Any) -> list[Any]:
    """Return the live seats of the same person that the actor administers, this one first."""
    everywhere = await partners.may(unit, partners.ADMINISTRATORS)
    rows = await partners.seat_rows(unit)
    others = [
        row
        for row in rows
        if row.account_id == seat.account_id
        and row.employment_id != seat.employment_id
        and partners.holds_now(row, unit.now())
        and (everywhere or row.organisation_id == unit.actor.organisation_id)
    ]
    return [seat, *others]


async def _seats_of_organisation(unit: Unit, organisation_id: UUID) -> list[Any]:
    """Return the live seats of an organisation that takes part here. Raises NotFound."""
    await partners.kind_of(unit, organisation_id)
    return [
        row
        for row in await partners.seat_rows(unit)
        if row.organisation_id == organisation_id and partners.holds_now(row, unit.now())
    ]


async def _permit(unit: Unit, seats: Sequence[Any], act: Act, obj: Mapping[str, object]) -> None:
    await partners.permit_directory(
        unit,
        act,
        obj,
        organisation_id=seats[0].organisation_id,
        about={"seat": str(seats[0].employment_id)},
    )


async def _permit_whole(unit: Unit, act: Act, obj: Mapping[str, object]) -> None:
    await partners.permit_directory(unit, act, obj)


def _not_oneself(unit: Unit, seats: Sequence[Any]) -> None:
    if any(row.account_id == unit.actor.account_id for row in seats):
        raise Invalid({"employment_id": "Un autre administrateur doit enregistrer votre départ."})


async def _preview(
    unit: Unit, seats: Sequence[Any], *, organisation_id: UUID | None = None, others: int = 0
) -> DepartureView:
    _not_oneself(unit, seats)
    ids = [row.employment_id for row in seats]
    directory = await partners.standing_of_seats(unit, ids)
    standing = await people.standing_of_people(
        unit, ids, {row.account_id for row in seats}, organisation_id
    )
    counts = await _standing_of(unit, ids)
    return await _view(unit, seats, counts, directory, standing, organisation_id, others)


async def _close(
    unit: Unit, seats: Sequence[Any], *, organisation_id: UUID | None = None
) -> DepartureView:
    _not_oneself(unit, seats)
    ids = [row.employment_id for row in seats]
    at = unit.now()
    directory = await partners.close_seats(unit, ids, at=at)
    counts = await end_everything_of(unit, ids, at=at)
    standing = await people.close_people(
        unit, ids, {row.account_id for row in seats}, organisation_id
    )
    return await _view(unit, seats, counts, directory, standing, organisation_id, 0)


async def _view(  # noqa: PLR0913 — what ends, from three domains
    unit: Unit,
    seats: Sequence[Any],
    counts: Mapping[str, int],
    directory: partners.EndedSeats,
    standing: people.EndedPeople,
    organisation_id: UUID | None,
    others: int,
) -> DepartureView:
    where = organisation_id or seats[0].organisation_id
    names = await partners.organisation_names(unit)
    said = {
        **counts,
        "seats": directory.seats,
        "offices": directory.offices,
        "duties": directory.duties,
        "sessions": standing.sessions,
        "invitations": standing.invitations,
        "accounts": standing.accounts,
    }
    return DepartureView(
        names=tuple(f"{row.name}, {row.title}" for row in seats),
        organisation=names.get(where, ""),
        organisation_id=where,
        ends=in_words(said),
        others=others,
    )
