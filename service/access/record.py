"""The record's only hand: builds entries, seals their personal part, makes them durable.

A write's entries go into its own transaction, last before COMMIT; readings and refusals go
through the log's group commit and are awaited before anything leaves. If either fails, the
act fails: no record, no answer.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import cast
from uuid import UUID

from audit import leaf, log
from audit.event import Act, Event, Outcome, commit
from audit.leaf import Emitter
from policies.decision import Decision
from service.encryption.context import AUDIT, DEPLOYMENT
from service.encryption.keys import KeyMade
from service.errors import RecordUnavailable
from service.unit import Actor, Unit


class LogRecorder:
    """The process's recorder: one emitter, one group-commit writer."""

    def __init__(self, emitter: Emitter, writer: log.GroupCommit) -> None:
        """Keep the process's emitter and its writer, which must be started."""
        self.emitter = emitter
        self.writer = writer

    async def settle(self, unit: Unit) -> None:
        """Append what the act wrote to its transaction and await what it read."""
        try:
            if unit.entries:
                openings = {entry.id: opening for entry, opening in unit.entries}
                entries = [entry for entry, _ in unit.entries]
                await log.append(unit.transaction, entries, openings)
            for receipt in unit.receipts:
                await receipt
        except Exception as problem:
            raise RecordUnavailable from problem

    async def abandon(self, unit: Unit) -> None:
        """Void the entries of a rolled-back act; record its refusals in their own transaction."""
        for entry, _ in unit.entries:
            self.emitter.void(entry.n)
        unit.entries.clear()
        refusals, unit.refusals = unit.refusals, []
        try:
            receipts = [self.writer.submit(entry, opening) for entry, opening in refusals]
            for receipt in (*receipts, *unit.receipts):
                await receipt
        except Exception as problem:
            raise RecordUnavailable from problem


async def note(  # noqa: PLR0913 — one keyword for each thing that an entry says
    unit: Unit,
    act: Act,
    *,
    situations: Sequence[UUID] = (),
    out: Outcome = Outcome.OK,
    obj: Mapping[str, object] | None = None,
    decision: Decision | None = None,
    role: str = "",
    purpose: str = "",
    old: bytes | None = None,
    new: bytes | None = None,
    key_commitment: bytes | None = None,
    subject: UUID | None = None,
    tenant: UUID | None = None,
    about: Mapping[str, object] | None = None,
    emergency: bool = False,
) -> None:
    """Record one act of this unit.

    A write joins its transaction; a reading is handed to the writer at once, also in a write
    that was undone (a form shown again); a refusal waits for the rollback. `about` is the
    personal part: it is sealed, and only its salted commitment is in the entry. `subject`
    stands for the actor where nobody is signed in yet.
    Raises RecordUnavailable or CannotOpen; the act must then fail.
    """
    actor = unit.actor if unit.known else None
    clsm_id = tenant or (actor.clsm_id if actor else DEPLOYMENT)
    who = subject or (actor.employment_id if actor else None)
    now = unit.now()
    payload: dict[str, object] = dict(about or {})
    if unit.address:
        payload["addr"] = unit.address
    if who is not None:
        payload["actor"] = str(who)
    if situations:
        payload["cases"] = [str(situation_id) for situation_id in situations]
    opening = commit(payload)
    event = Event(
        act=act,
        out=out,
        tenant=str(clsm_id),
        org=actor.organisation_key if actor else None,
        actor=(await _pseudonyms(unit, clsm_id, (who,), now.year))[0] if who else None,
        role=role or None,
        subjects=await _pseudonyms(unit, clsm_id, situations, now.year),
        obj=obj,
        purpose=purpose or None,
        auth=_assurance(actor) if actor else None,
        decision=fingerprint(decision) if decision else None,
        emergency=emergency,
        request=unit.request_id,
        old=old,
        new=new,
        key_commitment=key_commitment,
        commitment=opening.pd,
    )
    home = situations[0] if len(situations) == 1 else None
    made = (
        await unit.keyring.ready_openings(clsm_id, now)
        if home is None
        else await unit.keyring.prepare(clsm_id, home, (AUDIT,))
    )
    for key in made:
        await _key_made(unit, key, tenant=clsm_id, situations=situations if home else ())
    sealed = unit.keyring.seal_opening(clsm_id, home, opening.opening_bytes, at=now)
    recorder = cast(LogRecorder, unit.workplace.recorder)
    entry = recorder.emitter.entry(event, unit.workplace.clock.now_us())
    if out is Outcome.DENY:
        unit.refusals.append((entry, sealed))
    elif unit.write and not unit.undone:
        unit.entries.append((entry, sealed))
    else:
        unit.receipts.append(recorder.writer.submit(entry, sealed))


async def keys_made(
    unit: Unit, situation_id: UUID, sections: Iterable[str], *, tenant: UUID | None = None
) -> None:
    """Make sure that these boxes have a key, and record each key made for them.

    The key is durable in its own database before the text that needs it; a key whose act then
    fails is an orphan, and harmless. `tenant` is for acts without an actor, on the command line.
    """
    clsm_id = tenant or unit.clsm_id
    for made in await unit.keyring.prepare(clsm_id, situation_id, sections):
        await _key_made(unit, made, tenant=clsm_id, situations=(situation_id,))


async def _key_made(unit: Unit, made: KeyMade, *, tenant: UUID, situations: Sequence[UUID]) -> None:
    await note(
        unit,
        Act.KEY_CREATED,
        situations=situations,
        obj={"k": "key", "s": made.section, "ver": made.key_version},
        key_commitment=made.commitment,
        tenant=tenant,
    )


async def _pseudonyms(
    unit: Unit, clsm_id: UUID, subjects: Sequence[UUID], year: int
) -> tuple[bytes, ...]:
    if not subjects:
        return ()
    found = await unit.keyring.pseudonyms(clsm_id, subjects, year)
    return tuple(found[subject] for subject in subjects)


def _assurance(actor: Actor) -> str:
    return "pwd+demo" if actor.strong_auth else "pwd"


@lru_cache(maxsize=4096)
def fingerprint(decision: Decision) -> bytes:
    """Return the first 16 bytes of the SHA-256 of a decision: policy, rules, verdict, level.

    With the policy of that digest, the decision can be replayed (audit_and_encryption.md 1.3).
    """
    said = {
        "allowed": int(decision.allowed),
        "denied": list(decision.denied_by),
        "level": str(decision.level),
        "policy": decision.policy,
        "rules": list(decision.rules),
    }
    return hashlib.sha256(leaf.encode(said)).digest()[:16]
