"""What was told, to whom, when: identifiers, codes and dates; every text is a box."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table
from service.encryption.sealed import Sealed, SealedColumn


class Exchange(Table):
    """A message from one professional to others by name, about one section (CSP L.1110-4 II).

    `thread_id` is the message that began the thread, itself included. The text is sealed under
    the section's own exchange key: neither its text's nor its extract's.
    """

    __tablename__ = "exchange"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "situation_id"], ["situation.clsm_id", "situation.situation_id"]
        ),
        Index("ix_exchange_clsm_id_situation_id", "clsm_id", "situation_id"),
        Index("ix_exchange_clsm_id_thread_id", "clsm_id", "thread_id"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    exchange_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    thread_id: Mapped[UUID]
    section: Mapped[str]
    purpose: Mapped[str]
    sent_at: Mapped[datetime]
    content: Mapped[Sealed] = mapped_column(SealedColumn)


class ExchangeRecipient(Table):
    """A seat that a message names; `read_at` is when it first opened it."""

    __tablename__ = "exchange_recipient"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "exchange_id"], ["exchange.clsm_id", "exchange.exchange_id"]
        ),
        Index("ix_exchange_recipient_clsm_id_employment_id", "clsm_id", "employment_id"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    exchange_id: Mapped[UUID] = mapped_column(primary_key=True)
    employment_id: Mapped[UUID] = mapped_column(
        ForeignKey("employment.employment_id"), primary_key=True
    )
    read_at: Mapped[datetime | None]
