"""`python -m audit.verify DIR [--since CHECKPOINT] [--policy FILE] [--snapshot FILE] [--json]`.

Exit codes: 0 sound, 1 unsound (the first fault is named), 2 cannot tell. Needs Python,
cryptography and msgspec: neither the service nor a database nor a network.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.note import BadNote
from audit.quorum import BadPolicy, WitnessPolicy
from audit.verify.folder import FolderVerdict, NotSigned, verify_folder
from audit.verify.scan import CannotTell, Fault, Kind

SOUND: Final = 0
UNSOUND: Final = 1
CANNOT_TELL: Final = 2
POLICY: Final = "policy"
_EVERY: Final = 10_000

WORDS: Final = {
    Kind.CHANGED: "modifiée",
    Kind.REMOVED: "retirée",
    Kind.REORDERED: "déplacée",
    Kind.INSERTED: "ajoutée après coup",
}


def main(words: list[str] | None = None) -> int:
    """Verify a folder and say what was found; return the exit code."""
    chosen = _parser().parse_args(words)
    try:
        policy, borrowed = _policy(chosen)
        since = _since(chosen.since, policy)
        snapshot = _snapshot(chosen.snapshot)
        verdict = verify_folder(
            chosen.folder,
            policy,
            since=since,
            snapshot=snapshot,
            progress=None if chosen.json else _counting,
        )
    except NotSigned as wrong:
        return _say_unsound(str(wrong), as_json=chosen.json)
    except (CannotTell, BadPolicy, BadNote, OSError, ValueError) as problem:
        return _say_cannot_tell(str(problem), as_json=chosen.json)
    if chosen.json:
        _say(json.dumps(document(verdict, borrowed=borrowed), ensure_ascii=False))
    else:
        _tell(verdict, borrowed=borrowed, since=since)
    return verdict.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audit.verify",
        description="Vérifie un registre exporté, sans le service ni sa base.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="le dossier exporté")
    parser.add_argument("--since", type=Path, help="le point de contrôle gardé la dernière fois")
    parser.add_argument(
        "--policy", type=Path, help="la politique des témoins, obtenue ailleurs que dans DIR"
    )
    parser.add_argument(
        "--snapshot", type=Path, help="empreintes SHA-256 des textes scellés, une par ligne"
    )
    parser.add_argument("--json", action="store_true", help="répond en JSON")
    return parser


def _policy(chosen: argparse.Namespace) -> tuple[WitnessPolicy, bool]:
    borrowed = chosen.policy is None
    place = chosen.folder / POLICY if borrowed else chosen.policy
    return WitnessPolicy.parse(place.read_text(encoding="utf-8")), borrowed


def _since(place: Path | None, policy: WitnessPolicy) -> Checkpoint | None:
    if place is None:
        return None
    return open_checkpoint(place.read_bytes(), tuple(policy.logs)).checkpoint


def _snapshot(place: Path | None) -> frozenset[bytes] | None:
    if place is None:
        return None
    lines = place.read_text(encoding="ascii").split()
    return frozenset(bytes.fromhex(line) for line in lines)


def _counting(done: int, total: int) -> None:
    if sys.stderr.isatty() or done % _EVERY < 256 or done == total:
        sys.stderr.write(f"\rActes relus : {done} / {total}")
        if done == total:
            sys.stderr.write("\n")


def _tell(verdict: FolderVerdict, *, borrowed: bool, since: Checkpoint | None) -> None:
    checkpoint = verdict.checkpoint
    _say(f"registre {checkpoint.origin}")
    _say(f"taille {checkpoint.size}\nracine {checkpoint.root.hex()}")
    names = ", ".join(verdict.cosigned_by) or "aucun témoin"
    _say(f"cosigné par : {names} ({'quorum atteint' if verdict.quorum else 'QUORUM MANQUANT'})")
    if since is not None:
        _say(f"prolonge le point de contrôle gardé, de taille {since.size}, s'il est intact")
    counts = verdict.checked
    _say(
        f"relus : {counts['leaves']} actes, {counts['tiles']} tuiles, "
        f"{counts['emitters']} processus, {counts['versions']} remplacements de texte"
    )
    for cut in verdict.unsettled:
        numbers = ", ".join(map(str, cut.numbers))
        _say(f"à regarder : le processus {cut.emitter.hex()[:12]} s'est arrêté net ({numbers})")
    for note in verdict.notes:
        _say(f"à regarder : {note}")
    if borrowed:
        _say("attention : la politique des témoins vient du dossier lui-même (--policy)")
    first = verdict.faults[0] if verdict.faults else None
    if first is None:
        _say("REGISTRE INTACT.")
    else:
        _say(f"REGISTRE ALTÉRÉ. Première faute : {in_words(first)}")
        _say(f"fautes relevées en tout : {len(verdict.faults)}")


def in_words(fault: Fault) -> str:
    """Return a fault as one line."""
    place = "sans rang" if fault.index is None else f"rang {fault.index}"
    if fault.until is not None:
        place = f"entre les rangs {fault.index} et {fault.until - 1}"
    identifier = f", {fault.id}" if fault.id else ""
    return f"{place}{identifier}, {WORDS[fault.kind]} ({fault.detail})"


def document(verdict: FolderVerdict, *, borrowed: bool) -> dict[str, Any]:
    """Return the verdict as `--json` prints it."""
    return {
        "sound": verdict.sound,
        "origin": verdict.checkpoint.origin,
        "size": verdict.checkpoint.size,
        "root": verdict.checkpoint.root.hex(),
        "quorum": verdict.quorum,
        "cosigned_by": list(verdict.cosigned_by),
        "policy_from_folder": borrowed,
        "checked": verdict.checked,
        "faults": [
            {
                "kind": fault.kind.value,
                "index": fault.index,
                "until": fault.until,
                "id": str(fault.id) if fault.id else None,
                "detail": fault.detail,
            }
            for fault in verdict.faults
        ],
        "unsettled": [
            {"emitter": cut.emitter.hex(), "numbers": list(cut.numbers), "index": cut.index}
            for cut in verdict.unsettled
        ],
        "notes": list(verdict.notes),
    }


def _say_unsound(reason: str, *, as_json: bool) -> int:
    if as_json:
        fault = {"kind": "unsigned", "index": None, "until": None, "id": None, "detail": reason}
        _say(json.dumps({"sound": False, "faults": [fault]}, ensure_ascii=False))
    else:
        _say(f"REGISTRE ALTÉRÉ. Première faute : point de contrôle non signé ({reason})")
    return UNSOUND


def _say_cannot_tell(reason: str, *, as_json: bool) -> int:
    if as_json:
        _say(json.dumps({"sound": None, "reason": reason}, ensure_ascii=False))
    sys.stderr.write(f"impossible de vérifier : {reason}\n")
    return CANNOT_TELL


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
