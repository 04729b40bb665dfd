"""The record as a folder that anyone may verify, and the proof of one event as one file.

Formats: C2SP tlog-tiles, tlog-proof. The database is read once, in one snapshot, by a role that
may read the record; leaves hold pseudonyms and commitments only, so the folder names nobody.
"""

import base64
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.checkpoint import Checkpoint
from audit.log import LOG, audit_entry, audit_index
from audit.merkle import Frontier, consistency_proof, inclusion_proof
from audit.note import Note
from audit.proof import HEAD
from audit.tiles import CHECKPOINT, TileWriter

CHUNK: Final = 2000
POLICY: Final = "policy"


class NotThere(Exception):
    """The record does not hold what is asked: an entry, or as many as a checkpoint says."""


async def hashes_of(connection: AsyncConnection, size: int, log: int = LOG) -> list[bytes]:
    """Return the first `size` leaf hashes in order. Raises NotThere when there are fewer."""
    query = (
        select(audit_index.c.lh)
        .where(audit_index.c.log == log, audit_index.c.idx < size)
        .order_by(audit_index.c.idx)
    )
    found = list((await connection.execute(query)).scalars())
    if len(found) != size:
        raise NotThere(f"the record holds {len(found)} entries, {size} are wanted")
    return found


async def growth(
    connection: AsyncConnection, old_size: int, origin: str, size: int, log: int = LOG
) -> tuple[list[bytes], Checkpoint]:
    """Return the proof from an older size and the checkpoint of `size`, for the signer."""
    hashes = await hashes_of(connection, size, log)
    proof = consistency_proof(hashes, old_size) if 0 < old_size < size else []
    return proof, Checkpoint(origin, size, Frontier.over(hashes).root())


async def write_folder(  # noqa: PLR0913 — what is read, where it is written, what it is signed by
    connection: AsyncConnection,
    folder: Path,
    note: Note,
    *,
    policy: str = "",
    log: int = LOG,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write the entries that a signed checkpoint covers, its tiles, the note, the policy.

    The checkpoint is written last, so that a folder cut short has none. Returns the size. Raises
    NotThere when the database holds fewer entries than were signed.
    """
    size = Checkpoint.read(note.text).size
    writer = TileWriter(folder)
    async for leaves in _leaves(connection, log, size):
        for leaf in leaves:
            writer.append(leaf)
        if progress is not None:
            progress(writer.frontier.size, size)
    if writer.frontier.size != size:
        raise NotThere(f"the record holds {writer.frontier.size} entries, {size} were signed")
    writer.finish({POLICY: policy, CHECKPOINT: str(note)} if policy else {CHECKPOINT: str(note)})
    return size


async def proof_of(
    connection: AsyncConnection, entry_id: UUID, note: Note, log: int = LOG
) -> tuple[bytes, str]:
    """Return the leaf of one entry and its `.tlog-proof`, under a signed checkpoint.

    Raises NotThere when the entry is not in the tree that the checkpoint covers.
    """
    size = Checkpoint.read(note.text).size
    query = (
        select(audit_index.c.idx, audit_entry.c.leaf)
        .join_from(audit_index, audit_entry, audit_entry.c.id == audit_index.c.id)
        .where(audit_index.c.log == log, audit_index.c.id == entry_id)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None or row.idx >= size:
        raise NotThere("this entry is not under that checkpoint")
    steps = inclusion_proof(await hashes_of(connection, size, log), row.idx)
    lines = "".join(f"{base64.b64encode(step).decode()}\n" for step in steps)
    return row.leaf, f"{HEAD}\nindex {row.idx}\n{lines}\n{note}"


async def _leaves(connection: AsyncConnection, log: int, size: int) -> AsyncIterator[list[bytes]]:
    after = -1
    while after + 1 < size:
        query = (
            select(audit_index.c.idx, audit_entry.c.leaf)
            .join_from(audit_index, audit_entry, audit_entry.c.id == audit_index.c.id)
            .where(audit_index.c.log == log, audit_index.c.idx > after, audit_index.c.idx < size)
            .order_by(audit_index.c.idx)
            .limit(CHUNK)
        )
        rows = (await connection.execute(query)).all()
        if not rows:
            return
        yield [row.leaf for row in rows]
        after = rows[-1].idx
