"""What guest access and requests to join take and return."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from policies.vocabulary import Level, Section
from service.partners.operations import SeatName
from service.sharing.rules.targeted import JoinState
from service.web.words import Code, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestOffer:
    """What is offered to one seat outside the circle; nothing of it is checked yet."""

    employment_id: UUID
    sections: tuple[str, ...]
    purpose: str
    basis: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How far one section would open to this seat today, or why it would not."""

    section: Section
    level: Level
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestPreview:
    """What a grant would really open, before anyone decides it."""

    name: SeatName
    openings: tuple[Opening, ...]
    until: datetime

    @property
    def opened(self) -> tuple[Opening, ...]:
        """Return the sections that open at all."""
        return tuple(one for one in self.openings if one.level is not Level.NONE)

    @property
    def withheld(self) -> tuple[Opening, ...]:
        """Return those that would stay closed."""
        return tuple(one for one in self.openings if one.level is Level.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestLine:
    """One grant, as the circle's page shows it; `openings` are those of now, for a live one."""

    employment_id: UUID
    name: str
    title: str
    organisation: str
    sections: tuple[str, ...]
    purpose: str
    basis: str
    valid_from: datetime
    valid_to: datetime
    openings: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestsView:
    """The guests of a situation; `past` is empty for those who decide nothing."""

    live: tuple[GuestLine, ...] = ()
    past: tuple[GuestLine, ...] = ()
    may_admit: bool = False
    may_end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestPass:
    """The grant of the seat that reads: until when, why, which sections, by whom."""

    situation_id: UUID
    sections: tuple[str, ...]
    purpose: str
    basis: str
    until: datetime
    granted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRequest:
    """One of one's own requests: what was typed, and a state that tells nothing of the file."""

    request_id: UUID
    reference: str
    reason: str
    asked_at: datetime
    answer_by: datetime
    state: JoinState


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request to answer; its sentence is read apart."""

    request_id: UUID
    situation_id: UUID
    employment_id: UUID
    name: str
    title: str
    organisation: str
    reason: str
    asked_at: datetime
    answer_by: datetime
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request and its sentence, for whoever answers it."""

    line: RequestLine
    sentence: str


class NewGuest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A guest access to grant: to whom, for which sections, why, on which ground, until when."""

    employment_id: UUID
    sections: Annotated[tuple[Code, ...], msgspec.Meta(max_length=20)]
    purpose: Code
    basis: Code
    until: datetime


class OpeningOut(msgspec.Struct, frozen=True, kw_only=True):
    """How far a section opens to the guest today."""

    section: Section
    level: Level


class GuestOut(msgspec.Struct, frozen=True, kw_only=True):
    """One guest access."""

    employment_id: UUID
    name: str
    title: str
    organisation: str
    sections: tuple[str, ...]
    purpose: str
    basis: str
    valid_from: datetime
    valid_to: datetime
    openings: tuple[OpeningOut, ...]


class GuestsOut(msgspec.Struct, frozen=True, kw_only=True):
    """The guest accesses of a situation, as this seat may know them."""

    live: tuple[GuestOut, ...]
    past: tuple[GuestOut, ...]
    may_admit: bool
    may_end: bool


class NewJoinRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request to join a circle; `request_id` is made by the sender, once a request."""

    request_id: UUID
    reference: Code
    reason: Code
    sentence: Line


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The request was taken; whatever the reference, this is all that is said."""

    answer_by: datetime


class OwnRequestOut(msgspec.Struct, frozen=True, kw_only=True):
    """One of one's own requests."""

    request_id: UUID
    reference: str
    reason: str
    asked_at: datetime
    answer_by: datetime
    state: JoinState


class RequestOut(msgspec.Struct, frozen=True, kw_only=True):
    """A request to answer."""

    request_id: UUID
    employment_id: UUID
    name: str
    title: str
    organisation: str
    reason: str
    asked_at: datetime
    answer_by: datetime
    late: bool


class RequestRead(msgspec.Struct, frozen=True, kw_only=True):
    """A request to answer, with its sentence."""

    request: RequestOut
    sentence: str


class NewJoinAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The answer to a request: `invited`, `guest` with an offer, or `declined` with a motive."""

    answer: Code
    motive: Code = ""
    sections: Annotated[tuple[Code, ...], msgspec.Meta(max_length=20)] = ()
    purpose: Code = ""
    basis: Code = ""
    until: datetime | None = None
