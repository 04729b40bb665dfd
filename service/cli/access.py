"""`cellule policy who` and `policy map`: everyone's rights on a situation, at an instant."""

import argparse
import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import String, Uuid, column, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Act
from policies.vocabulary import Action, Level, Purpose, Section
from service.access import record
from service.cli.present import clock_for
from service.cli.rules import instant_of, said, word_of, written
from service.cli.saying import say
from service.cli.where import settings_here
from service.database import enter_clsm
from service.errors import Invalid
from service.process import open_workplace
from service.sharing import operations as sharing
from service.sharing.rules import SECTION_LABELS
from service.sharing.rules.viewpoint import Viewpoint, viewpoint
from service.situations.operations.names import situation_called
from service.unit import act

Asking = Callable[[AsyncConnection, UUID, UUID, Viewpoint], Coroutine[Any, Any, Any]]

LEVELS: Final[Mapping[Level, str]] = {
    Level.READ: "complet",
    Level.READ_EXTRACT: "extrait",
    Level.READ_ASSIGNED: "confié",
    Level.SEE: "existence",
    Level.NONE: "-",
}

_CLSM = select(column("clsm_id", Uuid), column("territory_code", String)).select_from(table("clsm"))


def who(chosen: argparse.Namespace) -> int:
    """Print every seat around a situation with the answer to one question."""
    section = word_of(Section, chosen.section, "section")
    action = word_of(Action, chosen.action, "action")
    purpose = word_of(Purpose, chosen.purpose, "purpose")

    async def ask(
        connection: AsyncConnection, clsm_id: UUID, situation_id: UUID, when: Viewpoint
    ) -> tuple[Any, ...]:
        return await sharing.who(
            connection, clsm_id, situation_id, section, action,
            at=when.at, known_at=when.known_at, purpose=purpose,
        )  # fmt: skip

    obj = {"k": "section", "s": str(section), "a": str(action)}
    when, found = asyncio.run(_asked(chosen, ask, obj))
    if chosen.json:
        say(json.dumps(_head(when) | {"seats": [_could(one) for one in found]}, ensure_ascii=False))
        return 0
    say(f"{action} sur « {SECTION_LABELS[section]} », le {said(when.at)}")
    for one in found:
        told = one.explanation
        say(f"{'OUI' if told.allowed else 'NON'}  {one.name}, {one.title}, {one.organisation}")
        for sentence in told.sentences:
            say(f"       {sentence}")
        if told.holds_until:
            say(f"       jusqu'au {said(told.holds_until)}, sauf décision avant : {told.ends}")
    return 0


def drawn(chosen: argparse.Namespace) -> int:
    """Print the map of accesses: seats by organisation, sections with their levels."""

    async def ask(
        connection: AsyncConnection, clsm_id: UUID, situation_id: UUID, when: Viewpoint
    ) -> tuple[Any, ...]:
        return await sharing.mapped(
            connection, clsm_id, situation_id, at=when.at, known_at=when.known_at
        )

    when, found = asyncio.run(_asked(chosen, ask, {"k": "map"}))
    if chosen.json:
        seats = [msgspec.to_builtins(one) | {"holds_until": written(one.holds_until)}
                 for one in found]  # fmt: skip
        say(json.dumps(_head(when) | {"seats": seats}, ensure_ascii=False))
        return 0
    say(f"Carte des accès, le {said(when.at)}, selon ce qu'on savait le {said(when.known_at)}")
    organisation = ""
    for one in found:
        if one.organisation != organisation:
            organisation = one.organisation
            say(organisation)
        ends = f" (jusqu'au {said(one.holds_until)} : {one.ends})" if one.holds_until else ""
        say(f"  {one.name}, {one.title}{ends}")
        for level, word in LEVELS.items():
            opened = [SECTION_LABELS[at] for at, has in one.levels.items() if has is level]
            if opened and level is not Level.NONE:
                say(f"    {word} : {', '.join(opened)}")
    return 0


async def _asked(
    chosen: argparse.Namespace, ask: Asking, obj: Mapping[str, object]
) -> tuple[Viewpoint, Any]:
    """Ask about the situation that a reference names, and record that it was told."""
    settings = settings_here()
    clock = await clock_for(settings)
    when = viewpoint(
        clock.now(), instant_of(chosen.at, "at"), instant_of(chosen.known_at, "known-at")
    )
    async with open_workplace(settings, clock) as workplace, act(workplace, write=False) as unit:
        clsm_id, situation_id = await _situation(
            unit.transaction, chosen.situation.strip(), chosen.territory
        )
        await enter_clsm(unit.transaction, clsm_id)
        found = await ask(unit.transaction, clsm_id, situation_id, when)
        await record.note(
            unit, Act.POLICY_EXPLAINED, situations=(situation_id,), obj=obj, tenant=clsm_id
        )
    return when, found


async def _situation(
    connection: AsyncConnection, reference: str, territory: str
) -> tuple[UUID, UUID]:
    """Return the CLSM and the situation that have a reference. Raises Invalid."""
    found = []
    for clsm_id, code in (await connection.execute(_CLSM)).all():
        if territory in {"", code}:
            await enter_clsm(connection, clsm_id)
            named = await situation_called(connection, clsm_id, reference)
            found += [(clsm_id, named.situation_id)] if named else []
    if not found:
        raise Invalid({"situation": "aucune situation n'a cette référence ici."})
    if len(found) > 1:
        raise Invalid({"territory": "plusieurs conseils locaux ont cette référence : précisez."})
    return found[0]


def _head(when: Viewpoint) -> dict[str, Any]:
    return {"at": written(when.at), "known_at": written(when.known_at)}


def _could(one: Any) -> dict[str, Any]:
    told = one.explanation
    instant: datetime | None = told.holds_until
    return {
        "name": one.name,
        "title": one.title,
        "organisation": one.organisation,
        "column": one.column,
        "allowed": told.allowed,
        "level": str(told.level),
        "rules": list(told.rules),
        "denied_by": list(told.denied_by),
        "missing": [msgspec.to_builtins(near) for near in told.missing],
        "policy": told.policy,
        "policy_number": told.policy_number,
        "sentences": list(told.sentences),
        "holds_until": written(instant),
        "ends": told.ends,
    }
