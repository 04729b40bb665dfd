"""`cellule audit`: the whole record recomputed, its size and its root."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import NoResultFound, SQLAlchemyError

from audit import reading
from audit.verify import CannotTell, Fault, Kind, Unsettled, Verdict
from audit.verify import verify as verify_record
from service.cli.saying import counting, say, tell
from service.cli.where import settings_here
from service.database import open_engine
from service.settings import PREFIX, Settings, SettingsRefused

CANNOT_TELL: Final = 2

_KINDS: Final = {
    Kind.CHANGED: "modifiée",
    Kind.REMOVED: "retirée",
    Kind.REORDERED: "déplacée",
    Kind.INSERTED: "ajoutée après coup",
}


def verify(chosen: argparse.Namespace) -> int:
    """Recompute the record; 0 sound, 1 not, 2 cannot tell."""
    try:
        verdict = asyncio.run(_verify(settings_here()))
    except (CannotTell, SettingsRefused) as problem:
        return _cannot_tell(str(problem), as_json=chosen.json)
    if chosen.json:
        say(json.dumps(_document(verdict), ensure_ascii=False))
    else:
        _tell(verdict)
    return verdict.exit_code


def head(chosen: argparse.Namespace) -> int:
    """Print the size and the root; 2 when they cannot be read."""
    try:
        size, root = asyncio.run(_head(settings_here()))
    except (SQLAlchemyError, NoResultFound, OSError, CannotTell):
        return _cannot_tell("le registre ne peut pas être lu", as_json=chosen.json)
    if chosen.json:
        say(json.dumps({"size": size, "root": root.hex()}))
    else:
        say(f"taille {size}\nracine {root.hex()}")
    return 0


async def _verify(settings: Settings) -> Verdict:
    engine = open_engine(_address(settings))
    try:
        return await verify_record(engine, progress=counting("Actes relus"))
    except CannotTell as problem:
        if settings.sqlite or settings.sequencer_url:
            raise
        raise CannotTell(
            f"{problem} : {PREFIX}SEQUENCER_URL donne le droit de le lire"
        ) from problem
    finally:
        await engine.dispose()


async def _head(settings: Settings) -> tuple[int, bytes]:
    engine = open_engine(_address(settings))
    try:
        async with engine.connect() as connection:
            return await reading.size_and_root(connection)
    finally:
        await engine.dispose()


def _address(settings: Settings) -> str:
    """Return where the record is read: on PostgreSQL, as the sequencer's role if it is given."""
    url = settings.sequencer_url or settings.database_url
    path = make_url(url).database
    # SQLite would create the file that it does not find: an empty record looks sound.
    if settings.sqlite and (path is None or not Path(path).is_file()):
        raise CannotTell("il n'y a pas de base à cette adresse")
    return url


def _cannot_tell(reason: str, *, as_json: bool) -> int:
    if as_json:
        say(json.dumps({"sound": None, "reason": reason}, ensure_ascii=False))
    tell(f"cellule : impossible de vérifier : {reason}")
    return CANNOT_TELL


def _tell(verdict: Verdict) -> None:
    say(f"taille {verdict.size}\nracine {verdict.root.hex()}")
    if verdict.pending:
        say(f"en attente d'un rang : {verdict.pending}")
    for cut in verdict.unsettled:
        say(_cut_in_words(cut))
    if verdict.first_fault is None:
        say("Registre intact, pour autant que la tête enregistrée permet de le dire.")
    else:
        say(f"REGISTRE ALTÉRÉ. Première entrée fautive : {_fault_in_words(verdict.first_fault)}")
        if len(verdict.faults) > 1:
            say(f"Fautes relevées en tout : {len(verdict.faults)}")


def _cut_in_words(cut: Unsettled) -> str:
    numbers = ", ".join(map(str, cut.numbers))
    return (
        f"Un processus s'est arrêté net (émetteur {cut.emitter.hex()[:12]}) : "
        f"numéros jamais arrivés {numbers}."
    )


def _fault_in_words(fault: Fault) -> str:
    place = "sans rang" if fault.index is None else f"rang {fault.index}"
    if fault.until is not None:
        place = f"entre les rangs {fault.index} et {fault.until - 1}"
    identifier = f", {fault.id}" if fault.id else ""
    return f"{place}{identifier}, {_KINDS[fault.kind]} ({fault.detail})"


def _document(verdict: Verdict) -> dict[str, Any]:
    return {
        "sound": verdict.sound,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "pending": verdict.pending,
        "first_fault": _fault(verdict.first_fault) if verdict.first_fault else None,
        "faults": [_fault(fault) for fault in verdict.faults],
        "unsettled": [
            {"emitter": cut.emitter.hex(), "numbers": list(cut.numbers), "index": cut.index}
            for cut in verdict.unsettled
        ],
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "kind": fault.kind.value,
        "index": fault.index,
        "until": fault.until,
        "id": str(fault.id) if fault.id else None,
        "detail": fault.detail,
    }
