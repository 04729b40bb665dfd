"""What a signer or a witness remembers of each log: the last size and root it vouched for.

One small file a log, replaced whole and flushed to the disk before anything is answered: after a
power cut it remembers at least what it said. It is outside every database: restoring a backup of
the log does not bring it back.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from audit.checkpoint import Checkpoint


class Forgotten(Exception):
    """The file is there and cannot be read: whoever vouches stops rather than start anew."""


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    origin: str
    size: int
    root: bytes
    note: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """The folder of one signer or witness; its owner alone may write there."""

    folder: Path

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other process of this folder waiting."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def last(self, origin: str) -> Checkpoint | None:
        """Return the last checkpoint vouched for; raises Forgotten when it cannot be read."""
        kept = self._read(origin)
        return None if kept is None else Checkpoint(kept.origin, kept.size, kept.root)

    def note(self, origin: str) -> str:
        """Return the note kept beside it, "" when there is none."""
        kept = self._read(origin)
        return "" if kept is None else kept.note

    def keep(self, checkpoint: Checkpoint, note: str = "") -> None:
        """Remember a checkpoint, on the disk, before returning."""
        said = msgspec.json.encode(_Kept(checkpoint.origin, checkpoint.size, checkpoint.root, note))
        place = self._place(checkpoint.origin)
        fresh = place.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(said)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, origin: str) -> _Kept | None:
        try:
            kept = msgspec.json.decode(self._place(origin).read_bytes(), type=_Kept)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as wrong:
            raise Forgotten("what was vouched for cannot be read") from wrong
        if kept.origin != origin:
            raise Forgotten("what was vouched for is of another log")
        return kept

    def _place(self, origin: str) -> Path:
        return self.folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.json"
