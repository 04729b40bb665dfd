"""The log as a folder of static files: entries by 256, hashes by 256, a checkpoint on top.

Format: C2SP tlog-tiles. `tile/entries/<N>` holds leaves, each after its length on two bytes;
`tile/<L>/<N>` holds 256 hashes of level 8 × L, or fewer at the right edge (`.p/<W>`). N is
written `x001/x234/067`. Anyone may copy, cache or serve them: nothing here names anyone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from audit.merkle import HASH_BYTES, Frontier, leaf_hash

WIDTH: Final = 256
CHECKPOINT: Final = "checkpoint"
LENGTH_BYTES: Final = 2
LARGEST_ENTRY: Final = 65_535


class BadTiles(ValueError):
    """A file of the folder is missing or not of its form; the message names it."""


def tile_path(level: int | None, number: int, width: int = WIDTH) -> str:
    """Return the path of a tile of hashes or, with no level, of entries."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    place = f"tile/{'entries' if level is None else level}/{'/'.join(groups)}"
    return place if width == WIDTH else f"{place}.p/{width}"


def pack(leaves: Sequence[bytes]) -> bytes:
    """Return a bundle of entries. Raises BadTiles for an entry past 65,535 bytes."""
    if any(len(leaf) > LARGEST_ENTRY for leaf in leaves):
        raise BadTiles("an entry of more than 65,535 bytes")
    return b"".join(len(leaf).to_bytes(LENGTH_BYTES) + leaf for leaf in leaves)


def unpack(bundle: bytes) -> list[bytes]:
    """Return the entries of a bundle. Raises BadTiles when it is cut or too long."""
    leaves: list[bytes] = []
    at, size = 0, len(bundle)
    while at + 1 < size:
        start = at + LENGTH_BYTES
        at = start + (bundle[at] << 8 | bundle[at + 1])
        leaves.append(bundle[start:at])
    if at != size:
        raise BadTiles("a bundle is cut short")
    return leaves


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield every tile of hashes of a log of this size: level, number, width."""
    level, wide = 0, size
    while wide:
        full, rest = divmod(wide, WIDTH)
        yield from ((level, number, WIDTH) for number in range(full))
        if rest:
            yield level, full, rest
        level, wide = level + 1, full


def bundles_of(size: int) -> Iterator[tuple[int, int]]:
    """Yield every bundle of entries of a log of this size: number, width."""
    full, rest = divmod(size, WIDTH)
    yield from ((number, WIDTH) for number in range(full))
    if rest:
        yield full, rest


class TileWriter:
    """Writes the folder of one log, leaf after leaf; what is full is never written again.

    Keeps in memory only the right edge: at most 255 hashes a level.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when something is written."""
        self._folder = folder
        self._leaves: list[bytes] = []
        self._edges: list[list[bytes]] = []
        self._counts: list[int] = []
        self.frontier = Frontier()

    def append(self, leaf: bytes) -> None:
        """Add one entry; writes each tile that it fills."""
        hashed = leaf_hash(leaf)
        self.frontier.append(hashed)
        self._leaves.append(leaf)
        if len(self._leaves) == WIDTH:
            self._write(None, self.frontier.size // WIDTH - 1, pack(self._leaves), WIDTH)
            self._leaves.clear()
        self._push(0, hashed)

    def finish(self, files: Mapping[str, str] = MappingProxyType({})) -> None:
        """Write the partial tiles of the right edge, then these texts, in their order."""
        if self._leaves:
            number = self.frontier.size // WIDTH
            self._write(None, number, pack(self._leaves), len(self._leaves))
        for level, edge in enumerate(self._edges):
            if edge:
                self._write(level, self._counts[level], b"".join(edge), len(edge))
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, said in files.items():
            (self._folder / name).write_text(said, encoding="utf-8")

    def _push(self, level: int, hashed: bytes) -> None:
        if level == len(self._edges):
            self._edges.append([])
            self._counts.append(0)
        edge = self._edges[level]
        edge.append(hashed)
        if len(edge) == WIDTH:
            self._write(level, self._counts[level], b"".join(edge), WIDTH)
            root = Frontier.over(edge).root()
            edge.clear()
            self._counts[level] += 1
            self._push(level + 1, root)

    def _write(self, level: int | None, number: int, content: bytes, width: int) -> None:
        place = self._folder / tile_path(level, number, width)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def read_bundle(folder: Path, number: int, width: int) -> list[bytes]:
    """Return the entries of a bundle of the folder. Raises BadTiles naming the file."""
    name = tile_path(None, number, width)
    try:
        leaves = unpack((folder / name).read_bytes())
    except OSError as wrong:
        raise BadTiles(f"{name}: missing or unreadable") from wrong
    except BadTiles as wrong:
        raise BadTiles(f"{name}: {wrong}") from wrong
    if len(leaves) != width:
        raise BadTiles(f"{name}: {len(leaves)} entries, {width} expected")
    return leaves


def read_tile(folder: Path, level: int, number: int, width: int) -> list[bytes]:
    """Return the hashes of a tile of the folder. Raises BadTiles naming the file."""
    name = tile_path(level, number, width)
    try:
        said = (folder / name).read_bytes()
    except OSError as wrong:
        raise BadTiles(f"{name}: missing or unreadable") from wrong
    if len(said) != width * HASH_BYTES:
        raise BadTiles(f"{name}: {len(said)} bytes, {width * HASH_BYTES} expected")
    return [said[at : at + HASH_BYTES] for at in range(0, len(said), HASH_BYTES)]


_ORIGIN_PARTS = re.compile(r"[a-z0-9.-]{1,120}/[a-z0-9_-]{1,60}/[0-9]{4}")


def origin_of(host: str, log: str, year: int) -> str:
    """Return the origin of a yearly log: `audit.<host>/<log>/<year>`. Raises ValueError."""
    origin = f"audit.{host}/{log}/{year:04d}"
    if not _ORIGIN_PARTS.fullmatch(origin):
        message = "an origin is a host, a log and a year, in lower case"
        raise ValueError(message)
    return origin
