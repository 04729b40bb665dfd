"""The record, read by those who oversee; other modules import from here only."""

from service.oversight.operations.departures import list_departures, read_departure
from service.oversight.operations.record import organisations, read_own_acts, read_record

__all__ = ["list_departures", "organisations", "read_departure", "read_own_acts", "read_record"]
