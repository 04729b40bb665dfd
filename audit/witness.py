"""A witness: cosigns checkpoints of logs it knows, each extending the last it cosigned.

Protocol: C2SP tlog-witness, `POST add-checkpoint`. The answer is an HTTP status and a text, so
that any server can carry it. What was cosigned is on the disk before it is answered.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from audit.checkpoint import Checkpoint, Opened, open_checkpoint
from audit.memory import Memory
from audit.merkle import EMPTY_ROOT, BadProof, verify_consistency
from audit.note import BadNote, Note, SigningKey, VerifierKey

LARGEST_BODY: Final = 100_000
MOST_PROOF_LINES: Final = 63
SIZE_TYPE: Final = "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the witness answers; `kind` is the content type."""

    status: HTTPStatus
    body: str = ""
    kind: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Witness:
    """The cosigning keys of one witness, the logs it knows and what it remembers of them."""

    keys: tuple[SigningKey, ...]
    logs: Mapping[str, tuple[VerifierKey, ...]]
    """Origin → keys, any of which may sign its checkpoints (two while a key changes)."""
    memory: Memory
    now: Callable[[], int]

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer one request: 200 with lines, 400, 403, 404, 409 with the size, or 422."""
        try:
            old_size, proof, opened = self._asked(body)
            return self._cosign(old_size, proof, opened)
        except _Refused as refused:
            return refused.answer

    def _asked(self, body: bytes) -> tuple[int, list[bytes], Opened]:
        try:
            old_size, proof, said = parse_request(body)
            stated = Checkpoint.read(Note.parse(said).text)
        except BadNote as wrong:
            raise _Refused(HTTPStatus.BAD_REQUEST, f"{wrong}\n") from wrong
        if stated.origin not in self.logs:
            raise _Refused(HTTPStatus.NOT_FOUND, "unknown log\n")
        try:
            opened = open_checkpoint(said, self.logs[stated.origin])
        except BadNote as wrong:
            raise _Refused(HTTPStatus.FORBIDDEN, f"{wrong}\n") from wrong
        if old_size > stated.size:
            raise _Refused(HTTPStatus.BAD_REQUEST, "the old size is past the checkpoint\n")
        return old_size, proof, opened

    def _cosign(self, old_size: int, proof: Sequence[bytes], opened: Opened) -> Answer:
        checkpoint = opened.checkpoint
        with self.memory.held():
            origin = checkpoint.origin
            last = self.memory.last(origin) or Checkpoint(origin, 0, EMPTY_ROOT)
            forked = old_size == checkpoint.size and last.root != checkpoint.root
            if old_size != last.size or forked:
                raise _Refused(HTTPStatus.CONFLICT, f"{last.size}\n", SIZE_TYPE)
            try:
                _check_extension(last, checkpoint, proof)
            except BadProof as wrong:
                raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"{wrong}\n") from wrong
            lines = [key.sign(opened.note.text, self.now()) for key in self.keys]
            self.memory.keep(checkpoint, str(opened.note.with_lines(lines)))
        return Answer(HTTPStatus.OK, "".join(f"{line}\n" for line in lines))


class _Refused(Exception):
    def __init__(self, *said: Any) -> None:
        self.answer = Answer(*said)


def _check_extension(last: Checkpoint, checkpoint: Checkpoint, proof: Sequence[bytes]) -> None:
    if last.size == 0:
        if proof:
            raise BadProof("nothing to prove from an empty log")
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            raise BadProof("an empty log has one root")
        return
    verify_consistency(last.size, checkpoint.size, last.root, checkpoint.root, proof)


def request_body(old_size: int, proof: Sequence[bytes], note: str) -> bytes:
    """Return the body that a log sends to a witness."""
    lines = "".join(f"{base64.b64encode(step).decode()}\n" for step in proof)
    return f"old {old_size}\n{lines}\n{note}".encode()


def parse_request(body: bytes) -> tuple[int, list[bytes], str]:
    """Return the old size, the proof and the note of a request. Raises BadNote."""
    if len(body) > LARGEST_BODY:
        raise BadNote("a request of more than 100,000 bytes")
    try:
        head, middle, note = body.decode().partition("\n\n")
    except UnicodeDecodeError as wrong:
        raise BadNote("a request is UTF-8") from wrong
    first, *lines = head.split("\n")
    found = _OLD.fullmatch(first)
    if found is None or not middle or len(lines) > MOST_PROOF_LINES:
        raise BadNote("a request says the old size, a proof, an empty line and a checkpoint")
    try:
        proof = [base64.b64decode(line, validate=True) for line in lines]
    except binascii.Error as wrong:
        raise BadNote("a proof line is not base64") from wrong
    if any(len(step) != 32 for step in proof):
        raise BadNote("a proof line has 32 bytes")
    return int(found[1]), proof, note
