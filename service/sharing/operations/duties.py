"""What ties a seat to a situation beside its place: lead, informing, mandate, mission, conflict.

Also what care teams are measured against, and the freeze.
"""

from uuid import UUID

from audit.event import Act
from policies.vocabulary import Section
from service.errors import Invalid
from service.partners import operations as partners
from service.sharing.models import (
    CareTeamLink,
    CircleMembership,
    ConflictOfInterest,
    Freeze,
    InformingDesignation,
    LeadDesignation,
    Mandate,
    Mission,
    SectionAuthor,
    SocialCoordinator,
)
from service.sharing.operations.dated import current, end_facts, lock, write_fact
from service.sharing.operations.places import (
    grants,
    may_have_a_mission,
    may_inform,
    own_act,
    seat_facts_in,
)
from service.sharing.rules import INFORMING_LASTS, checked_procedure
from service.unit import Unit


async def designate_lead(unit: Unit, situation_id: UUID, employment_id: UUID) -> None:
    """Name the one lead professional, a member of the circle whose place is not suspended.

    The one before stops leading. Raises Refused or NotFound, Invalid.
    """
    await grants(unit, situation_id, Act.LEAD_DESIGNATED, employment_id)
    places = await current(unit, CircleMembership, situation_id, employment_id=employment_id)
    if not any(not place.suspended for place in places):
        raise Invalid({"employment_id": "Le pilote est choisi parmi les membres du cercle."})
    await end_facts(unit, LeadDesignation, situation_id)
    await write_fact(unit, LeadDesignation, situation_id, employment_id=employment_id)


async def designate_informing(unit: Unit, situation_id: UUID, employment_id: UUID) -> None:
    """Charge one professional to inform the person: extract of section 1 for thirty days.

    The one before stops. Raises Refused or NotFound; Invalid for a seat that could not record
    the agreement.
    """
    await grants(unit, situation_id, Act.INFORMING_DESIGNATED, employment_id)
    may_inform(await seat_facts_in(unit, situation_id, employment_id))
    await end_facts(unit, InformingDesignation, situation_id)
    await write_fact(
        unit,
        InformingDesignation,
        situation_id,
        employment_id=employment_id,
        valid_to=unit.now() + INFORMING_LASTS,
    )


async def designate_social_coordinator(
    unit: Unit, situation_id: UUID, employment_id: UUID, act_reference: str
) -> None:
    """Write down whom the mayor designated under CASF L.121-6-2, with the reference of the act.

    Among those who intervene: a member of the circle, bound to secrecy. The one before stops.
    Raises Refused or NotFound, Invalid.
    """
    reference = checked_procedure(act_reference, "act_reference")
    await grants(unit, situation_id, Act.SOCIAL_COORDINATOR_DESIGNATED, employment_id)
    may_inform(await seat_facts_in(unit, situation_id, employment_id))
    places = await current(unit, CircleMembership, situation_id, employment_id=employment_id)
    if not any(not place.suspended for place in places):
        raise Invalid(
            {"employment_id": "Le maire désigne parmi ceux qui interviennent : le cercle."}
        )
    await end_facts(unit, SocialCoordinator, situation_id)
    await write_fact(
        unit,
        SocialCoordinator,
        situation_id,
        employment_id=employment_id,
        act_reference=reference,
    )


async def end_social_coordinator(unit: Unit, situation_id: UUID) -> None:
    """Write down that the mayor's designation ended. By the coordinator of the cell."""
    await grants(unit, situation_id, Act.SOCIAL_COORDINATOR_ENDED, None)
    await end_facts(unit, SocialCoordinator, situation_id)


async def social_coordinator(unit: Unit, situation_id: UUID) -> tuple[UUID, str, str] | None:
    """Return the designated coordinator's seat, in full, and the act; the caller has decided."""
    rows = await current(unit, SocialCoordinator, situation_id)
    if not rows:
        return None
    seat: UUID = rows[0].employment_id
    names = await partners.names_of(unit, [seat])
    return seat, names[seat].in_full, str(rows[0].act_reference)


async def is_social_coordinator(unit: Unit, situation_id: UUID) -> bool:
    """Return whether the mayor designated the actor's own seat."""
    mine = await current(
        unit, SocialCoordinator, situation_id, employment_id=unit.actor.employment_id
    )
    return bool(mine)


async def record_mandate(unit: Unit, situation_id: UUID, employment_id: UUID, scope: str) -> None:
    """Write down what a guardian's mandate covers: property, person or both (C. civ. 459)."""
    if scope not in {"property", "person", "both"}:
        raise Invalid({"scope": "Le mandat porte sur les biens, la personne, ou les deux."})
    await grants(unit, situation_id, Act.MANDATE_RECORDED, employment_id)
    await seat_facts_in(unit, situation_id, employment_id)
    await end_facts(unit, Mandate, situation_id, employment_id=employment_id)
    await write_fact(unit, Mandate, situation_id, employment_id=employment_id, scope=scope)


async def open_mission(unit: Unit, situation_id: UUID, employment_id: UUID, procedure: str) -> None:
    """Open a statutory mission with the reference of its procedure (condition v).

    The reference stays in clear: digits and a few capitals, never a name.
    """
    reference = checked_procedure(procedure)
    await grants(unit, situation_id, Act.MISSION_OPENED, employment_id)
    may_have_a_mission(await seat_facts_in(unit, situation_id, employment_id))
    await end_facts(unit, Mission, situation_id, employment_id=employment_id, procedure=reference)
    await write_fact(unit, Mission, situation_id, employment_id=employment_id, procedure=reference)


async def close_mission(unit: Unit, situation_id: UUID, employment_id: UUID) -> None:
    """End a seat's missions on this situation now."""
    await grants(unit, situation_id, Act.MISSION_CLOSED, employment_id)
    await end_facts(unit, Mission, situation_id, employment_id=employment_id)


async def declare_conflict(unit: Unit, situation_id: UUID, employment_id: UUID) -> None:
    """Declare a conflict of interest: by the coordinator, or by the member themself.

    It denies every section at once; the place in the circle stays until it is ended. Declared
    twice, it is written once.
    """
    if employment_id == unit.actor.employment_id:
        await own_act(unit, situation_id, Act.CONFLICT_DECLARED)
    else:
        await grants(unit, situation_id, Act.CONFLICT_DECLARED, employment_id)
        await seat_facts_in(unit, situation_id, employment_id)
    if not await current(unit, ConflictOfInterest, situation_id, employment_id=employment_id):
        await write_fact(unit, ConflictOfInterest, situation_id, employment_id=employment_id)


async def lift_conflict(unit: Unit, situation_id: UUID, employment_id: UUID) -> None:
    """End a conflict of interest. By the coordinator only, never for their own seat."""
    await grants(unit, situation_id, Act.CONFLICT_LIFTED, employment_id)
    await end_facts(unit, ConflictOfInterest, situation_id, employment_id=employment_id)


async def link_care_team(
    unit: Unit, situation_id: UUID, employment_id: UUID, other_id: UUID, basis: str
) -> None:
    """Record that two seats form a care team for this person (L.1110-12 CSP, 1°, 2° or 3°)."""
    if basis not in {"1", "2", "3"}:
        raise Invalid({"basis": "L'équipe de soins relève du 1°, du 2° ou du 3° de L.1110-12."})
    if employment_id == other_id:
        raise Invalid({"employment_id": "Une équipe réunit deux professionnels différents."})
    await grants(unit, situation_id, Act.CARE_TEAM_LINKED, employment_id)
    for one, two in ((employment_id, other_id), (other_id, employment_id)):
        await seat_facts_in(unit, situation_id, one)
        await end_facts(unit, CareTeamLink, situation_id, employment_id=one, with_employment_id=two)
        await write_fact(
            unit,
            CareTeamLink,
            situation_id,
            employment_id=one,
            with_employment_id=two,
            basis=basis,
        )


async def freeze(unit: Unit, situation_id: UUID) -> None:
    """Limit the processing (RGPD art. 18): only authors and the DPO read. By the DPO."""
    await partners.permit_dpo(unit, Act.FREEZE_SET, situation_id)
    await lock(unit, situation_id)
    if not await current(unit, Freeze, situation_id):
        await write_fact(unit, Freeze, situation_id)


async def unfreeze(unit: Unit, situation_id: UUID) -> None:
    """Lift the limitation. By the DPO."""
    await partners.permit_dpo(unit, Act.FREEZE_LIFTED, situation_id)
    await lock(unit, situation_id)
    await end_facts(unit, Freeze, situation_id)


async def note_author(
    unit: Unit, situation_id: UUID, section: Section, author: UUID | None = None
) -> None:
    """Remember that a seat has written in a section: care teams are measured against it.

    The actor's own seat unless `author` names another: a referrer, on acceptance.
    """
    employment_id = author or unit.actor.employment_id
    known = await current(
        unit, SectionAuthor, situation_id, employment_id=employment_id, section=str(section)
    )
    if not known:
        category = unit.actor.category
        if employment_id != unit.actor.employment_id:
            category = (await partners.seat_info(unit, employment_id)).category
        await write_fact(
            unit,
            SectionAuthor,
            situation_id,
            employment_id=employment_id,
            section=str(section),
            category=category,
        )
