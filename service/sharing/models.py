"""The facts of every decision: who, which situation, from when to when. Never a text.

Every row is dated twice: valid in [valid_from, valid_to), known in [recorded_at,
superseded_at). A change closes a row and writes another, so that the past, as it was known
then, can always be asked again and does not move.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import SchemaItem

from service.database import Table
from service.encryption.sealed import Sealed, SealedColumn


def _inside_situation(table: str, *, of_seat: bool) -> tuple[SchemaItem, ...]:
    """Keep foreign keys inside the tenant; find a situation's facts, and a seat's, in one range."""
    items: list[SchemaItem] = [
        ForeignKeyConstraint(
            ["clsm_id", "situation_id"], ["situation.clsm_id", "situation.situation_id"]
        ),
        Index(f"ix_{table}_clsm_id_situation_id", "clsm_id", "situation_id"),
    ]
    if of_seat:
        items.append(Index(f"ix_{table}_clsm_id_employment_id", "clsm_id", "employment_id"))
    return tuple(items)


class Dated:
    """The columns of every fact about a situation."""

    of_seat: ClassVar[bool] = False

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    fact_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime]
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[SchemaItem, ...]:  # noqa: N805
        """Give every table of facts the same keys and indexes."""
        table: str = cls.__tablename__  # type: ignore[attr-defined]  # of the table mixed in
        return _inside_situation(table, of_seat=cls.of_seat)


class OfSeat(Dated):
    """A fact that ties one seat to one situation.

    It ends when the person leaves, unless `kept_at_departure` says why it stays: it then tells
    what was done, and opens nothing.
    """

    of_seat: ClassVar[bool] = True
    kept_at_departure: ClassVar[str] = ""

    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))


class Standing(Dated, Table):
    """A situation's cell, state and review mode; the mode's basis when it is an exception.

    An exception ends by itself: its row is valid for thirty days and the next one, anonymised,
    is written with it (settled.md 4).
    """

    __tablename__ = "standing"

    cell_id: Mapped[UUID]
    state: Mapped[str]
    mode: Mapped[str]
    basis: Mapped[str] = mapped_column(default="")


class Freeze(Dated, Table):
    """Processing limited (RGPD art. 18): readable by the author and the DPO only."""

    __tablename__ = "situation_freeze"


class CircleMembership(OfSeat, Table):
    """A seat belongs to the circle of a situation, for a reason, six months at most.

    `substitutes_for` is the seat that it stands in for, if any: a place of its own all the same.
    """

    __tablename__ = "circle_membership"

    reason: Mapped[str]
    suspended: Mapped[bool] = mapped_column(default=False)
    substitutes_for: Mapped[UUID | None]


class CircleInvitation(OfSeat, Table):
    """A seat is invited into a circle: it opens nothing but itself until it is accepted.

    One row a state, all under the same `invitation_id`: `pending` until `valid_to`, its
    deadline, then nothing more when it expires; or `accepted`, `declined` with the code of its
    reason in `answer`, `withdrawn`. `until` is the end that the place would have.
    """

    __tablename__ = "circle_invitation"
    kept_at_departure = "what was answered; those that wait are withdrawn"

    invitation_id: Mapped[UUID]
    invited_by: Mapped[UUID]
    reason: Mapped[str]
    until: Mapped[datetime | None]
    substitutes_for: Mapped[UUID | None]
    state: Mapped[str]
    answer: Mapped[str] = mapped_column(default="")


class RenewalRequest(OfSeat, Table):
    """A member asks for their place to be renewed; the coordinator alone renews it."""

    __tablename__ = "renewal_request"


class LeadDesignation(OfSeat, Table):
    """The lead professional (pilote) of a situation: one at a time."""

    __tablename__ = "lead_designation"


class InformingDesignation(OfSeat, Table):
    """The professional charged to inform the person: extract of section 1 for 30 days."""

    __tablename__ = "informing_designation"


class Referrer(OfSeat, Table):
    """The author of the referral: keeps their own original."""

    __tablename__ = "referrer"


class Mission(OfSeat, Table):
    """A statutory mission opened with its procedure (condition v)."""

    __tablename__ = "mission"

    procedure: Mapped[str]


class SocialCoordinator(OfSeat, Table):
    """The coordinator whom the mayor designated by an act (CASF L.121-6-2); one at a time.

    `act_reference` is the act's own, in clear: digits and a few capitals.
    """

    __tablename__ = "social_coordinator"

    act_reference: Mapped[str]


class ConflictOfInterest(OfSeat, Table):
    """A declared conflict: denies every section."""

    __tablename__ = "conflict_of_interest"
    kept_at_departure = "only restricts"


class Mandate(OfSeat, Table):
    """A guardian's mandate: `scope` is property, person or both (C. civ. 459)."""

    __tablename__ = "mandate"

    scope: Mapped[str]


class CareTeamLink(OfSeat, Table):
    """Two seats form a care team for this person (L.1110-12 CSP); `basis` is 1, 2 or 3."""

    __tablename__ = "care_team_link"

    with_employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    basis: Mapped[str]


class SectionAuthor(OfSeat, Table):
    """A seat has written in a section: what a care team or a health exchange is measured against.

    `category` is the seat's when it first wrote there.
    """

    __tablename__ = "section_author"
    kept_at_departure = "who wrote where: care teams are measured against it"

    section: Mapped[str]
    category: Mapped[str]


class InformationEvent(OfSeat, Table):
    """The person was informed (R.1110-3, D.1110-3-1): by whom, how, of which groups.

    `employment_id` is who informed. `groups` is a comma list of recipient groups.
    """

    __tablename__ = "information_event"
    kept_at_departure = "what the person was told"

    groups: Mapped[str] = mapped_column(Text)
    categories: Mapped[str] = mapped_column(Text)
    means: Mapped[str]
    notice_version: Mapped[str]


class AgreementEvent(OfSeat, Table):
    """An agreement, refusal or withdrawal was recorded; append-only, the paper behind the cells.

    `employment_id` is who collected it; `kind` is general, partial, objection or
    withdrawal; unable, until `valid_to`, or able, of the person's will.
    """

    __tablename__ = "agreement_event"
    kept_at_departure = "what the person said"

    kind: Mapped[str]
    means: Mapped[str]
    notice_version: Mapped[str]
    cells: Mapped[str] = mapped_column(Text)


class AgreementCell(Dated, Table):
    """What the person allows: one information category for one recipient group.

    `value` is yes, extract_only, no or not_asked; a cell never named has no row.
    """

    __tablename__ = "agreement_cell"

    category: Mapped[str]
    recipients: Mapped[str]
    value: Mapped[str]
    event_id: Mapped[UUID]


class GuestGrant(OfSeat, Table):
    """One named professional outside the circle reads named sections for a time.

    `sections` is a comma list; `purpose` a word of R.1110-1; `basis` a code of the legal path.
    """

    __tablename__ = "guest_grant"

    sections: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str]
    basis: Mapped[str]


class EmergencyAccess(OfSeat, Table):
    """An emergency access of one seat: from its opening until it expires or is closed.

    `sections` is a comma list. `access_id` is the paper it rests on (`service.emergencies`):
    who asked, why, under which basis, and the review that is due. Without it, no fact.
    """

    __tablename__ = "emergency_access"

    access_id: Mapped[UUID]
    sections: Mapped[str] = mapped_column(Text)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[SchemaItem, ...]:  # noqa: N805
        """Add the paper to the keys of every fact."""
        return (
            *_inside_situation(cls.__tablename__, of_seat=True),
            ForeignKeyConstraint(
                ["clsm_id", "access_id"],
                ["emergency_request.clsm_id", "emergency_request.access_id"],
            ),
        )


class Assignment(OfSeat, Table):
    """An action is assigned to a seat, and its window runs: what `read_assigned` rests on.

    From the assignment to thirty days after the first due date or, once the action is closed,
    to seven days after that (domain.md 3.1, X). `due_at` is that first date; `label` a code.
    """

    __tablename__ = "assignment"

    action_id: Mapped[UUID]
    label: Mapped[str]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class JoinRequest(Table):
    """A professional asks to join the circle of a situation that they know by its reference.

    `situation_id` is empty when no situation has that reference: the row is written all the
    same, so that nothing tells the two apart. The sentence has a key of its own, under the
    request's identifier; `forgotten_at` is when that key was destroyed. `motive` is why it was
    declined.
    """

    __tablename__ = "join_request"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "situation_id"], ["situation.clsm_id", "situation.situation_id"]
        ),
        Index("ix_join_request_clsm_id_employment_id", "clsm_id", "employment_id"),
        Index("ix_join_request_clsm_id_situation_id", "clsm_id", "situation_id"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    situation_id: Mapped[UUID | None]
    reference: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    motive: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    forgotten_at: Mapped[datetime | None]
    content: Mapped[Sealed] = mapped_column(SealedColumn)


class PolicySimulation(Table):
    """One simulation that someone asked: how far it is, then its counts.

    `cells` is a comma list of the cells counted, "" for all. `result` is JSON
    (`schemas.Simulation`): counts and identifiers of examples, never a content. Kept thirty days.
    """

    __tablename__ = "policy_simulation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "number"], ["policy_version.clsm_id", "policy_version.number"]
        ),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    simulation_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    cells: Mapped[str] = mapped_column(Text)
    state: Mapped[str]
    done: Mapped[int]
    whole: Mapped[int]
    asked_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    result: Mapped[str | None] = mapped_column(Text)
