"""A checkpoint: what a log says of itself at one size, signed, then cosigned by witnesses.

Format: C2SP tlog-checkpoint. It reveals how much was done, and nothing of what.
"""

import base64
from dataclasses import dataclass
from typing import Self

from audit.note import BadNote, Note, Signature, SigningKey, VerifierKey, read_body


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The size and the root of one log."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read the three lines, whatever follows them. Raises BadNote."""
        return cls(*read_body(text))

    def signed(self, keys: tuple[SigningKey, ...], time: int) -> Note:
        """Return the note that these keys sign, at a time in seconds since 1970."""
        return Note(self.text, tuple(key.sign(self.text, time) for key in keys))


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint whose log signed it, with every signature that was recognised."""

    checkpoint: Checkpoint
    note: Note
    signatures: tuple[Signature, ...]

    def times_of(self, names: frozenset[str]) -> tuple[int, ...]:
        """Return when these names cosigned, in seconds since 1970."""
        return tuple(
            one.time for one in self.signatures if one.key.name in names and one.time is not None
        )


def open_checkpoint(
    said: bytes | str, log_keys: tuple[VerifierKey, ...], others: tuple[VerifierKey, ...] = ()
) -> Opened:
    """Return a checkpoint that one of the log's keys signed; raises BadNote.

    `others` are the witnesses' keys: theirs may be missing, none may be false.
    """
    note = Note.parse(said)
    signatures = note.signatures((*log_keys, *others))
    checkpoint = Checkpoint.read(note.text)
    if not any(one.key in log_keys and one.key.name == checkpoint.origin for one in signatures):
        raise BadNote("the log did not sign this checkpoint")
    return Opened(checkpoint, note, signatures)
