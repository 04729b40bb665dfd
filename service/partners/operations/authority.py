"""Who may change the directory: the CLSM's administrators, each organisation's for its own."""

from collections.abc import Mapping
from uuid import UUID

from audit.event import Act
from policies.vocabulary import Office
from service.access import gate
from service.partners.operations.seats import offices_of
from service.unit import Unit

ADMINISTRATORS = frozenset({Office.ADMINISTRATOR})
INVITING = frozenset({Office.ADMINISTRATOR, Office.COORDINATOR})
OVERSEEING_PLEDGES = INVITING


async def permit_directory(  # noqa: PLR0913 — what is asked is what is recorded
    unit: Unit,
    act: Act,
    obj: Mapping[str, object],
    *,
    allowed: frozenset[Office] = ADMINISTRATORS,
    organisation_id: UUID | None = None,
    about: Mapping[str, object] | None = None,
) -> None:
    """Allow a change of the directory, and record it. Raises Refused, recorded.

    With an organisation, its own administrator is allowed too, for that organisation only.
    """
    if organisation_id is not None and organisation_id == unit.actor.organisation_id:
        allowed |= {Office.ORGANISATION_ADMINISTRATOR}
    await gate.permit_office(unit, await offices_of(unit), allowed, act=act, obj=obj, about=about)


async def may(unit: Unit, allowed: frozenset[Office], organisation_id: UUID | None = None) -> bool:
    """Return whether this seat holds such an office now: for what a page offers, no more."""
    held = await offices_of(unit)
    own = organisation_id is not None and organisation_id == unit.actor.organisation_id
    wanted = allowed | ({Office.ORGANISATION_ADMINISTRATOR} if own else frozenset())
    return bool(wanted & {Office(kind) for kind in held})
