"""What a first page holds: other domains' lists, cut short."""

from dataclasses import dataclass
from datetime import datetime

from service.home.rules import Home
from service.referrals.schemas import QueueLine, ReferralLine
from service.situations.schemas import ListLine


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """The first page of a seat. `pledge_until` is None without a valid pledge."""

    home: Home
    pledge_until: datetime | None
    pledge_ends_soon: bool
    referrals: tuple[ReferralLine, ...] = ()
    situations: tuple[ListLine, ...] = ()
    queue: tuple[QueueLine, ...] = ()
    queue_size: int = 0
    queue_late: int = 0
