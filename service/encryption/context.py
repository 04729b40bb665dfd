"""Where a box belongs. Moved anywhere else, it no longer opens."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

WHOLE_BOX: Final = "*"
AUDIT: Final = "audit"
"""Pseudo-section of the openings of the record."""

DEPLOYMENT: Final = UUID(int=0)
"""Tenant of what belongs to no CLSM: a refused sign-in, the start of a process."""

LONGEST_NAME_BYTES: Final = 255
LARGEST_RECORD_VERSION: Final = 2**64 - 1


class Pair(NamedTuple):
    """What a data key is made for: one section, or pseudo-section, of one situation."""

    situation_id: UUID
    section: str


SUBJECTS_OF_THE_RECORD: Final = Pair(UUID(int=0), "pseudonym")
"""What a permit covers to turn pseudonyms of a CLSM's record back into identifiers."""


@dataclass(frozen=True, slots=True)
class BoxContext:
    """The place of one box: tenant, situation, section, field, version of the record.

    `section` is a section code or a pseudo-section (`audit`, `label`, `<section>/extract`,
    `referral/health`); `field` is `*` or the identifier of the entry. Both are 1 to 255
    bytes of UTF-8. Raises ValueError otherwise.
    """

    clsm_id: UUID
    situation_id: UUID
    section: str
    field: str = WHOLE_BOX
    record_version: int = 1

    def __post_init__(self) -> None:
        """Refuse what the byte format cannot hold."""
        check_name(self.section)
        check_name(self.field)
        if not 1 <= self.record_version <= LARGEST_RECORD_VERSION:
            raise ValueError("a record version is 1 or more, on 64 bits")


def check_name(name: str) -> None:
    """Raise ValueError unless `name` is 1 to 255 bytes of UTF-8."""
    if not 1 <= len(name.encode()) <= LONGEST_NAME_BYTES:
        raise ValueError("the name of a section or field is 1 to 255 bytes")


def month_of(at: datetime) -> UUID:
    """Return what stands for a situation in openings that have none: the month, in UTC.

    November 2026 is 00000000-0000-0000-2026-000000000011, which no UUIDv7 can be.
    Raises ValueError for an instant without a time zone.
    """
    if at.tzinfo is None:
        raise ValueError("an instant has a time zone")
    day = at.astimezone(UTC)
    return UUID(f"00000000-0000-0000-{day.year:04d}-{day.month:012d}")


def opening_place(
    clsm_id: UUID | None, situation_id: UUID | None, at: datetime
) -> tuple[UUID, Pair]:
    """Return the tenant and the key under which the opening of an entry of `at` is sealed.

    A situation's opening dies with the situation's key; others go by CLSM and month, and
    those of no CLSM by month under `DEPLOYMENT`. Raises ValueError for a situation of no CLSM.
    """
    if situation_id is None:
        return clsm_id or DEPLOYMENT, Pair(month_of(at), AUDIT)
    if clsm_id is None:
        raise ValueError("a situation belongs to a CLSM")
    return clsm_id, Pair(situation_id, AUDIT)
