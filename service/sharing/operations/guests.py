"""Guest access: one named professional outside the circle reads named sections, for a time.

A grant is a dated fact like any other; the policy decides at each reading what it opens. It is
shown before it is decided, and refused when it would open nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from audit.event import Act
from policies.vocabulary import Action, Audience, Column, Fact, Level, Section
from service import jobs
from service.access import gate, record
from service.access.facts import SituationFacts
from service.database import FOREVER
from service.errors import Conflict, Invalid, NotFound
from service.partners import operations as partners
from service.sharing.models import CircleMembership, GuestGrant
from service.sharing.operations.dated import current, end_facts, write_fact
from service.sharing.operations.facts import CLOSED, facts_about, facts_about_many
from service.sharing.operations.places import grants, may_take_a_place, seat_facts_in
from service.sharing.operations.seating import access_map
from service.sharing.rules.targeted import (
    basis_lacks,
    checked_basis,
    checked_purpose,
    checked_sections,
    checked_until,
    named,
)
from service.sharing.schemas import SeatAccess
from service.sharing.schemas.targeted import (
    GuestLine,
    GuestOffer,
    GuestPass,
    GuestPreview,
    GuestsView,
    Opening,
)
from service.unit import Unit

MORE_THAN_A_GUEST = (
    Fact.CIRCLE | Fact.MISSION | Fact.INFORMING | Fact.ASSIGNED | Fact.OWN | Fact.EMERGENCY_ACCESS
)
"""What ties a seat to a situation beside a guest access."""


def is_only_a_guest(facts: SituationFacts) -> bool:
    """Return whether a guest access is all that ties this seat to the situation."""
    return bool(facts.common & Fact.INVITED) and not facts.common & MORE_THAN_A_GUEST


async def preview_guest(unit: Unit, situation_id: UUID, offer: GuestOffer) -> GuestPreview:
    """Return what a grant would really open to this seat today, section by section.

    By the coordinator: raises Refused or NotFound; Invalid or Conflict for an offer that could
    not be made at all.
    """
    facts = await grants(unit, situation_id, Act.GUEST_LISTED, offer.employment_id)
    return await preview(unit, facts, offer)


async def admit_guest(unit: Unit, situation_id: UUID, offer: GuestOffer) -> None:
    """Open a guest access until its end; it then closes by itself.

    By the coordinator: raises Refused or NotFound. Invalid when a section would open nothing
    today or the text invoked does not hold, Conflict for a member of the circle, a guest
    already, or a situation that is over.
    """
    facts = await grants(unit, situation_id, Act.GUEST_ADMITTED, offer.employment_id)
    await admit(unit, facts, offer)


async def preview(unit: Unit, facts: SituationFacts, offer: GuestOffer) -> GuestPreview:
    """Return what an offer would open; the caller has decided who may make it."""
    sections = checked_sections(offer.sections)
    checked_purpose(offer.purpose)
    basis = checked_basis(offer.basis)
    until = checked_until(offer.until, unit.now())
    guest = await _as_guest(unit, facts, offer.employment_id, sections)
    audience = Audience.FULL if facts.column is Column.COORD else Audience.PROFESSION
    openings = tuple(_opening(guest, section, audience) for section in sections)
    opened = [one.section for one in openings if one.level is not Level.NONE]
    if lack := basis_lacks(basis, guest, opened):
        raise Invalid({"basis": lack})
    found = await partners.names_of(unit, [offer.employment_id])
    return GuestPreview(name=found[offer.employment_id], openings=openings, until=until)


async def admit(unit: Unit, facts: SituationFacts, offer: GuestOffer) -> None:
    """Write the grant of an offer; the caller has decided who may make it, and recorded it."""
    shown = await preview(unit, facts, offer)
    if shown.withheld:
        closed = named(one.section for one in shown.withheld)
        raise Invalid(
            {"sections": f"N'ouvrirait rien aujourd'hui à ce poste : {closed}. Décochez-les."}
        )
    await write_fact(
        unit,
        GuestGrant,
        facts.situation_id,
        valid_to=shown.until,
        employment_id=offer.employment_id,
        sections=",".join(one.section for one in shown.opened),
        purpose=checked_purpose(offer.purpose),
        basis=checked_basis(offer.basis),
    )
    await jobs.notify(unit, [offer.employment_id], jobs.Kind.GUEST)


async def end_guest(unit: Unit, situation_id: UUID, employment_id: UUID) -> None:
    """End a guest access now: by the coordinator or the lead, since ending only closes.

    Raises Refused or NotFound, Conflict when there is none any more.
    """
    facts = await facts_about(unit, situation_id, exclusive=True)
    await gate.permit(
        unit,
        facts,
        Action.SHARE,
        Section.SITUATION,
        act=Act.GUEST_ENDED,
        obj={"k": "guest"},
        about={"seat": str(employment_id)},
    )
    if not await end_facts(unit, GuestGrant, situation_id, employment_id=employment_id):
        raise Conflict("Cet accès ponctuel a déjà pris fin.")


async def read_guests(unit: Unit, situation_id: UUID) -> GuestsView:
    """Return who is a guest now, and what each reads; who was, to those who decide of it.

    A guest learns nothing here of the others. Recorded when someone is named. Raises NotFound.
    """
    facts = await facts_about(unit, situation_id)
    if not gate.sees(facts).allowed or is_only_a_guest(facts):
        await gate.permit(unit, facts, Action.GRANT, Section.SITUATION, act=Act.GUEST_LISTED)
        raise NotFound
    decides = gate.allows(facts, Section.SITUATION, Action.SHARE)
    now = unit.now()
    rows = [row for row in await _grants(unit, situation_id) if decides or row.valid_to > now]
    if rows:
        await gate.permit(
            unit,
            facts,
            Action.SEE,
            Section.SITUATION,
            act=Act.GUEST_LISTED,
            obj={"k": "guest"},
        )
    names = await partners.names_of(unit, {row.employment_id for row in rows})
    around = {one.employment_id: one for one in await access_map(unit, situation_id, facts)}
    lines = [_line(row, names, around.get(row.employment_id)) for row in rows]
    return GuestsView(
        live=tuple(one for one in lines if one.valid_to > now),
        past=tuple(one for one in lines if one.valid_to <= now),
        may_admit=gate.allows(facts, Section.SITUATION, Action.GRANT) and facts.state not in CLOSED,
        may_end=decides,
    )


async def own_pass(unit: Unit, facts: SituationFacts) -> GuestPass | None:
    """Return the actor's own live grant on one situation, within an act that is recorded."""
    if not facts.common & Fact.INVITED:
        return None
    found = await _own(unit, GuestGrant.situation_id == facts.situation_id)
    return found[0] if found else None


async def own_passes(unit: Unit) -> tuple[GuestPass, ...]:
    """Return the actor's live grants, first to end first; recorded when there are some.

    Only those of situations that this seat may still know of.
    """
    found = await _own(unit)
    if not found:
        return ()
    about = await facts_about_many(unit, sorted({one.situation_id for one in found}))
    known = tuple(one for one in found if gate.sees(about[one.situation_id]).allowed)
    if known:
        await record.note(
            unit,
            Act.GUEST_LISTED,
            situations=[one.situation_id for one in known][:100],
            obj={"k": "guest", "a": "own"},
        )
    return known


async def _as_guest(
    unit: Unit, facts: SituationFacts, employment_id: UUID, sections: Sequence[Section]
) -> SituationFacts:
    """Return what would hold for this seat with such a grant; raises when it can have none."""
    if facts.state in CLOSED:
        raise Conflict("La situation n'est plus suivie : aucun accès ne s'y ouvre.")
    seat = await seat_facts_in(unit, facts.situation_id, employment_id)
    may_take_a_place(seat)
    here = await current(unit, CircleMembership, facts.situation_id, employment_id=employment_id)
    if here:
        raise Conflict("Ce poste fait déjà partie du cercle : il n'a pas besoin d'accès ponctuel.")
    if await current(unit, GuestGrant, facts.situation_id, employment_id=employment_id):
        raise Conflict("Ce poste a déjà un accès ponctuel : mettez-y fin pour en ouvrir un autre.")
    if not seat.common & Fact.PLEDGE:
        raise Invalid(
            {"employment_id": "Ce poste n'a pas d'engagement de confidentialité valable."}
        )
    guest = replace(
        seat, common=seat.common | Fact.INVITED, guest_sections=frozenset(map(str, sections))
    )
    if not gate.sees(guest).allowed or seat.common & Fact.CONFLICT:
        raise Invalid({"employment_id": "Ce poste ne peut recevoir aucun accès ici."})
    opposed = [section for section in sections if guest.of(section) & Fact.OPPOSED]
    if opposed:
        raise Invalid(
            {
                "sections": "La personne s'oppose à ce que ce groupe lise : "
                f"{named(opposed)}. Décochez-les."
            }
        )
    if all(gate.level_of(guest, section) is Level.NONE for section in sections):
        raise Invalid({"sections": _nothing_opens(guest)})
    return guest


def _nothing_opens(guest: SituationFacts) -> str:
    if guest.common & Fact.ANONYMISED:
        return "La situation est étudiée sans nom : aucune rubrique ne s'ouvre aujourd'hui."
    if not guest.common & Fact.INFORMED:
        return "La personne doit d'abord être informée que ce groupe lira (R.1110-3)."
    return "Aucune de ces rubriques ne s'ouvre à ce poste aujourd'hui : il n'y a rien à accorder."


def _opening(guest: SituationFacts, section: Section, audience: Audience) -> Opening:
    level = gate.level_of(guest, section)
    if level is not Level.NONE:
        return Opening(section=section, level=level)
    told = gate.tell(guest, section, Action.READ_EXTRACT, audience=audience, of_another=True)
    return Opening(section=section, level=level, reasons=told.reasons)


def _line(
    row: Any, names: Mapping[UUID, partners.SeatName], access: SeatAccess | None
) -> GuestLine:
    sections = tuple(row.sections.split(","))
    name = names[row.employment_id]
    live = access is not None and row.sections and bool(access.facts.common & Fact.INVITED)
    return GuestLine(
        employment_id=row.employment_id,
        name=name.name,
        title=name.title,
        organisation=name.organisation,
        sections=sections,
        purpose=row.purpose,
        basis=row.basis,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        openings=tuple(
            Opening(section=Section(one), level=access.level(Section(one))) for one in sections
        )
        if live and access is not None
        else (),
    )


async def _grants(unit: Unit, situation_id: UUID) -> Sequence[Any]:
    """Return every grant as known now, the last to end first."""
    table = GuestGrant.__table__
    statement = (
        select(table)
        .where(
            table.c.clsm_id == unit.clsm_id,
            table.c.situation_id == situation_id,
            table.c.superseded_at == FOREVER,
        )
        .order_by(table.c.valid_to.desc())
    )
    return (await unit.transaction.execute(statement)).all()


async def _own(unit: Unit, *where: Any) -> list[GuestPass]:
    now = unit.now()
    rows = (
        await unit.transaction.execute(
            select(GuestGrant.__table__)
            .where(
                GuestGrant.clsm_id == unit.clsm_id,
                GuestGrant.employment_id == unit.actor.employment_id,
                GuestGrant.superseded_at == FOREVER,
                GuestGrant.valid_from <= now,
                GuestGrant.valid_to > now,
                *where,
            )
            .order_by(GuestGrant.valid_to)
        )
    ).all()
    names = await partners.names_of(unit, {row.recorded_by for row in rows})
    return [
        GuestPass(
            situation_id=row.situation_id,
            sections=tuple(row.sections.split(",")),
            purpose=row.purpose,
            basis=row.basis,
            until=row.valid_to,
            granted_by=names[row.recorded_by].in_full,
        )
        for row in rows
    ]
