"""What a first page holds: other domains' lists, cut short."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from service.disclosures.schemas.reports import ReportLine
from service.emergencies.schemas import Tally
from service.home.rules import Home
from service.referrals.schemas import QueueLine, ReferralLine
from service.sharing.schemas.departures import LeftLine
from service.sharing.schemas.invitations import DueLine, InvitationLine
from service.sharing.schemas.targeted import GuestPass, RequestLine
from service.situations.schemas import ListLine


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """The first page of a seat. `pledge_until` is None without a valid pledge.

    `names` says what each situation of these lists is called.
    """

    home: Home
    pledge_until: datetime | None
    pledge_ends_soon: bool
    referrals: tuple[ReferralLine, ...] = ()
    situations: tuple[ListLine, ...] = ()
    invitations: tuple[InvitationLine, ...] = ()
    dues: tuple[DueLine, ...] = ()
    names: Mapping[UUID, str] = field(default_factory=dict)
    queue: tuple[QueueLine, ...] = ()
    queue_size: int = 0
    queue_late: int = 0
    left: tuple[LeftLine, ...] = ()
    """Who left the situations of this seat's cells; those without a lead since come first."""
    reports: tuple[ReportLine, ...] = ()
    reports_late: int = 0
    """Statutory reports that wait for this seat's look, the oldest first; how many are late."""
    emergencies: Tally = field(default_factory=Tally)
    on_call: bool = False
    passes: tuple[GuestPass, ...] = ()
    requests: tuple[RequestLine, ...] = ()
    unread: Mapping[UUID, int] = field(default_factory=dict)
    """Messages that wait unread, by situation."""
