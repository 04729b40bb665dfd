"""What reading and changing the policy take and return."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from policies.comparing import Difference
from policies.rules import Policy
from service.rulebook.rules import LONGEST_MOTIVE, LONGEST_TABLE, VersionState
from service.web.words import PARAGRAPHS


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalLine:
    """One approval; `counts` when what it approved is still what would change."""

    name: str
    office: str
    approved_at: datetime
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version in the list. `author` is "" for the operator of the service."""

    number: int
    digest: str
    state: VersionState
    state_label: str
    author: str
    proposed_at: datetime
    withdrawn_at: datetime | None
    effective_from: datetime | None
    effective_to: datetime | None
    approvals: tuple[ApprovalLine, ...]
    base_number: int
    widens: bool
    widens_health: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version beside the one it is compared with (`against`; 0: the shipped rules)."""

    line: VersionLine
    motive: str
    against: int
    difference: Difference
    missing: int
    """How many people still have to approve it; 0 when it is settled."""
    problem: str
    """Why this seat cannot approve it now; "" when it can."""
    may_withdraw: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsView:
    """Every version, the newest first, and whether an upgrade brought other rules."""

    lines: tuple[VersionLine, ...]
    shipped_digest: str
    shipped_differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """The policy in force; `since` is None where a CLSM decides by the shipped rules."""

    number: int
    digest: str
    since: datetime | None
    approvals: tuple[ApprovalLine, ...]
    waiting: int | None
    waiting_from: datetime | None
    policy: Policy
    may_change: bool


Table = Annotated[str, msgspec.Meta(max_length=LONGEST_TABLE, pattern=PARAGRAPHS)]
Motive = Annotated[str, msgspec.Meta(max_length=LONGEST_MOTIVE, pattern=PARAGRAPHS)]


class NewVersion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A version to propose: three tables, or the one that the service ships."""

    motive: Motive
    matrix: Table = ""
    conditions: Table = ""
    special: Table = ""
    shipped: bool = False


class NewApproval(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An approval; `base_number` is the version in force that this one was compared with."""

    base_number: int


class ApprovalOut(msgspec.Struct, kw_only=True, frozen=True):
    """One approval."""

    name: str
    office: str
    approved_at: datetime
    counts: bool


class VersionOut(msgspec.Struct, kw_only=True, frozen=True):
    """One version in the list."""

    number: int
    digest: str
    state: str
    author: str
    proposed_at: datetime
    withdrawn_at: datetime | None
    effective_from: datetime | None
    effective_to: datetime | None
    approvals: tuple[ApprovalOut, ...]
    base_number: int
    widens: bool
    widens_health: bool


class VersionsOut(msgspec.Struct, kw_only=True, frozen=True):
    """Every version, the newest first."""

    versions: tuple[VersionOut, ...]
    shipped_digest: str
    shipped_differs: bool


class ChangeOut(msgspec.Struct, kw_only=True, frozen=True):
    """One thing that opens or closes, in words of the rules; `facts` is its smallest example."""

    column: str
    organisation_kinds: tuple[str, ...]
    section: str
    action: str
    purposes: tuple[str, ...]
    facts: tuple[str, ...]
    rules: tuple[str, ...]
    refused_by: tuple[str, ...]
    duty: str


class VersionDetailOut(msgspec.Struct, kw_only=True, frozen=True):
    """One version with its motive and what it opens and closes against another."""

    version: VersionOut
    motive: str
    against: int
    opened: tuple[ChangeOut, ...]
    closed: tuple[ChangeOut, ...]
    told: tuple[str, ...]
    missing_approvals: int
    problem: str


class SentenceOut(msgspec.Struct, kw_only=True, frozen=True):
    """One sentence of the policy, with its source."""

    sentence: str
    source: str
    rules: tuple[str, ...]


class SectionRulesOut(msgspec.Struct, kw_only=True, frozen=True):
    """What the policy says of one section; `section` is empty for what denies everywhere."""

    section: str
    label: str
    sentences: tuple[SentenceOut, ...]


class PolicyOut(msgspec.Struct, kw_only=True, frozen=True):
    """The policy in force, in French."""

    number: int
    digest: str
    since: datetime | None
    approvals: tuple[ApprovalOut, ...]
    waiting: int | None
    waiting_from: datetime | None
    sections: tuple[SectionRulesOut, ...]


class Created(msgspec.Struct, kw_only=True, frozen=True):
    """The number of what was proposed."""

    number: int


class Approved(msgspec.Struct, kw_only=True, frozen=True):
    """From when the version decides, if this approval adopted it."""

    effective_from: datetime | None
