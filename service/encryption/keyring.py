"""Seal and open. Whoever writes seals freely; nobody opens without the gate's permit.

Keys are brought to memory first, in one statement (`prepare`, `load`); sealing and opening
are then plain calls of a few microseconds that wait for nothing. A key stays in memory ten
minutes at most, and 50,000 of them do. What opens, and what must never be told apart when it
does not, is in `formats`.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from service.encryption import formats
from service.encryption.blind_index import BlindIndex
from service.encryption.context import (
    AUDIT,
    SUBJECTS_OF_THE_RECORD,
    BoxContext,
    Pair,
    check_name,
    opening_place,
)
from service.encryption.keys import DataKeys, KeyMade, Keystore
from service.encryption.permit import Permit, require
from service.encryption.providers import RootProvider
from service.encryption.pseudonyms import Pseudonyms
from service.encryption.recent import Recent
from service.encryption.sealed import Sealed
from service.errors import CannotOpen

T = TypeVar("T")

KEYS_HELD: Final = 50_000
INDEXES_HELD: Final = 1_000
HELD_SECONDS: Final = 600.0
MARGIN_SECONDS: Final = 60.0
"""What a key just loaded still lives at least: the longest request."""


class Keyring:
    """Every key of one process, and the only way to use one."""

    __slots__ = ("_data_keys", "_indexes", "_keystore", "_pseudonyms")

    def __init__(
        self, engine: AsyncEngine, provider: RootProvider, monotonic: Callable[[], float]
    ) -> None:
        """Take the keystore's own engine, the root keys, and seconds that only grow."""
        self._keystore = Keystore(engine, provider)
        self._pseudonyms = Pseudonyms(self._keystore, monotonic)
        self._data_keys: Recent[tuple[UUID, UUID, str], DataKeys] = Recent(
            KEYS_HELD, HELD_SECONDS, MARGIN_SECONDS, monotonic
        )
        self._indexes: Recent[UUID, BlindIndex] = Recent(INDEXES_HELD, HELD_SECONDS, 0.0, monotonic)

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return "Keyring(…)"

    async def start(self) -> None:
        """Unwrap the section keys; raises KeyringRefused when keystore and root disagree."""
        await self._keystore.start()

    async def admit(self, clsm_id: UUID) -> bool:
        """Make the root key of a new CLSM, or of `DEPLOYMENT`; False when it has one.

        Raises KeyringRefused when the tenant has keys but its root key is lost.
        """
        return await self._keystore.admit(clsm_id)

    async def prepare(
        self, clsm_id: UUID, situation_id: UUID, sections: Iterable[str]
    ) -> list[KeyMade]:
        """Bring the keys of these sections to memory, making those that do not exist.

        A new key is committed before this returns, so before what will be sealed under it.
        Returns the keys that this very call made, for the record. Raises KeyringRefused for
        a tenant that was never admitted, ValueError for a section without a proper name.
        """
        pairs = {Pair(situation_id, section) for section in sections}
        for pair in pairs:
            check_name(pair.section)
        await self.load(clsm_id, pairs)
        absent = self._missing(clsm_id, pairs)
        if not absent:
            return []
        made = await self._keystore.make(clsm_id, situation_id, [pair.section for pair in absent])
        await self.load(clsm_id, absent)
        return made

    async def destroy(self, clsm_id: UUID, situation_id: UUID) -> list[KeyMade]:
        """Destroy every key of a situation's boxes: nothing of them opens again, backups of
        the data included. Returns the keys destroyed; none at a second call.

        The key of its record's openings stays: they hold no content and end with their own
        retention (settled.md 7). Committed before this returns; another process may still hold
        a key in memory for ten minutes.
        """
        gone = await self._keystore.destroy(clsm_id, situation_id, spare=(AUDIT,))
        for key in gone:
            self._data_keys.drop((clsm_id, situation_id, key.section))
        return gone

    async def load(self, clsm_id: UUID, pairs: Iterable[tuple[UUID, str]]) -> None:
        """Bring to memory, in one statement, the keys of the boxes about to be opened.

        Ask for the boxes that were fetched: a key that does not exist is asked again each
        time. It stays for 60 seconds at least, however full the memory, unless 50,000 other
        keys are loaded meanwhile. Raises ValueError above 50,000 pairs, CannotOpen when a
        key is damaged.
        """
        wanted = {Pair(*pair) for pair in pairs}
        if len(wanted) > self._data_keys.capacity:
            raise ValueError("more keys than memory holds: load them in turns")
        missing = self._missing(clsm_id, wanted)
        if not missing:
            return
        found = await self._keystore.fetch(clsm_id, missing)
        for pair in missing:
            if pair in found:
                self._data_keys.put((clsm_id, *pair), found[pair])
            else:
                self._data_keys.drop((clsm_id, *pair))

    def seal(
        self, context: BoxContext, value: object, *, bucket: int = formats.SECTION_BUCKET
    ) -> Sealed:
        """Return `value` as JSON in a box bound to `context`, under the newest key prepared.

        Two seals of one value differ. `bucket` hides lengths by 256 bytes, or 64 for a single
        field. Raises CannotOpen when the key was not prepared, TypeError when the value has
        no JSON form.
        """
        return Sealed(self._seal(context, formats.to_json(value), bucket))

    def open(
        self,
        sealed: Sealed,
        context: BoxContext,
        permit: Permit,
        type: type[T],  # noqa: A002
    ) -> T:
        """Return what was sealed for this context, read as `type`.

        Raises CannotOpen when the permit does not cover the context, the key was not loaded,
        or the key, the context or the box is not the right one: they cannot be told apart.
        TypeError for what is no permit at all.
        """
        require(permit, context)
        return formats.from_json(self._open(bytes(sealed), context), type)

    async def ready_openings(self, clsm_id: UUID | None, at: datetime) -> list[KeyMade]:
        """Have the key of this month's openings that belong to no situation; see `prepare`.

        Free when the key is in memory. Those of a situation take `prepare(…, ["audit"])`.
        """
        tenant, pair = opening_place(clsm_id, None, at)
        return await self.prepare(tenant, pair.situation_id, [pair.section])

    def seal_opening(
        self, clsm_id: UUID | None, situation_id: UUID | None, opening: bytes, *, at: datetime
    ) -> bytes:
        """Return the opening of an entry of the record, sealed as it is stored.

        `at` is the entry's own instant: without a situation it chooses the month's key. The
        leaf's commitment is what binds the opening to its entry. Raises CannotOpen when the
        key was not prepared.
        """
        return self._seal(
            _opening_context(clsm_id, situation_id, at), opening, formats.SECTION_BUCKET
        )

    def open_opening(
        self,
        sealed: bytes,
        clsm_id: UUID | None,
        situation_id: UUID | None,
        permit: Permit,
        *,
        at: datetime,
    ) -> bytes:
        """Return an opening, under a permit on `opening_place`; raises like `open`."""
        context = _opening_context(clsm_id, situation_id, at)
        require(permit, context)
        return self._open(sealed, context)

    @staticmethod
    def digest(sealed: Sealed) -> bytes:
        """Return the SHA-256 of a box: what the record says of the old and the new one."""
        return hashlib.sha256(bytes(sealed)).digest()

    async def pseudonyms(
        self, clsm_id: UUID, subject_ids: Iterable[UUID], year: int
    ) -> dict[UUID, bytes]:
        """Return the 16-byte pseudonyms of situations or employments in a year's record.

        Drawn at random the first time, per (CLSM, subject, year); `DEPLOYMENT` stands for
        entries of no CLSM.
        """
        return await self._pseudonyms.of(clsm_id, subject_ids, year)

    async def subjects(
        self, clsm_id: UUID, pseudonyms: Iterable[bytes], permit: Permit
    ) -> dict[bytes, UUID]:
        """Return whom the pseudonyms of a CLSM's record stand for; erased ones are absent.

        The permit covers `SUBJECTS_OF_THE_RECORD`; raises CannotOpen otherwise.
        """
        require(permit, BoxContext(clsm_id, *SUBJECTS_OF_THE_RECORD))
        return await self._pseudonyms.subjects(clsm_id, pseudonyms)

    async def blind_index(self, clsm_id: UUID) -> BlindIndex:
        """Return the blind indexes of a CLSM; their keys are made at the first call."""
        held = self._indexes.get(clsm_id)
        if held is None:
            held = BlindIndex(await self._keystore.index_keys(clsm_id))
            self._indexes.put(clsm_id, held)
        return held

    def _missing(self, clsm_id: UUID, pairs: Collection[Pair]) -> list[Pair]:
        return [pair for pair in pairs if not self._data_keys.has((clsm_id, *pair))]

    def _keys(self, context: BoxContext) -> DataKeys:
        keys = self._data_keys.get((context.clsm_id, context.situation_id, context.section))
        if keys is None:
            raise CannotOpen
        return keys

    def _seal(self, context: BoxContext, text: bytes, bucket: int) -> bytes:
        keys = self._keys(context)
        version = keys.newest
        return formats.seal_box(
            keys.at(version),
            version,
            _binding(context),
            formats.pad(text, bucket),
            formats.new_nonce(),
        )

    def _open(self, box: bytes, context: BoxContext) -> bytes:
        key = self._keys(context).at(formats.key_version_of(box))
        return formats.open_box(key, box, _binding(context))


def _binding(context: BoxContext) -> bytes:
    return formats.box_binding(
        formats.tenant_name(context.clsm_id),
        context.situation_id,
        context.section,
        context.field,
        context.record_version,
    )


def _opening_context(clsm_id: UUID | None, situation_id: UUID | None, at: datetime) -> BoxContext:
    tenant, pair = opening_place(clsm_id, situation_id, at)
    return BoxContext(tenant, *pair)
