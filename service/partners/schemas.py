"""What the operations of the directory take and return."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from service.partners.rules import Clause
from service.web.words import Code, Line, Paragraphs


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One seat of the directory. The pledge is "hidden" but for those who watch over it."""

    employment_id: UUID
    name: str
    title: str
    function: str
    category: str
    category_label: str
    category_article: str
    pledge: str
    """"hidden", "valid" or "absent"."""
    pledge_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationLine:
    """One organisation of the directory with its people."""

    organisation_id: UUID
    name: str
    kind: str
    kind_label: str
    field: str
    phone: str
    people: tuple[PersonLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """One page of the directory; `more` when another follows."""

    organisations: tuple[OrganisationLine, ...]
    field: str
    page: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeLine:
    """An office that a seat holds now; `cell` is "" for every cell."""

    office_id: UUID
    kind: str
    label: str
    cell: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLine:
    """One seat, as its own organisation manages it."""

    person: PersonLine
    started_at: datetime
    confirmed_at: datetime
    to_confirm: bool
    version: int
    offices: tuple[OfficeLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationView:
    """An organisation's page.

    `manages`: end and confirm seats; `invites`: add people; `governs`: give and end offices.
    """

    organisation: OrganisationLine
    seats: tuple[SeatLine, ...]
    manages: bool
    invites: bool
    governs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatView:
    """A seat's page, for whoever gives offices or confirms categories."""

    organisation: OrganisationLine
    seat: SeatLine
    governs: bool
    cells: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterView:
    """A version of the charter."""

    version: int
    clauses: tuple[Clause, ...]
    effective_from: datetime
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeView:
    """Where a seat stands with its pledge; `to_sign` is None when nothing is to be signed now."""

    version: int | None
    until: datetime | None
    valid: bool
    to_sign: CharterView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One seat on call, from when to when; `now` when it has begun."""

    duty_id: UUID
    employment_id: UUID
    name: str
    title: str
    organisation: str
    starts_at: datetime
    ends_at: datetime
    now: bool
    may_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCallView:
    """Who is on call, and who this seat may put there (seat, and how it is called in full)."""

    duties: tuple[Duty, ...]
    candidates: tuple[tuple[UUID, str], ...]


class DutyIn(msgspec.Struct, forbid_unknown_fields=True):
    """A duty on call to set: seven days at most, never in the past."""

    employment_id: UUID
    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]
    ends_at: Annotated[datetime, msgspec.Meta(tz=True)]


class SearchIn(msgspec.Struct, forbid_unknown_fields=True):
    """A search in the directory: words of a person's or an organisation's name."""

    words: Line


class OrganisationIn(msgspec.Struct, forbid_unknown_fields=True):
    """A new organisation; `key` is its short code, unique, kept for ever."""

    key: Annotated[str, msgspec.Meta(max_length=40, pattern="^[a-z0-9_]{2,40}$")]
    name: Line
    kind: Code
    phone: Line = ""


class CellIn(msgspec.Struct, forbid_unknown_fields=True):
    """A new coordination cell."""

    kind: Code
    name: Line


class OfficeIn(msgspec.Struct, forbid_unknown_fields=True):
    """An office to give to a seat; without a cell, for every cell."""

    employment_id: UUID
    kind: Code
    cell_id: UUID | None = None


class SeatVersionIn(msgspec.Struct, forbid_unknown_fields=True):
    """The version of a seat that was read: someone may have changed it since."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class CharterIn(msgspec.Struct, forbid_unknown_fields=True):
    """A new version of the charter and the instant from which it holds."""

    text: Paragraphs
    effective_from: Annotated[datetime, msgspec.Meta(tz=True)]


class PledgeIn(msgspec.Struct, forbid_unknown_fields=True):
    """The version that was read and is signed."""

    charter_version: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Created(msgspec.Struct):
    """What was just made."""

    id: UUID
