"""Signing in and out, choosing a seat, one's own sessions.

A session is a row; its cookie's value is never kept. Signing in and taking a seat always give
a new value, whatever cookie came along. Nothing but signing in inserts a session: one that
was ended stays ended, whatever request was under way.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Act, Outcome
from policies.vocabulary import ProfessionalCategory
from service.access import record
from service.database import enter_clsm, new_id, transaction
from service.errors import Invalid, NotFound, SignInRequired
from service.partners import operations as partners
from service.partners.rules import CATEGORIES
from service.people.models import Account, Session
from service.people.operations.accounts import account_of
from service.people.operations.passwords import hash_password, needs_rehash, verify_password
from service.people.operations.throttle import give_back, know_device, take_guess
from service.people.rules import (
    ABSOLUTE,
    IDLE,
    browser_label,
    digest_of,
    new_token,
    normal_email,
)
from service.people.schemas import Opened, SeatChoice, SessionLine, Visit
from service.unit import Actor, Unit, Workplace, act

_REFUSED = "Adresse ou mot de passe incorrect. Vérifiez les deux, puis recommencez."


async def sign_in(workplace: Workplace, visit: Visit, *, email: str, password: str) -> Opened:
    """Open a session, whatever cookie came along; take the seat when there is only one.

    No transaction is held while the password is computed. An unknown address, a wrong
    password and a closed account have the same answer in the same time. Raises Invalid,
    TooMany; both guesses and refusals leave their trace.
    """
    address = normal_email(email)
    guess = await take_guess(workplace, address or email, address=visit.address, known=visit.known)
    async with transaction(workplace.engine, write=False) as connection:
        account = await account_of(connection, Account.email == address)
    usable = (
        account is not None
        and account.disabled_at is None
        and (workplace.settings.demo or not account.demo)
    )
    right = await verify_password(account.password_hash if usable else "", password)
    if not (usable and right):
        await _record_refusal(workplace, visit, account.account_id if account else None)
        raise Invalid({"password": _REFUSED})
    kept = account.password_hash
    if needs_rehash(kept):
        kept = await hash_password(password)
    known = await know_device(workplace, address)
    async with act(
        workplace, write=True, request_id=visit.request_id, address=visit.address
    ) as unit:
        await give_back(unit.transaction, guess)
        if kept != account.password_hash:
            await unit.transaction.execute(
                update(Account)
                .where(Account.account_id == account.account_id, Account.version == account.version)
                .values(password_hash=kept)
            )
        if visit.token:
            await unit.transaction.execute(
                delete(Session).where(Session.token_digest == digest_of(visit.token))
            )
        token = await open_session(unit, account, browser=visit.browser)
        await record.note(
            unit,
            Act.SIGNED_IN,
            obj={"k": "session"},
            subject=None if unit.known else account.account_id,
        )
        return Opened(token=token, known=known, actor=unit.actor if unit.known else None)


async def _record_refusal(workplace: Workplace, visit: Visit, account_id: UUID | None) -> None:
    """Record a refused sign-in.

    Whose it was is in the sealed part: a pseudonym would take another time to find for an
    account that exists than for one that does not.
    """
    async with act(
        workplace, write=False, request_id=visit.request_id, address=visit.address
    ) as unit:
        await record.note(
            unit,
            Act.SIGNED_IN,
            out=Outcome.DENY,
            obj={"k": "session"},
            about={"account": str(account_id or "unknown")},
        )
        unit.undo()


async def open_session(unit: Unit, account: Any, *, browser: str = "") -> str:
    """Write a new session of an account (a row of it) and return its cookie's value.

    With a single seat the unit acts in it from then on.
    """
    now = unit.now()
    token = new_token()
    session_id = new_id()
    strong = bool(account.demo and unit.workplace.settings.demo)
    found = await live_seats(unit.transaction, account.account_id, now)
    if len(found) == 1:
        await _sit(unit, found[0], session_id, demo=account.demo, strong=strong)
    await unit.transaction.execute(
        insert(Session).values(
            token_digest=digest_of(token),
            session_id=session_id,
            account_id=account.account_id,
            employment_id=unit.actor.employment_id if unit.known else None,
            offices=_offices_text(unit),
            strong_auth=strong,
            browser=browser_label(browser),
            opened_at=now,
            seen_at=now,
            ends_at=now + ABSOLUTE,
        )
    )
    return token


async def _sit(unit: Unit, row: Any, session_id: UUID, *, demo: bool, strong: bool) -> None:
    """Let the unit act in a seat: its tenant, then the offices that it holds now."""
    unit.actor = actor_of(row, session_id=session_id, demo=demo, strong_auth=strong)
    await enter_clsm(unit.transaction, row.clsm_id)
    held = await partners.offices_of(unit)
    unit.actor = actor_of(
        row, session_id=session_id, demo=demo, strong_auth=strong, offices=frozenset(held)
    )


def _offices_text(unit: Unit) -> str:
    return ",".join(sorted(unit.actor.offices)) if unit.known else ""


def actor_of(
    row: Any,
    *,
    session_id: UUID,
    demo: bool,
    strong_auth: bool,
    offices: frozenset[str] = frozenset(),
) -> Actor:
    """Return the actor that a row of `partners.seats` stands for."""
    return Actor(
        account_id=row.account_id,
        session_id=session_id,
        name=row.name,
        demo=demo,
        strong_auth=strong_auth,
        employment_id=row.employment_id,
        clsm_id=row.clsm_id,
        clsm_name=row.clsm_name,
        organisation_id=row.organisation_id,
        organisation_key=row.organisation_key,
        organisation_name=row.organisation,
        organisation_kind=row.organisation_kind,
        category=row.category,
        function=row.function,
        title=row.title,
        secrecy_basis=row.secrecy_basis,
        designated_relative=row.designated_relative,
        started_at=row.started_at,
        offices=offices,
    )


async def live_seats(connection: AsyncConnection, account_id: UUID, now: Any) -> list[Any]:
    """Return the seats that a person holds now, rows of `partners.seats`."""
    found = partners.seats().subquery()
    rows = await connection.execute(
        select(found)
        .where(found.c.account_id == account_id)
        .order_by(found.c.clsm_name, found.c.organisation, found.c.employment_id)
    )
    return [row for row in rows.all() if partners.holds_now(row, now)]


async def actor_for(workplace: Workplace, employment_id: UUID) -> Actor:
    """Return the actor of a seat without a session: the demo's loader acts for its people.

    Raises NotFound for a seat that is not held now.
    """
    found = partners.seats().subquery()
    async with transaction(workplace.engine, write=False) as connection:
        row = (
            await connection.execute(
                select(found, Account.demo)
                .join(Account, Account.account_id == found.c.account_id)
                .where(found.c.employment_id == employment_id)
            )
        ).first()
    if row is None or not partners.holds_now(row, workplace.clock.now()):
        raise NotFound
    strong = bool(row.demo and workplace.settings.demo)
    return actor_of(row, session_id=new_id(), demo=row.demo, strong_auth=strong)


async def list_seats(unit: Unit, account_id: UUID) -> tuple[SeatChoice, ...]:
    """Return the seats among which a person chooses."""
    current = unit.actor.employment_id if unit.known else None
    return tuple(
        SeatChoice(
            employment_id=row.employment_id,
            title=row.title,
            organisation=row.organisation,
            clsm=row.clsm_name,
            category_label=CATEGORIES[ProfessionalCategory(row.category)].label,
            current=row.employment_id == current,
        )
        for row in await live_seats(unit.transaction, account_id, unit.now())
    )


async def choose_seat(unit: Unit, account_id: UUID, token: str, employment_id: UUID) -> str:
    """Act from now on in another of one's own seats; return the session's new cookie value.

    The former value is worth nothing any more: rights of two seats never unite, not even in
    two tabs. Raises Invalid for a seat that is not held now, SignInRequired when the session
    was ended meanwhile.
    """
    rows = await live_seats(unit.transaction, account_id, unit.now())
    row = next((row for row in rows if row.employment_id == employment_id), None)
    if row is None:
        raise Invalid({"employment_id": "Choisissez un de vos postes actuels."})
    session = (
        await unit.transaction.execute(
            select(Session.session_id, Session.strong_auth, Account.demo)
            .join(Account, Account.account_id == Session.account_id)
            .where(Session.token_digest == digest_of(token))
        )
    ).first()
    if session is None:
        raise SignInRequired
    strong = bool(session.strong_auth and session.demo and unit.workplace.settings.demo)
    await _sit(unit, row, session.session_id, demo=session.demo, strong=strong)
    fresh = new_token()
    moved = await unit.transaction.execute(
        update(Session)
        .where(Session.token_digest == digest_of(token))
        .values(
            token_digest=digest_of(fresh),
            employment_id=employment_id,
            offices=_offices_text(unit),
            seen_at=unit.now(),
        )
    )
    if moved.rowcount != 1:
        raise SignInRequired
    await record.note(unit, Act.SEAT_CHOSEN, obj={"k": "session"})
    return fresh


async def sign_out(unit: Unit, account_id: UUID, token: str) -> None:
    """End this session: its row is gone, and nothing writes it again."""
    await unit.transaction.execute(delete(Session).where(Session.token_digest == digest_of(token)))
    await record.note(
        unit, Act.SIGNED_OUT, obj={"k": "session"}, subject=None if unit.known else account_id
    )


async def list_sessions(unit: Unit, account_id: UUID, session_id: UUID) -> tuple[SessionLine, ...]:
    """Return a person's own live sessions, the present one first."""
    now = unit.now()
    rows = (
        await unit.transaction.execute(
            select(
                Session.session_id,
                Session.browser,
                Session.employment_id,
                Session.opened_at,
                Session.seen_at,
            )
            .where(
                Session.account_id == account_id,
                Session.ends_at > now,
                Session.seen_at > now - IDLE,
            )
            .order_by(Session.seen_at.desc())
        )
    ).all()
    names = {
        row.employment_id: f"{row.title}, {row.organisation}"
        for row in await live_seats(unit.transaction, account_id, now)
    }
    await record.note(unit, Act.SESSION_LISTED, subject=None if unit.known else account_id)
    return tuple(sorted(_lines(rows, names, session_id), key=lambda line: not line.current))


def _lines(
    rows: Sequence[Any], names: dict[UUID, str], session_id: UUID
) -> tuple[SessionLine, ...]:
    return tuple(
        SessionLine(
            session_id=row.session_id,
            browser=row.browser,
            seat=names.get(row.employment_id, ""),
            opened_at=row.opened_at,
            seen_at=row.seen_at,
            current=row.session_id == session_id,
        )
        for row in rows
    )


async def revoke_session(unit: Unit, account_id: UUID, session_id: UUID) -> None:
    """End one of a person's own sessions. Raises NotFound for any other."""
    done = await unit.transaction.execute(
        delete(Session).where(Session.account_id == account_id, Session.session_id == session_id)
    )
    if done.rowcount != 1:
        raise NotFound
    await record.note(
        unit, Act.SESSION_REVOKED, obj={"k": "session"}, subject=None if unit.known else account_id
    )
