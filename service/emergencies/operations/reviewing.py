"""The review, by someone else within seven days, once the access has ended; closing it early."""

from uuid import UUID

from sqlalchemy import insert

from audit.event import Act
from policies.vocabulary import Action, Section
from service.access import gate, record
from service.emergencies.models import EmergencyReview
from service.emergencies.operations import paper
from service.emergencies.operations.answering import same_person
from service.emergencies.operations.reading import absent, related
from service.emergencies.operations.relation import OVERSEES, Related, Tie
from service.emergencies.rules import Outcome, text_problems, told_problem
from service.emergencies.schemas import NewReview, Said
from service.errors import Conflict, Invalid, Refused
from service.partners import operations as partners
from service.sharing import operations as sharing
from service.sharing.rules import MEANS_LABELS
from service.unit import Unit


async def review(unit: Unit, access_id: UUID, said: NewReview) -> None:
    """Say whether an access was justified, and how the person was told of it or why not.

    By the coordinator of the cell or the DPO; never by who opened it, nor by who granted it.
    Raises Refused or NotFound, Invalid, Conflict while it is open, never opened, or reviewed.
    """
    found = await related(unit, access_id, Act.EMERGENCY_REVIEWED)
    row = found.row
    await _oversee(unit, found, Act.EMERGENCY_REVIEWED)
    if await same_person(unit, row.employment_id, row.answered_by):
        raise Refused(
            ("L'examen revient à une autre personne que celles qui ont ouvert cet accès.",)
        )
    ends = paper.ends_or_ended(row, await sharing.emergency_ends(unit, [access_id]))
    if row.opened_at is None or ends is None:
        raise Conflict("Cet accès n'a jamais été ouvert : il n'y a rien à examiner.")
    if unit.now() < ends:
        raise Conflict("Cet accès est encore ouvert : fermez-le d'abord.")
    if access_id in await paper.reviews(unit, [access_id]):
        raise Conflict("Cet accès a déjà été examiné.")
    await _check(unit, row, said)
    await record.keys_made(unit, row.situation_id, (paper.BOX,))
    place = paper.review_place(unit.clsm_id, row.situation_id, access_id)
    await unit.transaction.execute(
        insert(EmergencyReview).values(
            clsm_id=unit.clsm_id,
            access_id=access_id,
            employment_id=unit.actor.employment_id,
            outcome=said.outcome,
            reviewed_at=unit.now(),
            told_on=said.told_on,
            told_by=said.told_by,
            means=said.means,
            content=unit.keyring.seal(place, Said(remarks=said.remarks, not_told=said.not_told)),
        )
    )


async def close(unit: Unit, access_id: UUID) -> None:
    """Close someone's live access: by the coordinator of the cell or the DPO.

    Raises Refused or NotFound, Conflict when it is not open.
    """
    found = await related(unit, access_id, Act.EMERGENCY_CLOSED)
    await _oversee(unit, found, Act.EMERGENCY_CLOSED)
    if not await sharing.end_emergency(unit, found.row.situation_id, access_id=access_id):
        raise Conflict("Cet accès n'est plus ouvert.")


async def _oversee(unit: Unit, found: Related, act: Act) -> None:
    if found.tie not in OVERSEES:
        await absent(unit, found, act)
    coordinates = found.tie is Tie.COORDINATOR
    await gate.permit(
        unit,
        found.facts,
        Action.GRANT if coordinates else Action.READ_REGISTER,
        Section.SITUATION if coordinates else Section.ACCESS_REGISTER,
        act=act,
        obj={"k": "emergency"},
        about={"access": str(found.row.access_id), "seat": str(found.row.employment_id)},
    )


async def _check(unit: Unit, row: paper.Row, said: NewReview) -> None:
    problems = text_problems("remarks", said.remarks) | text_problems("not_told", said.not_told)
    if said.outcome not in set(Outcome):
        problems["outcome"] = "Choisissez la conclusion de l'examen."
    if said.told_on is None:
        if not said.not_told.strip():
            problems.setdefault(
                "not_told",
                "Dites quand la personne a été informée, ou pourquoi elle ne l'a pas été.",
            )
        if said.told_by or said.means:
            problems["told_on"] = "Indiquez le jour où la personne a été informée."
    else:
        problems |= await _told_problems(unit, row, said)
    if problems:
        raise Invalid(problems)


async def _told_problems(unit: Unit, row: paper.Row, said: NewReview) -> dict[str, str]:
    problems = {}
    if said.not_told.strip():
        problems["not_told"] = "La personne est informée ou ne l'est pas : videz un des deux."
    wrong = told_problem(said.told_on or row.opened_at.date(), row.opened_at, unit.now())
    if wrong:
        problems["told_on"] = wrong
    if said.means not in MEANS_LABELS:
        problems["means"] = "Choisissez comment cela s'est passé."
    if said.told_by is None or not await partners.seat_rows(unit, [said.told_by]):
        problems["told_by"] = "Choisissez qui a informé la personne."
    return problems
