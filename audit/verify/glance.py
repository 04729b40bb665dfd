"""Common leaves read quickly, to the letter; anything unusual is left to `audit.leaf.read`.

A leaf is typed while it is parsed and written again to be compared with itself; alphabets are
checked for a whole bundle at once. What is accepted here is canonical, of the schema, and means
the same as what `read` returns: a test holds the two equal. What is not accepted here is not
refused: `read` decides.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from audit.event import LARGEST_INTEGER, MOST_SUBJECTS, Act, Outcome
from audit.leaf import LARGEST_LEAF, VERSION

_Short = Annotated[str, Meta(min_length=22, max_length=22)]
_Long = Annotated[str, Meta(min_length=43, max_length=43)]
_Integer = Annotated[int, Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]
_Natural = Annotated[int, Meta(ge=0, le=LARGEST_INTEGER)]


class Glance(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The fields of a leaf as they are written, base64url included."""

    act: str
    em: _Short
    ep: _Short
    id: Annotated[str, Meta(min_length=36, max_length=36)]
    n: _Natural
    out: str
    t: _Natural
    v: int
    ap: _Short = ""
    auth: str = ""
    bg: int = 0
    cp: _Short = ""
    cps: list[_Short] = []
    dec: _Short = ""
    kc: _Short = ""
    new: _Long = ""
    obj: dict[str, str | _Integer | list[str | _Integer]] = {}
    old: _Long = ""
    org: str = ""
    pd: _Long = ""
    pur: str = ""
    rl: str = ""
    rq: _Short = ""
    tn: str = ""


_decode = msgspec.json.Decoder(Glance).decode
_encode = msgspec.json.Encoder(order="sorted").encode
_UUIDS = re.compile(
    r"(?:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})*"
).fullmatch
_SHORTS = re.compile(r"(?:[A-Za-z0-9_-]{21}[AQgw])*").fullmatch
_LONGS = re.compile(r"(?:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])*").fullmatch
_KEY = re.compile(r"[a-z][a-z0-9]{0,7}").fullmatch
_TOLD_APART: Final = frozenset({Act.RECORD_VOIDED, Act.EMITTER_STARTED, Act.EMITTER_STOPPED})
"""Acts that say something of their emitter's chain: always read in full."""
_EVERY_ACT: Final = frozenset(act.value for act in Act)
_ACTS: Final = _EVERY_ACT - _TOLD_APART
_OUTS: Final = frozenset(out.value for out in Outcome)
_MOST_KNOWN: Final = 100_000


class Glancer:
    """Reads leaves a bundle at a time; remembers the pseudonyms it found well written."""

    __slots__ = ("_keys", "_shorts")

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._shorts: set[str] = {""}
        self._keys: set[str] = set()

    def read(self, leaves: Sequence[bytes]) -> Sequence[Glance | None]:
        """Return what each leaf says, or None for one that the full reading must judge."""
        try:
            said = list(map(_decode, leaves))
            written = list(map(_encode, said)) == list(leaves)
            written = written and max(map(len, leaves), default=0) <= LARGEST_LEAF
        except (msgspec.MsgspecError, UnicodeDecodeError):
            written = False
        if written and self._well_written(b"".join(leaves), said):
            if {one.act for one in said} <= _ACTS:
                return said
            return [one if one.act in _ACTS else None for one in said]
        if len(leaves) == 1:
            return (None,)
        return [self.read((leaf,))[0] for leaf in leaves]

    def _well_written(self, whole: bytes, said: Sequence[Glance]) -> bool:
        # Without escapes, canonical JSON of printable ASCII is what the profile wants.
        if not whole.isascii() or b"\\" in whole or b"\x7f" in whole:
            return False
        return (
            {one.act for one in said} <= _EVERY_ACT
            and {one.out for one in said} <= _OUTS
            and {(one.v, one.bg) for one in said} <= {(VERSION, 0), (VERSION, 1)}
            and _UUIDS("".join([one.id for one in said])) is not None
            and _SHORTS("".join([one.rq + one.kc for one in said])) is not None
            and _LONGS("".join([one.pd + one.old + one.new for one in said])) is not None
            and self._known({one.em for one in said})
            and self._known({one.ap for one in said})
            and self._known({one.cp for one in said})
            and self._known({one.dec for one in said})
            and self._keys_known({key for one in said for key in one.obj})
            and all(self._several(one) for one in said if one.cps)
        )

    def _known(self, shorts: set[str]) -> bool:
        fresh = shorts - self._shorts
        if fresh:
            if _SHORTS("".join(fresh)) is None:
                return False
            if len(self._shorts) < _MOST_KNOWN:
                self._shorts |= fresh
        return True

    def _keys_known(self, keys: set[str]) -> bool:
        fresh = keys - self._keys
        if not all(map(_KEY, fresh)):
            return False
        self._keys |= fresh
        return True

    def _several(self, said: Glance) -> bool:
        return not said.cp and 2 <= len(said.cps) <= MOST_SUBJECTS and self._known(set(said.cps))
