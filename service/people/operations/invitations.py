"""Invitations: one person, one organisation, one category; seven days, once.

Whoever invites hands the link over; its secret is kept nowhere. An invitation that was
used, revoked, is too old or never existed is answered by one sentence.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Act
from policies.vocabulary import Office, ProfessionalCategory
from service.access import record
from service.database import new_id, transaction
from service.errors import Conflict, Invalid, NotFound
from service.partners import operations as partners
from service.partners.rules import CATEGORIES, employment_problems
from service.people.models import Account, Invitation
from service.people.operations.accounts import (
    account_of,
    check_password,
    checked_email,
    write_account,
)
from service.people.operations.passwords import hash_password, verify_password
from service.people.operations.throttle import give_back, take_guess
from service.people.rules import INVITATION_LASTS, digest_of, new_token
from service.people.schemas import InvitationLine, Invited, NewInvitation, Proposal, Visit
from service.unit import Unit, Workplace, act

UNUSABLE = (
    "Cette invitation ne peut pas être utilisée. "
    "Demandez-en une nouvelle à la personne qui vous a invité·e."
)


async def invite(unit: Unit, wanted: NewInvitation) -> Invited:
    """Invite someone to a seat; the link's secret is in the answer and nowhere else.

    The coordinator or the administrator of the CLSM, or the organisation's own administrator.
    Raises Refused, NotFound for an organisation that takes no part here, Invalid, Conflict
    when the same address already waits for the same organisation.
    """
    kind = await partners.kind_of(unit, wanted.organisation_id)
    email = checked_email(wanted.email)
    problems = employment_problems(kind, wanted.category, wanted.secrecy_basis, wanted.function)
    if not wanted.title.strip():
        problems["title"] = (
            "Indiquez la fonction telle qu'elle se dit, comme « infirmière à l'EMPP »."
        )
    if problems:
        raise Invalid(problems)
    await partners.permit_directory(
        unit,
        Act.INVITATION_SENT,
        {"k": "invitation", "cat": wanted.category, "fn": wanted.function},
        allowed=partners.INVITING,
        organisation_id=wanted.organisation_id,
        about={"email": email, "organisation": str(wanted.organisation_id)},
    )
    now = unit.now()
    waiting = await unit.transaction.execute(
        select(Invitation.invitation_id).where(
            _pending(now),
            Invitation.clsm_id == unit.clsm_id,
            Invitation.organisation_id == wanted.organisation_id,
            Invitation.email == email,
        )
    )
    if waiting.first() is not None:
        raise Conflict(
            "Cette adresse a déjà une invitation en attente pour cette organisation. "
            "Retirez-la pour en faire une autre."
        )
    token = new_token()
    invitation_id = new_id()
    await unit.transaction.execute(
        insert(Invitation).values(
            invitation_id=invitation_id,
            token_digest=digest_of(token),
            clsm_id=unit.clsm_id,
            organisation_id=wanted.organisation_id,
            email=email,
            category=wanted.category,
            function=wanted.function,
            title=wanted.title.strip(),
            secrecy_basis=wanted.secrecy_basis,
            invited_by=unit.actor.employment_id,
            invited_at=now,
            expires_at=now + INVITATION_LASTS,
        )
    )
    return Invited(
        invitation_id=invitation_id, token=token, email=email, expires_at=now + INVITATION_LASTS
    )


def _pending(now: datetime) -> ColumnElement[bool]:
    return and_(
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
    )


async def list_invitations(unit: Unit) -> tuple[InvitationLine, ...]:
    """Return the invitations that wait for an answer.

    All those of the CLSM to its coordinator and administrator; those of their own
    organisation to its administrator; none to others.
    """
    everywhere = await partners.may(unit, partners.INVITING)
    own = await partners.may(
        unit, frozenset({Office.ORGANISATION_ADMINISTRATOR}), unit.actor.organisation_id
    )
    if not (everywhere or own):
        return ()
    seat = partners.seats().subquery()
    statement = (
        select(*Invitation.__table__.columns, seat.c.name.label("inviter"))
        .join(seat, seat.c.employment_id == Invitation.invited_by)
        .where(_pending(unit.now()), Invitation.clsm_id == unit.clsm_id)
        .order_by(Invitation.invited_at.desc())
        .limit(200)
    )
    if not everywhere:
        statement = statement.where(Invitation.organisation_id == unit.actor.organisation_id)
    rows = (await unit.transaction.execute(statement)).all()
    names = await partners.organisation_names(unit)
    return tuple(
        InvitationLine(
            invitation_id=row.invitation_id,
            email=row.email,
            organisation=names.get(row.organisation_id, ""),
            title=row.title,
            category_label=CATEGORIES[ProfessionalCategory(row.category)].label,
            invited_by=row.inviter,
            invited_at=row.invited_at,
            expires_at=row.expires_at,
        )
        for row in rows
    )


async def revoke_invitation(unit: Unit, invitation_id: UUID) -> None:
    """Take an invitation back before it is used. Raises Refused, NotFound."""
    row = (
        await unit.transaction.execute(
            select(Invitation.organisation_id).where(
                Invitation.invitation_id == invitation_id,
                Invitation.clsm_id == unit.clsm_id,
                _pending(unit.now()),
            )
        )
    ).first()
    if row is None:
        raise NotFound
    await partners.permit_directory(
        unit,
        Act.INVITATION_REVOKED,
        {"k": "invitation", "id": str(invitation_id)},
        allowed=partners.INVITING,
        organisation_id=row.organisation_id,
    )
    done = await unit.transaction.execute(
        update(Invitation)
        .where(Invitation.invitation_id == invitation_id, _pending(unit.now()))
        .values(revoked_at=unit.now())
    )
    if done.rowcount != 1:
        raise NotFound


async def read_invitation(workplace: Workplace, token: str) -> Proposal:
    """Return what a link proposes. Raises Invalid, with one sentence for every bad link."""
    async with transaction(workplace.engine, write=False) as connection:
        row = await _usable(connection, workplace.clock.now(), token)
        account = await account_of(connection, Account.email == row.email)
    async with transaction(workplace.engine, write=False, clsm_id=row.clsm_id) as connection:
        names = await partners.place_names(connection, row.clsm_id, row.organisation_id)
    category = CATEGORIES[ProfessionalCategory(row.category)]
    return Proposal(
        email=row.email,
        organisation=names.organisation,
        clsm=names.clsm,
        title=row.title,
        category_label=category.label,
        category_article=category.article,
        has_account=account is not None,
    )


async def _usable(connection: AsyncConnection, now: datetime, token: str) -> Any:
    row = (
        await connection.execute(
            select(*Invitation.__table__.columns).where(
                Invitation.token_digest == digest_of(token), _pending(now)
            )
        )
    ).first()
    if row is None:
        raise Invalid({"token": UNUSABLE})
    return row


async def accept_invitation(
    workplace: Workplace, visit: Visit, *, token: str, name: str, password: str
) -> None:
    """Use an invitation: an account if there is none, then the seat.

    Who has an account proves it with its password, so that a link that went astray, or an
    inviter who kept it, opens no one else's seats; it is guessed no faster than at sign-in.
    No transaction is held while the password is computed. Raises Invalid, TooMany, Conflict.
    """
    async with transaction(workplace.engine, write=False) as connection:
        row = await _usable(connection, workplace.clock.now(), token)
        account = await account_of(connection, Account.email == row.email)
    guess = None
    if account is None:
        name = name.strip()
        if not name:
            raise Invalid({"name": "Indiquez vos prénom et nom."})
        check_password(password, row.email, name)
        kept = await hash_password(password)
    else:
        guess = await take_guess(workplace, row.email, address=visit.address)
        if account.disabled_at or not await verify_password(account.password_hash, password):
            raise Invalid({"password": "Ce n'est pas le mot de passe de ce compte."})
        name, kept = account.name, ""
    try:
        async with act(
            workplace,
            write=True,
            clsm_id=row.clsm_id,
            request_id=visit.request_id,
            address=visit.address,
        ) as unit:
            await _use(unit, row)
            if guess is not None:
                await give_back(unit.transaction, guess)
            account_id = (
                account.account_id
                if account is not None
                else await _new_account(unit, row, name, kept)
            )
            employment_id = await _seat(unit, row, account_id, name)
            await record.note(
                unit,
                Act.INVITATION_ACCEPTED,
                obj={"k": "invitation", "id": str(row.invitation_id)},
                subject=employment_id,
                tenant=row.clsm_id,
            )
    except IntegrityError as problem:
        raise Conflict("Ce compte vient d'être créé : rouvrez le lien.") from problem


async def _use(unit: Unit, row: Any) -> None:
    """Mark an invitation as used, once whoever comes at the same time."""
    done = await unit.transaction.execute(
        update(Invitation)
        .where(Invitation.invitation_id == row.invitation_id, _pending(unit.now()))
        .values(accepted_at=unit.now())
    )
    if done.rowcount != 1:
        raise Invalid({"token": UNUSABLE})


async def _new_account(unit: Unit, row: Any, name: str, kept: str) -> UUID:
    account_id = await write_account(unit, row.email, name, kept)
    await record.note(
        unit,
        Act.ACCOUNT_CREATED,
        obj={"k": "account", "by": "invitation"},
        subject=account_id,
        tenant=row.clsm_id,
    )
    return account_id


async def _seat(unit: Unit, row: Any, account_id: UUID, name: str) -> UUID:
    return await partners.open_seat(
        unit,
        row.clsm_id,
        partners.NewSeat(
            account_id=account_id,
            name=name,
            organisation_id=row.organisation_id,
            category=row.category,
            function=row.function,
            title=row.title,
            secrecy_basis=row.secrecy_basis,
        ),
        await partners.kind_of(unit, row.organisation_id, row.clsm_id),
    )
