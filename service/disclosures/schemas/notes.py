"""The note to the mayor, and the requests that got the neutral answer."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from service.web.words import Code


class NewNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A note to make: to whom, and who would coordinate (nobody yet: the mayor chooses)."""

    note_id: UUID
    recipient: Code
    coordinator_id: UUID | None = None


class NoteId(msgspec.Struct, frozen=True, kw_only=True):
    """A note that was made."""

    note_id: UUID


class NewDesignation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The coordinator whom the mayor designated, and the reference of the act."""

    employment_id: UUID
    act_reference: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteForm:
    """What the page of a new note is made with.

    `coordinators` are the professionals of the circle among whom the mayor may designate;
    `designated` the one already designated, in full, with the reference of the act.
    """

    coordinators: tuple[tuple[UUID, str], ...]
    designated: tuple[UUID, str, str] | None
    may_designate: bool
    may_note: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MayorNoteView:
    """The five fields of CASF L.121-6-2, and nothing else."""

    note_id: UUID
    situation_id: UUID
    reference: str
    recipient_label: str
    identity: str
    address: str
    need: str
    coordinator: str
    made_on: datetime


class NewInquiry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request about a person: its day, the kind of who asked, the channel. Never about whom."""

    received_on: date
    requester: Code
    means: Code


class NeutralAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The one answer to whoever asks about a person."""

    answer: str


class InquiryId(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was registered and answered."""

    inquiry_id: UUID
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryLine:
    """One request, as the coordination, the DPO and the auditor read it."""

    inquiry_id: UUID
    received_on: date
    requester: str
    requester_label: str
    means: str
    means_label: str
    registered_by: str
    answered_at: datetime
