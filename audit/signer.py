"""The signer: the only holder of the log's keys; refuses to shrink, fork or skip.

It is shown an old size, a proof and a new checkpoint, and signs only what extends the last that
it signed itself, from its own memory. Its own user, its own disk, ideally its own machine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audit.checkpoint import Checkpoint
from audit.memory import Memory
from audit.merkle import EMPTY_ROOT, BadProof, verify_consistency
from audit.note import Note, SigningKey


class WillNotSign(Exception):
    """The checkpoint does not extend the last one signed: shrunk, forked, skipped, or foreign."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The keys of one log (several while a key changes), and what was signed with them."""

    origin: str
    keys: tuple[SigningKey, ...]
    memory: Memory
    now: Callable[[], int]
    """Seconds since 1970, for cosignature lines."""

    def last(self) -> Checkpoint:
        """Return the last checkpoint signed; an empty log before the first."""
        return self.memory.last(self.origin) or Checkpoint(self.origin, 0, EMPTY_ROOT)

    def sign(self, old_size: int, proof: Sequence[bytes], checkpoint: Checkpoint) -> Note:
        """Sign a checkpoint that extends the last one, and remember it first.

        Raises WillNotSign. Signing the same checkpoint again gives a note again.
        """
        with self.memory.held():
            last = self.last()
            _extends(last, old_size, proof, checkpoint)
            note = checkpoint.signed(self.keys, self.now())
            self.memory.keep(checkpoint, str(note))
        return note


def _extends(
    last: Checkpoint, old_size: int, proof: Sequence[bytes], checkpoint: Checkpoint
) -> None:
    if checkpoint.origin != last.origin:
        raise WillNotSign(f"this signer signs {last.origin} only")
    if old_size != last.size:
        raise WillNotSign(f"the proof starts at {old_size}, the last signed size is {last.size}")
    if checkpoint.size < last.size:
        raise WillNotSign(f"the log shrank from {last.size} to {checkpoint.size}")
    if last.size == 0:
        if proof or (checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT):
            raise WillNotSign("an empty log has one root and no proof")
        return
    try:
        verify_consistency(last.size, checkpoint.size, last.root, checkpoint.root, proof)
    except BadProof as wrong:
        raise WillNotSign(f"the log does not extend what was signed: {wrong}") from wrong
