"""Which version decides: one more fact of the one statement of facts.

A CLSM that adopted nothing decides by the rules that the service ships. A version is read and
parsed once a process; an unreadable one refuses everything: nothing opens by default.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    cast,
    insert,
    literal_column,
    null,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Act
from policies import rules
from service.access import gate, record
from service.database import FOREVER, Instant, new_id
from service.rulebook.models import PolicyTerm, PolicyVersion
from service.unit import Unit

SHIPPED = ""
"""The digest that stands for the rules the service ships, when a CLSM adopted none."""


def dated_facts() -> Select[*tuple[Any, ...]]:
    """Return the policy in force as a branch of the statement of facts.

    `code` is its digest, `more` its number. In force at :at, or later on up to :horizon.
    """
    empty = literal_column("''", String)
    return select(
        literal_column("'policy'", String).label("kind"),
        cast(null(), Uuid).label("situation_id"),
        cast(null(), Uuid).label("employment_id"),
        PolicyTerm.digest.label("code"),
        cast(PolicyTerm.number, String).label("more"),
        empty.label("place"),
        PolicyTerm.valid_from.label("valid_from"),
        PolicyTerm.valid_to.label("valid_to"),
    ).where(
        PolicyTerm.clsm_id == bindparam("clsm_id"),
        and_(
            PolicyTerm.valid_from <= bindparam("horizon", type_=Instant),
            PolicyTerm.valid_to > bindparam("at", type_=Instant),
            PolicyTerm.recorded_at <= bindparam("known_at", type_=Instant),
            PolicyTerm.superseded_at > bindparam("known_at", type_=Instant),
        ),
    )


async def in_force(unit: Unit) -> str:
    """Return the digest of the rules in force in this CLSM now, ready to decide with."""
    now = unit.now()
    found = await unit.transaction.execute(
        dated_facts(), {"clsm_id": unit.clsm_id, "at": now, "horizon": now, "known_at": now}
    )
    row = found.first()
    digest = SHIPPED if row is None else str(row.code)
    await make_ready(unit.transaction, unit.clsm_id, digest)
    return digest


async def make_ready(connection: AsyncConnection, clsm_id: UUID, digest: str) -> None:
    """Let the gate decide with a version: read and parsed the first time a process meets it.

    Raises PolicyRefused when its texts do not parse, LookupError when they are not those of
    the digest; the act then fails.
    """
    if gate.is_admitted(digest):
        return
    said = (
        await connection.execute(
            select(PolicyVersion.texts).where(
                PolicyVersion.clsm_id == clsm_id, PolicyVersion.digest == digest
            )
        )
    ).scalars()
    texts = next(iter(said), None)
    if texts is None or gate.admit(rules.read(_texts(texts))) != digest:
        message = "a policy in force is not the one that was adopted"
        raise LookupError(message)


async def adopt_shipped(
    unit: Unit, clsm_id: UUID, *, effective_from: datetime | None = None
) -> None:
    """Write the shipped rules as version 1 of a new CLSM: the operator's act, recorded.

    `unit` is of this tenant and may have no actor. Called by an installation only.
    """
    texts = dict(rules.texts())
    policy = rules.read(texts)
    now = unit.now()
    await unit.transaction.execute(
        insert(PolicyVersion).values(
            clsm_id=clsm_id,
            number=1,
            digest=policy.digest,
            texts=msgspec.json.encode(texts, order="sorted").decode(),
            content=None,
            author_id=None,
            base_number=0,
            widens=False,
            widens_health=False,
            proposed_at=now,
            withdrawn_at=None,
        )
    )
    await unit.transaction.execute(
        insert(PolicyTerm).values(
            clsm_id=clsm_id,
            term_id=new_id(),
            number=1,
            digest=policy.digest,
            valid_from=effective_from or now,
            valid_to=FOREVER,
            recorded_at=now,
            superseded_at=FOREVER,
        )
    )
    await record.note(
        unit,
        Act.POLICY_ADOPTED,
        obj={"k": "policy", "n": 1, "d": policy.digest, "by": "installation"},
        tenant=clsm_id,
    )


def _texts(said: str) -> dict[str, str]:
    return msgspec.json.decode(said, type=dict[str, str])
