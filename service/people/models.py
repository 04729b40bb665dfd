"""Tables of people and their sessions. All global: a person may hold seats in several CLSM."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table


class Account(Table):
    """A professional's account; `password_hash` is an Argon2id string."""

    __tablename__ = "account"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Session(Table):
    """A signed-in browser. The cookie's value is never kept, only its SHA-256."""

    __tablename__ = "session"
    __table_args__ = (Index("ix_session_account_id", "account_id"),)

    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.account_id"))
    employment_id: Mapped[UUID | None] = mapped_column(ForeignKey("employment.employment_id"))
    offices: Mapped[str] = mapped_column(Text, default="")
    strong_auth: Mapped[bool] = mapped_column(default=False)
    browser: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class SignInAttempt(Table):
    """A sign-in that failed, for throttling; digests keyed by the deployment, kept one hour."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_account_digest_at", "account_digest", "at"),
        Index("ix_sign_in_attempt_address_digest_at", "address_digest", "at"),
    )

    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_digest: Mapped[bytes] = mapped_column(LargeBinary(16))
    address_digest: Mapped[bytes] = mapped_column(LargeBinary(16))
    at: Mapped[datetime]


class Invitation(Table):
    """An invitation to one address, for one organisation in one CLSM: single use, seven days."""

    __tablename__ = "invitation"
    __table_args__ = (Index("ix_invitation_clsm_id_organisation_id", "clsm_id", "organisation_id"),)

    invitation_id: Mapped[UUID] = mapped_column(primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    clsm_id: Mapped[UUID] = mapped_column(ForeignKey("clsm.clsm_id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.organisation_id"))
    email: Mapped[str] = mapped_column(String(254))
    category: Mapped[str]
    function: Mapped[str]
    title: Mapped[str] = mapped_column(Text)
    secrecy_basis: Mapped[str] = mapped_column(default="")
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
