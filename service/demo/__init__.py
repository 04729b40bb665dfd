"""The demo: a whole directory and two complete, invented situations.

Loaded through the ordinary operations, each at its own date by its own seat, so that its
record is as real as its data. Nothing here writes a table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from service.clock import Clock, SetClock
from service.demo import actions, gresil, heron
from service.demo.directory import (
    CLSM_NAME,
    FOUNDER,
    FOUNDER_ROLE,
    ORGANISATIONS,
    PASSWORD,
    ROLES,
    TOWN_CODE,
    Role,
)
from service.demo.stage import PRESENT, Stage, day
from service.errors import Conflict
from service.partners import operations as partners
from service.people import operations as people
from service.process import open_workplace
from service.settings import Settings
from service.unit import Workplace

Progress = Callable[[str], None]

OPENING = day("01/09/2025", 8)
CHARTER_FROM = day("01/01/2026", 0)

__all__ = ["PASSWORD", "PRESENT", "DemoAccount", "accounts", "load"]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account, as `make run` prints it."""

    email: str
    name: str
    title: str
    sees: str


def accounts() -> tuple[DemoAccount, ...]:
    """Return the demo's accounts; all share PASSWORD."""
    return tuple(
        DemoAccount(role.email, role.name, role.title, role.sees) for role in (*ROLES, FOUNDER_ROLE)
    )


async def load(settings: Settings, progress: Progress) -> None:
    """Load the demo into empty, migrated stores.

    Raises Conflict when something is already there: a demo is never mixed with anything else.
    """
    hands = SetClock(OPENING)
    async with open_workplace(settings, Clock(hands)) as workplace:
        progress("territoire, charte et administration")
        try:
            founded = await people.install(
                workplace,
                partners.Foundation(
                    clsm_name=CLSM_NAME,
                    territory_code=TOWN_CODE,
                    organisation_key=FOUNDER[0],
                    organisation_name=FOUNDER[1],
                    organisation_kind=FOUNDER[2],
                    charter_from=CHARTER_FROM,
                ),
                email=FOUNDER_ROLE.email,
                name=FOUNDER_ROLE.name,
                password=PASSWORD,
                demo=True,
            )
        except Conflict as problem:
            message = "La démonstration est déjà chargée."
            raise Conflict(message) from problem
        stage = Stage(workplace, hands, founded.clsm_id)
        stage.seats["Berger"] = await people.actor_for(workplace, founded.employment_id)
        progress("organisations, comptes et postes")
        await _furnish(stage)
        progress("deux situations : saisines, accords, cercles, sections, au fil de l'année")
        await stage.play(
            _pledges(stage), heron.play(stage), gresil.play(stage), actions.play(stage)
        )
        hands.at = PRESENT - timedelta(minutes=1)


async def _pledges(stage: Stage) -> None:
    """Let everyone sign, each at their date."""
    for role in sorted((*ROLES, FOUNDER_ROLE), key=lambda role: day(role.pledged)):
        async with stage.at(day(role.pledged), role.key) as unit:
            await partners.sign_pledge(unit, 1)


async def _furnish(stage: Stage) -> None:
    """Open the cells, the organisations, the accounts, the seats and their offices."""
    workplace = stage.workplace
    ids: dict[str, UUID] = {}
    async with stage.at(OPENING, "Berger") as unit:
        for kind, name in (
            ("INCURIE", "Cellule incurie dans le logement"),
            ("SITUATIONS_COMPLEXES", "Cellule situations complexes"),
        ):
            stage.cells[kind] = await partners.create_cell(unit, kind=kind, name=name)
        for key, name, kind, phone in ORGANISATIONS:
            ids[key] = await partners.create_organisation(
                unit, key=key, name=name, kind=kind, phone=phone
            )
    kept = await people.hash_password(PASSWORD)
    for role in ROLES:
        await _seat(stage, role, ids[role.organisation], kept, workplace)


async def _seat(
    stage: Stage, role: Role, organisation_id: UUID, kept: str, workplace: Workplace
) -> None:
    async with stage.at(OPENING, "Berger") as unit:
        account_id = await people.create_account(
            unit, email=role.email, name=role.name, password_hash=kept, demo=True
        )
        employment_id = await partners.create_employment(
            unit,
            partners.NewSeat(
                account_id=account_id,
                name=role.name,
                organisation_id=organisation_id,
                category=role.category,
                function=role.function,
                title=role.title,
                secrecy_basis=role.secrecy_basis,
                designated_relative=role.relative,
            ),
        )
        for office, cell in role.offices:
            await partners.grant_office(
                unit, employment_id, office, stage.cells[cell] if cell else None
            )
    stage.seats[role.key] = await people.actor_for(workplace, employment_id)
