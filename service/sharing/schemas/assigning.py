"""Actions given to a seat, as operations, pages and programs say them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from service.web.words import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentLine:
    """One action in one seat's hands: what, for when, and until when its extract is read."""

    action_id: UUID
    employment_id: UUID
    name: str
    title: str
    organisation: str
    label: str
    given_at: datetime
    due_at: datetime
    readable_until: datetime
    closed_at: datetime | None
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentsView:
    """The actions given in a situation, as far as their reader may know."""

    lines: tuple[AssignmentLine, ...]
    may_give: bool
    inside: bool


class NewAssignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An action for a seat; `action_id` is made by the sender, `due_at` is its first due date."""

    employment_id: UUID
    action_id: UUID
    label: Code
    due_at: datetime


class ReadingEnd(msgspec.Struct, frozen=True, kw_only=True):
    """Until when the extracts that an action needs are now read."""

    readable_until: datetime


class AssignmentOut(msgspec.Struct, frozen=True, kw_only=True):
    """One action in one seat's hands."""

    action_id: UUID
    employment_id: UUID
    name: str
    title: str
    organisation: str
    label: str
    given_at: datetime
    due_at: datetime
    readable_until: datetime
    closed_at: datetime | None
    running: bool


class AssignmentsOut(msgspec.Struct, frozen=True, kw_only=True):
    """The actions given in a situation, as this seat may know them."""

    lines: tuple[AssignmentOut, ...]
    may_give: bool
