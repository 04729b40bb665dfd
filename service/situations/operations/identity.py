"""Who the person is: the small box of headers and lists, and the keyed tags of duplicates."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, insert, or_, select

from audit.event import Act
from service import database
from service.access import record
from service.encryption.blind_index import BlindIndex, BlindTag, IndexName
from service.encryption.context import BoxContext
from service.encryption.permit import Permit
from service.situations.models import DuplicateTag, IdentityCard
from service.situations.schemas import Card
from service.unit import Unit

LABEL = "label"
"""Pseudo-section of the identity card: its own key, apart from section 1."""


def card_context(clsm_id: UUID, situation_id: UUID, version: int) -> BoxContext:
    """Return the place of a situation's identity card."""
    return BoxContext(clsm_id, situation_id, LABEL, record_version=version)


async def write_identity(unit: Unit, situation_id: UUID, card: Card) -> None:
    """Seal the identity that headers and lists show, in place of the one before.

    The caller has decided. Duplicate tags are apart: see `index_person`.
    """
    await record.keys_made(unit, situation_id, (LABEL,))
    key = {"clsm_id": unit.clsm_id, "situation_id": situation_id}
    current: Select[*tuple[Any, ...]] = select(IdentityCard.version, IdentityCard.content).where(
        IdentityCard.clsm_id == unit.clsm_id, IdentityCard.situation_id == situation_id
    )
    before = await database.one(unit.transaction, current)
    version = before["version"] + 1 if before else 1
    sealed = unit.keyring.seal(card_context(unit.clsm_id, situation_id, version), card)
    if before:
        await database.revise(
            unit.transaction,
            IdentityCard,
            key,
            version=before["version"],
            written_at=unit.now(),
            content=sealed,
        )
    else:
        await unit.transaction.execute(
            insert(IdentityCard).values(
                **key, version=version, written_at=unit.now(), content=sealed
            )
        )
    await record.note(
        unit,
        Act.SECTION_WRITTEN,
        situations=(situation_id,),
        obj={"k": "label", "ver": version},
        old=unit.keyring.digest(before["content"]) if before else None,
        new=unit.keyring.digest(sealed),
    )


async def open_card(unit: Unit, situation_id: UUID, permit: Permit) -> Card | None:
    """Return the identity card, or None before one is written; the permit covers `LABEL`."""
    current: Select[*tuple[Any, ...]] = select(IdentityCard.version, IdentityCard.content).where(
        IdentityCard.clsm_id == unit.clsm_id, IdentityCard.situation_id == situation_id
    )
    row = await database.one(unit.transaction, current)
    if row is None:
        return None
    await unit.keyring.load(unit.clsm_id, [(situation_id, LABEL)])
    place = card_context(unit.clsm_id, situation_id, row["version"])
    return unit.keyring.open(row["content"], place, permit, Card)


async def index_person(unit: Unit, situation_id: UUID, card: Card) -> None:
    """Write the keyed tags by which this person would be found again; the old ones go.

    The caller has decided. Nothing of the person is in clear: see `blind_index`.
    """
    await unit.transaction.execute(
        delete(DuplicateTag).where(
            DuplicateTag.clsm_id == unit.clsm_id, DuplicateTag.situation_id == situation_id
        )
    )
    index = await unit.keyring.blind_index(unit.clsm_id)
    tags = set(_tags(index, card))
    if tags:
        await unit.transaction.execute(
            insert(DuplicateTag),
            [
                {
                    "clsm_id": unit.clsm_id,
                    "situation_id": situation_id,
                    "index_name": str(tag.index_name),
                    "index_version": tag.version,
                    "tag": tag.tag,
                }
                for tag in sorted(tags)
            ],
        )


async def unindex_person(unit: Unit, clsm_id: UUID, situation_id: UUID) -> None:
    """Delete the search tags of a situation that must no longer be found: time decides it.

    The unit may have no actor.
    """
    await unit.transaction.execute(
        delete(DuplicateTag).where(
            DuplicateTag.clsm_id == clsm_id, DuplicateTag.situation_id == situation_id
        )
    )


async def find_duplicates(unit: Unit, card: Card, *, apart_from: UUID | None = None) -> list[UUID]:
    """Return the situations that may be of the same person: name and birth, or name and address.

    Candidates only: whoever qualifies opens and compares them under a permit. The statement
    holds tags, never a name.
    """
    index = await unit.keyring.blind_index(unit.clsm_id)
    tags = set(_tags(index, card))
    if not tags:
        return []
    found = await unit.transaction.execute(
        select(DuplicateTag.situation_id)
        .where(
            DuplicateTag.clsm_id == unit.clsm_id,
            or_(
                *(
                    and_(
                        DuplicateTag.index_name == str(tag.index_name),
                        DuplicateTag.index_version == tag.version,
                        DuplicateTag.tag == tag.tag,
                    )
                    for tag in sorted(tags)
                )
            ),
        )
        .distinct()
    )
    return sorted(set(found.scalars()) - {apart_from})


def _tags(index: BlindIndex, card: Card) -> Iterator[BlindTag]:
    for last_name in {card.last_name, card.birth_name} - {""}:
        name = f"{last_name} {card.first_name}"
        yield from index.tags(IndexName.NAME_DOB, name, card.born_on)
        yield from index.tags(IndexName.NAME_YEAR, name, _year(card.born_on, card.birth_year))
        yield from index.tags(IndexName.LAST_ADDR, last_name, card.address or None)


def _year(born_on: date | None, birth_year: int | None) -> int | None:
    return born_on.year if born_on else birth_year
