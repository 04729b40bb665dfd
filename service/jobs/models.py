"""The outbox: who is to be told that something waits for them, and whether they were."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table


class OutgoingMail(Table):
    """One mail to send: a seat and why, in a code that never leaves this table. No content.

    `due_at` is when it may next be tried, `taken_until` the lease of the worker that sends it;
    past `stale_at` it is given up; `ended_at` is when it was, or when it was `sent`.
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (Index("ix_outgoing_mail_due", "clsm_id", "ended_at", "due_at"),)

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    mail_id: Mapped[UUID] = mapped_column(primary_key=True)
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    kind: Mapped[str]
    written_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    taken_until: Mapped[datetime]
    stale_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    sent: Mapped[bool] = mapped_column(default=False)
