"""The canonical bytes of one entry, and the emitter that numbers them.

A leaf is RFC 8785 JSON in a restricted profile: keys `[a-z][a-z0-9]{0,7}`;
strings of printable ASCII, integers up to 2**53 - 1, arrays and objects;
neither float, null nor boolean; at most 4096 bytes. Inside it, sorted keys and
no spaces are the whole of RFC 8785. The bytes are stored and hashed as they
are: nobody re-encodes an entry to check it, canonical form only makes sure
that one event has one encoding.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from audit.event import LARGEST_INTEGER, MOST_SUBJECTS, PSEUDONYM_BYTES, Act, Event, Outcome
from audit.merkle import leaf_hash

VERSION: Final = 1
LARGEST_LEAF: Final = 4096
DEEPEST: Final = 8
"""Levels of arrays and objects, the leaf itself included."""
LINK_BYTES: Final = 16
"""How much of the previous leaf hash an entry repeats as `ep`."""
NO_LINK: Final = bytes(LINK_BYTES)
MOST_VOIDS: Final = 300
"""Numbers one record.voided declares; 300 of them stay far below 4096 bytes."""
SEVERAL: Final = b""
"""Value of the `subject` column when a leaf names several situations (`cps`)."""

_KEY = re.compile(r"[a-z][a-z0-9]{0,7}", re.ASCII)
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_encoder = msgspec.json.Encoder(order="sorted")

_CODES = {"tn": "tenant", "org": "org", "rl": "role", "pur": "purpose", "auth": "auth"}
_SHORT = {"ap": "actor", "dec": "decision", "rq": "request", "kc": "key_commitment"}
_LONG = {"old": "old", "new": "new", "pd": "commitment"}
_BYTES = _SHORT | _LONG
_CONTAINERS = (dict, list, tuple)
_REQUIRED = frozenset({"v", "id", "t", "em", "n", "ep", "act", "out"})
_KNOWN = _REQUIRED | {"cp", "cps", "obj", "bg"} | _CODES.keys() | _SHORT.keys() | _LONG.keys()


class BadLeaf(ValueError):
    """Outside the restricted profile, not canonical, or not of the leaf's schema."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf ready to be appended, with the columns copied from it for filtering.

    `t` is in microseconds since the epoch; `subject` is the pseudonym of the
    one situation, None when there is none, SEVERAL when there are many.
    """

    id: UUID
    leaf: bytes
    n: int
    leaf_hash: bytes
    t: int
    tenant: str | None
    act: str
    out: str
    actor: bytes | None
    subject: bytes | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What a leaf says, read back: the event and where its emitter had got to."""

    id: UUID
    t: int
    em: bytes
    n: int
    ep: bytes
    event: Event

    @property
    def voids(self) -> tuple[int, ...]:
        """Numbers of this emitter whose entries may be absent: their commit failed."""
        if self.event.act is not Act.RECORD_VOIDED or self.event.obj is None:
            return ()
        numbers = self.event.obj.get("voids", ())
        if not isinstance(numbers, list | tuple):
            return ()
        return tuple(number for number in numbers if isinstance(number, int))


def encode(fields: Mapping[str, object]) -> bytes:
    """Return the canonical bytes. Raises BadLeaf outside the profile."""
    _check(fields, DEEPEST)
    leaf = _encoder.encode(fields)
    if len(leaf) > LARGEST_LEAF:
        raise BadLeaf(f"{len(leaf)} bytes, at most {LARGEST_LEAF}")
    return leaf


def decode(leaf: bytes) -> dict[str, object]:
    """Return the fields of canonical bytes. Raises BadLeaf if they are anything else."""
    if len(leaf) > LARGEST_LEAF:
        raise BadLeaf(f"{len(leaf)} bytes, at most {LARGEST_LEAF}")
    try:
        fields = msgspec.json.decode(leaf, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as broken:
        raise BadLeaf("not a JSON object") from broken
    # Duplicate keys, spaces, other escapes and other orders all end here.
    if encode(fields) != leaf:
        raise BadLeaf("not canonical")
    return fields


def read(leaf: bytes) -> Statement:
    """Return what a leaf says. Raises BadLeaf unless it is of the schema, to the letter."""
    fields = decode(leaf)
    if not fields.keys() >= _REQUIRED or not fields.keys() <= _KNOWN:
        raise BadLeaf(f"keys {sorted(fields.keys() ^ _REQUIRED)}")
    if fields["v"] != VERSION or fields.get("bg", 1) != 1:
        raise BadLeaf("unknown version")
    identifier = fields["id"]
    if not isinstance(identifier, str) or not _UUID7.fullmatch(identifier):
        raise BadLeaf("id is a UUIDv7")
    said: dict[str, object] = {"emergency": "bg" in fields, "subjects": _subjects(fields)}
    said |= {name: _text(fields[key]) for key, name in _CODES.items() if key in fields}
    said |= {name: _unb64(fields[key], 16) for key, name in _SHORT.items() if key in fields}
    said |= {name: _unb64(fields[key], 32) for key, name in _LONG.items() if key in fields}
    if "obj" in fields and not isinstance(fields["obj"], dict):
        raise BadLeaf("obj is an object")
    try:
        event = Event(
            act=Act(_text(fields["act"])),
            out=Outcome(_text(fields["out"])),
            obj=fields.get("obj"),  # type: ignore[arg-type]  # checked just above
            **said,  # type: ignore[arg-type]  # each name was checked for its own type
        )
    except ValueError as unknown:
        raise BadLeaf(str(unknown)) from unknown
    return Statement(
        UUID(identifier),
        _natural(fields["t"]),
        _unb64(fields["em"], PSEUDONYM_BYTES),
        _natural(fields["n"]),
        _unb64(fields["ep"], LINK_BYTES),
        event,
    )


def subject_column(event: Event) -> bytes | None:
    """Return what the `subject` column copies from an event."""
    if not event.subjects:
        return None
    return event.subjects[0] if len(event.subjects) == 1 else SEVERAL


class Emitter:
    """Numbers the entries of one process and chains each to the one before.

    `em` is random and new at each start; numbers are contiguous from 0; `ep`
    repeats the first bytes of the previous leaf hash. So an entry taken away
    before it is sequenced is missed by the next one. Entries are built without
    awaiting: on one event loop no lock is needed. Not to be shared by threads
    nor carried across a fork.
    """

    def __init__(self, clock_us: Callable[[], int]) -> None:
        """Take the clock, in microseconds since the epoch, used when no time is given."""
        self.em = secrets.token_bytes(PSEUDONYM_BYTES)
        self._em = _b64(self.em)
        self._clock_us = clock_us
        self._next = 0
        self._link = NO_LINK
        self._last_id = (-1, -1)
        self._to_void: set[int] = set()
        self._declared: dict[int, tuple[int, ...]] = {}

    def entry(self, event: Event, at_us: int | None = None) -> Entry:
        """Build the next entry. Raises BadLeaf, and then no number is used up.

        From here on the number is either committed or given to `void`.
        """
        at_us = self._clock_us() if at_us is None else at_us
        identifier, place = self._identifier(at_us)
        fields = {
            "v": VERSION,
            "id": str(identifier),
            "t": at_us,
            "em": self._em,
            "n": self._next,
            "ep": _b64(self._link),
            **_fields(event),
        }
        leaf = encode(fields)
        hashed = leaf_hash(leaf)
        entry = Entry(
            identifier, leaf, self._next, hashed, at_us,
            event.tenant, event.act.value, event.out.value, event.actor, subject_column(event),
        )  # fmt: skip
        self._last_id, self._link = place, hashed[:LINK_BYTES]
        self._next += 1
        return entry

    def void(self, n: int) -> None:
        """Say that the entry of this number was not, or may not have been, committed.

        If it was itself a declaration, the numbers it declared wait again.
        """
        if not 0 <= n < self._next:
            raise ValueError(f"number {n} was never given")
        self._to_void.add(n)
        self._to_void.update(self._declared.pop(n, ()))

    @property
    def voids_waiting(self) -> int:
        """How many numbers the next declarations have to name."""
        return len(self._to_void)

    def declaration(self, at_us: int | None = None) -> Entry | None:
        """Build the record.voided that the writer puts before its next entries, if any is due."""
        if not self._to_void:
            return None
        numbers = tuple(sorted(self._to_void)[:MOST_VOIDS])
        event = Event(act=Act.RECORD_VOIDED, obj={"k": "emitter", "voids": list(numbers)})
        entry = self.entry(event, at_us)
        self._to_void.difference_update(numbers)
        self._declared[entry.n] = numbers
        return entry

    @contextmanager
    def unless_committed(self, entries: Sequence[Entry]) -> Iterator[None]:
        """Void the numbers of these entries if the block that commits them raises.

        The sequence is read at the end, so the block may add to it. A commit
        whose answer was lost counts as failed: voiding says "may be absent".
        """
        try:
            yield
        except BaseException:
            for entry in entries:
                self.void(entry.n)
            raise

    def _identifier(self, at_us: int) -> tuple[UUID, tuple[int, int]]:
        """Return a UUIDv7 for that time, ordered inside its millisecond (RFC 9562, 6.2, 3)."""
        if not 0 <= at_us <= LARGEST_INTEGER:
            raise BadLeaf(f"no time {at_us}")
        millisecond, rest = divmod(at_us, 1000)
        fraction = rest * 4096 // 1000
        if self._last_id[0] == millisecond:
            fraction = min(max(fraction, self._last_id[1] + 1), 4095)
        number = millisecond << 80 | 7 << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62)
        return UUID(int=number), (millisecond, fraction)


def _fields(event: Event) -> dict[str, object]:
    fields: dict[str, object] = {"act": event.act.value, "out": event.out.value}
    for key, name in _CODES.items():
        if (code := getattr(event, name)) is not None:
            fields[key] = code
    for key, name in _BYTES.items():
        if (value := getattr(event, name)) is not None:
            fields[key] = _b64(value)
    if len(event.subjects) == 1:
        fields["cp"] = _b64(event.subjects[0])
    elif event.subjects:
        fields["cps"] = [_b64(subject) for subject in event.subjects]
    if event.obj is not None:
        fields["obj"] = dict(event.obj)
    if event.emergency:
        fields["bg"] = 1
    return fields


def _subjects(fields: Mapping[str, object]) -> tuple[bytes, ...]:
    if "cp" in fields and "cps" in fields:
        raise BadLeaf("cp or cps, not both")
    if "cp" in fields:
        return (_unb64(fields["cp"], PSEUDONYM_BYTES),)
    if "cps" not in fields:
        return ()
    several = fields["cps"]
    if not isinstance(several, list) or not 2 <= len(several) <= MOST_SUBJECTS:
        raise BadLeaf(f"cps holds 2 to {MOST_SUBJECTS} pseudonyms")
    return tuple(_unb64(item, PSEUDONYM_BYTES) for item in several)


def _check(value: object, depth: int) -> None:
    if isinstance(value, str):
        if not _PRINTABLE.fullmatch(value):
            raise BadLeaf("a string is printable ASCII")
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > LARGEST_INTEGER:
            raise BadLeaf("an integer is at most 2**53 - 1")
    elif isinstance(value, _CONTAINERS):
        if depth == 0:
            raise BadLeaf(f"at most {DEEPEST} levels")
        for item in _inside(value):
            _check(item, depth - 1)
    else:
        raise BadLeaf(f"a leaf holds no {type(value).__name__}")


def _inside(
    value: dict[object, object] | list[object] | tuple[object, ...],
) -> Iterable[object]:
    if not isinstance(value, dict):
        return value
    if not all(isinstance(key, str) and _KEY.fullmatch(key) for key in value):
        raise BadLeaf("a key is [a-z][a-z0-9]{0,7}")
    return value.values()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadLeaf("a code is a string")
    return value


def _natural(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise BadLeaf("a time and a number are integers from 0")
    return value


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _unb64(value: object, length: int) -> bytes:
    text = _text(value)
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as broken:
        raise BadLeaf("not base64url") from broken
    # Other trailing bits would be a second spelling of the same bytes.
    if len(decoded) != length or _b64(decoded) != text:
        raise BadLeaf(f"base64url of {length} bytes")
    return decoded
