"""What is told of rights: why, who, until when; to a seat, to a program, to an operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from policies.vocabulary import Level, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The instants that an answer is about, and the version of the rules that was in force then.

    `elsewhere` is False for an answer about now; `ahead` True for one about what is to come.
    """

    at: datetime
    known_at: datetime
    elsewhere: bool
    ahead: bool
    policy: str
    policy_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLine:
    """How far one section opens to one seat, and why, as far as the reader may hear."""

    name: str
    title: str
    organisation: str
    profession: str
    own: bool
    level: Level
    grounds: tuple[str, ...]
    reasons: tuple[str, ...]
    holds_until: datetime | None = None
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessView:
    """Who reads a section and why; for the reader's own seat, why not and what to do.

    `lines` are empty unless the reader is `told` of others; `ask` names whom to ask;
    `holds_until` when the reader's own answer changes by itself, and `ends` what then ends.
    """

    section: Section
    asked: Asked
    level: Level
    grounds: tuple[str, ...]
    reasons: tuple[str, ...]
    holds_until: datetime | None
    ends: str
    lines: tuple[AccessLine, ...]
    full: bool
    told: bool
    ask: tuple[str, ...]
    inside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSeat:
    """One seat of the map: how far each section opens to it."""

    name: str
    title: str
    organisation: str
    profession: str
    levels: Mapping[Section, Level]
    holds_until: datetime | None
    ends: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSection:
    """One section of the map for those who hear professions only: who reads it, and how far."""

    section: Section
    full: tuple[str, ...]
    extract: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessMap:
    """The accesses of a situation: one's own always; every seat to those who hear `full`.

    A member hears, of the sections that open to them, which professions read. `sections` are
    the twenty-one of the rules, whatever was written: never what exists.
    """

    asked: Asked
    own: MapSeat | None
    seats: tuple[MapSeat, ...]
    sections: tuple[MapSection, ...]
    full: bool
    inside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A rule that nearly allowed: the facts it lacks, by name."""

    rule: str
    facts: tuple[str, ...]
    other_purpose: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision asked again, for whoever operates the service: the answer and its reasons.

    `level` is how far the section opens with the same facts, whatever the action asked;
    `holds_until` the next instant at which one of these facts changes by itself, `ends` which.
    """

    allowed: bool
    level: Level
    rules: tuple[str, ...]
    denied_by: tuple[str, ...]
    missing: tuple[Near, ...]
    policy: str
    policy_number: int
    sentences: tuple[str, ...]
    holds_until: datetime | None
    ends: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Could:
    """One seat around a situation, and what the rules answered it."""

    name: str
    title: str
    organisation: str
    column: str
    explanation: Explanation


class AccessLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """How far the section opens to one seat."""

    name: str
    title: str
    organisation: str
    profession: str
    own: bool
    level: Level
    grounds: tuple[str, ...]
    reasons: tuple[str, ...]
    holds_until: datetime | None
    ends: str


class AccessOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads a section and why, as this seat may hear it.

    `holds_until` is when one's own answer changes by itself, unless someone acts before; `ends`
    says what then ends. `policy` is the SHA-256 of the rules in force at `at`.
    """

    section: Section
    at: datetime
    known_at: datetime
    policy: str
    policy_number: int
    level: Level
    grounds: tuple[str, ...]
    reasons: tuple[str, ...]
    holds_until: datetime | None
    ends: str
    lines: tuple[AccessLineOut, ...]
    full: bool
    told: bool
    ask: tuple[str, ...]


class MapSeatOut(msgspec.Struct, frozen=True, kw_only=True):
    """One seat of the map."""

    name: str
    title: str
    organisation: str
    profession: str
    levels: dict[Section, Level]
    holds_until: datetime | None
    ends: str


class MapSectionOut(msgspec.Struct, frozen=True, kw_only=True):
    """The professions that read one section."""

    section: Section
    full: tuple[str, ...]
    extract: tuple[str, ...]


class AccessMapOut(msgspec.Struct, frozen=True, kw_only=True):
    """The accesses of a situation, as this seat may hear them."""

    at: datetime
    known_at: datetime
    policy: str
    policy_number: int
    own: MapSeatOut | None
    seats: tuple[MapSeatOut, ...]
    sections: tuple[MapSectionOut, ...]
    full: bool
