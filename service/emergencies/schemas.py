"""What goes in and out of emergency accesses."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from policies.vocabulary import Level, Section
from service.emergencies.rules import USUAL_HOURS, Standing
from service.web.words import Code, Line, Paragraphs


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a review seals: remarks, and the motive why the person was not told."""

    remarks: str = ""
    not_told: str = ""


class NewEmergency(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An emergency access to open; `access_id` makes that the same demand sent twice is one."""

    access_id: UUID
    sections: Annotated[tuple[Section, ...], msgspec.Meta(min_length=1, max_length=6)]
    reason_code: Code
    basis: Code
    reason: Paragraphs
    hours: int = USUAL_HOURS


class NewEmergencyByReference(NewEmergency, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same by a seat on call outside the circle, which knows the situation's reference."""

    reference: Line


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the second person answers."""

    granted: bool


class NewReview(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A review: the outcome, and either how the person was told or why not."""

    outcome: Code
    remarks: Paragraphs = ""
    told_on: date | None = None
    told_by: UUID | None = None
    means: Code = ""
    not_told: Paragraphs = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What this seat may open, said before anything is typed.

    `levels` says how far each section would open; `opened_lately` counts this seat's accesses of
    the last thirty days, and `second_person` that the next one waits for someone else.
    """

    levels: tuple[tuple[Section, Level], ...]
    opened_lately: int
    second_person: bool
    open_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What became of a demand: open until an instant, or waiting for a second person."""

    access_id: UUID
    situation_id: UUID
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyLine:
    """One access in a list; names and reference are "" where this seat may not know them."""

    access_id: UUID
    situation_id: UUID | None
    reference: str
    alias: str
    who: str
    sections: tuple[Section, ...]
    reason_code: str
    basis: str
    hours: int
    standing: Standing
    own: bool
    asked_at: datetime
    opened_at: datetime | None
    ends_at: datetime | None
    review_by: datetime | None
    second_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """A review, as far as this seat may read it."""

    outcome: str
    reviewed_at: datetime
    by: str
    told_on: date | None
    told_by: str
    means: str
    remarks: str
    not_told: str
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPage:
    """One access, and what this seat may do with it."""

    line: EmergencyLine
    reason: str
    answered_by: str
    answered_at: datetime | None
    review: ReviewView | None
    may_answer: bool
    may_close: bool
    may_review: bool
    tellers: tuple[tuple[UUID, str], ...]
    """Who may have told the person: the circle and whoever opened; for the review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What of it a first page says."""

    open: int = 0
    to_review: int = 0
    late: int = 0
    to_answer: int = 0
    own_open: tuple[EmergencyLine, ...] = ()
