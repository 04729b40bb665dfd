"""`cellule policy explain`: what a person may do, and by which rule, at an instant."""

import argparse
import asyncio
import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, String, Uuid, bindparam, column, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Act
from policies.vocabulary import (
    Action,
    OrganisationKind,
    ProfessionalCategory,
    Purpose,
    Section,
)
from service.access import record
from service.cli.present import clock_for
from service.cli.saying import say
from service.cli.where import settings_here
from service.clock import PARIS, paris
from service.database import enter_clsm
from service.errors import Invalid
from service.partners.operations import seats
from service.process import open_workplace
from service.settings import Settings
from service.sharing import operations as sharing
from service.sharing.rules.viewpoint import viewpoint
from service.sharing.schemas import SeatInfo
from service.situations.operations.names import situation_called
from service.unit import act

Word = TypeVar("Word", bound=StrEnum)

NOON: Final = 12
"""A bare date is noon in Paris (demo/situations.md, 0)."""

_ACCOUNT = select(column("account_id", Uuid), column("demo", Boolean)).select_from(
    table("account", column("email", String))
)


def explain(chosen: argparse.Namespace) -> int:
    """Print the decision as JSON or in sentences; raises Invalid for an unknown word."""
    found = asyncio.run(_explain(settings_here(), chosen))
    if chosen.json:
        say(json.dumps(found, ensure_ascii=False))
    else:
        _tell(found)
    return 0


async def _explain(settings: Settings, chosen: argparse.Namespace) -> dict[str, Any]:
    section = word_of(Section, chosen.section, "section")
    action = word_of(Action, chosen.action, "action")
    purpose = word_of(Purpose, chosen.purpose, "purpose")
    clock = await clock_for(settings)
    now = clock.now()
    at, known_at = viewpoint(
        now, instant_of(chosen.at, "at"), instant_of(chosen.known_at, "known-at")
    )
    async with open_workplace(settings, clock) as workplace, act(workplace, write=False) as unit:
        connection = unit.transaction
        seat = await _seat(connection, settings, chosen.actor, chosen.organisation)
        await enter_clsm(connection, seat.clsm_id)
        situation_id = await _situation(connection, seat.clsm_id, chosen.situation)
        found = await sharing.explain(
            connection,
            seat.clsm_id,
            seat,
            situation_id,
            section,
            action,
            purpose=purpose,
            at=at,
            known_at=known_at,
        )
        # What the person agreed to, and with whom, was told to the operator.
        await record.note(
            unit,
            Act.POLICY_EXPLAINED,
            situations=(situation_id,),
            obj={"k": "section", "s": str(section), "a": str(action)},
            tenant=seat.clsm_id,
        )
    return {
        "allowed": found.allowed,
        "level": str(found.level),
        "rules": list(found.rules),
        "denied_by": list(found.denied_by),
        "missing": [msgspec.to_builtins(near) for near in found.missing],
        "policy": found.policy,
        "policy_number": found.policy_number,
        "sentences": list(found.sentences),
        "at": at.astimezone(PARIS).isoformat(),
        "known_at": known_at.astimezone(PARIS).isoformat(),
        "holds_until": written(found.holds_until),
        "ends": found.ends,
    }


def written(instant: datetime | None) -> str | None:
    """Return an instant as it is read in Paris, for JSON."""
    return instant.astimezone(PARIS).isoformat() if instant else None


def said(instant: datetime) -> str:
    """Return « 20/10/2026 09:00 », in Paris, for a line on a terminal."""
    return f"{instant.astimezone(PARIS):%d/%m/%Y %H:%M}"


async def _seat(
    connection: AsyncConnection, settings: Settings, email: str, organisation: str
) -> SeatInfo:
    account = (
        await connection.execute(
            _ACCOUNT.where(column("email") == bindparam("email")), {"email": email.strip().lower()}
        )
    ).one_or_none()
    if account is None:
        raise Invalid({"actor": "aucun compte n'a cette adresse."})
    rows = seats().subquery()
    found = [
        row
        for row in await connection.execute(
            select(rows).where(rows.c.account_id == account.account_id)
        )
        if not organisation or row.organisation_key == organisation
    ]
    if len(found) != 1:
        keys = ", ".join(sorted(row.organisation_key for row in found)) or "aucun"
        raise Invalid({"organisation": f"précisez un des postes de cette personne : {keys}."})
    return _seat_info(found[0], strong_auth=bool(account.demo and settings.demo))


def _seat_info(row: Any, *, strong_auth: bool) -> SeatInfo:
    return SeatInfo(
        employment_id=row.employment_id,
        clsm_id=row.clsm_id,
        organisation_kind=OrganisationKind(row.organisation_kind),
        category=ProfessionalCategory(row.category),
        function=row.function,
        secrecy_basis=row.secrecy_basis,
        designated_relative=row.designated_relative,
        strong_auth=strong_auth,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


async def _situation(connection: AsyncConnection, clsm_id: UUID, reference: str) -> UUID:
    found = await situation_called(connection, clsm_id, reference.strip())
    if found is None:
        raise Invalid({"situation": "aucune situation de ce territoire n'a cette référence."})
    return found.situation_id


def word_of(words: type[Word], typed: str, field: str) -> Word:
    """Return a word of the rules. Raises Invalid on `field`, with the words that are known."""
    try:
        return words(typed)
    except ValueError as problem:
        known = ", ".join(word.value for word in words)
        raise Invalid({field: f"mot inconnu ; les mots sont : {known}."}) from problem


def instant_of(typed: str, field: str) -> datetime | None:
    """Return an instant from a day (noon in Paris) or an ISO 8601 instant (Paris without zone)."""
    if not typed:
        return None
    try:
        if len(typed) == len("2026-11-24"):
            return paris(date.fromisoformat(typed), NOON)
        found = datetime.fromisoformat(typed)
    except ValueError as problem:
        raise Invalid({field: "écrivez 2026-11-24 ou 2026-11-24T10:00."}) from problem
    return found if found.tzinfo else found.replace(tzinfo=PARIS)


def _tell(found: Mapping[str, Any]) -> None:
    say(f"{'OUI' if found['allowed'] else 'NON'}, niveau {found['level']}, le {found['at']}")
    for sentence in found["sentences"]:
        say(f"  {sentence}")
    for title in ("rules", "denied_by"):
        if found[title]:
            say(f"  {title} : {', '.join(found[title])}")
    if found["holds_until"]:
        until = said(datetime.fromisoformat(found["holds_until"]))
        say(f"  jusqu'au {until}, sauf décision prise avant : {found['ends']}")
    say(f"  règles {found['policy']}, version {found['policy_number']}")
