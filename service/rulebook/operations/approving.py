"""A version is approved by people of different offices, adopted, or withdrawn.

What an approval compares is the version in force: another one adopted meanwhile makes it void,
so that nobody's approval reopens what was closed since.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import insert, select, update

from audit.event import Act, Outcome
from policies.comparing import Difference
from service.access import record
from service.errors import Conflict, Refused
from service.partners import operations as partners
from service.rulebook.models import PolicyApproval, PolicyVersion
from service.rulebook.operations.terms import (
    Terms,
    begin_term,
    cancel_waiting,
    known_terms,
    lock,
    terms_of,
)
from service.rulebook.operations.versions import (
    compared,
    permit_versions,
    policy_in_force,
    policy_of,
    version_row,
)
from service.rulebook.rules import APPROVING, Voice, is_adopted, office_for, takes_effect
from service.unit import Unit

CHANGED = (
    "Une autre version est entrée en vigueur depuis que cette page est ouverte. "
    "Relisez ce que celle-ci ouvre et ferme à présent, puis approuvez."
)
ALREADY = "Vous avez déjà approuvé cette version."
SETTLED = "Cette version est déjà adoptée ou retirée."
ANOTHER_WAITS = (
    "Une version qui ouvre des droits est déjà adoptée et attend sa date d'effet. "
    "Retirez-la, ou attendez qu'elle soit en vigueur pour approuver celle-ci."
)
OWN_WIDENING = "Vous avez proposé cette version, et elle ouvre des droits : d'autres l'approuvent."
NOT_YOURS = (
    "Approuver revient à la coordination, à la délégation à la protection des données et à la "
    "co-animation santé."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One version beside what is in force: what it would change, and who approved that."""

    row: Any
    terms: Terms
    difference: Difference
    author: object
    voices: tuple[Voice, ...]


async def standing_of(unit: Unit, number: int) -> Standing:
    """Return where an open proposal stands. Raises NotFound."""
    row = await version_row(unit, unit.clsm_id, number)
    terms = await terms_of(unit, unit.clsm_id)
    difference = compared(await policy_in_force(unit, unit.clsm_id, terms), policy_of(row.texts))
    approvals = [
        one
        for one in await approvals_in(unit, unit.clsm_id)
        if (one.number, one.base_number) == (number, terms.number)
    ]
    seats = await _accounts(unit, {one.employment_id for one in approvals} | {row.author_id})
    voices = tuple(Voice(seats.get(one.employment_id), one.office) for one in approvals)
    return Standing(row, terms, difference, seats.get(row.author_id), voices)


async def approvals_in(unit: Unit, clsm_id: UUID) -> list[Any]:
    """Return every approval of every version of a CLSM, the oldest first."""
    statement = (
        select(*PolicyApproval.__table__.columns)
        .where(PolicyApproval.clsm_id == clsm_id)
        .order_by(PolicyApproval.approved_at)
    )
    return list((await unit.transaction.execute(statement)).all())


async def approve(unit: Unit, number: int, *, base_number: int) -> datetime | None:
    """Approve a version; return from when it decides if this adopts it, None otherwise.

    `base_number` is the version in force that the approver saw it compared with. Raises Refused
    to others than those of `APPROVING` and to the author of a widening; Conflict when another
    version came into force, when another widening waits, or when it was already approved,
    adopted or withdrawn; NotFound.
    """
    await permit_versions(unit, Act.POLICY_APPROVED, number=number)
    await lock(unit, unit.clsm_id)
    standing = await standing_of(unit, number)
    held = set(await partners.offices_of(unit)) & APPROVING
    if not held:
        await _refuse(unit, number, NOT_YOURS)
    if problem := await approving_problem(unit, standing, base_number=base_number):
        raise Conflict(problem)
    if standing.difference.widens and standing.author == unit.actor.account_id:
        await _refuse(unit, number, OWN_WIDENING)
    office = office_for(held, [voice.office for voice in standing.voices])
    await unit.transaction.execute(
        insert(PolicyApproval).values(
            clsm_id=unit.clsm_id,
            number=number,
            base_number=standing.terms.number,
            employment_id=unit.actor.employment_id,
            office=office,
            approved_at=unit.now(),
        )
    )
    voices = (*standing.voices, Voice(unit.actor.account_id, office))
    widens = standing.difference.widens
    if not is_adopted(voices, author=standing.author, widens=widens):
        return None
    return await _adopt(unit, unit.clsm_id, standing.row, widens=widens)


async def approving_problem(unit: Unit, standing: Standing, *, base_number: int) -> str:
    """Return why this version cannot be approved by this seat now, "" when it can."""
    settled = standing.row.number in await known_terms(unit, unit.clsm_id)
    if settled or standing.row.withdrawn_at is not None:
        return SETTLED
    if base_number != standing.terms.number:
        return CHANGED
    if unit.actor.account_id in {voice.account for voice in standing.voices}:
        return ALREADY
    if standing.difference.widens and standing.terms.waiting is not None:
        return ANOTHER_WAITS
    return ""


async def adopt_by_operator(unit: Unit, clsm_id: UUID, number: int) -> bool:
    """Adopt on the command line a version that opens nothing; return whether it was done.

    Who holds the machine may close at once, and never open. Raises NotFound, Conflict.
    """
    await lock(unit, clsm_id)
    row = await version_row(unit, clsm_id, number)
    if row.withdrawn_at is not None or number in await known_terms(unit, clsm_id):
        raise Conflict(SETTLED)
    difference = compared(await policy_in_force(unit, clsm_id), policy_of(row.texts))
    if difference.widens:
        return False
    await _adopt(unit, clsm_id, row, widens=False, by="operator")
    return True


async def withdraw(unit: Unit, number: int) -> None:
    """Withdraw a version that does not decide yet: it never will.

    One that is in force is replaced by another, never withdrawn. Raises Refused, Conflict,
    NotFound.
    """
    await permit_versions(unit, Act.POLICY_WITHDRAWN, number=number)
    await lock(unit, unit.clsm_id)
    row = await version_row(unit, unit.clsm_id, number)
    terms = await terms_of(unit, unit.clsm_id)
    own = row.author_id == unit.actor.employment_id
    if not own and not set(await partners.offices_of(unit)) & APPROVING:
        await _refuse(unit, number, "Retirer revient à qui a proposé et à qui approuve.")
    waits = terms.waiting == number
    if row.withdrawn_at is not None or (
        number in await known_terms(unit, unit.clsm_id) and not waits
    ):
        raise Conflict(SETTLED)
    if waits:
        await cancel_waiting(unit, unit.clsm_id)
    await unit.transaction.execute(
        update(PolicyVersion)
        .where(PolicyVersion.clsm_id == unit.clsm_id, PolicyVersion.number == number)
        .values(withdrawn_at=unit.now())
    )


async def _adopt(unit: Unit, clsm_id: UUID, row: Any, *, widens: bool, by: str = "") -> datetime:
    valid_from = takes_effect(unit.now(), widens=widens)
    await begin_term(unit, clsm_id, row.number, row.digest, valid_from=valid_from)
    said = {"k": "policy", "n": row.number, "d": row.digest, "from": valid_from.isoformat()}
    await record.note(
        unit, Act.POLICY_ADOPTED, obj=said | ({"by": by} if by else {}), tenant=clsm_id
    )
    return valid_from


async def _accounts(unit: Unit, employment_ids: set[UUID | None]) -> dict[UUID | None, UUID]:
    ids = [one for one in employment_ids if one is not None]
    if not ids:
        return {}
    return {row.employment_id: row.account_id for row in await partners.seat_rows(unit, ids)}


async def _refuse(unit: Unit, number: int, reason: str) -> NoReturn:
    await record.note(unit, Act.POLICY_APPROVED, out=Outcome.DENY, obj={"k": "policy", "n": number})
    raise Refused((reason,), "La page de la version dit qui doit encore l'approuver.")
