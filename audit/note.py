"""Signed notes of C2SP: a text, and lines of signatures under it that anyone may add to.

Formats: C2SP signed-note, tlog-cosignature. Three kinds of keys: Ed25519 over the text (0x01),
Ed25519 cosignature with its time (0x04), ML-DSA-44 cosignature with its time (0x06). A line of an
unknown key is kept and ignored; a line of a known key that does not verify refuses the note.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

SEED_BYTES: Final = 32
KEY_ID_BYTES: Final = 4
TIME_BYTES: Final = 8
LARGEST_NOTE: Final = 1_000_000
MOST_LINES: Final = 100
_MARK: Final = "— "
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]{1,255}")


class BadNote(ValueError):
    """The bytes are not a note, or a key that is known did not sign it."""


class KeyKind(IntEnum):
    """What a key signs; the first byte of its public form."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


_PUBLIC_BYTES: Final = {KeyKind.ED25519: 32, KeyKind.COSIGNATURE: 32, KeyKind.ML_DSA_44: 1312}
_SIGNATURE_BYTES: Final = {
    KeyKind.ED25519: 64,
    KeyKind.COSIGNATURE: TIME_BYTES + 64,
    KeyKind.ML_DSA_44: TIME_BYTES + 2420,
}


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under its name: `vkey` is how it is published and written in a policy."""

    name: str
    kind: KeyKind
    public: bytes

    def __post_init__(self) -> None:
        """Raise BadNote for a name that a line could not carry, or a key of a wrong length."""
        if not _NAME.fullmatch(self.name):
            raise BadNote("a key's name has no space, no plus and no control character")
        if len(self.public) != _PUBLIC_BYTES[self.kind]:
            raise BadNote(f"a public key of {self.kind.name} has {_PUBLIC_BYTES[self.kind]} bytes")

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that a line is recognised by."""
        said = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(said).digest()[:KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """Return `name+key id+base64(kind ‖ key)`."""
        coded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{coded}"

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read what `vkey` wrote. Raises BadNote."""
        try:
            name, key_id, coded = vkey.strip().split("+", 2)
            raw = base64.b64decode(coded, validate=True)
            found = cls(name, KeyKind(raw[0]), raw[1:])
        except (ValueError, IndexError) as wrong:
            raise BadNote("not a verifier key") from wrong
        if found.key_id.hex() != key_id:
            raise BadNote("the key is not the one that its identifier says")
        return found

    def check(self, text: str, signature: bytes) -> int | None:
        """Return the time that the signature states, None when it states none; raises BadNote."""
        if len(signature) != _SIGNATURE_BYTES[self.kind]:
            raise BadNote(f"a signature of {self.name} has a wrong length")
        time, bare = None, signature
        if self.kind is not KeyKind.ED25519:
            time, bare = int.from_bytes(signature[:TIME_BYTES]), signature[TIME_BYTES:]
        try:
            self._verify(bare, signed_bytes(self.kind, self.name, text, time or 0))
        except InvalidSignature as wrong:
            raise BadNote(f"{self.name} did not sign this") from wrong
        return time

    def _verify(self, signature: bytes, message: bytes) -> None:
        if self.kind is KeyKind.ML_DSA_44:
            MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
        else:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A private key under its name, from its 32-byte seed. Never printed, never logged."""

    name: str
    kind: KeyKind
    seed: bytes

    def __post_init__(self) -> None:
        """Raise BadNote for a seed of a wrong length."""
        if len(self.seed) != SEED_BYTES:
            raise BadNote("a seed has 32 bytes")

    @property
    def verifier(self) -> VerifierKey:
        """Return the public key."""
        if self.kind is KeyKind.ML_DSA_44:
            public = MLDSA44PrivateKey.from_seed_bytes(self.seed).public_key().public_bytes_raw()
        else:
            public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)

    def sign(self, text: str, time: int = 0) -> "Line":
        """Return the line that signs a text; `time` (seconds since 1970) for a cosignature."""
        message = signed_bytes(self.kind, self.name, text, time)
        if self.kind is KeyKind.ML_DSA_44:
            bare = MLDSA44PrivateKey.from_seed_bytes(self.seed).sign(message)
        else:
            bare = Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)
        stamp = b"" if self.kind is KeyKind.ED25519 else time.to_bytes(TIME_BYTES)
        return Line(self.name, self.verifier.key_id, stamp + bare)


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        """Return the line without its end."""
        return f"{_MARK}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}"

    @classmethod
    def parse(cls, said: str) -> Self:
        """Read one line. Raises BadNote."""
        name, _, coded = said.removeprefix(_MARK).partition(" ")
        try:
            raw = base64.b64decode(coded, validate=True)
        except binascii.Error as wrong:
            raise BadNote("a signature line is not base64") from wrong
        if not said.startswith(_MARK) or not _NAME.fullmatch(name) or len(raw) <= KEY_ID_BYTES:
            raise BadNote("not a signature line")
        return cls(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class Signature:
    """A line that verifies: whose, and when for a cosignature (seconds since 1970)."""

    key: VerifierKey
    time: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a line feed, and the lines under it."""

    text: str
    lines: tuple[Line, ...] = ()

    def __str__(self) -> str:
        """Return the exact form that is published."""
        return self.text + "\n" + "".join(f"{line}\n" for line in self.lines)

    def with_lines(self, lines: Iterable[Line]) -> Self:
        """Return the note with more lines, each once."""
        known = {(line.name, line.key_id): line for line in self.lines}
        known |= {(line.name, line.key_id): line for line in lines}
        return replace(self, lines=tuple(known.values()))

    @classmethod
    def parse(cls, said: bytes | str) -> Self:
        """Read a note; its signatures are not looked at yet. Raises BadNote."""
        try:
            whole = said.decode() if isinstance(said, bytes) else said
        except UnicodeDecodeError as wrong:
            raise BadNote("a note is UTF-8") from wrong
        if len(whole) > LARGEST_NOTE:
            raise BadNote("a note of more than a million characters")
        text, middle, rest = whole.rpartition("\n\n")
        if not middle or not rest.endswith("\n"):
            raise BadNote("a note is a text, an empty line and lines of signatures")
        if any(letter < " " and letter != "\n" for letter in text):
            raise BadNote("a note holds a control character")
        lines = rest.removesuffix("\n").split("\n")
        if len(lines) > MOST_LINES:
            raise BadNote("a note of more than a hundred signatures")
        return cls(text + "\n", tuple(Line.parse(line) for line in lines))

    def signatures(self, keys: Iterable[VerifierKey]) -> tuple[Signature, ...]:
        """Return the signatures of known keys; raises BadNote when one of these is false."""
        known = {(key.name, key.key_id): key for key in keys}
        found: dict[tuple[str, bytes], Signature] = {}
        for line in self.lines:
            key = known.get((line.name, line.key_id))
            if key is not None and (line.name, line.key_id) not in found:
                time = key.check(self.text, line.signature)
                found[line.name, line.key_id] = Signature(key, time)
        return tuple(found.values())


def signed_bytes(kind: KeyKind, name: str, text: str, time: int) -> bytes:
    """Return what a key signs of a text. Raises BadNote when ML-DSA meets no checkpoint."""
    if kind is KeyKind.ED25519:
        return text.encode()
    if kind is KeyKind.COSIGNATURE:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    origin, size, root = read_body(text)
    return b"".join(
        (
            b"subtree/v1\n\x00",
            _short(name),
            time.to_bytes(TIME_BYTES),
            _short(origin),
            (0).to_bytes(TIME_BYTES),
            size.to_bytes(TIME_BYTES),
            root,
        )
    )


def read_body(text: str) -> tuple[str, int, bytes]:
    """Return the origin, size and root that a checkpoint's text says (C2SP tlog-checkpoint).

    Raises BadNote. Lines after the third are extensions: kept in the text, not read.
    """
    said: Sequence[str] = text.split("\n")
    if len(said) < 4 or said[-1]:
        raise BadNote("a checkpoint has an origin, a size and a root, one a line")
    origin, size, coded = said[:3]
    if not origin or not re.fullmatch(r"0|[1-9][0-9]{0,18}", size):
        raise BadNote("a checkpoint's size is a number without leading zeros")
    try:
        root = base64.b64decode(coded, validate=True)
    except binascii.Error as wrong:
        raise BadNote("a checkpoint's root is not base64") from wrong
    if len(root) != 32:
        raise BadNote("a root has 32 bytes")
    return origin, int(size), root


def _short(word: str) -> bytes:
    said = word.encode()
    if len(said) > 255:
        raise BadNote("a name of more than 255 bytes")
    return bytes([len(said)]) + said
