"""Where permits are made. Only `service.access` imports this: the import contract says so."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from service.encryption import permit as permits
from service.encryption.permit import Permit


def mint(clsm_id: UUID, pairs: AbstractSet[tuple[UUID, str]], act: str) -> Permit:
    """Return the permit to open the boxes of `pairs` (situation, section of the box).

    To be called once the rules said yes and the entry of the record is on its way. It lives
    as long as the caller keeps it: drop it with the request.
    """
    return permits.grant(clsm_id, pairs, act)
