"""The event: who did what, to which situation, under which decision.

Identifiers, codes and commitments only, never content: an event outlives the
erasure of everything it speaks of. Names are noun.participle; a refusal is
the same act with `out` = deny.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

COMMITMENT_LABEL: Final = b"casefile/audit-pd/v1\0"
SALT_BYTES: Final = 32
PSEUDONYM_BYTES: Final = 16
LARGEST_INTEGER: Final = 2**53 - 1
"""Largest integer every JSON reader keeps exact (RFC 8785, 3.2.2.3)."""
MOST_SUBJECTS: Final = 100

_canonical = msgspec.json.Encoder(order="sorted")


class Outcome(StrEnum):
    """How the act ended: done, refused by the policy, or failed."""

    OK = "ok"
    DENY = "deny"
    ERR = "err"


class Act(StrEnum):
    """The closed vocabulary of acts. A word is added, never renamed nor removed."""

    RECORD_OPENED = "record.opened"
    RECORD_VOIDED = "record.voided"
    RECORD_READ = "record.read"
    RECORD_VERIFIED = "record.verified"
    EMITTER_STARTED = "record.emitter_started"
    EMITTER_STOPPED = "record.emitter_stopped"

    SITUATION_OPENED = "situation.opened"
    SITUATION_LISTED = "situation.listed"
    SITUATION_CREATED = "situation.created"
    SITUATION_CHANGED = "situation.changed"
    SITUATION_CLOSED = "situation.closed"
    SITUATION_EXPLAINED = "situation.explained"

    SECTION_READ = "section.read"
    SECTION_WRITTEN = "section.written"
    SECTION_CORRECTED = "section.corrected"
    SECTION_HISTORY_READ = "section.history_read"
    EXTRACT_WRITTEN = "section.extract_written"

    REFERRAL_DRAFTED = "referral.drafted"
    REFERRAL_SENT = "referral.sent"
    REFERRAL_LISTED = "referral.listed"
    REFERRAL_READ = "referral.read"
    REFERRAL_ANSWERED = "referral.answered"
    REFERRAL_RETURNED = "referral.returned"
    REFERRAL_REDIRECTED = "referral.redirected"
    REFERRAL_DISCARDED = "referral.discarded"
    DUPLICATES_SEARCHED = "referral.compared"

    CIRCLE_READ = "circle.read"
    CIRCLE_INVITED = "circle.invited"
    CIRCLE_ACCEPTED = "circle.accepted"
    CIRCLE_DECLINED = "circle.declined"
    CIRCLE_INVITATION_READ = "circle.invitation_read"
    CIRCLE_INVITATION_WITHDRAWN = "circle.invitation_withdrawn"
    CIRCLE_ASKED = "circle.asked"
    CIRCLE_ANSWERED = "circle.answered"
    CIRCLE_SUBSTITUTED = "circle.substituted"
    CIRCLE_JOINED = "circle.joined"
    CIRCLE_LEFT = "circle.left"
    CIRCLE_RENEWED = "circle.renewed"
    CIRCLE_RENEWAL_ASKED = "circle.renewal_asked"
    CIRCLE_RENEWALS_LISTED = "circle.renewals_listed"
    CIRCLE_SUSPENDED = "circle.suspended"
    INFORMING_DESIGNATED = "circle.informing_designated"
    LEAD_DESIGNATED = "lead.designated"
    SOCIAL_COORDINATOR_DESIGNATED = "social_coordinator.designated"
    SOCIAL_COORDINATOR_ENDED = "social_coordinator.ended"
    MANDATE_RECORDED = "mandate.recorded"
    CARE_TEAM_LINKED = "care_team.linked"
    MISSION_OPENED = "mission.opened"
    MISSION_CLOSED = "mission.closed"
    GUEST_ADMITTED = "guest.admitted"
    GUEST_ENDED = "guest.ended"
    GUEST_LISTED = "guest.listed"
    ASSIGNMENT_OPENED = "assignment.opened"
    ASSIGNMENT_CLOSED = "assignment.closed"
    EXCHANGE_SENT = "exchange.sent"
    EXCHANGE_READ = "exchange.read"
    EXCHANGE_LISTED = "exchange.listed"
    REPORT_PREPARED = "report.prepared"
    REPORT_MADE = "report.made"
    REPORT_READ = "report.read"
    REPORT_LISTED = "report.listed"
    REPORT_HANDED = "report.handed_over"
    REPORT_REVIEWED = "report.reviewed"
    MAYOR_NOTE_MADE = "report.mayor_note_made"
    INQUIRY_ANSWERED = "inquiry.answered"
    INQUIRY_LISTED = "inquiry.listed"
    CONFLICT_DECLARED = "conflict.declared"
    CONFLICT_LIFTED = "conflict.lifted"
    FREEZE_SET = "freeze.set"
    FREEZE_LIFTED = "freeze.lifted"

    INFORMATION_GIVEN = "information.given"
    AGREEMENT_READ = "agreement.read"
    AGREEMENT_PRINTED = "agreement.printed"
    AGREEMENT_RECORDED = "agreement.recorded"
    AGREEMENT_WITHDRAWN = "agreement.withdrawn"
    WILL_UNABLE_RECORDED = "agreement.unable_recorded"
    WILL_UNABLE_ENDED = "agreement.unable_ended"
    OBJECTION_RECORDED = "objection.recorded"
    OBJECTION_WITHDRAWN = "objection.withdrawn"
    EMERGENCY_ASKED = "emergency.asked"
    EMERGENCY_APPROVED = "emergency.approved"
    EMERGENCY_OPENED = "emergency.opened"
    EMERGENCY_READ = "emergency.read"
    EMERGENCY_CLOSED = "emergency.closed"
    EMERGENCY_REVIEWED = "emergency.reviewed"

    MEETING_CALLED = "meeting.called"
    MEETING_HELD = "meeting.held"
    MEETING_READ = "meeting.read"
    ACTION_ASSIGNED = "action.assigned"
    ACTION_READ = "action.read"
    ACTION_CHANGED = "action.changed"
    ATTACHMENT_ADDED = "attachment.added"
    ATTACHMENT_READ = "attachment.read"
    EXPORT_CREATED = "export.created"

    CHARTER_ADOPTED = "pledge.charter_adopted"
    PLEDGE_SIGNED = "pledge.signed"
    INVITATION_SENT = "invitation.sent"
    INVITATION_ACCEPTED = "invitation.accepted"
    INVITATION_REVOKED = "invitation.revoked"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_CLOSED = "account.closed"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 -- the name of an act
    SIGNED_IN = "session.opened"
    SEAT_CHOSEN = "session.seat_chosen"
    SIGNED_OUT = "session.closed"
    SESSION_LISTED = "session.listed"
    SESSION_REVOKED = "session.revoked"

    ORGANISATION_CREATED = "organisation.created"
    ORGANISATION_CHANGED = "organisation.changed"
    ORGANISATION_CLOSED = "organisation.closed"
    EMPLOYMENT_CREATED = "employment.created"
    EMPLOYMENT_CHANGED = "employment.changed"
    EMPLOYMENT_ENDED = "employment.ended"
    OFFICE_GRANTED = "office.granted"
    OFFICE_ENDED = "office.ended"
    ON_CALL_SET = "on_call.set"
    ON_CALL_ENDED = "on_call.ended"
    ACCESSES_CLOSED = "departure.accesses_closed"
    DEPARTURE_READ = "departure.read"

    POLICY_LOADED = "policy.loaded"
    POLICY_EXPLAINED = "policy.explained"
    POLICY_READ = "policy.read"
    POLICY_PROPOSED = "policy.proposed"
    POLICY_APPROVED = "policy.approved"
    POLICY_ADOPTED = "policy.adopted"
    POLICY_WITHDRAWN = "policy.withdrawn"
    POLICY_SIMULATED = "policy.simulated"
    KEY_CREATED = "key.created"
    KEY_ROTATED = "key.rotated"
    KEY_DESTROYED = "key.destroyed"
    ERASURE_REQUESTED = "erasure.requested"
    ERASURE_APPROVED = "erasure.approved"
    ERASURE_DONE = "erasure.done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One act to record. Wrong lengths raise ValueError: nothing is cut or padded.

    `actor` and `subjects` are random 16-byte pseudonyms whose tables can be
    erased; `commitment` is `Opening.pd`; `decision` is the first 16 bytes of
    the decision's digest; `old` and `new` are SHA-256 of the sealed record
    before and after a write; `request` is the 16-byte trace id.
    """

    act: Act
    out: Outcome = Outcome.OK
    tenant: str | None = None
    org: str | None = None
    actor: bytes | None = None
    role: str | None = None
    subjects: tuple[bytes, ...] = ()
    obj: Mapping[str, object] | None = None
    purpose: str | None = None
    auth: str | None = None
    decision: bytes | None = None
    emergency: bool = False
    request: bytes | None = None
    old: bytes | None = None
    new: bytes | None = None
    key_commitment: bytes | None = None
    commitment: bytes | None = None

    def __post_init__(self) -> None:
        """Refuse an event that its leaf could not say exactly."""
        for name in ("actor", "decision", "request", "key_commitment"):
            _exact(name, getattr(self, name), PSEUDONYM_BYTES)
        for name in ("old", "new", "commitment"):
            _exact(name, getattr(self, name), hashlib.sha256().digest_size)
        for subject in self.subjects:
            _exact("subjects", subject, PSEUDONYM_BYTES)
        if len(self.subjects) > MOST_SUBJECTS:
            raise ValueError(f"an event names at most {MOST_SUBJECTS} situations")
        if not isinstance(self.act, Act) or not isinstance(self.out, Outcome):
            raise TypeError("act and out are words of the closed vocabulary")


@dataclass(frozen=True, slots=True)
class Opening:
    """The personal part of an event, to be sealed, and what the leaf says of it."""

    salt: bytes
    payload: bytes
    pd: bytes

    @property
    def opening_bytes(self) -> bytes:
        """What is sealed in `audit_opening`: the salt dies with it, in every backup too."""
        return self.salt + self.payload


class WrongOpening(ValueError):
    """These bytes are not what the leaf committed to."""


def commit(payload: Mapping[str, object]) -> Opening:
    """Bind a payload under a fresh 32-byte salt: hiding until opened, binding for ever.

    The payload is RFC 8785 JSON of strings, integers, arrays and objects;
    anything else raises ValueError.
    """
    _check_payload(payload)
    salt = secrets.token_bytes(SALT_BYTES)
    text = _canonical.encode(payload)
    return Opening(salt, text, commitment(salt, text))


def commitment(salt: bytes, payload: bytes) -> bytes:
    """Return the 32 bytes that a leaf carries as `pd`."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has exactly {SALT_BYTES} bytes")
    return hashlib.sha256(COMMITMENT_LABEL + salt + payload).digest()


def open_commitment(opening_bytes: bytes, pd: bytes) -> dict[str, object]:
    """Return the payload of an unsealed opening. Raises WrongOpening if it is not pd's."""
    salt, payload = opening_bytes[:SALT_BYTES], opening_bytes[SALT_BYTES:]
    if len(salt) != SALT_BYTES or not secrets.compare_digest(commitment(salt, payload), pd):
        raise WrongOpening
    return msgspec.json.decode(payload, type=dict[str, object])


def _exact(name: str, value: bytes | None, length: int) -> None:
    if value is not None and (not isinstance(value, bytes) or len(value) != length):
        raise ValueError(f"{name} has exactly {length} bytes")


def _check_payload(value: object) -> None:
    if isinstance(value, str):
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise ValueError("a payload holds no lone surrogate")
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError("a payload holds no integer past 2**53 - 1")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            # Beyond ASCII, RFC 8785 orders keys by UTF-16 units and our encoder by bytes.
            if not isinstance(key, str) or not key.isascii():
                raise ValueError("a payload's keys are ASCII")
            _check_payload(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_payload(item)
    else:
        raise ValueError(f"a payload holds no {type(value).__name__}")
