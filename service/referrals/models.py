"""The referral: its form is two boxes (block I apart), its course is codes and dates."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table
from service.encryption.sealed import Sealed, SealedColumn


class Referral(Table):
    """A saisine, from draft to answer.

    `situation_id` is given with the draft, so that its keys exist before the file does; the
    row of `situation` is created when it is sent. `health` is block I, apart: a coordinator
    outside R.1110-2 only learns that it was filled in. `version` is that of the row; each
    box has its own, which its seal is bound to. `qualified_at` is when the examination began,
    `forgotten_at` when the keys of its boxes were destroyed.
    """

    __tablename__ = "referral"
    __table_args__ = (
        ForeignKeyConstraint(["clsm_id", "cell_id"], ["cell.clsm_id", "cell.cell_id"]),
        Index("ix_referral_queue", "clsm_id", "state", "sent_at"),
        Index("ix_referral_clsm_id_employment_id", "clsm_id", "employment_id"),
        Index("ix_referral_clsm_id_situation_id", "clsm_id", "situation_id"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    referral_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    cell_id: Mapped[UUID]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    form: Mapped[str]
    state: Mapped[str]
    urgency: Mapped[str] = mapped_column(default="")
    reference: Mapped[str] = mapped_column(default="")
    drafted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    qualified_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    content_version: Mapped[int] = mapped_column(default=1)
    checklist_version: Mapped[int] = mapped_column(default=0)
    answer_version: Mapped[int] = mapped_column(default=0)
    content: Mapped[Sealed] = mapped_column(SealedColumn)
    health: Mapped[Sealed | None] = mapped_column(SealedColumn)
    checklist: Mapped[Sealed | None] = mapped_column(SealedColumn)
    answer: Mapped[Sealed | None] = mapped_column(SealedColumn)
