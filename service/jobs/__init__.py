"""What is done after the commit: an outbox written in the caller's transaction.

`await jobs.notify(unit, employment_ids, Kind.…)` is all that an operation needs.
"""

from service.jobs.outbox import notify
from service.jobs.rules import Kind

__all__ = ["Kind", "notify"]
