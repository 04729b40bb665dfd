"""What each act on a circle asks first: who grants, and which seats may take a place."""

from uuid import UUID

from audit.event import Act
from policies.vocabulary import Action, Column, Fact, Section
from service.access import gate
from service.access.facts import SituationFacts
from service.errors import Invalid
from service.partners import operations as partners
from service.sharing.operations.facts import facts_about, facts_of
from service.sharing.operations.seating import info_of
from service.unit import Unit

NO_PLACE = frozenset(
    {Column.NONE, Column.PERS, Column.AUD, Column.DPO, Column.STAT, Column.ADM, Column.ORGADM}
)
"""Columns that never take part in a circle (settled.md 2, domain.md 3.2)."""

AROUND = Fact.CIRCLE | Fact.MISSION | Fact.INFORMING | Fact.INVITED | Fact.EMERGENCY_ACCESS
"""Who is told the alias, and who else is there. A referral sent, or an action to do, tells one's
own part: that a psychiatric team is around is what an extract was written not to say."""

STATUTORY = frozenset({Column.SCHS, Column.LHI})
"""Columns whose power comes from a procedure (condition v)."""


async def grants(
    unit: Unit, situation_id: UUID, act: Act, employment_id: UUID | None
) -> SituationFacts:
    """Allow an act on the circle to the coordinator of the cell, and record it.

    Whoever acts on this situation is waited for. Raises Refused or NotFound.
    """
    facts = await facts_about(unit, situation_id, exclusive=True)
    await gate.permit(
        unit,
        facts,
        Action.GRANT,
        Section.SITUATION,
        act=act,
        obj={"k": "circle"},
        about={"seat": str(employment_id)} if employment_id else None,
    )
    return facts


async def own_act(unit: Unit, situation_id: UUID, act: Act) -> SituationFacts:
    """Allow an act that only restricts one's own seat to whoever knows the situation."""
    facts = await facts_about(unit, situation_id, exclusive=True)
    await gate.permit(
        unit,
        facts,
        Action.SEE,
        Section.SITUATION,
        act=act,
        obj={"k": "circle"},
        about={"seat": str(unit.actor.employment_id)},
    )
    return facts


async def seat_facts_in(unit: Unit, situation_id: UUID, employment_id: UUID) -> SituationFacts:
    """Return what holds between another seat and this situation now.

    Raises Invalid on `employment_id` for a seat that does not exist here or has ended.
    """
    seat = info_of(await partners.seat_info(unit, employment_id))
    now = unit.now()
    found = await facts_of(
        unit.transaction, unit.clsm_id, [situation_id], [seat], at=now, known_at=now
    )
    facts = found[situation_id, employment_id]
    if not facts.common & Fact.TERRITORY:
        raise Invalid({"employment_id": "Ce poste a pris fin : choisissez-en un autre."})
    return facts


def may_take_a_place(facts: SituationFacts) -> None:
    """Raise Invalid for a seat that no circle may hold, or that holds this one by office."""
    if facts.column is Column.COORD:
        raise Invalid({"employment_id": "La coordination fait partie du cercle par sa fonction."})
    if facts.column in NO_PLACE:
        raise Invalid(
            {"employment_id": "Ce poste n'accède à aucune situation : choisissez-en un autre."}
        )


def may_inform(facts: SituationFacts) -> None:
    """Raise Invalid for a seat outside R.1110-2 and L.133-5: it could not record an agreement."""
    may_take_a_place(facts)
    if not facts.common & Fact.PROFESSIONAL_SECRECY:
        raise Invalid(
            {
                "employment_id": "Choisissez un professionnel tenu au secret partagé "
                "(R.1110-2 CSP ou L.133-5 CASF) : lui seul peut recueillir l'accord."
            }
        )


def may_have_a_mission(facts: SituationFacts) -> None:
    """Raise Invalid for a seat that no housing-hygiene procedure concerns."""
    if facts.column not in STATUTORY:
        raise Invalid(
            {"employment_id": "Une mission s'ouvre pour un service d'hygiène ou de l'habitat."}
        )
