"""A version is proposed from its tables, read whole before anything is written."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select

from audit.event import Act
from policies import comparing, rules
from policies.comparing import Difference
from policies.rules import Policy, PolicyRefused
from service.access import gate, record
from service.encryption.context import BoxContext
from service.encryption.permit import Permit
from service.errors import Invalid, NotFound
from service.partners import operations as partners
from service.rulebook.models import PolicyVersion
from service.rulebook.operations.terms import Terms, lock, terms_of
from service.rulebook.rules import (
    FIELD_OF,
    LARGEST_NUMBER,
    LONGEST_MOTIVE,
    PROPOSING,
    SHORTEST_MOTIVE,
    TABLES,
    number_for_record,
    refused_in_french,
)
from service.unit import Unit

BOX = "policy/motive"
"""Key of the motives of a CLSM's versions: theirs alone, under the CLSM's own identifier."""

SAME = (
    "Ces tables décident exactement comme la version en vigueur : il n'y a rien à proposer. "
    "Une source ou un commentaire seul se corrige avec la prochaine version."
)
ASK_MOTIVE = f"Dites pourquoi, en {SHORTEST_MOTIVE} à {LONGEST_MOTIVE} caractères, sans nom."

Row = Any
"""A row of `policy_version`."""


async def propose(unit: Unit, tables: Mapping[str, str], motive: str) -> int:
    """Propose a version from its three tables, by their field's name; return its number.

    Nothing changes until it is approved. Raises Refused to others than those of `PROPOSING`;
    Invalid naming the table, the line and the reason when one is not sound, or when the
    version would decide as the one in force does: nothing is then written.
    """
    await permit_versions(unit, Act.POLICY_PROPOSED, obj={"k": "policy"})
    texts = texts_of(tables)
    return await write_version(unit, unit.clsm_id, texts, motive, unit.actor.employment_id)


async def propose_shipped(unit: Unit, motive: str) -> int:
    """Propose the version that the service ships, after an upgrade. Raises as `propose`."""
    await permit_versions(unit, Act.POLICY_PROPOSED, obj={"k": "policy", "by": "upgrade"})
    texts = dict(rules.texts())
    return await write_version(unit, unit.clsm_id, texts, motive, unit.actor.employment_id)


async def propose_by_operator(
    unit: Unit, clsm_id: UUID, texts: Mapping[str, str], motive: str
) -> int:
    """Propose a version on the command line, without an author. Raises Invalid."""
    number = await write_version(unit, clsm_id, texts, motive, None)
    await record.note(
        unit,
        Act.POLICY_PROPOSED,
        obj={"k": "policy", "n": number, "by": "operator"},
        tenant=clsm_id,
    )
    return number


def texts_of(tables: Mapping[str, str]) -> dict[str, str]:
    """Return the four texts of a version: three tables, and the service's own model."""
    texts = {file: tables.get(field, "") for field, file in TABLES.items()}
    return dict(rules.texts()) | texts


def checked(texts: Mapping[str, str]) -> Policy:
    """Return the policy that these texts say. Raises Invalid on the field of the table."""
    try:
        return rules.read(texts)
    except PolicyRefused as refused:
        field = FIELD_OF.get(refused.file, "special")
        raise Invalid({field: refused_in_french(refused)}) from refused


async def permit_versions(
    unit: Unit, act: Act, *, number: int = 0, obj: Mapping[str, object] | None = None
) -> Permit:
    """Allow what belongs to those who adopt the policy; recorded. Raises Refused, recorded."""
    said = obj or {"k": "policy", "n": number_for_record(number)}
    if await partners.pledge_until(unit) is None:
        await gate.permit_pledged(unit, pledged=False, act=act, obj=said)
    return await gate.permit_office(
        unit,
        await partners.offices_of(unit),
        PROPOSING,
        act=act,
        obj=said,
        boxes=[(unit.clsm_id, BOX)],
    )


async def write_version(
    unit: Unit, clsm_id: UUID, texts: Mapping[str, str], motive: str, author_id: UUID | None
) -> int:
    """Write a proposal; the caller has decided and recorded. Raises Invalid as `propose`."""
    policy = checked(texts)
    motive = checked_motive(motive)
    await lock(unit, clsm_id)
    terms = await terms_of(unit, clsm_id)
    current = await policy_in_force(unit, clsm_id, terms)
    if policy.digest == current.digest:
        raise Invalid({"matrix": SAME})
    difference = compared(current, policy)
    number = await _next_number(unit, clsm_id)
    await record.keys_made(unit, clsm_id, (BOX,), tenant=clsm_id)
    sealed = unit.keyring.seal(motive_place(clsm_id, number), motive)
    await unit.transaction.execute(
        insert(PolicyVersion).values(
            clsm_id=clsm_id,
            number=number,
            digest=policy.digest,
            texts=msgspec.json.encode(dict(texts), order="sorted").decode(),
            content=sealed,
            author_id=author_id,
            base_number=terms.number,
            widens=difference.widens,
            widens_health=difference.widens_health,
            proposed_at=unit.now(),
            withdrawn_at=None,
        )
    )
    return number


def checked_motive(motive: str) -> str:
    """Return why a version is proposed. Raises Invalid on `motive`."""
    said = motive.strip()
    if not SHORTEST_MOTIVE <= len(said) <= LONGEST_MOTIVE:
        raise Invalid({"motive": ASK_MOTIVE})
    return said


def motive_place(clsm_id: UUID, number: int) -> BoxContext:
    """Return where the motive of a version belongs."""
    return BoxContext(clsm_id, clsm_id, BOX, f"version/{number}")


async def version_row(unit: Unit, clsm_id: UUID, number: int) -> Row:
    """Return one version. Raises NotFound."""
    if not 0 < number < LARGEST_NUMBER:
        raise NotFound
    row = (
        await unit.transaction.execute(
            select(*PolicyVersion.__table__.columns).where(
                PolicyVersion.clsm_id == clsm_id, PolicyVersion.number == number
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


async def version_rows(unit: Unit, clsm_id: UUID) -> list[Row]:
    """Return every version without its tables, the newest first."""
    columns = [column for column in PolicyVersion.__table__.columns if column.name != "texts"]
    statement = (
        select(*columns)
        .where(PolicyVersion.clsm_id == clsm_id)
        .order_by(PolicyVersion.number.desc())
    )
    return list((await unit.transaction.execute(statement)).all())


async def policy_in_force(unit: Unit, clsm_id: UUID, terms: Terms | None = None) -> Policy:
    """Return the rules that decide now in a CLSM."""
    found = terms or await terms_of(unit, clsm_id)
    return await policy_numbered(unit, clsm_id, found.number)


async def policy_numbered(unit: Unit, clsm_id: UUID, number: int) -> Policy:
    """Return the rules of one version; 0 for those that the service ships. Raises NotFound."""
    return await policy_proposed(unit, clsm_id, number) if number else _shipped()


async def policy_proposed(unit: Unit, clsm_id: UUID, number: int) -> Policy:
    """Return the rules of one version of this CLSM. Raises NotFound."""
    return policy_of((await version_row(unit, clsm_id, number)).texts)


@lru_cache(maxsize=32)
def policy_of(texts: str) -> Policy:
    """Return the policy of a version's own texts, which were read once before."""
    return rules.read(msgspec.json.decode(texts, type=dict[str, str]))


@lru_cache(maxsize=64)
def compared(old: Policy, new: Policy) -> Difference:
    """Return what opens and closes from one version to another."""
    return comparing.compare(old, new)


@lru_cache(maxsize=1)
def _shipped() -> Policy:
    return rules.load()


async def _next_number(unit: Unit, clsm_id: UUID) -> int:
    last = await unit.transaction.execute(
        select(func.max(PolicyVersion.number)).where(PolicyVersion.clsm_id == clsm_id)
    )
    return int(last.scalar() or 0) + 1
