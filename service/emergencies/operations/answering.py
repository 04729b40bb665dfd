"""The second person: the third access of a seat in thirty days opens when they grant it."""

from uuid import UUID

from audit.event import Act
from policies.vocabulary import Action, Section
from service import jobs
from service.access import emergency, gate
from service.emergencies.operations import paper
from service.emergencies.operations.opening import execute
from service.emergencies.operations.reading import absent, related
from service.emergencies.operations.relation import Related, Tie
from service.emergencies.rules import ASKED_FOR
from service.emergencies.schemas import Opened
from service.errors import Conflict, Invalid
from service.partners import operations as partners
from service.sharing import operations as sharing
from service.unit import Unit


async def answer(unit: Unit, access_id: UUID, *, granted: bool) -> Opened | None:
    """Grant what someone else asked, which opens now, or decline it.

    By whoever could open the same, the coordinator of the cell or the DPO; never by the person
    who asked, in whatever seat. Raises NotFound, Invalid, Conflict when it was answered, has
    lapsed, or when the rights of the seat that asked changed meanwhile.
    """
    asked = await paper.find(unit, access_id)
    if asked is not None:
        await partners.hold_seat(unit, asked.employment_id)
    found = await related(unit, access_id, Act.EMERGENCY_APPROVED)
    await _permit(unit, found)
    row = found.row
    if row.answered_at or row.opened_at or unit.now() >= row.asked_at + ASKED_FOR:
        raise Conflict("Cette demande n'attend plus de réponse.")
    if await same_person(unit, row.employment_id):
        raise Invalid({"granted": "Une autre personne que vous doit répondre à cette demande."})
    await paper.change(
        unit,
        access_id,
        answered_at=unit.now(),
        answered_by=unit.actor.employment_id,
        granted=granted,
    )
    await jobs.notify(unit, [row.employment_id], jobs.Kind.EMERGENCY_ANSWERED)
    if not granted:
        return None
    asking = await sharing.seat_facts_in(unit, row.situation_id, row.employment_id)
    if not all(emergency.may_open(asking, one).allowed for one in paper.sections_of(row)):
        raise Conflict("Le poste qui a demandé n'y a plus droit : rien n'a été ouvert.")
    return await execute(unit, asking, row)


async def same_person(unit: Unit, *employment_ids: UUID | None) -> bool:
    """Return whether one of these seats is the actor's own person's, in whatever seat."""
    rows = await partners.seat_rows(unit, [one for one in employment_ids if one is not None])
    return any(row.account_id == unit.actor.account_id for row in rows)


async def _permit(unit: Unit, found: Related) -> None:
    row, facts = found.row, found.facts
    said = {"k": "emergency", "a": "answer"}
    about = {"access": str(row.access_id)}
    if found.tie is Tie.SECOND:
        await emergency.permit_emergency(
            unit, facts, paper.sections_of(row), act=Act.EMERGENCY_APPROVED, about=about
        )
    elif found.tie is Tie.COORDINATOR:
        await gate.permit(
            unit, facts, Action.GRANT, Section.SITUATION,
            act=Act.EMERGENCY_APPROVED, obj=said, about=about,
        )  # fmt: skip
    elif found.tie is Tie.DPO:
        await gate.permit(
            unit, facts, Action.READ_REGISTER, Section.ACCESS_REGISTER,
            act=Act.EMERGENCY_APPROVED, obj=said, about=about,
        )  # fmt: skip
    elif found.tie is Tie.OWN:
        raise Invalid({"granted": "Une autre personne que vous doit répondre à cette demande."})
    else:
        await absent(unit, found, Act.EMERGENCY_APPROVED)
