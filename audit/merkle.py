"""The tree of RFC 6962 and RFC 9162, section 2.1, over SHA-256.

A leaf and a node are hashed under different prefixes; an odd subtree is
promoted, never duplicated. Verification follows RFC 9162, 2.1.3.2 and 2.1.4.2.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Self

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


class BadProof(ValueError):
    """The proof does not show what it claims."""


class BadFrontier(ValueError):
    """The stored frontier is not one of a tree of that size."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one entry (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the full subtrees, left to right: all that appending needs.

    At most 63 hashes; equal to the tree's own peaks, so that a stored frontier
    also says which power-of-two stretch of the log a difference lies in.
    """

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Raise BadFrontier unless there is one peak for each bit of the size."""
        if size < 0 or len(peaks) != size.bit_count() or any(len(p) != HASH_BYTES for p in peaks):
            raise BadFrontier(f"{len(peaks)} peaks cannot be those of {size} entries")
        self.size = size
        self.peaks = list(peaks)

    def append(self, entry: bytes) -> None:
        """Add one leaf hash."""
        rest = self.size
        while rest & 1:
            entry = node_hash(self.peaks.pop(), entry)
            rest >>= 1
        self.peaks.append(entry)
        self.size += 1

    def append_full(self, subtree: bytes, width: int) -> None:
        """Add the root of a full subtree of `width` entries, a power of two.

        Raises BadFrontier unless as many entries, or a multiple, stand before it.
        """
        if width < 1 or width & (width - 1) or self.size % width:
            raise BadFrontier(f"no full subtree of {width} fits after {self.size} entries")
        rest = self.size // width
        while rest & 1:
            subtree = node_hash(self.peaks.pop(), subtree)
            rest >>= 1
        self.peaks.append(subtree)
        self.size += width

    def root(self) -> bytes:
        """Return the root, folding the peaks from the right."""
        if not self.peaks:
            return EMPTY_ROOT
        folded = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            folded = node_hash(peak, folded)
        return folded

    def stretches(self) -> list[tuple[int, int]]:
        """Return [start, end) of each peak: its indices, left to right."""
        ends, start = [], 0
        for bit in range(self.size.bit_length() - 1, -1, -1):
            if self.size >> bit & 1:
                ends.append((start, start + (1 << bit)))
                start += 1 << bit
        return ends

    def to_bytes(self) -> bytes:
        """Return the peaks, concatenated; the size is stored beside them."""
        return b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, size: int, stored: bytes) -> Self:
        """Read what `to_bytes` wrote. Raises BadFrontier."""
        return cls(size, [stored[at : at + HASH_BYTES] for at in range(0, len(stored), HASH_BYTES)])

    @classmethod
    def over(cls, entries: Iterable[bytes]) -> Self:
        """Return the frontier of these leaf hashes."""
        frontier = cls()
        for entry in entries:
            frontier.append(entry)
        return frontier


def full_root(entries: Sequence[bytes]) -> bytes:
    """Return the root of a full subtree: a power of two leaf hashes, at least one."""
    level, sha256 = list(entries), hashlib.sha256
    if not level or len(level) & (len(level) - 1):
        raise BadFrontier(f"{len(level)} entries are no full subtree")
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return level[0]


def inclusion_proof(entries: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that `entries[index]` is in the tree of all entries (2.1.3.1)."""
    if not 0 <= index < len(entries):
        raise BadProof(f"no entry {index} in a tree of {len(entries)}")
    if len(entries) == 1:
        return []
    split = _split(len(entries))
    if index < split:
        return [*inclusion_proof(entries[:split], index), _root(entries[split:])]
    return [*inclusion_proof(entries[split:], index - split), _root(entries[:split])]


def verify_inclusion(
    index: int, size: int, entry: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise BadProof unless the leaf hash is at this index of the tree (2.1.3.2)."""
    if not 0 <= index < size:
        raise BadProof(f"no entry {index} in a tree of {size}")
    _check_hashes(entry, root, *proof)
    folded = entry
    for step, left in _walk(index, size - 1, proof):
        folded = node_hash(step, folded) if left else node_hash(folded, step)
    if folded != root:
        raise BadProof("the proof does not lead to the root")


def consistency_proof(entries: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the tree of `old_size` is a prefix of this one (2.1.4.1)."""
    if not 0 < old_size <= len(entries):
        raise BadProof(f"no tree of {old_size} inside one of {len(entries)}")
    return _subproof(entries, old_size, complete=True)


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise BadProof unless the old tree is a prefix of the new one (2.1.4.2).

    An old size of 0 is refused: every tree extends the empty one, so such a
    proof would prove nothing.
    """
    if not 0 < old_size <= new_size:
        raise BadProof(f"nothing to prove between {old_size} and {new_size} entries")
    if old_size == new_size:
        if proof or old_root != new_root:
            raise BadProof("one size, two roots")
        return
    _check_hashes(old_root, new_root, *proof)
    steps = list(proof)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise BadProof("the proof is too short")
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_fold = new_fold = steps[0]
    for step, left in _walk(place, last, steps[1:]):
        new_fold = node_hash(step, new_fold) if left else node_hash(new_fold, step)
        if left:
            old_fold = node_hash(step, old_fold)
    if old_fold != old_root or new_fold != new_root:
        raise BadProof("the proof does not lead to both roots")


def _walk(place: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each step with whether it stands on the left, from a place up to the root."""
    for step in proof:
        if last == 0:
            raise BadProof("the proof is too long")
        left = bool(place & 1) or place == last
        yield step, left
        while left and place and not place & 1:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last:
        raise BadProof("the proof is too short")


def _subproof(entries: Sequence[bytes], old_size: int, *, complete: bool) -> list[bytes]:
    if old_size == len(entries):
        return [] if complete else [_root(entries)]
    split = _split(len(entries))
    if old_size <= split:
        return [*_subproof(entries[:split], old_size, complete=complete), _root(entries[split:])]
    return [
        *_subproof(entries[split:], old_size - split, complete=False),
        _root(entries[:split]),
    ]


def _split(size: int) -> int:
    """Largest power of two smaller than the size (2.1.1)."""
    return 1 << (size - 1).bit_length() - 1


def _root(entries: Sequence[bytes]) -> bytes:
    return Frontier.over(entries).root()


def _check_hashes(*hashes: bytes) -> None:
    if any(len(item) != HASH_BYTES for item in hashes):
        raise BadProof("a hash has 32 bytes")
