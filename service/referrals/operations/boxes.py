"""Where the texts of a referral are sealed, and how its row is found.

The form and what was answered to its author are under the key of section 17; block I and the
coordinator's checklist each have a key of their own, so that who opens one does not open the
others.
"""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from audit.event import Act, Outcome
from service.access import record
from service.encryption.context import BoxContext
from service.encryption.permit import Permit
from service.errors import NotFound
from service.referrals.models import Referral
from service.referrals.rules import HEALTH_BLOCK, Form
from service.referrals.schemas import HealthSheet, Note, Sheet
from service.unit import Unit

FORM: Final = "referral"
HEALTH: Final = "referral/health"
CHECKLIST: Final = "referral/checklist"

Row = Any
"""A row of `referral`."""


def place(row: Row, key: str, part: str, version: int) -> BoxContext:
    """Return where one box of a referral belongs."""
    return BoxContext(
        row.clsm_id, row.situation_id, key, f"{row.referral_id}/{part}", record_version=version
    )


async def own_row(unit: Unit, referral_id: UUID, act: Act) -> Row:
    """Return the actor's own referral, locked when the act writes.

    Raises NotFound, recorded, for any other: that it exists is nobody else's business.
    """
    row = await _row(unit, referral_id)
    if row is None or row.employment_id != unit.actor.employment_id:
        await absent(unit, act)
    return row


async def sent_row(unit: Unit, referral_id: UUID, act: Act) -> Row:
    """Return a referral that was sent and can still be read; the caller decides.

    Raises NotFound, recorded.
    """
    row = await _row(unit, referral_id)
    if row is None or row.sent_at is None or row.forgotten_at is not None:
        await absent(unit, act)
    return row


async def absent(unit: Unit, act: Act) -> None:
    """Record that a referral was asked for in vain, and raise NotFound."""
    await record.note(unit, act, out=Outcome.DENY, obj={"k": "referral"})
    raise NotFound


async def _row(unit: Unit, referral_id: UUID) -> Row:
    statement = select(Referral.__table__).where(
        Referral.clsm_id == unit.clsm_id, Referral.referral_id == referral_id
    )
    if unit.write:
        statement = statement.with_for_update()
    return (await unit.transaction.execute(statement)).first()


async def load(unit: Unit, rows: Iterable[Row], *keys: str) -> None:
    """Bring to memory the keys of these boxes."""
    await unit.keyring.load(unit.clsm_id, [(row.situation_id, key) for row in rows for key in keys])


def sheet_of(unit: Unit, row: Row, permit: Permit) -> Sheet:
    """Return the form, block I apart. Its key was loaded."""
    return unit.keyring.open(
        row.content, place(row, FORM, "form", row.content_version), permit, Sheet
    )


def health_of(unit: Unit, row: Row, permit: Permit) -> HealthSheet:
    """Return block I, empty when nothing was filled in. Its key was loaded."""
    if row.health is None:
        return HealthSheet()
    return unit.keyring.open(
        row.health, place(row, HEALTH, "health", row.content_version), permit, HealthSheet
    )


def note_of(unit: Unit, row: Row, permit: Permit) -> Note:
    """Return what the author was told, empty when nothing was."""
    if row.answer is None:
        return Note()
    return unit.keyring.open(
        row.answer, place(row, FORM, "answer", row.answer_version), permit, Note
    )


def checklist_of(unit: Unit, row: Row, permit: Permit) -> dict[str, str]:
    """Return the coordinator's checklist, empty before it was begun."""
    if row.checklist is None:
        return {}
    return unit.keyring.open(
        row.checklist,
        place(row, CHECKLIST, "checklist", row.checklist_version),
        permit,
        dict[str, str],
    )


def sealed_sheets(
    unit: Unit, row: Row, sheet: Sheet, health: HealthSheet, version: int
) -> dict[str, object]:
    """Return the columns of a form sealed anew. Block I has a box only when it says something:
    that it was filled in is what the coordinator may know of it.
    """
    return {
        "content": unit.keyring.seal(place(row, FORM, "form", version), sheet),
        "health": unit.keyring.seal(place(row, HEALTH, "health", version), health)
        if health.answers
        else None,
        "content_version": version,
    }


def whole_form(sheet: Sheet, health: HealthSheet) -> Form:
    """Return every answer, block I among them."""
    return sheet.blocks | ({HEALTH_BLOCK: health.answers} if health.answers else {})
