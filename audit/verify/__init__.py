"""Recomputes the record: in its database (`verify`), or from its folder of tiles, without any.

`python -m audit.verify DIR` needs neither the service nor a database.
"""

from audit.verify.database import verify
from audit.verify.scan import IN_FLIGHT, CannotTell, Fault, Kind, Unsettled, Verdict

__all__ = ["IN_FLIGHT", "CannotTell", "Fault", "Kind", "Unsettled", "Verdict", "verify"]
