"""Accounts: made by an installation, an invitation or an administrator; their passwords."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Act, Outcome
from service.access import record
from service.database import new_id
from service.encryption.context import DEPLOYMENT
from service.errors import Conflict, Invalid, SignInRequired
from service.partners import operations as partners
from service.people.models import Account, Session
from service.people.operations.passwords import hash_password, verify_password
from service.people.operations.throttle import give_back, take_guess
from service.people.rules import normal_email, password_problem
from service.rulebook import operations as rulebook
from service.unit import Unit, Workplace, act

_WRONG = "Ce n'est pas votre mot de passe actuel."


async def account_of(connection: AsyncConnection, which: ColumnElement[bool]) -> Any:
    """Return the row of an account, or None."""
    statement = select(*Account.__table__.columns).where(which)
    return (await connection.execute(statement)).first()


async def create_account(  # noqa: PLR0913 — what an account is made of
    unit: Unit,
    *,
    email: str,
    name: str,
    password: str = "",
    password_hash: str = "",
    demo: bool = False,
) -> UUID:
    """Make an account by an administrator's hand: the demo's, or an import's.

    People are otherwise invited. Raises Refused to others than administrators, Invalid,
    Conflict when the address has an account. Hashing a password holds this transaction: many
    accounts are made from `hash_password` done before.
    """
    await partners.permit_directory(
        unit, Act.ACCOUNT_CREATED, {"k": "account", "demo": int(demo)}, about={"email": email}
    )
    address = checked_email(email)
    if demo and not unit.workplace.settings.demo:
        raise Invalid(
            {"demo": "Les comptes de démonstration n'existent que dans une démonstration."}
        )
    if not password_hash:
        check_password(password, address, name)
        password_hash = await hash_password(password)
    if await account_of(unit.transaction, Account.email == address) is not None:
        raise Conflict("Cette adresse a déjà un compte.")
    return await write_account(unit, address, name, password_hash, demo=demo)


async def write_account(
    unit: Unit, email: str, name: str, password_hash: str, *, demo: bool = False
) -> UUID:
    """Write an account; the caller has decided, checked and recorded."""
    account_id = new_id()
    await unit.transaction.execute(
        insert(Account).values(
            account_id=account_id,
            email=email,
            name=name,
            password_hash=password_hash,
            demo=demo,
            created_at=unit.now(),
        )
    )
    return account_id


def checked_email(typed: str) -> str:
    """Return an address as accounts keep it. Raises Invalid."""
    email = normal_email(typed)
    if not email:
        raise Invalid({"email": "Indiquez une adresse électronique, comme nom@exemple.fr."})
    return email


def check_password(password: str, *about: str, field: str = "password") -> None:
    """Raise Invalid when a password is too weak."""
    problem = password_problem(password, *about)
    if problem:
        raise Invalid({field: problem})


async def change_password(
    unit: Unit, account_id: UUID, session_id: UUID, *, old: str, new: str
) -> None:
    """Change the person's own password; every other session of theirs ends.

    `unit` only reads: no write waits while the passwords are computed. The old password is
    guessed no faster here than at sign-in. Raises Invalid, TooMany, Conflict.
    """
    workplace = unit.workplace
    account = await account_of(unit.transaction, Account.account_id == account_id)
    if account is None:
        raise SignInRequired
    check_password(new, account.email, account.name, field="new_password")
    guess = await take_guess(workplace, account.email, address=unit.address)
    if not await verify_password(account.password_hash, old):
        await record.note(
            unit,
            Act.PASSWORD_CHANGED,
            out=Outcome.DENY,
            subject=None if unit.known else account_id,
        )
        raise Invalid({"old_password": _WRONG})
    if old == new:
        raise Invalid({"new_password": "Choisissez un mot de passe différent de l'actuel."})
    kept = await hash_password(new)
    async with act(
        workplace,
        write=True,
        actor=unit.actor if unit.known else None,
        request_id=unit.request_id,
        address=unit.address,
    ) as writing:
        done = await writing.transaction.execute(
            update(Account)
            .where(Account.account_id == account_id, Account.version == account.version)
            .values(password_hash=kept, version=account.version + 1)
        )
        if done.rowcount != 1:
            raise Conflict
        ended = await writing.transaction.execute(
            delete(Session).where(
                Session.account_id == account_id, Session.session_id != session_id
            )
        )
        await give_back(writing.transaction, guess)
        await record.note(
            writing,
            Act.PASSWORD_CHANGED,
            obj={"k": "account", "sessions": ended.rowcount},
            subject=None if unit.known else account_id,
        )


async def install(  # noqa: PLR0913 — what an account is made of
    workplace: Workplace,
    foundation: partners.Foundation,
    *,
    email: str,
    name: str,
    password: str,
    demo: bool = False,
) -> partners.Founded:
    """Make a CLSM with its keys, its first charter and policy, and its first administrator.

    The operator's act, from the command line: whoever holds the keyring and the database.
    Everything is recorded in the new CLSM. The keys are made first: if the rest fails they
    are orphans, and harmless. Raises Invalid, Conflict when the address has an account.
    """
    address = checked_email(email)
    if demo and not workplace.settings.demo:
        raise Invalid(
            {"demo": "Les comptes de démonstration n'existent que dans une démonstration."}
        )
    check_password(password, address, name)
    kept = await hash_password(password)
    await workplace.keyring.admit(DEPLOYMENT)
    clsm_id = new_id()
    await workplace.keyring.admit(clsm_id)
    async with act(workplace, write=True, clsm_id=clsm_id) as unit:
        if await account_of(unit.transaction, Account.email == address) is not None:
            raise Conflict("Cette adresse a déjà un compte.")
        account_id = await write_account(unit, address, name, kept, demo=demo)
        await record.note(
            unit,
            Act.ACCOUNT_CREATED,
            obj={"k": "account", "by": "installation"},
            subject=account_id,
            tenant=clsm_id,
        )
        founded = await partners.found_clsm(
            unit, clsm_id, foundation, account_id=account_id, name=name
        )
        await rulebook.adopt_shipped(unit, clsm_id, effective_from=foundation.charter_from)
        return founded
