"""What the operations of accounts take and return."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from service.unit import Actor
from service.web.words import Code, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a request tells of the browser: for the record, the throttle and the session."""

    request_id: bytes
    address: str = ""
    browser: str = ""
    """The User-Agent header, of which a short label is kept."""
    token: str = ""
    """The session cookie that came along: never adopted, ended if it was live."""
    known: str = ""
    """The known-device cookie that came along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session just opened: the cookie's value, and the seat when there is only one."""

    token: str
    known: str
    actor: Actor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChoice:
    """A seat that a person may take."""

    employment_id: UUID
    title: str
    organisation: str
    clsm: str
    category_label: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """One of a person's own live sessions."""

    session_id: UUID
    browser: str
    seat: str
    opened_at: datetime
    seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What someone is invited to: shown to whoever holds the link."""

    email: str
    organisation: str
    clsm: str
    title: str
    category_label: str
    category_article: str
    has_account: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An invitation just made; `token` is shown once, to who invites, and kept nowhere."""

    invitation_id: UUID
    token: str
    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationLine:
    """An invitation that waits for its answer."""

    invitation_id: UUID
    email: str
    organisation: str
    title: str
    category_label: str
    invited_by: str
    invited_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """Whom to invite, where, under which legal category."""

    organisation_id: UUID
    email: str
    category: str
    function: str
    title: str
    secrecy_basis: str = ""


Email = Annotated[str, msgspec.Meta(max_length=254)]
Password = Annotated[str, msgspec.Meta(max_length=200)]
Token = Annotated[str, msgspec.Meta(max_length=64)]


class SignInIn(msgspec.Struct, forbid_unknown_fields=True):
    """An address and its password."""

    email: Email
    password: Password


class SeatIn(msgspec.Struct, forbid_unknown_fields=True):
    """The seat to act in."""

    employment_id: UUID


class PasswordIn(msgspec.Struct, forbid_unknown_fields=True):
    """The password that is, and the one to be."""

    old_password: Password
    new_password: Password


class InvitationIn(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to invite, where, under which legal category."""

    organisation_id: UUID
    email: Email
    category: Code
    function: Code
    title: Line
    secrecy_basis: Code = ""


class AcceptIn(msgspec.Struct, forbid_unknown_fields=True):
    """The link's secret, then a name and a password (the present one for who has an account)."""

    token: Token
    password: Password
    name: Line = ""


class SeatOut(msgspec.Struct):
    """A seat as programs read it."""

    employment_id: UUID
    title: str
    organisation: str
    clsm: str


class SessionOut(msgspec.Struct):
    """The session: whose, in which seat, and the token that unsafe requests must carry."""

    csrf_token: str
    name: str
    seat: SeatOut | None
