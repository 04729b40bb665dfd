"""The only reader of time.

Instants are aware datetimes in UTC; days and hours that people read are in Europe/Paris.
The demo and the tests inject their own clock, so that no rule ever asks the machine.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MICROSECONDS = 1_000_000


def _machine_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Clock:
    """Tell the time of one process; `now` never goes backwards within a process."""

    source: Callable[[], datetime] = field(default=_machine_now)

    def now(self) -> datetime:
        """Return this instant, in UTC."""
        return self.source()

    def now_us(self) -> int:
        """Return this instant in whole microseconds since 1970 (the record's unit)."""
        return as_microseconds(self.now())

    def today(self) -> date:
        """Return the day that people in Paris read on the wall."""
        return self.now().astimezone(PARIS).date()

    def monotonic(self) -> float:
        """Return seconds that only grow; for delays and caches, never for dates."""
        return time.monotonic()


@dataclass(slots=True)
class SetClock:
    """A clock that stands where it was put: the demo and the tests move it themselves."""

    at: datetime

    def __call__(self) -> datetime:
        """Return the instant it was put at."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move forward."""
        self.at += by


def offset_clock(present: datetime) -> Clock:
    """Return a clock that reads `present` now and runs from there: the demo's present.

    The demo's data live around 24 November 2026; its rights must be those of that day
    whenever it is looked at.
    """
    gap = present - _machine_now()
    return Clock(lambda: _machine_now() + gap)


def as_microseconds(instant: datetime) -> int:
    """Return whole microseconds since 1970 of an aware instant."""
    return int(instant.timestamp()) * MICROSECONDS + instant.microsecond


def from_microseconds(value: int) -> datetime:
    """Return the aware UTC instant of a count of microseconds since 1970."""
    return datetime.fromtimestamp(value // MICROSECONDS, UTC).replace(
        microsecond=value % MICROSECONDS
    )


def paris(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """Return the UTC instant of a wall-clock hour in Paris on a day."""
    return datetime.combine(day, time_of_day(hour, minute), PARIS).astimezone(UTC)
