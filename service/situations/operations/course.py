"""The course of a situation: how it begins, its states, urgency, adherence, mode and alias.

Codes and dates only. Each change leaves a dated milestone; the two clocks are read from them.
"""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from audit.event import Act
from policies.vocabulary import Action, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.database import new_id
from service.errors import Conflict, Invalid, NotFound
from service.sharing import operations as sharing
from service.sharing.rules import Mode
from service.situations.models import Episode, Milestone, Situation
from service.situations.rules import (
    ALIASES,
    NEXT_STATES,
    OVER,
    STATE_LABELS,
    Adherence,
    Basis,
    MilestoneKind,
    State,
    Urgency,
)
from service.unit import Unit

STEERS = Action.SHARE
"""Urgency and adherence belong to the coordinator and the lead: what `share` of the pseudo-section
`situation` already says of them (settled.md 3)."""


async def create_situation(  # noqa: PLR0913 — what a situation begins with
    unit: Unit,
    situation_id: UUID,
    cell_id: UUID,
    *,
    reference: str,
    urgency: Urgency,
    opened_at: datetime,
) -> None:
    """Let a referred situation exist: its row, first episode and milestones.

    The caller has decided, and gives it a standing with `sharing.begin` in the same act.
    """
    await unit.transaction.execute(
        insert(Situation).values(
            clsm_id=unit.clsm_id,
            situation_id=situation_id,
            cell_id=cell_id,
            reference=reference,
            state=State.SUBMITTED,
            urgency=Urgency(urgency),
            opened_at=opened_at,
            changed_at=opened_at,
        )
    )
    await unit.transaction.execute(
        insert(Episode).values(
            clsm_id=unit.clsm_id, situation_id=situation_id, number=1, opened_at=opened_at
        )
    )
    await _note(unit, situation_id, MilestoneKind.STATE, "", State.SUBMITTED)
    await _note(unit, situation_id, MilestoneKind.URGENCY, "", Urgency(urgency))
    await record.note(
        unit,
        Act.SITUATION_CREATED,
        situations=(situation_id,),
        obj={"k": "situation", "cell": str(cell_id)},
    )


async def move_state(
    unit: Unit, facts: SituationFacts, situation_id: UUID, state: State, *, reason: str = ""
) -> None:
    """Bring a situation to its next state, by whoever coordinates its cell.

    `reason` is a code. Closing ends the episode and the circle; reopening begins a new episode.
    Raises Refused or NotFound, Conflict when the table of states has no such step.
    """
    closing = state in {State.CLOSING_REVIEW, State.CLOSED}
    await _changes(
        unit, facts, MilestoneKind.STATE, state, Action.CLOSE if closing else Action.GRANT, reason
    )
    row = await _row(unit, situation_id)
    before = State(row.state)
    if state not in NEXT_STATES.get(before, frozenset()):
        raise Conflict(
            f"Cette situation est « {STATE_LABELS[before]} » : elle ne peut pas devenir "
            f"« {STATE_LABELS[state]} » maintenant. Rechargez la page."
        )
    await sharing.move(unit, situation_id, state=state)
    values: dict[str, object] = {"state": state, "changed_at": unit.now()}
    if state is State.CLOSED:
        await sharing.end_circle(unit, situation_id)
        await _end_episode(unit, situation_id, row.episode)
    elif before in {State.CLOSED, State.ARCHIVED} and state is State.IN_QUALIFICATION:
        values["episode"] = row.episode + 1
        await unit.transaction.execute(
            insert(Episode).values(
                clsm_id=unit.clsm_id,
                situation_id=situation_id,
                number=row.episode + 1,
                opened_at=unit.now(),
            )
        )
    await _set(unit, situation_id, row.version, **values)
    await _note(unit, situation_id, MilestoneKind.STATE, before, state)


async def set_urgency(
    unit: Unit, facts: SituationFacts, situation_id: UUID, urgency: Urgency
) -> None:
    """Set the urgency, by the coordinator or the lead: a human always does (RGPD art. 22)."""
    await _changes(unit, facts, MilestoneKind.URGENCY, urgency, STEERS)
    row = await _row(unit, situation_id)
    if row.urgency == urgency:
        return
    await _set(unit, situation_id, row.version, urgency=urgency, changed_at=unit.now())
    await _note(unit, situation_id, MilestoneKind.URGENCY, row.urgency, urgency)


async def set_adherence(
    unit: Unit, facts: SituationFacts, situation_id: UUID, adherence: Adherence
) -> None:
    """Write down whether the person accepts help, by the coordinator or the lead.

    It is neither the agreement to share nor a legal basis, and it is never late.
    """
    await _changes(unit, facts, MilestoneKind.ADHERENCE, adherence, STEERS)
    row = await _row(unit, situation_id)
    if row.adherence == adherence:
        return
    await _set(unit, situation_id, row.version, adherence=adherence)
    await _note(unit, situation_id, MilestoneKind.ADHERENCE, row.adherence, adherence)


async def set_mode(
    unit: Unit,
    facts: SituationFacts,
    situation_id: UUID,
    mode: Mode,
    *,
    basis: Basis | None = None,
) -> None:
    """Set the review mode, by whoever coordinates the cell.

    Named comes from the general agreement alone, which sets it itself; an exception needs its
    statutory basis and falls back after thirty days. Raises Invalid, Refused or NotFound.
    """
    if mode is Mode.NAMED and facts.mode != Mode.NAMED:
        raise Invalid(
            {"mode": "Enregistrez d'abord l'accord général de la personne : il rend nominatif."}
        )
    if mode is Mode.NAMED_BY_EXCEPTION and basis is None:
        raise Invalid({"basis": "Choisissez le texte qui permet de se passer de l'accord."})
    await _changes(unit, facts, MilestoneKind.MODE, mode, Action.GRANT, basis or "")
    if mode == facts.mode and mode is not Mode.NAMED_BY_EXCEPTION:
        return
    _, before = await sharing.move(unit, situation_id, mode=mode, basis=basis or "")
    await _note(unit, situation_id, MilestoneKind.MODE, before, mode)


async def give_alias(unit: Unit, situation_id: UUID, alias: str | None = None) -> str:
    """Give a situation its neutral word, drawn at random when none is chosen; return it.

    No two live situations of the CLSM share one. The caller has decided. Raises Invalid for a
    word outside the list or already taken.
    """
    taken = set(
        (
            await unit.transaction.execute(
                select(Situation.alias).where(
                    Situation.clsm_id == unit.clsm_id,
                    Situation.situation_id != situation_id,
                    Situation.alias != "",
                    Situation.state.not_in([str(state) for state in OVER]),
                )
            )
        ).scalars()
    )
    if alias is not None and (alias not in ALIASES or alias in taken):
        raise Invalid({"alias": "Choisissez un mot de la liste qui ne sert pas déjà."})
    chosen = alias or _draw(taken)
    row = await _row(unit, situation_id)
    await _set(unit, situation_id, row.version, alias=chosen)
    await record.note(
        unit,
        Act.SITUATION_CHANGED,
        situations=(situation_id,),
        obj={"k": "situation", "what": "alias"},
    )
    return chosen


def _draw(taken: set[str]) -> str:
    """Draw a free word; when all serve, the first number that makes one free again."""
    for number in range(1, 1_000_000):
        free = [word if number == 1 else f"{word} {number}" for word in ALIASES]
        free = [word for word in free if word not in taken]
        if free:
            return secrets.choice(free)
    raise Conflict("Aucun alias n'est libre.")


async def _changes(  # noqa: PLR0913 — what is changed is what is recorded
    unit: Unit,
    facts: SituationFacts,
    kind: MilestoneKind,
    code: str,
    action: Action,
    reason: str = "",
) -> None:
    await gate.permit(
        unit,
        facts,
        action,
        Section.SITUATION,
        act=Act.SITUATION_CHANGED,
        obj={"k": "situation", "what": str(kind), "to": str(code), "why": str(reason)},
    )


async def _row(unit: Unit, situation_id: UUID) -> "Situation":
    row = (
        await unit.transaction.execute(
            select(
                Situation.state,
                Situation.urgency,
                Situation.adherence,
                Situation.episode,
                Situation.version,
            ).where(Situation.clsm_id == unit.clsm_id, Situation.situation_id == situation_id)
        )
    ).first()
    if row is None:
        raise NotFound
    return row  # type: ignore[return-value]


async def _set(unit: Unit, situation_id: UUID, version: int, **values: object) -> None:
    done = await unit.transaction.execute(
        update(Situation)
        .where(
            Situation.clsm_id == unit.clsm_id,
            Situation.situation_id == situation_id,
            Situation.version == version,
        )
        .values(version=version + 1, **values)
    )
    if done.rowcount != 1:
        raise Conflict


async def _end_episode(unit: Unit, situation_id: UUID, number: int) -> None:
    await unit.transaction.execute(
        update(Episode)
        .where(
            Episode.clsm_id == unit.clsm_id,
            Episode.situation_id == situation_id,
            Episode.number == number,
        )
        .values(closed_at=unit.now())
    )


async def _note(
    unit: Unit, situation_id: UUID, kind: MilestoneKind, before: str, after: str
) -> None:
    await unit.transaction.execute(
        insert(Milestone).values(
            clsm_id=unit.clsm_id,
            milestone_id=new_id(),
            situation_id=situation_id,
            kind=kind,
            before=before,
            after=after,
            at=unit.now(),
            employment_id=unit.actor.employment_id,
        )
    )
