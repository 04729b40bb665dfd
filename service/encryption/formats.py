r"""Byte formats of sealing: pure functions, no key is kept and no clock is read.

All integers are big-endian; `lp(x)` is one byte of length, then x.

    sealed box     01 | alg u8 | key version u16 | nonce 12 | ciphertext | tag 16
      bound to     "casefile/seal/v1\0" | lp(tenant) | situation 16 | lp(section) | lp(field)
                   | record version u64 | the 4 bytes of header
      holds        JSON or bytes | 80 | 00… up to a multiple of 64 (fields) or 256 (sections)
    wrapped key    01 | alg u8 | epoch u32 | nonce 12 | ciphertext 32 | tag 16: 66 bytes
      bound to     a label and its own fields | the 6 bytes of header
    commitment     HKDF-Expand-SHA256(data key, "casefile/dek-commit/v1", 16): AES-GCM does
                   not commit to its key, this does
    index tag      HMAC-SHA256(key, "casefile/bi/v1\0" | lp(index) | fields joined by 1F)[:16]

Algorithm 1 is AES-256-GCM with a random 96-bit nonce: at most 2**32 boxes per key (NIST SP
800-38D, 8.3). Whatever is wrong with what is opened raises CannotOpen, and does not say what.
"""

import hmac
import os
import struct
from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from service.errors import CannotOpen

T = TypeVar("T")

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
COMMITMENT_BYTES: Final = 16
INDEX_TAG_BYTES: Final = 16
PSEUDONYM_BYTES: Final = 16
FIELD_BUCKET: Final = 64
SECTION_BUCKET: Final = 256
LARGEST_KEY_VERSION: Final = 2**16 - 1

_START: Final = b"\x01\x01"
"""Format 1, algorithm 1: the only ones there are."""
_BOX_HEADER_BYTES: Final = 4
_WRAP_HEADER_BYTES: Final = 6
_SMALLEST_BOX: Final = _BOX_HEADER_BYTES + NONCE_BYTES + FIELD_BUCKET + TAG_BYTES
_SMALLEST_WRAP: Final = _WRAP_HEADER_BYTES + NONCE_BYTES + TAG_BYTES
_U16: Final = struct.Struct(">H")
_U32: Final = struct.Struct(">I")
_U64: Final = struct.Struct(">Q")
_SEAL: Final = b"casefile/seal/v1\0"
_DATA_KEY: Final = b"casefile/dek/v1\0"
_SECTION_KEY: Final = b"casefile/tsk/v1\0"
_INDEX_KEY: Final = b"casefile/bi-key/v1\0"
_PSEUDONYM: Final = b"casefile/pseudonym/v1\0"
_SUBJECT: Final = b"casefile/subject/v1\0"
_COMMITMENT: Final = b"casefile/dek-commit/v1"
_BLIND_INDEX: Final = b"casefile/bi/v1\0"
_FIELD_SEPARATOR: Final = b"\x1f"
_PADDING_MARK: Final = b"\x80"


def new_key() -> bytes:
    """Return 256 random bits."""
    return os.urandom(KEY_BYTES)


def new_nonce() -> bytes:
    """Return 96 random bits, for one seal."""
    return os.urandom(NONCE_BYTES)


def new_pseudonym() -> bytes:
    """Return 128 random bits that nothing derives: deleting its rows is final."""
    return os.urandom(PSEUDONYM_BYTES)


@lru_cache(maxsize=4096)
def tenant_name(clsm_id: UUID) -> bytes:
    """Return the tenant's text in every binding: the identifier as people write it."""
    return str(clsm_id).encode()


# --- Boxes


def box_binding(
    tenant: bytes, situation_id: UUID, section: str, field: str, record_version: int
) -> bytes:
    """Return what a box is bound to, less the header that `seal_box` and `open_box` add."""
    place = _SEAL + _prefixed(tenant) + situation_id.bytes + _named(section)
    return place + _prefixed(field.encode()) + _U64.pack(record_version)


def pad(text: bytes, bucket: int) -> bytes:
    """Return `text` with its length hidden within buckets of 64 (fields) or 256 (sections)."""
    if bucket not in (FIELD_BUCKET, SECTION_BUCKET):
        raise ValueError("a bucket is 64 bytes for fields, 256 for sections")
    marked = text + _PADDING_MARK
    return marked.ljust(-(-len(marked) // bucket) * bucket, b"\0")


def unpad(padded: bytes) -> bytes:
    """Return the text under the padding; raise CannotOpen when there is none."""
    marked = padded.rstrip(b"\0")
    if len(padded) % FIELD_BUCKET or not marked.endswith(_PADDING_MARK):
        del padded, marked
        raise CannotOpen
    return marked[:-1]


def seal_box(key: AESGCM, key_version: int, binding: bytes, padded: bytes, nonce: bytes) -> bytes:
    """Return the box of an already padded text. One nonce serves one box, for ever."""
    header = _START + _U16.pack(key_version)
    return header + nonce + key.encrypt(nonce, padded, binding + header)


def key_version_of(box: bytes) -> int:
    """Return which version of its key sealed this box; it is believed once the box opens."""
    _check_start(box, _SMALLEST_BOX)
    return int.from_bytes(box[2:_BOX_HEADER_BYTES])


def open_box(key: AESGCM, box: bytes, binding: bytes) -> bytes:
    """Return the text of a box, or raise CannotOpen; never an empty text for a failure."""
    _check_start(box, _SMALLEST_BOX)
    return unpad(_decrypt(key, box, _BOX_HEADER_BYTES, binding))


def to_json(value: object) -> bytes:
    """Return the JSON of what is about to be sealed. Raises TypeError for what has none."""
    return msgspec.json.encode(value)


def from_json(text: bytes, shape: type[T]) -> T:
    """Return a value of `shape`, or raise CannotOpen when the text is something else."""
    try:
        return cast("T", _decoder(cast("Hashable", shape)).decode(text))
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    # Raised out here, and without the text: an error must carry neither it nor its cause.
    del text
    raise CannotOpen


@lru_cache(maxsize=256)
def _decoder(shape: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast("type[Any]", shape))


# --- Wrapped keys


def data_key_binding(tenant: bytes, situation_id: UUID, section: str, key_version: int) -> bytes:
    """Return what a wrapped data key is bound to."""
    place = _DATA_KEY + _prefixed(tenant) + situation_id.bytes + _named(section)
    return place + _U16.pack(key_version)


def section_key_binding(tenant: bytes, section: str, epoch: int) -> bytes:
    """Return what a section key, wrapped by the root, is bound to."""
    return _SECTION_KEY + _prefixed(tenant) + _named(section) + _U32.pack(epoch)


def index_key_binding(tenant: bytes, index: str, version: int) -> bytes:
    """Return what the key of a blind index, wrapped by the root, is bound to."""
    return _INDEX_KEY + _prefixed(tenant) + _prefixed(index.encode()) + _U16.pack(version)


def pseudonym_binding(tenant: bytes, pseudonym: bytes) -> bytes:
    """Return what the way from a pseudonym to its subject is bound to."""
    return _PSEUDONYM + _prefixed(tenant) + pseudonym


def subject_binding(tenant: bytes, subject_id: UUID, year: int) -> bytes:
    """Return what the way from a subject, in a year, to its pseudonym is bound to."""
    return _SUBJECT + _prefixed(tenant) + subject_id.bytes + _U16.pack(year)


def wrap(key: AESGCM, epoch: int, binding: bytes, secret: bytes, nonce: bytes) -> bytes:
    """Return `secret` wrapped; `epoch` names the version of the key that wraps."""
    header = _START + _U32.pack(epoch)
    return header + nonce + key.encrypt(nonce, secret, binding + header)


def epoch_of(wrapped: bytes) -> int:
    """Return which epoch wrapped this; it is believed once the wrap opens."""
    _check_start(wrapped, _SMALLEST_WRAP)
    return int.from_bytes(wrapped[2:_WRAP_HEADER_BYTES])


def unwrap(key: AESGCM, wrapped: bytes, binding: bytes, secret_bytes: int) -> bytes:
    """Return what was wrapped, of exactly `secret_bytes`, or raise CannotOpen."""
    _check_start(wrapped, _SMALLEST_WRAP)
    if len(wrapped) != _SMALLEST_WRAP + secret_bytes:
        raise CannotOpen
    return _decrypt(key, wrapped, _WRAP_HEADER_BYTES, binding)


def commitment(data_key: bytes) -> bytes:
    """Return the 16 bytes that commit to a data key and tell nothing of it."""
    return HKDFExpand(SHA256(), COMMITMENT_BYTES, _COMMITMENT).derive(data_key)


def is_committed(data_key: bytes, expected: bytes) -> bool:
    """Tell whether `expected` commits to this data key."""
    return hmac.compare_digest(commitment(data_key), expected)


# --- Index tags


def index_tag(key: bytes, index: str, fields: Sequence[str]) -> bytes:
    """Return the tag of already normalised fields."""
    message = _FIELD_SEPARATOR.join(field.encode() for field in fields)
    return hmac.digest(key, _BLIND_INDEX + _prefixed(index.encode()) + message, "sha256")[
        :INDEX_TAG_BYTES
    ]


def _check_start(sealed: bytes, at_least: int) -> None:
    if len(sealed) < at_least or not sealed.startswith(_START):
        raise CannotOpen


@lru_cache(maxsize=4096)
def _named(name: str) -> bytes:
    return _prefixed(name.encode())


def _prefixed(value: bytes) -> bytes:
    return bytes((len(value),)) + value


def _decrypt(key: AESGCM, sealed: bytes, header_bytes: int, binding: bytes) -> bytes:
    body = header_bytes + NONCE_BYTES
    try:
        return key.decrypt(
            sealed[header_bytes:body], sealed[body:], binding + sealed[:header_bytes]
        )
    except InvalidTag:
        pass
    raise CannotOpen
