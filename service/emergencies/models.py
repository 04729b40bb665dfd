"""The paper of each emergency access: who, why, under which basis, and what was said of it after.

What it opens is a fact of `service.sharing`, which cannot exist without its paper. In clear are
only codes, dates and identifiers.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table
from service.encryption.sealed import Sealed, SealedColumn


class EmergencyRequest(Table):
    """An emergency access, from the moment it is asked for.

    `content` is the reason. `second_person`: the third in thirty days, which another must grant;
    `granted` is None until they answer. `opened_at` is None until it opens; `review_by`
    and `tell_by` are then when someone else must have reviewed it, and the person been told.
    """

    __tablename__ = "emergency_request"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "situation_id"], ["situation.clsm_id", "situation.situation_id"]
        ),
        Index("ix_emergency_request_clsm_id_employment_id", "clsm_id", "employment_id"),
        Index("ix_emergency_request_clsm_id_asked_at", "clsm_id", "asked_at"),
        Index("ix_emergency_request_clsm_id_situation_id", "clsm_id", "situation_id"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    access_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    sections: Mapped[str] = mapped_column(Text)
    hours: Mapped[int]
    reason_code: Mapped[str]
    basis: Mapped[str]
    second_person: Mapped[bool]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("employment.employment_id"))
    granted: Mapped[bool | None]
    opened_at: Mapped[datetime | None]
    review_by: Mapped[datetime | None]
    tell_by: Mapped[datetime | None]
    content: Mapped[Sealed] = mapped_column(SealedColumn)


class EmergencyReview(Table):
    """What someone else said of an access after it ended; written once.

    `told_on`, `told_by` and `means` say how the person was informed; without them, the motive
    why not is in `content`, beside the reviewer's remarks.
    """

    __tablename__ = "emergency_review"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "access_id"],
            ["emergency_request.clsm_id", "emergency_request.access_id"],
        ),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    access_id: Mapped[UUID] = mapped_column(primary_key=True)
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    outcome: Mapped[str]
    reviewed_at: Mapped[datetime]
    told_on: Mapped[date | None]
    told_by: Mapped[UUID | None] = mapped_column(ForeignKey("employment.employment_id"))
    means: Mapped[str] = mapped_column(default="")
    content: Mapped[Sealed] = mapped_column(SealedColumn)


class EmergencyAttempt(Table):
    """A reference that opened nothing, typed by a seat on call; kept one hour, to count them."""

    __tablename__ = "emergency_attempt"
    __table_args__ = (
        Index("ix_emergency_attempt_clsm_id_employment_id", "clsm_id", "employment_id", "at"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    at: Mapped[datetime]
