"""What a CLSM does with its policy; other domains import from here only."""

from service.rulebook.operations.approving import adopt_by_operator, approve, withdraw
from service.rulebook.operations.in_force import (
    SHIPPED,
    adopt_shipped,
    dated_facts,
    in_force,
    make_ready,
)
from service.rulebook.operations.reading import (
    list_versions,
    read_policy,
    read_version,
    read_versions,
    tables_in_force,
)
from service.rulebook.operations.terms import terms_of
from service.rulebook.operations.versions import (
    checked,
    compared,
    permit_versions,
    policy_in_force,
    policy_proposed,
    propose,
    propose_by_operator,
    propose_shipped,
    texts_of,
    version_rows,
)

__all__ = [
    "SHIPPED",
    "adopt_by_operator",
    "adopt_shipped",
    "approve",
    "checked",
    "compared",
    "dated_facts",
    "in_force",
    "list_versions",
    "make_ready",
    "permit_versions",
    "policy_in_force",
    "policy_proposed",
    "propose",
    "propose_by_operator",
    "propose_shipped",
    "read_policy",
    "read_version",
    "read_versions",
    "tables_in_force",
    "terms_of",
    "texts_of",
    "version_rows",
    "withdraw",
]
