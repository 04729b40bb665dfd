"""Writing a referral: a draft that loses nothing, read by its author alone.

Every save is a new version of the sealed form; two windows that write on the same version are
told, and neither text is lost. A draft that nobody sends is destroyed after thirty days.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, insert, select

from audit.event import Act, Outcome
from policies.vocabulary import Office
from service.access import gate, record
from service.clock import PARIS
from service.database import new_id, revise
from service.encryption.permit import Permit
from service.errors import Conflict, Invalid, NotFound, Refused
from service.partners import operations as partners
from service.referrals.form import Block, Variant
from service.referrals.models import Referral
from service.referrals.operations import boxes
from service.referrals.operations.boxes import FORM, HEALTH, Row
from service.referrals.rules import (
    HEALTH_BLOCK,
    KEEP_DRAFT,
    WRITABLE,
    State,
    Warned,
    all_warnings,
    block_of,
    checked,
    danger,
    following,
    may_refer,
    missing,
    variant_of,
    warnings_of,
)
from service.referrals.schemas import Draft, HealthSheet, NewReferral, Saved, Sheet
from service.unit import Unit

ALREADY_SENT = "Cette saisine est déjà envoyée : elle ne se modifie plus."


async def cells_to_refer_to(unit: Unit) -> tuple[tuple[UUID, str], ...]:
    """Return the cells that this seat may refer a situation to: identifier and name.

    Raises Refused for a seat that may not refer (domain 1.3).
    """
    await _require_referrer(unit)
    return tuple((cell_id, name) for cell_id, _, name in await partners.cells_of(unit))


def variant_for(unit: Unit) -> Variant:
    """Return the form that the actor's seat fills in."""
    return variant_of(unit.actor.category, unit.actor.secrecy_basis)


async def start_draft(unit: Unit, new: NewReferral) -> UUID:
    """Begin a referral; return its identifier. The same `referral_id` twice is one draft.

    The situation's identifier is given now, so that its keys exist before the file does.
    Raises Refused, Invalid for a cell of another CLSM.
    """
    await _require_referrer(unit)
    cells = {cell_id for cell_id, _, _ in await partners.cells_of(unit)}
    if new.cell_id not in cells:
        raise Invalid({"cell_id": "Choisissez une des cellules proposées."})
    referral_id = new.referral_id or new_id()
    if await _begun(unit, referral_id):
        return referral_id
    variant = variant_for(unit)
    situation_id = new_id()
    keys = (FORM, HEALTH) if variant is Variant.FULL else (FORM,)
    await record.keys_made(unit, situation_id, keys)
    now = unit.now()
    row = Referral(clsm_id=unit.clsm_id, referral_id=referral_id, situation_id=situation_id)
    today = now.astimezone(PARIS).date().isoformat()
    sheet = Sheet(blocks={"request": {"referral_date": today}})
    values = boxes.sealed_sheets(unit, row, sheet, HealthSheet(), 1)
    await unit.transaction.execute(
        insert(Referral).values(
            clsm_id=unit.clsm_id,
            referral_id=referral_id,
            situation_id=situation_id,
            cell_id=new.cell_id,
            employment_id=unit.actor.employment_id,
            form=variant,
            state=State.DRAFT,
            drafted_at=now,
            changed_at=now,
            **values,
        )
    )
    await record.note(
        unit,
        Act.REFERRAL_DRAFTED,
        situations=(situation_id,),
        obj={"k": "referral", "form": str(variant)},
        new=unit.keyring.digest(values["content"]),  # type: ignore[arg-type]
    )
    return referral_id


async def _begun(unit: Unit, referral_id: UUID) -> bool:
    author = (
        await unit.transaction.execute(
            select(Referral.employment_id).where(
                Referral.clsm_id == unit.clsm_id, Referral.referral_id == referral_id
            )
        )
    ).scalar_one_or_none()
    if author is not None and author != unit.actor.employment_id:
        raise Conflict("Recommencez depuis la page « Signaler une situation ».")
    return author is not None


async def _require_referrer(unit: Unit) -> None:
    held = {Office(kind) for kind in await partners.offices_of(unit)}
    if may_refer(unit.actor.organisation_kind, held):
        return
    await record.note(unit, Act.REFERRAL_DRAFTED, out=Outcome.DENY, obj={"k": "referral"})
    raise Refused(
        ("Votre poste ne dépose pas de saisine.",),
        "Un proche ou un voisin s'adresse au CCAS, au service d'hygiène ou au DAC, qui saisit "
        "la cellule.",
    )


async def referral_state(unit: Unit, referral_id: UUID) -> str:
    """Return the state of one's own referral; opens nothing. Raises NotFound."""
    return str((await boxes.own_row(unit, referral_id, Act.REFERRAL_READ)).state)


async def read_draft(unit: Unit, referral_id: UUID) -> Draft:
    """Return one's own form, to go on writing it. Raises NotFound, Conflict once it is sent."""
    row = await boxes.own_row(unit, referral_id, Act.REFERRAL_READ)
    if row.state not in WRITABLE:
        raise Conflict(ALREADY_SENT)
    permit = await own_permit(unit, row, Act.REFERRAL_READ)
    return draft_view(unit, row, permit)


async def own_permit(unit: Unit, row: Row, act: Act) -> Permit:
    """Let the author work on their own form: both of its boxes, their keys loaded."""
    keys = (FORM, HEALTH) if row.form == Variant.FULL else (FORM,)
    permit = await gate.permit_own(
        unit, act=act, situation_id=row.situation_id, boxes=keys, obj={"k": "referral"}
    )
    await boxes.load(unit, [row], *keys)
    return permit


def draft_view(unit: Unit, row: Row, permit: Permit) -> Draft:
    """Return a form in clear, with what it still lacks and what should be read again."""
    sheet = boxes.sheet_of(unit, row, permit)
    form = boxes.whole_form(sheet, boxes.health_of(unit, row, permit))
    variant = Variant(row.form)
    today = unit.now().astimezone(PARIS).date()
    return Draft(
        referral_id=row.referral_id,
        situation_id=row.situation_id,
        cell_id=row.cell_id,
        variant=variant,
        state=row.state,
        reference=row.reference,
        version=row.version,
        form=form,
        redirected=tuple(sheet.redirected),
        rescued=sheet.rescued,
        wanting=missing(form, variant, today),
        warnings=tuple(all_warnings(form, variant)),
        drafted_at=row.drafted_at,
        deleted_on=(row.drafted_at + KEEP_DRAFT).astimezone(PARIS).date(),
        message=boxes.note_of(unit, row, permit).message,
    )


async def save_block(  # noqa: PLR0913 — which block of which version of what, and how strictly
    unit: Unit,
    referral_id: UUID,
    slug: str,
    answers: Mapping[str, object],
    *,
    version: int,
    lenient: bool = False,
) -> Saved:
    """Keep the answers of one block, in place of those before; return the new version.

    Partial answers are welcome; `lenient` also keeps unfinished dates (autosave). A yes to the
    danger screen is recorded as a redirection, without health data, when it is saved for good.
    Raises NotFound for a block that this form does not have, Conflict for a stale version or
    once sent, Invalid with each field's remedy.
    """
    row = await boxes.own_row(unit, referral_id, Act.REFERRAL_DRAFTED)
    block = block_of(slug, Variant(row.form))
    if block is None:
        await boxes.absent(unit, Act.REFERRAL_DRAFTED)
        raise NotFound
    if row.state not in WRITABLE:
        raise Conflict(ALREADY_SENT)
    if row.version != version:
        raise Conflict
    today = unit.now().astimezone(PARIS).date()
    kept = checked(block, Variant(row.form), answers, today, lenient=lenient)
    permit = await own_permit(unit, row, Act.REFERRAL_DRAFTED)
    sheet = boxes.sheet_of(unit, row, permit)
    health = boxes.health_of(unit, row, permit)
    if slug == HEALTH_BLOCK:
        health.answers = kept
    else:
        sheet.blocks[slug] = kept
    found = () if lenient else await note_danger(unit, row, sheet)
    new_version = await store(unit, row, sheet, health)
    return Saved(
        version=new_version,
        danger=found,
        warnings=_warned(block, row, sheet, health),
        following=following(slug, Variant(row.form)),
    )


def _warned(block: Block, row: Row, sheet: Sheet, health: HealthSheet) -> tuple[Warned, ...]:
    form = boxes.whole_form(sheet, health)
    return tuple(warnings_of(block, Variant(row.form), form.get(block.slug, {}), form))


async def note_danger(unit: Unit, row: Row, sheet: Sheet) -> tuple[str, ...]:
    """Return the dangers that were not redirected yet, and record the redirection.

    The record says that the numbers were shown, and nothing of what was answered.
    """
    found = danger(sheet.blocks)
    new = [code for code in found if code not in sheet.redirected]
    if not new:
        return ()
    sheet.redirected = [*sheet.redirected, *new]
    sheet.rescued = False
    await record.note(
        unit,
        Act.REFERRAL_REDIRECTED,
        situations=(row.situation_id,),
        obj={"k": "referral"},
    )
    return found


async def store(unit: Unit, row: Row, sheet: Sheet, health: HealthSheet, **values: object) -> int:
    """Seal a form anew in its row; return the row's new version. Raises Conflict."""
    sealed = boxes.sealed_sheets(unit, row, sheet, health, row.content_version + 1)
    return await revise(
        unit.transaction,
        Referral,
        {"clsm_id": unit.clsm_id, "referral_id": row.referral_id},
        version=row.version,
        changed_at=unit.now(),
        **sealed,
        **values,
    )


async def confirm_rescue(unit: Unit, referral_id: UUID, *, version: int) -> int:
    """Write down that the author called the rescue services: the referral may now be sent, as
    U2 (domain 1.5). Returns the new version. Raises NotFound, Conflict.
    """
    row = await boxes.own_row(unit, referral_id, Act.REFERRAL_DRAFTED)
    if row.state not in WRITABLE:
        raise Conflict(ALREADY_SENT)
    if row.version != version:
        raise Conflict
    permit = await own_permit(unit, row, Act.REFERRAL_DRAFTED)
    sheet = boxes.sheet_of(unit, row, permit)
    sheet.rescued = True
    return await store(unit, row, sheet, boxes.health_of(unit, row, permit))


async def discard_draft(unit: Unit, referral_id: UUID) -> None:
    """Destroy one's own draft and its keys: nothing of it can be read any more.

    Raises NotFound, Conflict once it was sent.
    """
    row = await boxes.own_row(unit, referral_id, Act.REFERRAL_DISCARDED)
    if row.state != State.DRAFT:
        raise Conflict(ALREADY_SENT)
    await record.note(
        unit,
        Act.REFERRAL_DISCARDED,
        situations=(row.situation_id,),
        obj={"k": "referral"},
        old=unit.keyring.digest(row.content),
    )
    await unit.transaction.execute(
        delete(Referral).where(
            Referral.clsm_id == unit.clsm_id, Referral.referral_id == referral_id
        )
    )
    await destroy_keys(unit, unit.clsm_id, row.situation_id)


async def destroy_keys(unit: Unit, clsm_id: UUID, situation_id: UUID) -> int:
    """Destroy the keys of a situation's boxes and record each; return how many.

    The record names the keys by the commitments they were made with, not the situation: there
    is nothing left to lead to.
    """
    gone = await unit.keyring.destroy(clsm_id, situation_id)
    for key in gone:
        await record.note(
            unit,
            Act.KEY_DESTROYED,
            obj={"k": "key", "s": key.section, "ver": key.key_version},
            key_commitment=key.commitment,
            tenant=clsm_id,
        )
    return len(gone)
