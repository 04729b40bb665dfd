"""Entries about a situation, an actor, a period: what oversight looks at.

Leaves only, never openings: what is read here holds pseudonyms and codes. On
PostgreSQL an entry appears once it is sequenced, some tens of milliseconds
after its commit.
"""

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    false,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Event
from audit.leaf import SEVERAL, read
from audit.log import LOG, audit_shown, audit_top
from audit.merkle import Frontier

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_POSITION = {"sqlite": "instr(leaf, :{0})", "postgresql": "position(:{0} IN leaf)"}


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """One entry as it stands in the record: its place in the tree and what its leaf says."""

    index: int
    id: UUID
    at: datetime
    event: Event
    leaf: bytes


async def entries(  # noqa: PLR0913 -- one keyword for each filter of the auditor's page
    connection: AsyncConnection,
    *,
    tenant: str,
    subjects: Collection[bytes] | None = None,
    actors: Collection[bytes] | None = None,
    act: str | None = None,
    out: str | None = None,
    org: str | None = None,
    section: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[RecordedEntry]:
    """Return the newest entries first, at most `limit`, of indices below `before`.

    The next page is asked with the last index of this one. `since` is included,
    `until` is not; both are aware. `subjects` and `actors` are pseudonyms, one a
    year for each situation or seat; any of them will do, and none at all finds
    nothing. A subject is found alone and in lists, a section alone and among
    those that one page opened.
    """
    dialect = connection.dialect.name
    shown = audit_shown.c
    wanted: list[ColumnElement[bool]] = [shown.tenant == tenant]
    wanted += [
        column == value
        for column, value in ((shown.act, act), (shown.out, out))
        if value is not None
    ]
    if actors is not None:
        wanted.append(shown.actor.in_(actors))
    if subjects is not None:
        listed = [
            _contains(dialect, f"listed{place}", b'"' + _b64(subject) + b'"')
            for place, subject in enumerate(subjects)
        ]
        several = and_(shown.subject == SEVERAL, or_(false(), *listed))
        wanted.append(or_(shown.subject.in_(subjects), several))
    if org is not None:
        # In canonical order `out` follows: an `org` inside the object is another thing.
        wanted.append(_contains(dialect, "org", b'"org":"' + org.encode() + b'","out":'))
    if section is not None:
        code = section.encode()
        wanted.append(
            or_(
                _contains(dialect, "alone", b'"s":"' + code + b'"'),
                _contains(dialect, "opened", b'"' + code + b":"),
            )
        )
    if since is not None:
        wanted.append(shown.t >= _microseconds(since))
    if until is not None:
        wanted.append(shown.t < _microseconds(until))
    if before is not None:
        wanted.append(shown.idx < before)
    query = (
        select(shown.idx, shown.id, shown.t, shown.leaf)
        .where(*wanted)
        .order_by(shown.idx.desc())
        .limit(limit)
    )
    return [
        RecordedEntry(
            index, identifier, EPOCH + timedelta(microseconds=at_us), read(leaf).event, leaf
        )
        for index, identifier, at_us, leaf in await connection.execute(query)
    ]


async def size_and_root(connection: AsyncConnection, log: int = LOG) -> tuple[int, bytes]:
    """Return the stored size and the 32-byte root, to be kept elsewhere.

    Read through a view: the application's role on PostgreSQL cannot read the head itself.
    Raises NoResultFound on a database without a record.
    """
    query = select(audit_top.c.size, audit_top.c.frontier).where(audit_top.c.log == log)
    head = (await connection.execute(query)).one()
    return head.size, Frontier.from_bytes(head.size, head.frontier).root()


def by_name(found: Sequence[RecordedEntry]) -> list[str]:
    """Return the acts in words, refusals marked: "section.read", "section.read deny"."""
    return [
        entry.event.act.value
        if entry.event.out == "ok"
        else f"{entry.event.act.value} {entry.event.out.value}"
        for entry in found
    ]


def _contains(dialect: str, name: str, needle: bytes) -> ColumnElement[bool]:
    # Spelt out: SQL's POSITION is a syntax of its own, which no function call renders.
    place = text(_POSITION[dialect].format(name)).bindparams(bindparam(name, needle))
    return type_coerce(place, Integer) > 0


def _b64(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
