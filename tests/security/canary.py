"""Unique markers for sensitive fields, and the search for them in any bytes.

A marker is the run's own 64 bits, common to all, then 128 bits of its own, written in sixteen
consonants: no word, no number and no rule of any form alters it. The search looks for the
common part in every encoding, at the speed of `bytes.find`, and names the marker when it can:
a text that was cut is found all the same.
"""

import base64
import binascii
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from secrets import token_bytes

_LETTERS = "bcdfghjklmnpqrst"
COMMON_BYTES = 8
OWN_BYTES = 16


def _spelled(raw: bytes) -> str:
    return "".join(_LETTERS[byte >> 4] + _LETTERS[byte & 15] for byte in raw)


def _inner_base64(text: bytes, shift: int, alphabet: str) -> bytes:
    """Return the letters of Base64 that depend on `text` alone when it starts at `shift`."""
    encode = base64.urlsafe_b64encode if alphabet == "url" else base64.b64encode
    first = (0, 2, 3)[shift]
    coded = encode(b"\0" * shift + text)
    return coded[first : (len(text) + shift) * 8 // 6]


def _inner_base32(text: bytes, shift: int) -> bytes:
    first = -(-shift * 8 // 5)
    return base64.b32encode(b"\0" * shift + text)[first : (len(text) + shift) * 8 // 5]


def encodings(text: str) -> Iterator[tuple[str, bytes]]:
    """Return every way in which a text may lie in a file, a log or a page, with its name."""
    for case, said in (("", text), (" in capitals", text.upper()), (" as a name", text.title())):
        raw = said.encode()
        yield f"utf-8{case}", raw
        yield f"utf-16le{case}", said.encode("utf-16le")
        yield f"utf-16be{case}", said.encode("utf-16be")
        yield f"utf-32le{case}", said.encode("utf-32le")
        yield f"hex{case}", binascii.hexlify(raw)
        yield f"HEX{case}", binascii.hexlify(raw).upper()
        for shift in range(3):
            yield f"base64 +{shift}{case}", _inner_base64(raw, shift, "standard")
            yield f"base64url +{shift}{case}", _inner_base64(raw, shift, "url")
        for shift in range(5):
            yield f"base32 +{shift}{case}", _inner_base32(raw, shift)
        yield f"url{case}", "".join(f"%{byte:02X}" for byte in raw).encode()
        yield f"url (small){case}", "".join(f"%{byte:02x}" for byte in raw).encode()
        yield f"json{case}", "".join(f"\\u{ord(sign):04x}" for sign in said).encode()
        yield f"html{case}", "".join(f"&#{ord(sign)};" for sign in said).encode()
        yield f"html hex{case}", "".join(f"&#x{ord(sign):x};" for sign in said).encode()
        yield f"quoted-printable{case}", "".join(f"={byte:02X}" for byte in raw).encode()
    yield "backwards", text[::-1].encode()


@dataclass
class Canary:
    """The markers of one run: field name → text."""

    common: str = field(default_factory=lambda: _spelled(token_bytes(COMMON_BYTES)))
    markers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare the search once."""
        self._needles = tuple(dict.fromkeys(encodings(self.common)))
        own = f"[{_LETTERS}]{{{2 * OWN_BYTES}}}"
        self._whole = re.compile(f"{self.common}({own})", re.IGNORECASE)

    def __call__(self, name: str) -> str:
        """Return the marker of a field, made the first time."""
        if name not in self.markers:
            self.markers[name] = self.common + _spelled(token_bytes(OWN_BYTES))
        return self.markers[name]

    def traces(self, data: bytes) -> list[str]:
        """Return the encodings in which any marker lies in `data`; none is what one hopes for."""
        found = [name for name, needle in self._needles if needle in data]
        if data[:2] == b"\x1f\x8b":
            found += [f"gzip: {name}" for name in self.traces(gzip.decompress(data))]
        elif data[:1] == b"\x78":
            try:
                found += [f"zlib: {name}" for name in self.traces(zlib.decompress(data))]
            except zlib.error:
                return found
        return found

    def named(self, data: bytes) -> frozenset[str]:
        """Return the fields whose marker lies in `data`; `unnamed` when only a part of one does."""
        if not self.traces(data):
            return frozenset()
        text = data.decode("utf-8", "replace")
        said = {match[0].lower() for match in self._whole.finditer(text)}
        names = {name for name, marker in self.markers.items() if marker in said}
        cut = len(said) > len(names) or not names
        return frozenset(names | ({"unnamed"} if cut else set()))

    def leaks(self, places: Iterable[tuple[str, bytes]]) -> list[str]:
        """Return « place: encodings, fields » for every place where a marker lies."""
        return [
            f"{place}: {', '.join(found)} ({', '.join(sorted(self.named(data)))})"
            for place, data in places
            if (found := self.traces(data))
        ]
