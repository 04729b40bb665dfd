"""Pure rules of who is called into a circle: deadlines, reasons to decline, what is due soon."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from service.clock import PARIS, paris
from service.errors import Invalid

ANSWER_WITHIN_DAYS: Final = 10
"""Time that an invited professional has to answer; a proposal of this project [P]."""

LONGEST_TO_ANSWER_DAYS: Final = 30
"""No invitation waits longer: the coordinator sends another one."""

RENEWAL_DUE: Final = timedelta(days=30)
"""How long before its end a place, an exception or a charge is spoken of [P]."""

_LAST_HOUR, _LAST_MINUTE = 23, 59


class InvitationState(StrEnum):
    """Where an invitation stands; one that is pending past its deadline has expired."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class DeclineReason(StrEnum):
    """Why an invitation is declined: a code, so that nothing of the file is in clear."""

    NOT_INVOLVED = "not_involved"
    OUTSIDE_MISSIONS = "outside_missions"
    NOT_AVAILABLE = "not_available"
    COLLEAGUE = "colleague"
    CONFLICT_OF_INTEREST = "conflict_of_interest"


INVITATION_LABELS: Final[Mapping[str, str]] = {
    InvitationState.PENDING: "en attente de réponse",
    InvitationState.ACCEPTED: "acceptée",
    InvitationState.DECLINED: "déclinée",
    InvitationState.WITHDRAWN: "retirée",
    InvitationState.EXPIRED: "sans réponse dans le délai",
}
DECLINE_LABELS: Final[Mapping[str, str]] = {
    DeclineReason.NOT_INVOLVED: "Je n'interviens pas auprès de cette personne",
    DeclineReason.OUTSIDE_MISSIONS: "Ce n'est pas dans mes missions",
    DeclineReason.NOT_AVAILABLE: "Je ne suis pas disponible sur cette période",
    DeclineReason.COLLEAGUE: "Un ou une collègue de mon service est mieux placé·e",
    DeclineReason.CONFLICT_OF_INTEREST: "J'ai un conflit d'intérêts",
}


def checked_decline(reason: str) -> DeclineReason:
    """Return why an invitation is declined. Raises Invalid on `answer` for any other word."""
    try:
        return DeclineReason(reason)
    except ValueError:
        raise Invalid({"answer": "Choisissez pourquoi vous déclinez l'invitation."}) from None


def answer_by(now: datetime, wanted: date | None = None) -> datetime:
    """Return the instant at which an invitation expires: the end of a day in Paris.

    Ten days after `now` unless another day is `wanted`. Raises Invalid on `answer_by` for a day
    that is over or more than thirty days away.
    """
    today = now.astimezone(PARIS).date()
    day = wanted or today + timedelta(days=ANSWER_WITHIN_DAYS)
    if not today <= day <= today + timedelta(days=LONGEST_TO_ANSWER_DAYS):
        raise Invalid(
            {"answer_by": f"Choisissez un jour à venir, à {LONGEST_TO_ANSWER_DAYS} jours au plus."}
        )
    return paris(day, _LAST_HOUR, _LAST_MINUTE)
