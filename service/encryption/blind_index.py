"""Keyed digests to find a likely duplicate without opening anything.

Every index is compound and near-unique. There is none on a surname, a first name, a birth
date, a postcode, a phone or a NIR alone: frequencies alone would name people. Equal persons
have equal tags by design; candidates are still opened and compared, under a permit.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from service.encryption import formats

NORMALISER_VERSION: Final = 1
"""Written beside every index key: a change of `normalise` is a new version of every index."""

_LETTERS: Final = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}
)


class IndexName(StrEnum):
    """The indexes that exist, each with what it is made of."""

    NAME_DOB = "name_dob"
    """Last and first name together, then the exact day of birth."""
    NAME_YEAR = "name_year"
    """Last and first name together, then the year of birth."""
    LAST_ADDR = "last_addr"
    """Last name, then number, street and postcode together."""


_FIELDS: Final[Mapping[IndexName, tuple[type, ...]]] = {
    IndexName.NAME_DOB: (str, date),
    IndexName.NAME_YEAR: (str, int),
    IndexName.LAST_ADDR: (str, str),
}


class BlindTag(NamedTuple):
    """One tag to store or to look for; tags of two versions are never compared."""

    index_name: IndexName
    version: int
    tag: bytes


class BlindIndex:
    """The blind indexes of one CLSM: tags of one CLSM say nothing in another."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Mapping[IndexName, Mapping[int, bytes]]) -> None:
        """Take the live keys of each index, by version."""
        self._keys = keys

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return "BlindIndex(…)"

    def tags(self, index: IndexName, *fields: str | date | int | None) -> list[BlindTag]:
        """Return one tag per live version of the index: store them all, look for any.

        Names and addresses are normalised here, in any order of their words. A field that is
        None or holds no letter nor digit gives no tag at all: two unknowns are not alike.
        Raises TypeError when the fields are not those of the index.
        """
        expected = _FIELDS[index]
        if len(fields) != len(expected):
            raise TypeError(f"{index} has {len(expected)} fields")
        texts = [_text(index, field, kind) for field, kind in zip(fields, expected, strict=True)]
        if not all(texts):
            return []
        return [
            BlindTag(index, version, formats.index_tag(key, index, texts))
            for version, key in sorted(self._keys[index].items())
        ]


def normalise(text: str) -> str:
    """Return the words of a name or address, folded and sorted.

    In this order: NFKD, combining marks dropped, case folded, ligatures and barred letters
    spelt out, what is neither letter nor digit made a space, words sorted.
    « D'Église-Noël, Jean » and « NOEL D'EGLISE Jean » both give
    `d eglise jean noel`.
    """
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    folded = bare.casefold().translate(_LETTERS)
    words = "".join(sign if sign.isalnum() else " " for sign in folded).split()
    return " ".join(sorted(words))


def _text(index: IndexName, field: str | date | int | None, kind: type) -> str:
    if field is None:
        return ""
    if isinstance(field, (bool, datetime)) or not isinstance(field, kind):
        raise TypeError(f"{index} takes a {kind.__name__} there")
    if isinstance(field, str):
        return normalise(field)
    return field.isoformat() if isinstance(field, date) else f"{field:04d}"
