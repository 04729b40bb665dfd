"""What may happen: one line a step. Adding an operation is adding its line.

A step draws its people from the world and does one act through the ordinary operations; a
refusal (`CelluleProblem`) is an answer like another, and must then have changed nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from policies.vocabulary import Section
from service.database import new_id
from service.emergencies import operations as emergencies
from service.emergencies.rules import HOURS, SECTIONS
from service.emergencies.schemas import NewEmergency, NewEmergencyByReference
from service.errors import Refused
from service.partners import operations as partners
from service.rulebook import operations as rulebook
from service.sharing import operations as sharing
from service.sharing.rules import CircleReason, Mode
from service.sharing.schemas.targeted import GuestOffer
from service.situations import operations as situations
from service.situations.models import Situation
from service.situations.rules import Basis, State
from service.situations.schemas import EntryContent
from service.unit import Actor
from tests.sharing.world import PAPER, Nothing, World

FOLLOWED = frozenset({"in_follow_up"})


@dataclass(frozen=True)
class Step:
    """One kind of act, and how often it is drawn beside the others."""

    does: Callable[[World], Awaitable[Any]]
    weight: int = 2
    where: frozenset[str] = frozenset()
    """States of the situations where it makes sense; of all by default."""
    several: bool = False
    """It is several acts: a refusal of the last leaves the first ones done."""


async def _close(world: World) -> None:
    await world.steered(situations.move_state, State.CLOSING_REVIEW)
    await world.steered(situations.move_state, State.CLOSED)


async def _archive(world: World) -> None:
    states = {
        row.state
        for row in world.rows.live("standing", world.now)
        if row.situation_id == world.situation_id
    }
    if states == FOLLOWED:
        await _close(world)
    await world.steered(situations.move_state, State.ARCHIVED)


async def _reopen(world: World) -> None:
    await world.steered(situations.move_state, State.IN_QUALIFICATION)
    for state in (State.ACCEPTED, State.PREPARATION):
        await world.steered(situations.move_state, state)


async def _wait(world: World) -> None:
    world.house.hands.advance(world.days(1, 60))


async def _hours(world: World) -> None:
    world.house.hands.advance(timedelta(hours=world.dice.between(1, 30)))


async def _office(world: World) -> None:
    kind = world.dice.one_of(["health_cofacilitator", "coordinator", "copil_reader"])
    cell_id = world.dice.one_of([None, *world.cells])
    seat = world.drawn(["nurse", "physician", "worker", "educator"])
    await world.act(
        world.seats["administrator"], partners.grant_office, seat.employment_id, kind, cell_id
    )


async def _end_office(world: World) -> None:
    kept = {"dpo", "administrator", "coordinator"}
    ids = {world.seats[name].employment_id for name in kept}
    held = [row for row in world.rows.live("office", world.now) if row.employment_id not in ids]
    if not held:
        raise Nothing
    row = world.dice.one_of(held)
    await world.act(world.seats["administrator"], partners.end_office, row.office_id)


async def _charter(world: World) -> None:
    text = "Je garde pour moi ce que j'apprends.\n\nJe ne consulte que ce dont j'ai besoin."
    at = world.now + world.days(5, 40)
    await world.act(world.seats["administrator"], partners.adopt_charter, text, at)


async def _sign(world: World) -> None:
    """Have everyone sign what they may sign, one or two apart."""
    spared = {world.drawn().name for _ in range(2)} - {"administrator", "coordinator"}
    for name, seat in world.seats.items():
        if name not in spared:
            async with world.house.act(seat) as unit:
                view = await partners.read_pledge(unit)
                if view.to_sign is not None:
                    await partners.sign_pledge(unit, view.to_sign.version)


async def _write(world: World) -> None:
    """Write in a section: care teams and health exchanges are measured against authors."""
    name, section = world.dice.one_of(
        (
            ("nurse", Section.MENTAL_HEALTH),
            ("physician", Section.SOMATIC_HEALTH),
            ("physician", Section.ASSESSMENTS_CLINICAL),
            ("worker", Section.WISHES_VOICE),
            ("inspector", Section.HOUSING),
        )
    )
    said = EntryContent(text="Passage fait.")
    await world.here(
        world.seats[name], situations.add_entry, section, new_id(), said, confirmed=True
    )


def _urgent(world: World, kind: type[Any], **more: Any) -> Any:
    return kind(
        access_id=new_id(),
        sections=tuple(world.dice.some(SECTIONS, world.dice.between(1, 6))),
        reason_code="rescue",
        basis="CP223_6",
        reason="La personne ne répond plus depuis deux jours, les voisins sont inquiets.",
        hours=world.dice.one_of(HOURS),
        **more,
    )


async def _by_reference(world: World) -> None:
    seat = world.drawn(["nurse", "physician", "dac"])
    if seat.employment_id not in {
        row.employment_id for row in world.rows.live("on_call_duty", world.now)
    }:
        await _on_call(world, seat)
    row = await world.one(
        select(Situation.reference).where(Situation.situation_id == world.situation_id)
    )
    wanted = _urgent(world, NewEmergencyByReference, reference=row.reference)
    if await world.act(seat, emergencies.open_by_reference, wanted) is None:
        raise Refused


async def _opens(world: World, seat: Actor) -> UUID:
    wanted = _urgent(world, NewEmergency)
    await world.here(seat, emergencies.open_emergency, wanted)
    access_id: UUID = wanted.access_id
    return access_id


async def _closes_own(world: World) -> None:
    seat = world.drawn(["worker", "physician"])
    await _opens(world, seat)
    await world.here(seat, emergencies.close_own)


async def _closes(world: World) -> None:
    access_id = await _opens(world, world.drawn(["worker", "physician", "nurse"]))
    await world.act(world.drawn(["coordinator", "dpo"]), emergencies.close, access_id)


async def _grants(world: World) -> None:
    """Ask until a second person is needed: the third access of a seat in thirty days."""
    for _ in range(3):
        access_id = await _opens(world, world.seats["nurse"])
    await world.act(world.seats["dpo"], emergencies.answer, access_id, granted=world.dice.often(80))


async def _asks_to_stay(world: World) -> None:
    seat = world.outsider()
    await world.join(seat, until=world.now + world.days(2, 25))
    await world.here(seat, sharing.ask_renewal)


async def _on_call(world: World, seat: Actor) -> None:
    await world.act(
        world.seats["administrator"],
        partners.set_on_call,
        seat.employment_id,
        starts_at=world.now,
        ends_at=world.now + timedelta(hours=world.dice.between(2, 20)),
    )


async def _admits(world: World) -> Actor:
    guest = world.outsider()
    sections = (Section.HOUSING, Section.SAFETY_RISK, Section.IDENTITY_CONTACT, Section.ANIMALS)
    offer = GuestOffer(
        employment_id=guest.employment_id,
        sections=tuple(map(str, world.dice.some(sections, world.dice.one_of((1, 1, 1, 2))))),
        purpose="coordination",
        basis=world.dice.one_of(("CSP_L1110_4_II", "CSP_L1110_4_II", "EXCEPTION")),
        until=world.now + world.days(1, 25),
    )
    await world.here(world.coordinator, sharing.admit_guest, offer)
    return guest


async def _ends_guest(world: World) -> None:
    try:
        guest = world.holder("guest_grant")
    except Nothing:
        guest = await _admits(world)
    await world.here(world.coordinator, sharing.end_guest, guest.employment_id)


async def _assigns(world: World, seat: Actor) -> UUID:
    action_id = new_id()
    due = world.now + world.days(2, 40)
    await world.here(world.coordinator, sharing.assign, seat.employment_id, action_id, due)
    return action_id


async def _assigns_and_closes(world: World) -> None:
    action_id = await _assigns(world, world.drawn(["cleaner", "fire", "worker"]))
    world.house.hands.advance(timedelta(hours=1))
    await world.here(world.coordinator, sharing.close_assignment, action_id)


async def _able_again(world: World) -> None:
    seat = world.recorder()
    await world.here(seat, sharing.record_unable, "physician")
    world.house.hands.advance(timedelta(hours=1))
    await world.here(seat, sharing.end_unable)


async def _adopts(world: World, number: int) -> None:
    """Approve a version under each of the two offices, as far as it needs."""
    for name in ("dpo", "coordinator"):
        async with world.house.act(world.seats[name]) as unit:
            terms = await rulebook.terms_of(unit, unit.clsm_id)
            if await rulebook.approve(unit, number, base_number=terms.number) is not None:
                return


async def _narrows(world: World) -> None:
    """Adopt a version with a line less of the matrix: it acts at once."""
    async with world.house.act(world.coordinator) as unit:
        tables = await rulebook.tables_in_force(unit)
        lines = tables["matrix"].splitlines()
        rights = [number for number, line in enumerate(lines) if ", read, " in line]
        del lines[world.dice.one_of(rights)]
        narrower = {**tables, "matrix": "\n".join(lines) + "\n"}
        number = await rulebook.propose(unit, narrower, "Une ligne de moins.")
    await _adopts(world, number)


async def _widens(world: World) -> None:
    """Narrow, then come back to the version that the service ships: it waits seven days."""
    await _narrows(world)
    world.house.hands.advance(timedelta(minutes=10))
    async with world.house.act(world.seats["auditor"]) as unit:
        number = await rulebook.propose_shipped(unit, "Retour aux règles livrées.")
    await _adopts(world, number)


STEPS: Mapping[str, Step] = {
    "invite": Step(
        lambda w: w.here(
            w.coordinator, sharing.invite_to_circle, w.outsider().employment_id, w.reason()
        ),
        4,
    ),
    "invite for a while": Step(
        lambda w: w.here(
            w.coordinator,
            sharing.invite_to_circle,
            w.outsider().employment_id,
            w.reason(),
            until=w.now + w.days(1, 60),
        )
    ),
    "invite a substitute": Step(
        lambda w: w.here(
            w.coordinator,
            sharing.invite_to_circle,
            w.outsider().employment_id,
            CircleReason.SUBSTITUTE,
            until=w.now + w.days(1, 30),
            substitutes_for=w.member().employment_id,
        )
    ),
    "accept": Step(lambda w: _answers(w, sharing.accept_invitation), 4, several=True),
    "decline": Step(
        lambda w: _answers(w, sharing.decline_invitation, "not_involved"), 1, several=True
    ),
    "join": Step(lambda w: w.join(w.outsider()), 5, several=True),
    "invite again": Step(lambda w: _invited(w, sharing.resend_invitation), 1, several=True),
    "take an invitation back": Step(
        lambda w: _invited(w, sharing.withdraw_invitation), 1, several=True
    ),
    "ask to stay": Step(_asks_to_stay, 1, several=True),
    "renew": Step(
        lambda w: w.here(w.coordinator, sharing.renew_circle, w.member().employment_id), 3
    ),
    "leave": Step(lambda w: w.here(w.coordinator, sharing.leave_circle, w.member().employment_id)),
    "leave by oneself": Step(lambda w: _by_oneself(w, sharing.leave_circle)),
    "inform": Step(
        lambda w: w.here(w.recorder(), sharing.record_information, groups=w.groups(), **PAPER), 4
    ),
    "agree": Step(
        lambda w: w.here(
            w.recorder(), sharing.record_agreement, w.answers(), general=True, **PAPER
        ),
        5,
    ),
    "answer": Step(
        lambda w: w.here(w.recorder(), sharing.record_agreement, w.answers(), **PAPER), 5
    ),
    "object": Step(
        lambda w: w.here(w.recorder(), sharing.record_agreement, w.answers("no"), **PAPER)
    ),
    "withdraw cells": Step(
        lambda w: w.here(w.recorder(), sharing.withdraw_agreement, w.answers("no"), **PAPER)
    ),
    "withdraw": Step(
        lambda w: w.here(w.recorder(), sharing.withdraw_agreement, [], general=True, **PAPER)
    ),
    "conflict": Step(lambda w: _by_oneself(w, sharing.declare_conflict)),
    "conflict of another": Step(
        lambda w: w.here(w.coordinator, sharing.declare_conflict, w.member().employment_id)
    ),
    "lift": Step(
        lambda w: w.here(
            w.coordinator, sharing.lift_conflict, w.holder("conflict_of_interest").employment_id
        ),
        3,
    ),
    "freeze": Step(lambda w: w.here(w.seats["dpo"], sharing.freeze), 1),
    "unfreeze": Step(lambda w: w.here(w.seats["dpo"], sharing.unfreeze), 3),
    "charge": Step(
        lambda w: w.here(w.coordinator, sharing.designate_informing, w.recorder().employment_id), 3
    ),
    "lead": Step(lambda w: w.here(w.coordinator, sharing.designate_lead, w.member().employment_id)),
    "mission": Step(
        lambda w: w.here(
            w.coordinator, sharing.open_mission, w.seats["inspector"].employment_id, "RSD-2026-14"
        )
    ),
    "end of mission": Step(
        lambda w: w.here(w.coordinator, sharing.close_mission, w.holder("mission").employment_id), 1
    ),
    "mandate": Step(
        lambda w: w.here(
            w.coordinator,
            sharing.record_mandate,
            w.seats["guardian"].employment_id,
            w.dice.one_of(["property", "person", "both"]),
        )
    ),
    "care team": Step(
        lambda w: w.here(
            w.coordinator,
            sharing.link_care_team,
            w.member().employment_id,
            w.member().employment_id,
            "1",
        )
    ),
    "write": Step(_write, 4),
    "open an emergency": Step(lambda w: _opens(w, w.member()), 3, FOLLOWED),
    "open by reference": Step(_by_reference, several=True),
    "close one's emergency": Step(_closes_own, 1, FOLLOWED, several=True),
    "close another's emergency": Step(_closes, 1, FOLLOWED, several=True),
    "grant an emergency": Step(_grants, 1, FOLLOWED, several=True),
    "admit a guest": Step(_admits, 4, FOLLOWED),
    "end a guest": Step(_ends_guest, several=True),
    "assign": Step(
        lambda w: _assigns(w, w.drawn(["cleaner", "fire", "inspector", "worker", "peer"])),
        3,
        FOLLOWED,
    ),
    "close an action": Step(_assigns_and_closes, 1, FOLLOWED, several=True),
    "unable": Step(lambda w: w.here(w.recorder(), sharing.record_unable, "physician"), 1, FOLLOWED),
    "able again": Step(_able_again, 1, FOLLOWED, several=True),
    "a narrower policy": Step(_narrows, 1, several=True),
    "the policy as shipped": Step(_widens, 1, several=True),
    "put on call": Step(lambda w: _on_call(w, w.drawn(["nurse", "physician", "weak", "dac"])), 1),
    "exception": Step(
        lambda w: w.steered(situations.set_mode, Mode.NAMED_BY_EXCEPTION, basis=Basis.CP223_6)
    ),
    "anonymise": Step(lambda w: w.steered(situations.set_mode, Mode.ANONYMISED), 1),
    "suspend": Step(lambda w: w.steered(situations.move_state, State.SUSPENDED), 1, FOLLOWED),
    "follow up again": Step(
        lambda w: w.steered(situations.move_state, State.IN_FOLLOW_UP), 3, frozenset({"suspended"})
    ),
    "close": Step(_close, where=FOLLOWED, several=True),
    "reopen": Step(_reopen, 3, where=frozenset({"closed"}), several=True),
    "archive": Step(_archive, 1, FOLLOWED | {"closed"}, several=True),
    "refer": Step(lambda w: w.refer(followed_up=w.dice.often(60)), 1, several=True),
    "seat ends": Step(lambda w: w.end_seat(), 1),
    "office": Step(_office, 2),
    "end of office": Step(_end_office, 2),
    "charter": Step(_charter, 1),
    "sign": Step(_sign, 4, several=True),
    "hours pass": Step(_hours, 3),
    "days pass": Step(_wait, 2),
}


async def _invited(world: World, operation: Callable[..., Awaitable[Any]]) -> None:
    """Let the coordinator do something with an invitation that waits."""
    invitation = await world.invited()
    world.situation_id = invitation.situation_id
    await world.here(world.coordinator, operation, invitation.invitation_id)


async def _answers(world: World, operation: Callable[..., Awaitable[Any]], *given: Any) -> None:
    """Let an invited seat answer."""
    invitation = await world.invited()
    world.situation_id = invitation.situation_id
    for seat in world.seats.values():
        if seat.employment_id == invitation.employment_id:
            await world.act(seat, operation, invitation.invitation_id, *given)
            return
    raise Nothing


async def _by_oneself(world: World, operation: Callable[..., Awaitable[Any]]) -> None:
    seat = world.member()
    await world.here(seat, operation, seat.employment_id)
