"""What the operations of situations take and return."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from policies.vocabulary import Level, Section
from service.sharing.schemas.targeted import GuestPass
from service.situations.rules import SECTION_LABELS as SECTION_LABELS  # noqa: PLC0414 — for all
from service.web.words import Code, Line, Paragraphs

Seen = Literal["", "seen", "reported"]


class EntryContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one author wrote: the facts, then what they think of it; the whole is sealed.

    `observed_on` is a day in Paris; `observed_by` a person or a service in words; `seen` says
    whether they saw it themself or were told.
    """

    text: Paragraphs
    opinion: Paragraphs = ""
    observed_on: date | None = None
    observed_by: Line = ""
    seen: Seen = ""


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The identity that headers and lists show where section 1 is read in full."""

    last_name: Line
    first_name: Line
    birth_name: Line = ""
    born_on: date | None = None
    birth_year: Annotated[int, msgspec.Meta(ge=1900, le=2200)] | None = None
    address: Line = ""

    @property
    def name(self) -> str:
        """Return « Prénom NOM »; capitals tell which is which, as on any French form."""
        return f"{self.first_name} {self.last_name.upper()}".strip()


class NewEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new entry as a program sends it; `entry_id` is made by the sender, once a text."""

    entry_id: UUID
    content: EntryContent
    belongs_to: Code = ""
    groups: tuple[Code, ...] = ()
    confirmed: bool = False


class EditedEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry changed within its day; `version` is the one that was read."""

    version: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    content: EntryContent
    confirmed: bool = False


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A correction after a day: a new entry, linked to the one it corrects."""

    entry_id: UUID
    content: EntryContent
    confirmed: bool = False


class NewExtract(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The author's text for others; `version` 0 when there is none yet."""

    version: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    text: Paragraphs
    confirmed: bool = False


class NewCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A state, an urgency or an adherence, by its code."""

    code: Code


class NewMode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A review mode; `basis` is the closed code of an exception."""

    mode: Code
    basis: Code = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a write answers: which entry, and the version that it now has."""

    entry_id: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry in clear, as far as this seat may read it."""

    entry_id: UUID
    section: Section
    version: int
    content: EntryContent
    author: str
    title: str
    organisation: str
    own: bool
    written_at: datetime
    first_written_at: datetime
    belongs_to: str = ""
    groups: tuple[str, ...] = ()
    corrects: UUID | None = None
    corrected_by: UUID | None = None
    may_edit: bool = False
    may_correct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractView:
    """The text that an author of the section wrote for those outside."""

    extract_id: UUID
    version: int
    text: str
    author: str
    title: str
    organisation: str
    own: bool
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """One section at the level that this seat has.

    `entries` are those it may read; `ask` whom to ask, in professions; `last_written` the day
    of the last entry that its level lets it know of. A section of health has `inline` False on
    the situation's page: it is opened on its own.
    """

    section: Section
    level: Level
    inline: bool = True
    entries: tuple[EntryView, ...] = ()
    extracts: tuple[ExtractView, ...] = ()
    last_written: datetime | None = None
    ask: tuple[str, ...] = ()
    may_write: bool = False
    may_write_extract: bool = False
    may_read_history: bool = False
    may_exchange: bool = False
    agreement: str = ""
    readers: tuple[str, ...] = ()
    extract_readers: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """Return the code that its address carries."""
        return str(self.section)

    @property
    def label(self) -> str:
        """Return the name that the page gives it."""
        return SECTION_LABELS[self.section]

    @property
    def badge(self) -> str:
        """Return the word of its level; `read_own` when only one's own entries are read."""
        return "read_own" if self.level is Level.NONE else str(self.level)

    @property
    def has_text(self) -> bool:
        """Return whether the situation's page gives it a card, or a line among the others."""
        return bool(self.entries or self.extracts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is known of a situation before any section: codes and dates, and a name if allowed."""

    situation_id: UUID
    reference: str
    alias: str
    state: str
    urgency: str
    adherence: str
    adherence_since: datetime | None
    mode: str
    episode: int
    opened_at: datetime
    review_by: datetime | None
    late: bool
    version: int
    lead: str = ""
    card: Card | None = None
    assigned_until: datetime | None = None
    """Until when this seat reads the extracts that its own action needs."""

    @property
    def title(self) -> str:
        """Return « Situation Héron », or the reference before an alias is given."""
        return f"Situation {self.alias}" if self.alias else self.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationView:
    """The situation's page: its header and the sections that this seat's levels show."""

    header: Header
    sections: tuple[SectionView, ...]
    ask: str
    steers: bool
    grants: bool
    may_open_emergency: bool = False
    guest: GuestPass | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPage:
    """One section on its own page, under the header of its situation."""

    header: Header
    section: SectionView


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLine:
    """One line of the list of situations."""

    situation_id: UUID
    reference: str
    alias: str
    state: str
    urgency: str
    opened_at: datetime
    review_by: datetime | None
    late: bool
    card: Card | None = None

    @property
    def title(self) -> str:
        """Return « Situation Héron », or the reference before an alias is given."""
        return f"Situation {self.alias}" if self.alias else self.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Fifty lines at most; `older` continues the list, None at its end."""

    lines: tuple[ListLine, ...]
    older: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of one entry, in the history of a section."""

    entry: EntryView
    sentence: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of the timeline: an instant and a sentence without its date."""

    at: datetime
    kind: str
    before: str
    after: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionHistory:
    """How a section came to be, newest first."""

    header: Header
    section: Section
    versions: tuple[Version, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """What stands around a form: where one writes, who will read it, what it may belong to.

    Nothing of the situation's content is in it.
    """

    header: Header
    section: Section
    readers: tuple[str, ...]
    extract_readers: tuple[str, ...]
    belongs: tuple[str, ...] = ()
    may_narrow: bool = False

    @property
    def code(self) -> str:
        """Return the code that its address carries."""
        return str(self.section)

    @property
    def label(self) -> str:
        """Return the name that the page gives it."""
        return SECTION_LABELS[self.section]
