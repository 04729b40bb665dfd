"""What exchanges take and return."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from policies.vocabulary import Section
from service.partners.operations import SeatName
from service.web.words import Code, Paragraphs


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A seat that may be named; `across` when it is of the other category of R.1110-2."""

    employment_id: UUID
    name: SeatName
    across: bool
    guest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What a form of exchange shows: the section, and everyone who may be named."""

    section: Section
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to send; nothing of it is checked yet."""

    exchange_id: UUID
    section: Section
    recipients: tuple[UUID, ...]
    purpose: str
    text: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One named recipient, and when they first opened the message."""

    employment_id: UUID
    name: SeatName
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeLine:
    """One message that concerns this seat, without its text.

    `readable` says whether the rules let this seat open it now; `unread` whether it never did.
    Receipts are told to the sender only.
    """

    exchange_id: UUID
    thread_id: UUID
    section: Section
    purpose: str
    sent_at: datetime
    sender: SeatName
    own: bool
    to: tuple[SeatName, ...]
    receipts: tuple[Receipt, ...]
    unread: bool
    readable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeView:
    """One message; `text` is None until its recipient says that they open it.

    `others` are the messages of the same thread that concern this seat; `answers` those whom an
    answer would name, `unreachable` those whom it no longer may.
    """

    line: ExchangeLine
    text: str | None
    others: tuple[ExchangeLine, ...]
    answers: tuple[Recipient, ...]
    unreachable: tuple[SeatName, ...]


class NewExchange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A message as a program sends it; `exchange_id` is made by the sender, once a message."""

    exchange_id: UUID
    recipients: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=10)]
    purpose: Code
    text: Paragraphs
    confirmed: bool = False


class NewReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An answer to everyone whom a message names, as a program sends it."""

    exchange_id: UUID
    purpose: Code
    text: Paragraphs
    confirmed: bool = False


class NameOut(msgspec.Struct, frozen=True, kw_only=True):
    """How a seat is called."""

    name: str
    title: str
    organisation: str


class RecipientOut(msgspec.Struct, frozen=True, kw_only=True):
    """A seat that may be named."""

    employment_id: UUID
    name: NameOut
    across: bool
    guest: bool


class ReceiptOut(msgspec.Struct, frozen=True, kw_only=True):
    """When a recipient opened the message."""

    employment_id: UUID
    name: NameOut
    read_at: datetime | None


class ExchangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """One message, without its text."""

    exchange_id: UUID
    thread_id: UUID
    section: Section
    purpose: str
    sent_at: datetime
    sender: NameOut
    own: bool
    to: tuple[NameOut, ...]
    receipts: tuple[ReceiptOut, ...]
    unread: bool
    readable: bool


class ExchangeRead(msgspec.Struct, frozen=True, kw_only=True):
    """One message; `text` is null until its recipient says that they open it."""

    line: ExchangeOut
    text: str | None
    others: tuple[ExchangeOut, ...]
    answers: tuple[RecipientOut, ...]
    unreachable: tuple[NameOut, ...]


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The message that was sent."""

    exchange_id: UUID
