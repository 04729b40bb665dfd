"""What any reading of the record is judged by: hashes, schema, numbers and links of emitters.

Whoever has the entries in order, from the database or from a folder of tiles, hands them to
`Scan`; what it finds does not depend on where they came from.
"""

from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from audit.event import Act
from audit.leaf import LINK_BYTES, NO_LINK, BadLeaf, Statement, read, subject_column
from audit.merkle import Frontier, leaf_hash

IN_FLIGHT: Final = 512
"""How many later entries of an emitter may be in the record before one still on its way.

Commits may pass each other. Further back than this, or once the emitter has
stopped, a number that is neither there nor voided was taken away.
"""
MOST_FAULTS: Final = 100
MOST_SUSPECTS: Final = 256
"""Entries tried as exchanged or inserted, each trial confirmed by the stored head."""

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class Kind(StrEnum):
    """What was done to an entry."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry that is not as written; `index` is its place, from 0.

    `until`, when set, says that the place is only known to be in [index, until).
    `index` is None for what has no place yet: an entry waiting or outside the index.
    """

    kind: Kind
    index: int | None
    id: UUID | None
    detail: str
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Numbers that an emitter gave shortly before it was cut off, and that never arrived.

    A process killed between numbering and committing leaves this; so does
    someone who removes entries before they are sequenced and then kills it.
    """

    emitter: bytes
    numbers: tuple[int, ...]
    index: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. `pending` entries wait for the sequencer: counted, not a fault."""

    size: int
    root: bytes
    faults: tuple[Fault, ...]
    unsettled: tuple[Unsettled, ...]
    pending: int

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    @property
    def first_fault(self) -> Fault | None:
        """The fault of the lowest index."""
        return self.faults[0] if self.faults else None

    @property
    def exit_code(self) -> int:
        """Return 0 when sound, 1 when not. `CannotTell` is 2."""
        return 0 if self.sound else 1


class CannotTell(Exception):
    """The record could not be read, or has no head to be compared with: exit code 2."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry at its place, with the hash that is stored for it and the columns beside it.

    `copies` is None where no columns are kept: a folder of tiles.
    """

    index: int
    id: UUID | None
    stored_hash: bytes
    leaf: bytes | None
    copies: tuple[object, ...] | None


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as its emitter numbered it: its hash and the link to the one before."""

    index: int
    id: UUID
    hash16: bytes
    ep: bytes


@dataclass(frozen=True, slots=True)
class Doubt:
    """A number given twice, or a link that does not hold, to be looked at closely."""

    emitter: bytes
    n: int
    index: int


@dataclass(slots=True)
class Gap:
    """Numbers given up: missing before `index`, or found far before their number."""

    numbers: set[int]
    early: int
    index: int
    late: bool = False


@dataclass(slots=True)
class Chain:
    """One emitter as it is met: everything before `next` is settled."""

    next: int = 0
    hash16: bytes | None = NO_LINK
    last_index: int = -1
    ahead: dict[int, Link] = field(default_factory=dict)
    voided: set[int] = field(default_factory=set)
    skipped: set[int] = field(default_factory=set)
    gaps: list[Gap] = field(default_factory=list)
    stopped: int | None = None

    def takes(self, n: int, ep: str) -> bool:
        """Return whether the next entry expected is this one, with the link it must repeat."""
        return (
            n == self.next
            and self.hash16 is not None
            and not self.ahead
            and n not in self.voided
            and coded(self.hash16) == ep
        )

    def advance(self, n: int, hash16: bytes, index: int) -> None:
        """Settle the entry that was expected; it voids and stops nothing."""
        self.next, self.hash16, self.last_index = n + 1, hash16, index


def coded(raw: bytes) -> str:
    """Return base64url without padding, as leaves write it."""
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()


class Scan:
    """One pass over the rows in index order, with memory for what is out of the ordinary."""

    def __init__(self) -> None:
        self.tree = Frontier()
        self.expected = 0
        self.faults: list[Fault] = []
        self.beside: list[Fault] = []
        """Faults that leave the hashes, and so the tree, as they were."""
        self.waiting: list[tuple[Statement, Link]] = []
        self.missing: list[int] = []
        self.doubts: list[Doubt] = []
        self.unsettled: list[Unsettled] = []
        self.chains: dict[bytes, Chain] = {}
        self._mismatched: list[tuple[Row, bytes]] = []

    def take(self, row: Row) -> Statement | None:
        """Look at the next row of the index; return what its leaf says, when it says it well."""
        if row.index < self.expected:
            self._fault(Kind.INSERTED, row, "below the first index")
            return None
        if row.index > self.expected:
            many = row.index - self.expected
            self.faults.append(
                Fault(Kind.REMOVED, self.expected, None, f"{many} without a row in the index")
            )
            self.missing += range(self.expected, min(row.index, self.expected + MOST_FAULTS))
        self.expected = row.index + 1
        self.tree.append(row.stored_hash.ljust(32, b"\0")[:32])
        return self.judge(row)

    def judge(self, row: Row) -> Statement | None:
        """Look at a row whose place and whose hash the tree already has."""
        if row.leaf is None:
            self.beside.append(Fault(Kind.REMOVED, row.index, row.id, "its leaf is gone"))
            return None
        actual = leaf_hash(row.leaf)
        if actual != row.stored_hash:
            self._mismatched.append((row, actual))
        statement = self._statement(row, quiet=actual != row.stored_hash)
        if statement is not None:
            identifier = row.id or statement.id
            self.follow(statement, Link(row.index, identifier, actual[:LINK_BYTES], statement.ep))
        return statement

    @property
    def broken(self) -> bool:
        """Return whether anything was found so far, mismatched hashes included."""
        return bool(self.faults or self.beside or self._mismatched)

    def follow(self, said: Statement, link: Link) -> None:
        """Put one entry on its emitter's chain."""
        chain = self.chains.setdefault(said.em, Chain())
        if said.n in chain.skipped:
            chain.skipped.discard(said.n)
        elif said.n in chain.ahead or said.n == chain.next - 1:
            self.doubts.append(Doubt(said.em, said.n, link.index))
        elif said.n < chain.next:
            self._passed(chain, said.n, link)
        else:
            chain.ahead[said.n] = link
            chain.voided.update(number for number in said.voids if number < said.n)
            if said.event.act is Act.EMITTER_STOPPED:
                chain.stopped = said.n
            self._advance(said.em, chain)

    def close(self) -> None:
        """Settle what the last rows left open."""
        hashes = {row.stored_hash for row, _ in self._mismatched}
        for row, actual in self._mismatched:
            if actual in hashes:
                self._fault(Kind.REORDERED, row, "its leaf is that of another index")
            else:
                self._fault(Kind.CHANGED, row, "its leaf is not the one that was hashed")
        for emitter, chain in self.chains.items():
            while chain.ahead:
                first = min(chain.ahead)
                if chain.stopped is not None and chain.next < chain.stopped:
                    self._declare(chain, first)
                else:
                    numbers = tuple(n for n in range(chain.next, first) if n not in chain.voided)
                    self.unsettled.append(Unsettled(emitter, numbers, chain.ahead[first].index))
                    chain.next, chain.hash16 = first, None
                self._advance(emitter, chain)
            for gap in chain.gaps:
                self._report(gap)

    def _statement(self, row: Row, *, quiet: bool) -> Statement | None:
        try:
            said = read(row.leaf or b"")
        except BadLeaf as broken:
            if not quiet:
                self._fault(Kind.CHANGED, row, f"its leaf is malformed: {broken}")
            return None
        if row.copies is None:
            return said
        event = said.event
        copies = (
            said.id, said.t, event.tenant, event.act.value, event.out.value, event.actor,
            subject_column(event),
        )  # fmt: skip
        if not quiet and copies != (row.id, *row.copies):
            detail = "a column does not repeat its leaf"
            self.beside.append(Fault(Kind.CHANGED, row.index, row.id, detail))
        return said

    def _advance(self, emitter: bytes, chain: Chain) -> None:
        while chain.ahead:
            if (link := chain.ahead.pop(chain.next, None)) is not None:
                if chain.hash16 is not None and link.ep != chain.hash16:
                    self.doubts.append(Doubt(emitter, chain.next, link.index))
                chain.hash16, chain.last_index = link.hash16, link.index
                chain.next += 1
            elif chain.next in chain.voided:
                chain.skipped.add(chain.next)
                chain.hash16 = None
                chain.next += 1
            elif len(chain.ahead) > IN_FLIGHT:
                self._declare(chain, min(chain.ahead))
            else:
                return

    def _declare(self, chain: Chain, first: int) -> None:
        """Give up waiting for the numbers before `first`."""
        numbers = {n for n in range(chain.next, first) if n not in chain.voided}
        chain.skipped.update(n for n in range(chain.next, first) if n in chain.voided)
        early = min(link.index for link in chain.ahead.values())
        chain.gaps.append(Gap(numbers, early, chain.ahead[first].index))
        chain.next, chain.hash16 = first, None

    def _passed(self, chain: Chain, n: int, link: Link) -> None:
        for gap in chain.gaps:
            if n in gap.numbers:
                gap.numbers.discard(n)
                gap.late = True
                return
        # Its successor already vouched for another entry of this number.
        self.faults.append(
            Fault(Kind.INSERTED, link.index, link.id, f"a second entry of number {n}")
        )

    def _report(self, gap: Gap) -> None:
        if gap.late:
            self.faults.append(Fault(Kind.REORDERED, gap.early, None, "far before its number"))
        if gap.numbers:
            shown = ", ".join(str(n) for n in sorted(gap.numbers)[:5])
            self.faults.append(
                Fault(Kind.REMOVED, gap.index, None, f"before it, its emitter's number {shown}")
            )

    def _fault(self, kind: Kind, row: Row, detail: str) -> None:
        self.faults.append(Fault(kind, row.index, row.id, detail))


def first_ones(faults: Iterable[Fault]) -> list[Fault]:
    """Order by index, exact before approximate, identified first; one for each place."""
    ordered = sorted(
        faults,
        key=lambda fault: (
            fault.index is None,
            fault.index or 0,
            fault.until is not None,
            fault.id is None,
        ),
    )
    kept: dict[object, Fault] = {}
    for fault in ordered:
        kept.setdefault(fault.id if fault.index is None else fault.index, fault)
    return list(kept.values())[:MOST_FAULTS]


def _number(links: Sequence[Link], before: Sequence[Link], after: Sequence[Link]) -> Link:
    """Return the entry that its neighbours vouch for among those of one number."""
    named = {link.ep for link in after}
    follows = {link.hash16 for link in before}
    return max(links, key=lambda link: (link.hash16 in named, link.ep in follows, -link.index))


def settle(doubt: Doubt, links: dict[int, list[Link]]) -> list[Fault]:
    """Tell an inserted entry from a changed one, by the links around the number in doubt."""
    n = doubt.n
    found = []
    for number in (n - 1, n, n + 1):
        rivals = links.get(number, [])
        if len(rivals) > 1:
            true = _number(rivals, links.get(number - 1, []), links.get(number + 1, []))
            vouched = true.hash16 in {link.ep for link in links.get(number + 1, [])}
            until = None if vouched else max(link.index for link in rivals) + 1
            found += [
                Fault(
                    Kind.INSERTED, link.index, link.id, f"a second entry of number {number}", until
                )
                for link in rivals
                if link is not true
            ]
    if found or n - 1 not in links or n not in links:
        return found
    before, link = links[n - 1][0], links[n][0]
    if link.ep == before.hash16:
        return []
    if any(after.ep == link.hash16 for after in links.get(n + 1, [])):
        return [Fault(Kind.CHANGED, before.index, before.id, "its emitter's next entry says so")]
    first = min(before, link, key=lambda either: either.index)
    return [
        Fault(
            Kind.CHANGED, first.index, first.id, "it or its emitter's next one",
            max(before.index, link.index) + 1,
        )
    ]  # fmt: skip


def said_by(leaf: bytes | None) -> Statement | None:
    """Return what a leaf says, None when it is malformed."""
    try:
        return read(leaf or b"")
    except BadLeaf:
        return None
