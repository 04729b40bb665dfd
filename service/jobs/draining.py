"""What the worker does with the outbox: take a batch, send it, say what became of it.

Nothing is held in the database while the mail server answers. Several workers may drain at
once: a batch belongs to one of them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import aiosmtplib
from sqlalchemy.ext.asyncio import AsyncConnection

from service import logs
from service.database import transaction
from service.jobs import outbox
from service.jobs.outbox import Taken
from service.jobs.post import NeverAccepted, Post
from service.unit import Workplace

REFUSED_FOR_NOW: Final = (
    aiosmtplib.SMTPRecipientsRefused,
    aiosmtplib.SMTPResponseException,
)
"""One mail waits (a greylist, a full mailbox); those behind it need not."""

Addresses = Callable[[AsyncConnection, UUID, Sequence[UUID]], Awaitable[Mapping[UUID, str]]]
"""Seats of a CLSM → where to write to whoever holds them now; those held by nobody are left out."""


@dataclass(slots=True)
class Drained:
    """What became of the mails of one pass."""

    sent: list[UUID] = field(default_factory=list)
    given_up: list[UUID] = field(default_factory=list)
    later: list[Taken] = field(default_factory=list)


async def drain(workplace: Workplace, post: Post, clsm_id: UUID, addresses: Addresses) -> Drained:
    """Send what is due in one CLSM, a batch at a time, until nothing is or the server fails."""
    everything = Drained()
    while True:
        done = await _drain_batch(workplace, post, clsm_id, addresses)
        everything.sent += done.sent
        everything.given_up += done.given_up
        everything.later += done.later
        if done.later or not (done.sent or done.given_up):
            return everything


async def _drain_batch(
    workplace: Workplace, post: Post, clsm_id: UUID, addresses: Addresses
) -> Drained:
    done = Drained()
    now = workplace.clock.now()
    async with transaction(workplace.engine, write=False, clsm_id=clsm_id) as connection:
        if not await outbox.any_due(connection, clsm_id, now):
            return done
    async with transaction(workplace.engine, write=True, clsm_id=clsm_id) as connection:
        taken = await outbox.take(connection, clsm_id, now)
        found = await addresses(connection, clsm_id, [one.employment_id for one in taken])
    await _send(post, taken, found, done)
    after = workplace.clock.now()
    async with transaction(workplace.engine, write=True, clsm_id=clsm_id) as connection:
        await outbox.end(connection, clsm_id, done.sent, after, sent=True)
        await outbox.end(connection, clsm_id, done.given_up, after, sent=False)
        await outbox.put_back(connection, clsm_id, done.later, after)
    return done


async def _send(
    post: Post, taken: Sequence[Taken], found: Mapping[UUID, str], done: Drained
) -> None:
    """Try each mail of a batch once; whatever goes wrong is for later, save a final refusal."""
    done.given_up += [one.mail_id for one in taken if one.employment_id not in found]
    waiting = [one for one in taken if one.employment_id in found]
    if not waiting:
        return
    try:
        async with post.opened() as client:
            while waiting:
                try:
                    await post.send(client, waiting[0], found[waiting[0].employment_id])
                    done.sent.append(waiting[0].mail_id)
                except NeverAccepted:
                    done.given_up.append(waiting[0].mail_id)
                    _say("mail_refused")
                except REFUSED_FOR_NOW as problem:
                    done.later.append(waiting[0])
                    _say("mail_not_sent", problem)
                waiting.pop(0)
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as problem:
        # The server answers no more, or not this one: all that is left waits for its turn.
        done.later += waiting
        _say("mail_not_sent", problem)


def _say(what: str, problem: Exception | None = None) -> None:
    """Log that a mail did not leave: what broke, never to whom (a server repeats the address)."""
    logs.logger().warning(what, kind=type(problem).__name__ if problem else "NeverAccepted")
