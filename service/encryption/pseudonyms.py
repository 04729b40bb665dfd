"""The names that the record knows people by: random, yearly, and erasable.

A pseudonym is drawn, never derived, so that deleting its two rows is final. Both ways are
wrapped under the section key of `audit` exactly like a data key: older backups of them die
with the epoch. Leaves keep the pseudonym; only these rows tell whose it is.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select

from service.encryption import formats
from service.encryption.context import AUDIT
from service.encryption.keys import (
    Keystore,
    SectionKey,
    batches,
    key_pseudonym,
    key_subject,
)
from service.encryption.recent import Recent

_HELD: Final = 50_000
_HELD_SECONDS: Final = 600.0
_SUBJECT_BYTES: Final = 16


class Pseudonyms:
    """Pseudonyms of situations and of employments (seats), per CLSM and calendar year."""

    __slots__ = ("_keystore", "_recent")

    def __init__(self, keystore: Keystore, monotonic: Callable[[], float]) -> None:
        """Share the keystore of the keyring."""
        self._keystore = keystore
        self._recent: Recent[tuple[UUID, UUID, int], bytes] = Recent(
            _HELD, _HELD_SECONDS, 0.0, monotonic
        )

    def __repr__(self) -> str:
        """Show nothing."""
        return "Pseudonyms(…)"

    async def of(self, clsm_id: UUID, subject_ids: Iterable[UUID], year: int) -> dict[UUID, bytes]:
        """Return the 16-byte pseudonym of each subject in that year; missing ones are drawn."""
        names: dict[UUID, bytes] = {}
        missing: set[UUID] = set()
        for subject_id in subject_ids:
            held = self._recent.get((clsm_id, subject_id, year))
            if held is None:
                missing.add(subject_id)
            else:
                names[subject_id] = held
        for batch in batches(sorted(missing)):
            names |= await self._read_or_draw(clsm_id, batch, year)
        return names

    async def subjects(self, clsm_id: UUID, pseudonyms: Iterable[bytes]) -> dict[bytes, UUID]:
        """Return whom each pseudonym stands for; those erased, or never given, are absent."""
        found: dict[bytes, UUID] = {}
        tenant = formats.tenant_name(clsm_id)
        for batch in batches(sorted(set(pseudonyms))):
            rows = await self._keystore.read(
                select(key_pseudonym).where(
                    key_pseudonym.c.clsm_id == clsm_id, key_pseudonym.c.pseudonym.in_(batch)
                )
            )
            await self._load_keys(clsm_id, rows)
            for row in rows:
                binding = formats.pseudonym_binding(tenant, row.pseudonym)
                secret = self._unwrap(clsm_id, row, binding, _SUBJECT_BYTES)
                found[row.pseudonym] = UUID(bytes=secret)
        return found

    async def _read_or_draw(
        self, clsm_id: UUID, subject_ids: list[UUID], year: int
    ) -> dict[UUID, bytes]:
        names = await self._read(clsm_id, subject_ids, year)
        absent = [subject_id for subject_id in subject_ids if subject_id not in names]
        if absent:
            await self._draw(clsm_id, absent, year)
            names |= await self._read(clsm_id, absent, year)
        for subject_id, pseudonym in names.items():
            self._recent.put((clsm_id, subject_id, year), pseudonym)
        return names

    async def _read(
        self, clsm_id: UUID, subject_ids: Collection[UUID], year: int
    ) -> dict[UUID, bytes]:
        rows = await self._keystore.read(
            select(key_subject).where(
                key_subject.c.clsm_id == clsm_id,
                key_subject.c.year == year,
                key_subject.c.subject_id.in_(subject_ids),
            )
        )
        await self._load_keys(clsm_id, rows)
        tenant = formats.tenant_name(clsm_id)
        return {
            row.subject_id: self._unwrap(
                clsm_id,
                row,
                formats.subject_binding(tenant, row.subject_id, year),
                formats.PSEUDONYM_BYTES,
            )
            for row in rows
        }

    async def _draw(self, clsm_id: UUID, subject_ids: list[UUID], year: int) -> None:
        wrapping = (await self._keystore.newest_section_keys(clsm_id, [AUDIT]))[AUDIT]
        drawn = {subject_id: formats.new_pseudonym() for subject_id in subject_ids}
        rows = [_towards_pseudonym(clsm_id, year, wrapping, *pair) for pair in drawn.items()]
        async with self._keystore.writing() as connection:
            won = await self._keystore.insert_absent(
                connection, key_subject, rows, key_subject.c.subject_id
            )
            back = [
                _towards_subject(clsm_id, wrapping, row.subject_id, drawn[row.subject_id])
                for row in won
            ]
            if back:
                await self._keystore.insert_absent(
                    connection, key_pseudonym, back, key_pseudonym.c.pseudonym
                )

    async def _load_keys(self, clsm_id: UUID, rows: Iterable[Row[Any]]) -> None:
        epochs = {(AUDIT, formats.epoch_of(row.wrapped)) for row in rows}
        await self._keystore.load_section_keys(clsm_id, epochs)

    def _unwrap(self, clsm_id: UUID, row: Row[Any], binding: bytes, secret_bytes: int) -> bytes:
        key = self._keystore.section_key(clsm_id, AUDIT, formats.epoch_of(row.wrapped))
        return formats.unwrap(key, row.wrapped, binding, secret_bytes)


def _towards_pseudonym(
    clsm_id: UUID, year: int, wrapping: SectionKey, subject_id: UUID, pseudonym: bytes
) -> dict[str, Any]:
    binding = formats.subject_binding(formats.tenant_name(clsm_id), subject_id, year)
    return {
        "clsm_id": clsm_id,
        "subject_id": subject_id,
        "year": year,
        **_wrapped(wrapping, binding, pseudonym),
    }


def _towards_subject(
    clsm_id: UUID, wrapping: SectionKey, subject_id: UUID, pseudonym: bytes
) -> dict[str, Any]:
    binding = formats.pseudonym_binding(formats.tenant_name(clsm_id), pseudonym)
    return {
        "clsm_id": clsm_id,
        "pseudonym": pseudonym,
        **_wrapped(wrapping, binding, subject_id.bytes),
    }


def _wrapped(wrapping: SectionKey, binding: bytes, secret: bytes) -> dict[str, Any]:
    sealed = formats.wrap(wrapping.key, wrapping.epoch, binding, secret, formats.new_nonce())
    return {"epoch": wrapping.epoch, "wrapped": sealed}
