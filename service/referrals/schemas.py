"""What the operations of referrals take and return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from service.referrals.form import Variant
from service.referrals.rules import Answer, Answers, Clocks, Form, Warned
from service.situations.schemas import Card
from service.web.words import Code, Line, Paragraphs

Version = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Sheet(msgspec.Struct, forbid_unknown_fields=True):
    """What is sealed of a form, block I apart: answers, and the dangers already redirected."""

    blocks: Form = {}
    redirected: list[str] = []
    """Questions of the danger screen for which the numbers were shown."""
    rescued: bool = False
    """The author says that the rescue services were called; the referral may then be sent."""


class HealthSheet(msgspec.Struct, forbid_unknown_fields=True):
    """What is sealed of block I, under its own key."""

    answers: Answers = {}


class Note(msgspec.Struct, forbid_unknown_fields=True):
    """What the coordinator told the author; sealed."""

    message: str = ""


class NewReferral(msgspec.Struct, forbid_unknown_fields=True):
    """A new draft; `referral_id` is made by the sender, so that two clicks make one draft."""

    cell_id: UUID
    referral_id: UUID | None = None


class BlockIn(msgspec.Struct, forbid_unknown_fields=True):
    """The answers of one block, and the version of the draft that they were typed on."""

    version: Version
    answers: dict[Code, Answer]


class VersionIn(msgspec.Struct, forbid_unknown_fields=True):
    """The version of what one acts upon."""

    version: Version


class RescueIn(msgspec.Struct, forbid_unknown_fields=True):
    """The author says that the rescue services were called."""

    version: Version
    rescued: bool


class ChecklistIn(msgspec.Struct, forbid_unknown_fields=True):
    """The coordinator's twelve points, with notes."""

    version: Version
    points: dict[Code, Code]
    notes: dict[Code, Paragraphs] = {}


class ReturnIn(msgspec.Struct, forbid_unknown_fields=True):
    """What the author is asked to complete."""

    version: Version
    message: Paragraphs


class DecisionIn(msgspec.Struct, forbid_unknown_fields=True):
    """A decision on a referral; `alias` empty draws one."""

    version: Version
    outcome: Code
    urgency: Code = "U1"
    reason: Code = ""
    target: Code = ""
    explanation: Paragraphs = ""
    alias: Line = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who referred, as their seat says."""

    name: str
    title: str
    organisation: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralLine:
    """One referral of its author's list: a state in words, and nothing of the content."""

    referral_id: UUID
    situation_id: UUID
    reference: str
    state: str
    words: str
    tone: str
    drafted_at: datetime
    sent_at: datetime | None
    forgotten_on: date | None
    """The day a draft is deleted, None once sent."""
    readable: bool
    """Whether the author may open their original."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """The author's own referrals; `older` continues the list."""

    lines: tuple[ReferralLine, ...]
    older: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form being written, by its author."""

    referral_id: UUID
    situation_id: UUID
    cell_id: UUID
    variant: Variant
    state: str
    reference: str
    version: int
    form: Form
    redirected: tuple[str, ...]
    rescued: bool
    wanting: Mapping[str, str]
    """What must still be answered before sending: question → sentence."""
    warnings: tuple[Warned, ...]
    drafted_at: datetime
    deleted_on: date
    message: str = ""
    """What the coordinator asked for when returning it."""

    def answers(self, slug: str) -> Answers:
        """Return the answers of a block, empty when there are none."""
        return self.form.get(slug, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a save answers."""

    version: int
    danger: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()
    following: str = ""
    """The next block of this form, or `check` after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The acknowledgement: a reference, a day, nothing of the content."""

    referral_id: UUID
    situation_id: UUID
    reference: str
    sent_at: datetime
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What sending answers: a receipt, or the dangers that come first."""

    receipt: Receipt | None = None
    danger: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One block of a referral, in words; `text` is empty when nothing was answered."""

    letter: str
    slug: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A referral as it was sent, as far as the reader may open it.

    `health` is "shown", "given" (it was filled in, and stays closed), or "none".
    """

    referral_id: UUID
    situation_id: UUID
    reference: str
    state: str
    words: str
    variant: Variant
    author: Author
    sent_at: datetime
    blocks: tuple[Told, ...]
    health: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """One referral that waits: codes and dates only."""

    referral_id: UUID
    situation_id: UUID
    reference: str
    state: str
    words: str
    urgency: str
    sent_at: datetime
    clocks: Clocks
    organisation: str
    health_to_check: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for a decision, the most urgent first, then the oldest."""

    lines: tuple[QueueLine, ...]
    coordinates: bool
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A situation that may be of the same person, and what is alike."""

    situation_id: UUID
    reference: str
    state: str
    card: Card
    alike: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The person of a referral beside the candidates found by keyed digests."""

    referral_id: UUID
    reference: str
    card: Card
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """The coordinator's screen of one referral."""

    original: Original
    situation_id: UUID
    version: int
    urgency: str
    clocks: Clocks
    checklist: Mapping[str, str]
    checklist_version: int
    mode: str
    outcome: str
    reason: str
    declared: tuple[tuple[str, str], ...] = field(default=())
    """What the author says of information and agreement, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a decision answers."""

    situation_id: UUID
    reference: str
    state: str
    alias: str = ""
