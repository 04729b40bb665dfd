"""What the record shows: who acted (by organisation and function), on what, when. No content."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.oversight.rules import ACTS, OUTCOMES, PAGE_SIZE, Asked, read_question
from service.situations.schemas import SECTION_LABELS

__all__ = [
    "ACTS",
    "OUTCOMES",
    "PAGE_SIZE",
    "SECTION_LABELS",
    "Asked",
    "DepartedSeat",
    "DepartureReading",
    "OrganisationChoice",
    "ReadLine",
    "RecordLine",
    "RecordPage",
    "SituationWord",
    "read_question",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationWord:
    """How a situation is called here. All is empty when this seat may not know it (any more)."""

    situation_id: UUID | None
    reference: str
    alias: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationChoice:
    """An organisation that the register can be narrowed to."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """One entry of the record, as far as a person who oversees may read it.

    `actor` is the pseudonym of a seat for one year, never a name; `decision` the first 16 bytes
    of the decision's digest, from which it can be replayed; `sections` are labels.
    """

    index: int
    at: datetime
    act: str
    said: str
    outcome: str
    outcome_said: str
    organisation: str
    role: str
    purpose: str
    actor: str
    sections: tuple[str, ...]
    situations: tuple[SituationWord, ...]
    situations_count: int
    decision: str
    emergency: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """One page of the register, newest first; `older` is where the next one begins.

    `size` and `root` are those of the whole deployment's tree: kept elsewhere, they prove later
    that nothing was taken away. `policy` is the digest of the rules in force.
    """

    lines: tuple[RecordLine, ...]
    older: int | None
    size: int
    root: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """What a seat had read of one situation: a section and its level, or an act in words."""

    reference: str
    said: str
    level: str
    first_at: datetime
    last_at: datetime
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureReading:
    """What someone who left had read. `whole` is false when only some cells are shown.

    `erased` counts what concerned situations erased since: they have no name any more.
    """

    employment_id: UUID
    who: str
    started_at: datetime
    ended_at: datetime
    whole: bool
    lines: tuple[ReadLine, ...]
    erased: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartedSeat:
    """A seat that ended: whose, and when."""

    employment_id: UUID
    who: str
    ended_at: datetime
