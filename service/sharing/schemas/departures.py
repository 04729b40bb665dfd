"""A departure: what it ends, in numbers; what it leaves to the coordination."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec


class NewDeparture(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whether the person leaves every seat that one administers here, or this seat only."""

    every_seat: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureView:
    """What a departure would end, or ended: numbers only, for who sees no situation.

    `names` are the professionals who leave; `ends` says what ends, in words; `others` counts the
    other seats of the same person that one administers.
    """

    names: tuple[str, ...]
    organisation: str
    organisation_id: UUID
    ends: dict[str, int]
    others: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftLine:
    """Someone left a situation: who, what they were there, and whether a lead is missing since."""

    situation_id: UUID
    employment_id: UUID
    who: str
    left_at: datetime
    roles: tuple[str, ...]
    late: bool
