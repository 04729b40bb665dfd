"""A report as it is written, kept and shown; what others than its author see of it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from service.disclosures.rules.paths import RECIPIENT_LABELS, LegalPath
from service.web.words import Code, Line, Paragraphs


class ReportContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is sealed of a report, for its author alone."""

    extract: str = ""
    reason: str = ""
    informed_by: str = ""
    motive: str = ""


class NewReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A report to an authority; `report_id` is made by the sender, once a report.

    `victim` answers what the path asks of the victim's agreement; `informed` is `informed`
    (with the day, and by whom) or `not_informed` (with the motive).
    """

    report_id: UUID
    path: Code
    recipient: Code
    victim: Code = ""
    extract: Paragraphs = ""
    reason: Paragraphs = ""
    informed: Code = ""
    informed_on: date | None = None
    informed_by: Line = ""
    motive: Paragraphs = ""
    confirmed: bool = False


class NewUnused(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A path that was considered and not used, and why."""

    report_id: UUID
    path: Code
    reason: Paragraphs
    confirmed: bool = False


class NewHandover(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day and the channel by which the author handed the sheet over."""

    handed_on: date
    means: Code


class NewReview(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What someone else than the author found afterwards."""

    outcome: Code


class ReportId(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was recorded."""

    report_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PathLine:
    """One legal path that this seat may take, in words."""

    code: str
    label: str
    source: str
    help: str
    recipients: dict[str, str]
    victim_answers: dict[str, str]
    keeps_extract: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """What the coordination and the DPO are told of a report: never its extract or its reason.

    `review_by` is None for a path that was not used: there is nothing to look at.
    """

    report_id: UUID
    situation_id: UUID
    reference: str
    path: str
    path_label: str
    source: str
    used: bool
    recipient_label: str
    author: str
    own: bool
    made_at: datetime
    informed: str
    informed_label: str
    informed_on: date | None
    handed_on: date | None
    handed_label: str
    review_by: datetime | None
    reviewed_at: datetime | None
    reviewer: str
    outcome_label: str
    late: bool
    may_review: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLine:
    """What the coordination and the DPO are told of a note to the mayor."""

    note_id: UUID
    situation_id: UUID
    reference: str
    recipient_label: str
    author: str
    own: bool
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Reports and notes: those of one situation, or all that a seat is told of."""

    reports: tuple[ReportLine, ...]
    notes: tuple[NoteLine, ...]
    overseen: bool
    """Whether the lines are those of a cell or a CLSM, and not this seat's own only."""
    may_report: bool = False
    may_note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """One's own report, whole."""

    line: ReportLine
    extract: str
    reason: str
    informed_by: str
    motive: str
    victim_label: str
    has_extract: bool
    author: str


def path_line(path: LegalPath) -> PathLine:
    """Return a legal path in words."""
    return PathLine(
        code=path.code,
        label=path.label,
        source=path.source,
        help=path.help,
        recipients={str(one): RECIPIENT_LABELS[one] for one in path.recipients},
        victim_answers=path.victim_answers(),
        keeps_extract=path.keeps_extract,
    )
