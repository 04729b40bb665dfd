"""`cellule policy list, propose, adopt, simulate`: the versions of a CLSM, for who operates.

Who holds the machine may propose, count, and close at once; never open: what opens is approved by
two people, on the pages.
"""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import String, Uuid, column, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Act
from policies import rules
from policies.rules import Policy, PolicyRefused
from service.access import record
from service.cli.present import clock_for
from service.cli.saying import counting, say, tell
from service.cli.where import settings_here
from service.errors import Conflict, Invalid, NotFound
from service.process import open_workplace
from service.rulebook import operations as rulebook
from service.rulebook.rules import refused_in_french
from service.rulebook.schemas import VersionLine
from service.settings import Settings
from service.sharing.operations.crowd import Place
from service.sharing.operations.simulated import SimulatedLine, in_french
from service.sharing.operations.simulation import simulate as count
from service.sharing.operations.simulations import reading as reading_of
from service.sharing.schemas import Simulation
from service.situations.operations.names import situation_names
from service.unit import Workplace, act

CANNOT: Final = 2
NOT_SO: Final = 1
_CLSM = select(column("clsm_id", Uuid), column("territory_code", String)).select_from(table("clsm"))

WIDENS: Final = (
    "cette version ouvre des droits : deux personnes de fonctions différentes l'approuvent dans le "
    "service, et elle attend sept jours. Rien n'a changé."
)


def show_list(chosen: argparse.Namespace) -> int:
    """Print every version, the newest first."""
    lines = asyncio.run(_list(settings_here(), chosen.territory))
    if chosen.json:
        say(msgspec.json.encode(lines).decode())
        return 0
    for line in lines:
        since = f", du {line.effective_from:%Y-%m-%d %H:%M} UTC" if line.effective_from else ""
        until = f" au {line.effective_to:%Y-%m-%d %H:%M} UTC" if line.effective_to else ""
        say(f"{line.number:>4}  {line.state_label}{since}{until}  {line.digest}")
        say(f"      {line.author or 'exploitation du service'}")
        for one in line.approvals:
            say(f"      approuvée par {one.name} ({one.office})")
    if not lines:
        say("Aucune version : les règles livrées avec le service décident.")
    return 0


def propose(chosen: argparse.Namespace) -> int:
    """Propose the tables of a directory, or those that the service ships; nothing changes yet."""
    texts = _texts(chosen.folder)
    if texts is None:
        return CANNOT
    number = asyncio.run(_propose(settings_here(), chosen.territory, texts, chosen.motive))
    say(f"Version {number} proposée. Rien ne change tant qu'elle n'est pas approuvée.")
    return 0


def adopt(chosen: argparse.Namespace) -> int:
    """Adopt a version that opens nothing; 1 when it opens something, and nothing changes."""
    try:
        done = asyncio.run(_adopt(settings_here(), chosen.territory, chosen.number))
    except Conflict as conflict:
        tell(f"cellule : {conflict.sentence}")
        return NOT_SO
    except NotFound:
        tell(f"cellule : il n'y a pas de version {chosen.number}.")
        return CANNOT
    if not done:
        tell(f"cellule : {WIDENS}")
        return NOT_SO
    say(f"Version {chosen.number} adoptée : elle décide dès maintenant.")
    return 0


def simulate(chosen: argparse.Namespace) -> int:
    """Print what a version, or the tables of a directory, would open and close today."""
    texts = None if chosen.new.isdigit() else _texts(Path(chosen.new))
    if texts is None and not chosen.new.isdigit():
        return CANNOT
    try:
        found, references = asyncio.run(
            _simulate(settings_here(), chosen.territory, chosen.new, texts)
        )
    except NotFound:
        tell(f"cellule : il n'y a pas de version {chosen.new}.")
        return CANNOT
    if chosen.json:
        named = {str(known): reference for known, reference in references.items()}
        say(msgspec.json.encode({**msgspec.to_builtins(found), "references": named}).decode())
        return 0
    say(
        f"{found.situations} situations, {found.seats} postes autour d'elles, "
        f"{found.standpoints} positions distinctes, {found.seconds} s."
    )
    _tell_side("S'ouvrirait", in_french(found.opened, references))
    _tell_side("Se fermerait", in_french(found.closed, references))
    return 0


def _tell_side(title: str, lines: tuple[SimulatedLine, ...]) -> None:
    say(f"{title} : {'' if lines else 'rien.'}")
    for line in lines:
        where = "" if line.around else ", hors du cercle"
        examples = f" ; par exemple {', '.join(line.examples)}" if line.examples else ""
        say(
            f"  {line.who}{where} — {line.where} : {line.what}. "
            f"{line.situations} situations, {line.seats} postes{examples}."
        )


def _texts(folder: Path | None) -> Mapping[str, str] | None:
    """Return the texts of a directory, the shipped ones for None; say why not."""
    try:
        texts = rules.texts(folder)
        rules.read(texts)
    except PolicyRefused as refused:
        tell(f"cellule : {refused_in_french(refused)}")
        tell("Rien n'a changé : la version en vigueur reste la même.")
        return None
    return texts


async def _list(settings: Settings, territory: str) -> tuple[VersionLine, ...]:
    async with open_workplace(settings, await clock_for(settings)) as workplace:
        clsm_id = await _clsm(workplace, territory)
        async with act(workplace, write=False, clsm_id=clsm_id) as unit:
            await record.note(
                unit, Act.POLICY_READ, obj={"k": "policy", "by": "operator"}, tenant=clsm_id
            )
            return await rulebook.list_versions(unit, clsm_id)


async def _propose(
    settings: Settings, territory: str, texts: Mapping[str, str], motive: str
) -> int:
    async with open_workplace(settings, await clock_for(settings)) as workplace:
        clsm_id = await _clsm(workplace, territory)
        async with act(workplace, write=True, clsm_id=clsm_id) as unit:
            return await rulebook.propose_by_operator(unit, clsm_id, texts, motive)


async def _adopt(settings: Settings, territory: str, number: int) -> bool:
    async with open_workplace(settings, await clock_for(settings)) as workplace:
        clsm_id = await _clsm(workplace, territory)
        async with act(workplace, write=True, clsm_id=clsm_id) as unit:
            return await rulebook.adopt_by_operator(unit, clsm_id, number)


async def _simulate(
    settings: Settings, territory: str, new: str, texts: Mapping[str, str] | None
) -> tuple[Simulation, dict[UUID, str]]:
    async with open_workplace(settings, await clock_for(settings)) as workplace:
        clsm_id = await _clsm(workplace, territory)
        async with act(workplace, write=False, clsm_id=clsm_id) as unit:
            old = await rulebook.policy_in_force(unit, clsm_id)
            candidate: Policy = (
                rules.read(texts)
                if texts is not None
                else await rulebook.policy_proposed(unit, clsm_id, int(new))
            )
            place = Place(clsm_id, None, unit.now())
            obj = {"k": "policy", "d": candidate.digest, "by": "operator"}
            await record.note(unit, Act.POLICY_SIMULATED, obj=obj, tenant=clsm_id)
        found = await count(
            reading_of(workplace, clsm_id),
            place,
            old,
            candidate,
            progress=counting("Situations"),
        )
        async with act(workplace, write=False, clsm_id=clsm_id) as unit:
            return found, await _references(unit.transaction, clsm_id, found)


async def _references(
    connection: AsyncConnection, clsm_id: UUID, found: Simulation
) -> dict[UUID, str]:
    ids = {one for change in (*found.opened, *found.closed) for one in change.examples}
    named: Mapping[UUID, Any] = await situation_names(connection, clsm_id, ids)
    return {situation_id: name.reference for situation_id, name in named.items()}


async def _clsm(workplace: Workplace, territory: str) -> UUID:
    """Return the CLSM of a territory, or the only one. Raises Invalid on `territory`."""
    async with act(workplace, write=False) as unit:
        rows = (await unit.transaction.execute(_CLSM)).all()
    found = [row.clsm_id for row in rows if territory in {"", row.territory_code}]
    if len(found) != 1:
        known = ", ".join(sorted(row.territory_code for row in rows)) or "aucun"
        raise Invalid({"territory": f"précisez un des conseils locaux : {known}."})
    return UUID(str(found[0]))
