"""Recomputes a record from its folder of tiles: no service, no database, no network.

What is needed: the folder; the policy of witnesses, obtained once from elsewhere; and the last
checkpoint that one kept. What is checked, in this order: signatures and quorum, every leaf, every
tile and the root, the earlier checkpoint, the schema of each leaf, emitters' numbers and links,
the order of times, the chains of `old` and `new`, the snapshot of sealed rows. A checkpoint
bounds all of it from outside: what agrees with itself and not with it is found too.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from audit.checkpoint import Checkpoint, Opened, open_checkpoint
from audit.leaf import LINK_BYTES
from audit.merkle import Frontier, full_root, leaf_hash
from audit.note import BadNote
from audit.quorum import WitnessPolicy
from audit.tiles import CHECKPOINT, BadTiles, bundles_of, read_bundle, read_tile, tiles_of
from audit.verify.glance import Glancer
from audit.verify.scan import (
    IN_FLIGHT,
    MOST_FAULTS,
    CannotTell,
    Chain,
    Doubt,
    Fault,
    Kind,
    Link,
    Row,
    Scan,
    Unsettled,
    coded,
    first_ones,
    said_by,
    settle,
)

WIDTH: Final = 256
CLOCKS_MAY_DIFFER_US: Final = 15 * 60 * 1_000_000
"""How far apart the clocks of two processes may be before it is told."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FolderVerdict:
    """What was found in a folder. `notes` deserve a look and do not make it unsound."""

    checkpoint: Checkpoint
    cosigned_by: tuple[str, ...]
    quorum: bool
    faults: tuple[Fault, ...]
    unsettled: tuple[Unsettled, ...]
    notes: tuple[str, ...]
    checked: dict[str, int] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    @property
    def exit_code(self) -> int:
        """Return 0 when sound, 1 when not. `CannotTell` is 2."""
        return 0 if self.sound else 1


def verify_folder(
    folder: Path,
    policy: WitnessPolicy,
    *,
    since: Checkpoint | None = None,
    snapshot: frozenset[bytes] | None = None,
    progress: Progress | None = None,
) -> FolderVerdict:
    """Read a whole folder once and judge it.

    `since` is a checkpoint that the verifier kept; `snapshot`, SHA-256 of the sealed rows of
    today's database. Raises CannotTell when there is no checkpoint to compare with.
    """
    opened = _opened(folder, policy)
    reading = _Reading(folder, opened.checkpoint, since)
    reading.read(progress)
    return reading.verdict(opened, policy, snapshot)


def _opened(folder: Path, policy: WitnessPolicy) -> Opened:
    try:
        said = (folder / CHECKPOINT).read_bytes()
    except OSError as missing:
        raise CannotTell("the folder has no checkpoint") from missing
    try:
        return open_checkpoint(said, tuple(policy.logs), tuple(policy.witnesses.values()))
    except BadNote as wrong:
        raise NotSigned(str(wrong)) from wrong


class NotSigned(Exception):
    """The checkpoint of the folder is not signed by the log, or bears a false signature."""


class _Reading:
    """One pass over a folder, from the first leaf to the top of the tree."""

    def __init__(self, folder: Path, checkpoint: Checkpoint, since: Checkpoint | None) -> None:
        self.folder = folder
        self.checkpoint = checkpoint
        self.since = since
        self.scan = Scan()
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.chains = _Versions()
        self.times = _Times()
        self.tiles = 0
        self.since_root: bytes | None = None
        self.blocks: list[bytes] = []
        """Roots of the full bundles, left to right: what the tiles above are made of."""
        self.glancer = Glancer()
        self.emitters: dict[str, Chain] = {}
        """The chains of the scan, by the emitter as leaves write it."""

    def read(self, progress: Progress | None) -> None:
        size = self.checkpoint.size
        if self.since is not None and self.since.size == 0:
            self.since_root = Frontier().root()
        for number, width in bundles_of(size):
            leaves, hashes = self._bundle(number, width)
            self._grow(number * WIDTH, hashes)
            self._take(number * WIDTH, leaves, hashes)
            if progress is not None:
                progress(min((number + 1) * WIDTH, size), size)
        self.scan.close()
        self._upper_tiles()

    def _grow(self, first: int, hashes: list[bytes]) -> None:
        """Add a bundle to the tree; keep the root that the tree had at the size one kept."""
        tree = self.scan.tree
        if self.since is not None and first < self.since.size <= first + len(hashes):
            then = Frontier(tree.size, tree.peaks)
            for hashed in hashes[: self.since.size - first]:
                then.append(hashed)
            self.since_root = then.root()
        if len(hashes) == WIDTH:
            root = full_root(hashes)
            tree.append_full(root, WIDTH)
            self.blocks.append(root)
        else:
            for hashed in hashes:
                tree.append(hashed)

    def _bundle(self, number: int, width: int) -> tuple[list[bytes | None], list[bytes]]:
        leaves: list[bytes | None] = [None] * width
        try:
            leaves = list(read_bundle(self.folder, number, width))
        except BadTiles as wrong:
            self._fault(Kind.REMOVED, number * WIDTH, str(wrong), number * WIDTH + width)
        try:
            hashes = read_tile(self.folder, 0, number, width)
            self.tiles += 1
        except BadTiles as wrong:
            self._fault(Kind.REMOVED, number * WIDTH, str(wrong), number * WIDTH + width)
            hashes = [leaf_hash(leaf) if leaf is not None else b"" for leaf in leaves]
        return leaves, hashes

    def _take(self, first: int, leaves: list[bytes | None], hashes: list[bytes]) -> None:
        """Judge each leaf: at a glance what is as expected, in full whatever is not."""
        there = [leaf for leaf in leaves if leaf is not None]
        if (
            len(there) < len(leaves)
            or [sha256(b"\x00" + leaf).digest() for leaf in there] != hashes
        ):
            for index, (leaf, hashed) in enumerate(zip(leaves, hashes, strict=True), start=first):
                self._judge(index, hashed, leaf)
            return
        emitters, times = self.emitters, self.times
        for index, said in enumerate(self.glancer.read(there), start=first):
            hashed = hashes[index - first]
            chain = None if said is None else emitters.get(said.em)
            if said is None or chain is None or not chain.takes(said.n, said.ep):
                self._judge(index, hashed, there[index - first])
                continue
            chain.advance(said.n, hashed[:LINK_BYTES], index)
            times.take(index, said.t)
            if said.old or said.new:
                self.faults += self.chains.take(
                    index, UUID(said.id), _bytes_of(said.old), _bytes_of(said.new)
                )

    def _judge(self, index: int, hashed: bytes, leaf: bytes | None) -> None:
        said = self.scan.judge(Row(index, None, hashed, leaf, None))
        if said is None:
            return
        self.emitters.setdefault(coded(said.em), self.scan.chains[said.em])
        self.times.take(index, said.t)
        self.faults += self.chains.take(index, said.id, said.event.old, said.event.new)

    def _upper_tiles(self) -> None:
        """Hold each tile of hashes above the leaves to the one below it."""
        below, level = self.blocks, 1
        for at, number, width in tiles_of(self.checkpoint.size):
            if at == 0:
                continue
            if at != level:
                below = [
                    full_root(below[place : place + WIDTH])
                    for place in range(0, len(below) // WIDTH * WIDTH, WIDTH)
                ]
                level = at
            try:
                tile = read_tile(self.folder, at, number, width)
                self.tiles += 1
            except BadTiles as wrong:
                self._fault(Kind.REMOVED, None, str(wrong))
                continue
            for place, hashed in enumerate(tile):
                where = number * WIDTH + place
                if hashed != below[where]:
                    span = WIDTH**at
                    detail = f"a tile of level {at} does not stand on its entries"
                    self._fault(Kind.CHANGED, where * span, detail, (where + 1) * span)

    def verdict(
        self, opened: Opened, policy: WitnessPolicy, snapshot: frozenset[bytes] | None
    ) -> FolderVerdict:
        faults = [*self.scan.faults, *self.scan.beside, *self.faults, *self._doubts()]
        faults += self._against_checkpoints(opened, quiet=bool(faults))
        witnessed = tuple(
            one.key for one in opened.signatures if one.key in policy.witnesses.values()
        )
        if not policy.satisfied_by(witnessed):
            faults.append(Fault(Kind.CHANGED, None, None, "the quorum of witnesses is missing"))
        if snapshot is not None:
            faults += self.chains.against(snapshot, self.notes)
        self.notes += self.times.notes(opened)
        return FolderVerdict(
            checkpoint=opened.checkpoint,
            cosigned_by=tuple(key.name for key in witnessed),
            quorum=policy.satisfied_by(witnessed),
            faults=tuple(first_ones(faults)),
            unsettled=tuple(self.scan.unsettled),
            notes=tuple(self.notes),
            checked={
                "leaves": self.scan.tree.size,
                "tiles": self.tiles,
                "emitters": len(self.scan.chains),
                "versions": self.chains.seen,
            },
        )

    def _against_checkpoints(self, opened: Opened, *, quiet: bool) -> Iterator[Fault]:
        """What agrees with itself must also be what was signed, now and when one last looked."""
        root = self.scan.tree.root()
        if root != opened.checkpoint.root and not quiet:
            size = opened.checkpoint.size
            yield Fault(Kind.CHANGED, 0, None, "the entries are not those that were signed", size)
        if self.since is None:
            return
        if self.since.origin != opened.checkpoint.origin:
            yield Fault(Kind.CHANGED, None, None, "the checkpoint that was kept is of another log")
        elif self.since.size > opened.checkpoint.size:
            yield Fault(
                Kind.REMOVED,
                opened.checkpoint.size,
                None,
                "entries that were signed when one last looked are gone",
                self.since.size,
            )
        elif self.since_root != self.since.root:
            detail = "the entries are not those of the checkpoint that was kept"
            yield Fault(Kind.CHANGED, 0, None, detail, self.since.size)

    def _doubts(self) -> Iterator[Fault]:
        for doubt in self.scan.doubts[:MOST_FAULTS]:
            settled = settle(doubt, self._links(doubt))
            if settled:
                yield from settled
            else:
                detail = f"number {doubt.n} does not follow"
                yield Fault(Kind.CHANGED, doubt.index, None, detail)

    def _links(self, doubt: Doubt) -> dict[int, list[Link]]:
        """Return the entries of an emitter around a doubt, by their number."""
        found: dict[int, list[Link]] = {}
        first, last = doubt.index - 2 * IN_FLIGHT, doubt.index + 2 * IN_FLIGHT
        for number, width in bundles_of(self.checkpoint.size):
            if not first <= number * WIDTH + width or number * WIDTH > last:
                continue
            leaves, _ = self._bundle(number, width)
            for place, leaf in enumerate(leaves):
                said = said_by(leaf)
                if leaf is not None and said is not None and said.em == doubt.emitter:
                    index = number * WIDTH + place
                    link = Link(index, said.id, leaf_hash(leaf)[:LINK_BYTES], said.ep)
                    found.setdefault(said.n, []).append(link)
        return found

    def _fault(self, kind: Kind, index: int | None, detail: str, until: int | None = None) -> None:
        self.faults.append(Fault(kind, index, None, detail, until))


class _Versions:
    """Each sealed version is written once and replaced at most once, by what names it.

    So that restoring yesterday's row under today's log is found, whoever does it.
    """

    def __init__(self) -> None:
        self.live: set[bytes] = set()
        self.replaced: dict[bytes, int] = {}
        self.seen = 0

    def take(self, index: int, entry_id: UUID, old: bytes | None, new: bytes | None) -> list[Fault]:
        faults = []
        if old is not None:
            self.seen += 1
            if old in self.live:
                self.live.discard(old)
                self.replaced[old] = index
            else:
                again = self.replaced.get(old)
                detail = (
                    f"it replaces a version that entry {again} replaced before"
                    if again is not None
                    else "it replaces a version that nothing wrote"
                )
                faults.append(Fault(Kind.CHANGED, index, entry_id, detail))
        if new is not None:
            self.live.add(new)
        return faults

    def against(self, snapshot: frozenset[bytes], notes: list[str]) -> Iterator[Fault]:
        """Hold today's rows to the log: each is the last version that the log knows."""
        for hashed in sorted(snapshot - self.live):
            index = self.replaced.get(hashed)
            detail = (
                f"a row holds again a version that entry {index} replaced"
                if index is not None
                else "a row holds a version that the log does not know"
            )
            yield Fault(Kind.CHANGED, index, None, detail)
        if gone := len(self.live - snapshot):
            notes.append(f"{gone} last versions are no longer in the database: erased or discarded")


class _Times:
    """Clocks: they prove nothing alone, and say where to look."""

    def __init__(self) -> None:
        self.latest = 0
        self.back = 0
        self.first_back: int | None = None

    def take(self, index: int, t: int) -> None:
        if t > self.latest:
            self.latest = t
        elif t < self.latest - CLOCKS_MAY_DIFFER_US:
            self.back += 1
            if self.first_back is None:
                self.first_back = index

    def notes(self, opened: Opened) -> list[str]:
        found = []
        if self.back:
            found.append(
                f"{self.back} entries are dated more than a quarter of an hour before an earlier "
                f"one; the first has index {self.first_back}"
            )
        stamps = [one.time for one in opened.signatures if one.time]
        if stamps and self.latest > min(stamps) * 1_000_000 + CLOCKS_MAY_DIFFER_US:
            found.append("an entry is dated after the time of the cosignatures")
        return found


def _bytes_of(written: str) -> bytes | None:
    return base64.urlsafe_b64decode(written + "=") if written else None
