"""The proof of one event, checked by whoever was handed it (C2SP tlog-proof)."""

import base64
import binascii
import re
from dataclasses import dataclass

from audit.checkpoint import Opened, open_checkpoint
from audit.merkle import BadProof, leaf_hash, verify_inclusion
from audit.note import BadNote
from audit.quorum import WitnessPolicy

HEAD = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Proven:
    """Where the event is in the log, and the checkpoint that covers it."""

    index: int
    opened: Opened


def check_proof(leaf: bytes, proof: str, policy: WitnessPolicy) -> Proven:
    """Return where a leaf is; raises BadProof or BadNote, also when the quorum is missing."""
    head, middle, rest = proof.partition("\n\n")
    first, *lines = head.split("\n")
    found = _INDEX.fullmatch(lines[0]) if lines else None
    if first != HEAD or found is None or not middle:
        raise BadProof("not a proof of one event")
    try:
        steps = [base64.b64decode(line, validate=True) for line in lines[1:]]
    except binascii.Error as wrong:
        raise BadProof("a proof line is not base64") from wrong
    opened = open_checkpoint(rest, tuple(policy.logs), tuple(policy.witnesses.values()))
    verify_inclusion(
        int(found[1]), opened.checkpoint.size, leaf_hash(leaf), steps, opened.checkpoint.root
    )
    if not policy.satisfied_by([one.key for one in opened.signatures]):
        raise BadNote("the quorum of witnesses is missing")
    return Proven(int(found[1]), opened)
