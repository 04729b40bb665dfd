"""Invitations into a circle: what is shown of them, and what programs send and get."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from service.web.words import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationLine:
    """One invitation: nothing of the situation but its cell, who invites and why.

    `at` is when it took its state; `answer_by` its deadline, None once it waits no more;
    `until` the end that the place would have, None for six months after it is accepted.
    """

    invitation_id: UUID
    situation_id: UUID
    employment_id: UUID
    invited: str
    cell: str
    invited_by: str
    reason: str
    until: datetime | None
    substitutes_for: str
    state: str
    answer: str
    at: datetime
    answer_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """Something of a circle that ends soon: a place, an exception, a charge to inform.

    `who` is "" for the actor's own place; `asked` says that its member asked to stay.
    """

    kind: str
    situation_id: UUID
    until: datetime
    employment_id: UUID | None = None
    who: str = ""
    asked: bool = False


class NewInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A seat to invite; without `until`, for six months; without `answer_on`, ten days."""

    employment_id: UUID
    reason: Code
    until: datetime | None = None
    answer_on: date | None = None
    substitutes_for: UUID | None = None


class NewDecline(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why an invitation is declined."""

    answer: Code


class InvitationMade(msgspec.Struct, frozen=True, kw_only=True):
    """The invitation that now waits for an answer."""

    invitation_id: UUID


class InvitationOut(msgspec.Struct, frozen=True, kw_only=True):
    """One invitation as its professional, or the coordinator, may know it."""

    invitation_id: UUID
    invited: str
    cell: str
    invited_by: str
    reason: str
    until: datetime | None
    substitutes_for: str
    state: str
    answer: str
    at: datetime
    answer_by: datetime | None


class OwnInvitationOut(InvitationOut, frozen=True, kw_only=True):
    """One's own invitation, with what the situation is called."""

    called: str


class InvitationsOut(msgspec.Struct, frozen=True, kw_only=True):
    """The invitations that wait for this seat."""

    invitations: tuple[OwnInvitationOut, ...]
