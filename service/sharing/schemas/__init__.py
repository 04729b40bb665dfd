"""What the operations of sharing take and return: identifiers, codes and dates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Annotated
from uuid import UUID

import msgspec

from policies.vocabulary import (
    Action,
    Column,
    Level,
    OrganisationKind,
    ProfessionalCategory,
    Section,
)
from service.access import gate
from service.access.facts import SituationFacts
from service.partners.operations import SeatName
from service.sharing.schemas.invitations import InvitationLine, InvitationOut
from service.web.words import Code, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatInfo:
    """What the rules need to know of a seat."""

    employment_id: UUID
    clsm_id: UUID
    organisation_kind: OrganisationKind
    category: ProfessionalCategory
    function: str
    secrecy_basis: str
    designated_relative: bool
    strong_auth: bool
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Professions that read a section now: in full, or by its extract only."""

    full: tuple[str, ...] = ()
    extract: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SeatAccess:
    """One seat around a situation, with what holds for it now."""

    employment_id: UUID
    name: SeatName
    profession: str
    facts: SituationFacts

    def level(self, section: Section) -> Level:
        """Return how far a section opens to this seat."""
        return self._levels[section]

    @cached_property
    def _levels(self) -> Mapping[Section, Level]:
        return {section: told.level for section, told in gate.levels(self.facts).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One seat of a circle, as the circle's page shows it.

    `valid_from` is when the seat came, renewals apart. What follows `own` is told to the
    coordinator, and to each for their own seat: `seat_over` says that the seat itself has ended,
    `ends_soon` that the place ends within thirty days, `asked` that its member asked to stay.
    """

    employment_id: UUID
    name: str
    title: str
    organisation: str
    reason: str
    valid_from: datetime
    valid_to: datetime
    suspended: bool
    lead: bool
    informing: bool
    column: str = ""
    substitutes_for: str = ""
    own: bool = False
    unpledged: bool = False
    pledge_until: datetime | None = None
    seat_over: bool = False
    ends_soon: bool = False
    asked: bool = False
    conflict: bool = False
    conflict_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChoice:
    """A seat of the directory that may be offered a place."""

    employment_id: UUID
    name: str
    title: str
    organisation: str
    member: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleView:
    """The circle as it stands, and what its reader may do with it.

    `invitations` and `conflicts` (seats in conflict that have no place) are the coordinator's;
    `exception` is the basis and the end of the exception by which the situation is named.
    """

    members: tuple[Member, ...]
    former: tuple[Member, ...]
    coordinators: tuple[str, ...]
    informing: tuple[str, datetime] | None
    missions: tuple[tuple[UUID, str], ...]
    mode: str
    state: str
    may_grant: bool
    may_leave: bool
    own_conflict: bool
    may_see_agreement: bool
    exception: tuple[str, datetime] | None = None
    invitations: tuple[InvitationLine, ...] = ()
    conflicts: tuple[tuple[UUID, str, datetime], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementLine:
    """One event of information or agreement, as the grid's history shows it."""

    kind: str
    valid_from: datetime
    recorded_by: str
    means: str
    notice_version: str
    cells: Mapping[tuple[str, str], str]
    groups: tuple[str, ...]
    own: bool
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The agreement as it stands, as far as its reader may know.

    `whole` says whether every group is shown, or only the reader's own (`group`, "" for none).
    `revision` names the state that a form was filled in from; `notes` gives the number of the
    event that each cell comes from. `unable` says since when and until when the person is held
    unable to express their will.
    """

    mode: str
    cells: Mapping[tuple[str, str], str]
    informed: Mapping[str, datetime]
    history: tuple[AgreementLine, ...]
    whole: bool
    group: str
    may_record: bool
    may_object: bool
    revision: str
    may_print: bool = False
    notes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unable: tuple[datetime, datetime] | None = None
    exception: tuple[str, datetime] | None = None


Cells = dict[Code, Code]
"""Cells of the grid as a program sends them: `{"I6-G2": "yes"}`; `I*-G5` is every category."""


class NamedSeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One seat, by its identifier."""

    employment_id: UUID


class NewMission(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A statutory mission: whose, and the reference of its procedure."""

    employment_id: UUID
    procedure: Line


class NewMandate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a guardian's mandate covers: property, person or both."""

    employment_id: UUID
    scope: Code


class NewCareTeam(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two seats that form a care team, and the number of L.1110-12 that makes them one."""

    employment_id: UUID
    other_id: UUID
    basis: Code


class NewInformation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The person was informed: for which groups, how, with which notice."""

    groups: Annotated[tuple[Code, ...], msgspec.Meta(max_length=11)]
    means: Code
    notice_version: Line
    categories: Annotated[tuple[Code, ...], msgspec.Meta(max_length=10)] = ()


class NewAnswers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the person answers. With `revision`, refused when something was recorded since."""

    cells: Annotated[Cells, msgspec.Meta(max_length=200)]
    means: Code
    notice_version: Line
    general: bool = False
    revision: Code = ""


class NewWithdrawal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the person takes back: cells (`I7-G2`), or with `general` the whole agreement."""

    means: Code
    notice_version: Line
    cells: Annotated[tuple[Code, ...], msgspec.Meta(max_length=200)] = ()
    general: bool = False


class NewUnable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who found that the person cannot express their will."""

    ground: Code


class PlaceEnd(msgspec.Struct, frozen=True, kw_only=True):
    """Until when a place now lasts."""

    valid_to: datetime


class MemberOut(msgspec.Struct, frozen=True, kw_only=True):
    """One seat of a circle."""

    employment_id: UUID
    name: str
    title: str
    organisation: str
    reason: str
    valid_from: datetime
    valid_to: datetime
    suspended: bool
    lead: bool
    informing: bool
    substitutes_for: str
    unpledged: bool
    pledge_until: datetime | None
    seat_over: bool
    ends_soon: bool
    asked: bool
    conflict: bool


class ExceptionOut(msgspec.Struct, frozen=True, kw_only=True):
    """Why the situation is named without agreement, and until when."""

    basis: str
    until: datetime


class CircleOut(msgspec.Struct, frozen=True, kw_only=True):
    """The circle as this seat may know it."""

    mode: str
    state: str
    members: tuple[MemberOut, ...]
    former: tuple[MemberOut, ...]
    coordinators: tuple[str, ...]
    invitations: tuple[InvitationOut, ...]
    exception: ExceptionOut | None
    may_grant: bool


class AgreementEventOut(msgspec.Struct, frozen=True, kw_only=True):
    """One event of information or agreement."""

    kind: str
    valid_from: datetime
    recorded_by: str
    means: str
    notice_version: str
    cells: dict[str, str]
    groups: tuple[str, ...]


class AgreementOut(msgspec.Struct, frozen=True, kw_only=True):
    """The agreement as this seat may know it; `revision` goes with the answers."""

    mode: str
    whole: bool
    cells: dict[str, str]
    informed: dict[str, datetime]
    history: tuple[AgreementEventOut, ...]
    may_record: bool
    may_object: bool
    revision: str
    unable_until: datetime | None
    exception: ExceptionOut | None


class SimulatedChange(msgspec.Struct, kw_only=True, frozen=True):
    """A right that a candidate policy opens or closes: on how many situations, to how many seats.

    `around` tells the seats with a place around the situation from the others; `lighter` says that
    what changes is a duty, not the right. `examples` identify situations: the reader's own only.
    """

    opens: bool
    column: Column
    section: Section
    action: Action
    around: bool
    lighter: bool
    situations: int
    seats: int
    pairs: int
    examples: tuple[UUID, ...]


class Simulation(msgspec.Struct, kw_only=True, frozen=True):
    """A candidate against the policy in force, on the facts of one instant."""

    old: str
    new: str
    at: datetime
    situations: int
    seats: int
    pairs: int
    standpoints: int
    seconds: float
    opened: tuple[SimulatedChange, ...]
    closed: tuple[SimulatedChange, ...]


class SimulationJob(msgspec.Struct, kw_only=True, frozen=True):
    """A simulation that was asked: waiting, running, done or failed; its result once done."""

    simulation_id: UUID
    number: int
    state: str
    done: int
    whole: int
    asked_at: datetime
    result: Simulation | None


class SimulationAsked(msgspec.Struct, kw_only=True, frozen=True):
    """Where a simulation that was just asked is to be read."""

    simulation_id: UUID
