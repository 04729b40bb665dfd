"""What a CLSM does with its policy; other domains import from here only."""

from service.rulebook.operations.in_force import (
    SHIPPED,
    adopt_shipped,
    dated_facts,
    in_force,
    make_ready,
)

__all__ = ["SHIPPED", "adopt_shipped", "dated_facts", "in_force", "make_ready"]
