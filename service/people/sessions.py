"""Live sessions by their cookie: what the web asks at each request."""

from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import Instant, transaction
from service.partners import operations as partners
from service.people.models import Account, Session
from service.people.operations.signing import actor_of
from service.people.rules import IDLE, digest_of
from service.unit import Workplace
from service.web.provide import TOUCH_EVERY, Found


class Sessions:
    """The doorkeeper: one statement finds the session, its seat, organisation and CLSM."""

    async def find(
        self, connection: AsyncConnection, workplace: Workplace, token: str
    ) -> Found | None:
        """Return the live session of a cookie, or None.

        Idle for twenty minutes, nine hours old, closed account, demo account outside a demo:
        no session. A seat that has ended leaves the session without one.
        """
        now = workplace.clock.now()
        row = (
            await connection.execute(
                _statement(),
                {"digest": digest_of(token), "now": now, "idle_since": now - IDLE},
            )
        ).first()
        demo = workplace.settings.demo
        if row is None or (row.demo and not demo):
            return None
        seated = row.employment_id is not None and partners.holds_now(row, now)
        return Found(
            account_id=row.account,
            session_id=row.session_id,
            actor=actor_of(
                row,
                session_id=row.session_id,
                demo=row.demo,
                strong_auth=bool(row.strong_auth and row.demo and demo),
                offices=frozenset(filter(None, row.offices.split(","))),
            )
            if seated
            else None,
            seen_long_ago=now - row.seen_at >= TOUCH_EVERY,
        )

    async def touch(self, workplace: Workplace, token: str) -> None:
        """Move the idle limit of a session that still lives; one that was ended stays ended."""
        now = workplace.clock.now()
        async with transaction(workplace.engine, write=True) as connection:
            await connection.execute(
                update(Session)
                .where(
                    Session.token_digest == digest_of(token),
                    Session.ends_at > now,
                    Session.seen_at > now - IDLE,
                    Session.seen_at < now,
                )
                .values(seen_at=now)
            )


@cache
def _statement() -> Select[*tuple[Any, ...]]:
    seat = partners.seats().subquery()
    return (
        select(
            Session.session_id,
            Session.account_id.label("account"),
            Session.offices,
            Session.strong_auth,
            Session.seen_at,
            Account.demo,
            seat,
        )
        .join(Account, Account.account_id == Session.account_id)
        .outerjoin(
            seat,
            and_(
                seat.c.employment_id == Session.employment_id,
                seat.c.account_id == Session.account_id,
            ),
        )
        .where(
            Session.token_digest == bindparam("digest"),
            Session.ends_at > bindparam("now", type_=Instant),
            Session.seen_at > bindparam("idle_since", type_=Instant),
            Account.disabled_at.is_(None),
        )
    )
