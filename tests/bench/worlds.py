"""What is measured on: one whole situation of about ten kilobytes, and many small ones.

The whole one is written through the ordinary operations. The many are written in bulk, since
they only have to be there; those that a list shows have a real label under a real key.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import insert, select, text, update

from policies.vocabulary import Section
from service.database import FOREVER, Table, new_id, open_engine, transaction
from service.encryption.context import BoxContext
from service.encryption.permit import grant
from service.encryption.sealed import Sealed
from service.partners.models import Employment
from service.people.models import Account
from service.settings import Settings
from service.sharing.models import CircleMembership, Referrer, Standing
from service.situations.models import (
    FunctionalExtract,
    IdentityCard,
    SectionEntry,
    Situation,
)
from service.situations.operations.entries import entry_context, extract_context
from service.situations.operations.identity import LABEL, card_context
from service.situations.schemas import Card, EntryContent
from service.unit import Actor
from tests import databases
from tests.cast import Cast
from tests.house import House
from tests.security.doors import sign_in
from tests.security.stories import Story, observation

PER_SEAT = 100
"""Situations for one professional of the territory."""

CASELOAD = 120
"""How many situations one member follows: the same in a small territory and in a large one."""

_WORDS = [
    "logement",
    "couloir",
    "fenêtre",
    "visite",
    "semaine",
    "personne",
    "accepte",
    "refuse",
    "passage",
    "voisin",
    "escalier",
    "cuisine",
    "salle",
    "bain",
    "chauffage",
    "eau",
    "électricité",
    "courrier",
    "rendez-vous",
    "service",
    "équipe",
    "retour",
    "porte",
    "balcon",
    "cave",
    "carton",
    "journal",
    "sac",
    "accès",
    "sortie",
    "fatigue",
    "marche",
    "repas",
    "soir",
    "matin",
]


def prose(seed: str, length: int = 700) -> str:
    """Return a French-looking text of that length, always the same for a seed."""
    words: list[str] = []
    drawn = hashlib.sha256(seed.encode()).digest()
    while sum(map(len, words)) + len(words) < length:
        words += (_WORDS[byte % len(_WORDS)] for byte in drawn)
        drawn = hashlib.sha256(drawn).digest()
    return " ".join(words).capitalize()[: length - 1] + "."


@dataclass(frozen=True)
class World:
    """Stores ready to serve, and who asks."""

    settings: Settings
    situation_id: UUID
    coordinator: str
    """The coordinator's cookie value."""
    member: str
    employment_ids: tuple[UUID, ...]


def people_of(cast: Cast) -> tuple[Actor, Actor, Actor, tuple[Actor, ...]]:
    worker = cast.social_worker()
    circle = (
        worker,
        cast.psychiatric_nurse(),
        cast.physician(),
        cast.landlord(),
        cast.inspector(),
        cast.seat("Inès Garrigue", kind="MEDICO_SOCIAL", category="2d", function="educator"),
    )
    return cast.coordinator(), circle[3], worker, circle


def open_story(house: House) -> Story:
    """Tell one whole situation: six members, ten sections, about ten kilobytes of text."""
    house.hands.at = datetime.now(UTC) - timedelta(days=2)  # noqa: TID251 — the servers' own time
    cast = Cast.on(house)
    coordinator, landlord, worker, circle = people_of(cast)
    story = Story(house, cast, coordinator, landlord, worker, circle)
    story.begin("SIT-2026-0001")
    story.accept(Card(last_name="Delmas", first_name="Yvonne", address="4 rue des Tilleuls"))
    story.gather()
    story.agree()
    _, nurse, physician, _, inspector, educator = circle
    for author, section in (
        (coordinator, Section.IDENTITY_CONTACT),
        (inspector, Section.HOUSING),
        (educator, Section.HOUSING),
        (inspector, Section.SAFETY_RISK),
        (inspector, Section.NEIGHBOURHOOD),
        (worker, Section.SOCIAL_RESOURCES),
        (worker, Section.LEGAL_PROTECTION),
        (worker, Section.FAMILY_CAREGIVERS),
        (inspector, Section.ANIMALS),
        (inspector, Section.ASSESSMENTS_ENVIRONMENT),
        (nurse, Section.MENTAL_HEALTH),
        (physician, Section.SOMATIC_HEALTH),
    ):
        story.write(
            author,
            section,
            observation(prose(f"{section} by {author.function}"), observed_by="visite"),
            extract=prose(f"extract of {section}", 200),
        )
    house.hands.at += timedelta(days=2)
    return story


@contextmanager
def whole_situation(template: databases.Template, folder: Path) -> Iterator[World]:
    """Build the stores of the situation's page."""
    folder.mkdir()
    with databases.copy_of(template, folder) as settings:
        with House.open(settings) as house:
            story = open_story(house)
            world = World(
                settings,
                story.situation_id,
                sign_in(house, story.coordinator),
                sign_in(house, story.informing),
                tuple(seat.employment_id for seat in (story.coordinator, *story.circle)),
            )
        yield world


async def _opened(house: House, clsm_id: UUID) -> list[tuple[type[Table], dict[str, Any], bytes]]:
    """Return every box of the stores in clear: its table, its row's key, its JSON."""
    found: list[tuple[type[Table], dict[str, Any], bytes]] = []
    keyring = house.workplace.keyring
    async with transaction(house.workplace.engine, write=False, clsm_id=clsm_id) as connection:
        for model, keys, place, kind in (
            (SectionEntry, ("entry_id", "entry_version"), _entry_place, EntryContent),
            (FunctionalExtract, ("extract_id", "extract_version"), _extract_place, str),
            (IdentityCard, ("situation_id",), _card_place, Card),
        ):
            for row in (await connection.execute(select(model.__table__))).all():
                context: BoxContext = place(row)
                pair = (context.situation_id, context.section)
                await keyring.load(clsm_id, [pair])
                permit = grant(clsm_id, frozenset({pair}), "bench")
                value = keyring.open(row.content, context, permit, kind)
                key = {name: getattr(row, name) for name in ("clsm_id", *keys)}
                found.append((model, key, msgspec.json.encode(value)))
    return found


def _entry_place(row: Any) -> BoxContext:
    return entry_context(
        row.clsm_id,
        row.situation_id,
        section=row.section,
        belongs_to=row.belongs_to,
        entry_id=row.entry_id,
        version=row.entry_version,
    )


def _extract_place(row: Any) -> BoxContext:
    return extract_context(
        row.clsm_id, row.situation_id, row.section, row.extract_id, row.extract_version
    )


def _card_place(row: Any) -> BoxContext:
    return card_context(row.clsm_id, row.situation_id, row.version)


@contextmanager
def copied(world: World, folder: Path, *, clear: bool) -> Iterator[World]:
    """Copy the stores of a world; `clear` puts the text itself where the boxes were."""
    folder.mkdir()
    template = _template(world.settings)
    with databases.copy_of(template, folder) as fresh:
        settings = replace(fresh, keyring=world.settings.keyring)
        if clear:
            with House.open(settings) as house:
                house.run(_unseal(house))
        yield replace(world, settings=settings)


async def _unseal(house: House) -> None:
    async with transaction(house.workplace.engine, write=False) as connection:
        clsm_id = (await connection.execute(text("SELECT clsm_id FROM clsm"))).scalar_one()
    clsm_id = clsm_id if isinstance(clsm_id, UUID) else UUID(str(clsm_id))
    clear = await _opened(house, clsm_id)
    async with transaction(house.workplace.engine, write=True, clsm_id=clsm_id) as connection:
        for model, key, said in clear:
            columns = model.__table__.c
            await connection.execute(
                update(model)
                .where(*(columns[name] == value for name, value in key.items()))
                .values(content=Sealed(said))
            )


def _template(settings: Settings) -> databases.Template:
    if settings.sqlite:
        main, keys = (url.split("///")[1] for url in (settings.database_url, settings.keystore_url))
        return databases.Template("sqlite", main, keys)
    main, keys = (
        urlsplit(url).path.strip("/") for url in (settings.database_url, settings.keystore_url)
    )
    return databases.Template("postgresql", main, keys, databases.postgres_server())


def store_names(settings: Settings) -> list[str]:
    """Return the PostgreSQL databases of these settings, [] on SQLite."""
    if settings.sqlite:
        return []
    template = _template(settings)
    return [template.main, template.keystore]


@contextmanager
def many_situations(template: databases.Template, folder: Path, count: int) -> Iterator[World]:
    """Build the stores of the list: `count` situations of one cell, `CASELOAD` of the member."""
    folder.mkdir()
    with databases.copy_of(template, folder) as settings:
        with House.open(settings) as house:
            house.hands.at = datetime.now(UTC)  # noqa: TID251 — the servers' own time
            cast = Cast.on(house)
            coordinator, _, worker, circle = people_of(cast)
            rows = _generated(house, cast, circle, worker, count)
            house.run(_labels(house, cast, coordinator, rows, worker))
            write_rows(house, rows)
            world = World(
                settings,
                rows[Situation][-1]["situation_id"],
                sign_in(house, coordinator),
                sign_in(house, worker),
                (coordinator.employment_id, worker.employment_id),
            )
        yield world


Rows = dict[type[Table], list[dict[str, Any]]]


def _generated(
    house: House, cast: Cast, circle: Sequence[Actor], member: Actor, count: int
) -> Rows:
    now = house.workplace.clock.now()
    rows: Rows = {
        model: []
        for model in (
            Account,
            Employment,
            Situation,
            Standing,
            Referrer,
            CircleMembership,
            IdentityCard,
        )
    }
    others = seat_crowd(
        rows, [seat for seat in circle if seat is not member], count // PER_SEAT + 20
    )
    spacing = max(count // CASELOAD, 1)
    for number in range(count):
        opened = now - timedelta(days=700) * (1 - number / count) - timedelta(days=1)
        key = {"clsm_id": cast.clsm_id, "situation_id": new_id()}
        dated = {
            **key,
            "valid_from": opened,
            "valid_to": FOREVER,
            "recorded_at": opened,
            "superseded_at": FOREVER,
            "recorded_by": others[number % len(others)],
        }
        state = ("in_follow_up", "in_qualification", "preparation", "suspended")[number % 4]
        rows[Situation].append(
            {
                **key,
                "cell_id": cast.cell_id,
                "reference": f"SIT-2026-{number:06d}",
                "alias": f"Héron {number}",
                "state": state,
                "urgency": f"U{number % 3}",
                "adherence": "unknown",
                "episode": 1,
                "opened_at": opened,
                "changed_at": opened,
                "version": 1,
            }
        )
        rows[Standing].append(
            {
                **dated,
                "fact_id": new_id(),
                "cell_id": cast.cell_id,
                "state": state,
                "mode": "ANONYMISED" if number % 3 else "NAMED",
                "basis": "",
            }
        )
        rows[Referrer].append(
            {**dated, "fact_id": new_id(), "employment_id": others[number % len(others)]}
        )
        seats = [others[number % len(others)], others[(number + 1) % len(others)]]
        if number % spacing == spacing - 1 and number // spacing < CASELOAD:
            seats.append(member.employment_id)
        rows[CircleMembership].extend(
            {
                **dated,
                "fact_id": new_id(),
                "employment_id": seat,
                "valid_to": opened + timedelta(days=1_000),
                "reason": "already_intervenes",
                "suspended": False,
            }
            for seat in seats
        )
    return rows


def seat_crowd(rows: Rows, like: Sequence[Actor], size: int) -> list[UUID]:
    """Seat as many professionals as such a territory has, each like one of the circle."""
    seats = []
    for number in range(size):
        actor = like[number % len(like)]
        account_id, employment_id = new_id(), new_id()
        rows[Account].append(
            {
                "account_id": account_id,
                "email": f"{account_id.hex}@essai.example",
                "name": actor.name,
                "password_hash": "",
                "demo": True,
                "created_at": actor.started_at,
                "version": 1,
            }
        )
        rows[Employment].append(
            {
                "employment_id": employment_id,
                "account_id": account_id,
                "name": actor.name,
                "organisation_id": actor.organisation_id,
                "clsm_id": actor.clsm_id,
                "category": actor.category,
                "function": actor.function,
                "title": actor.title,
                "secrecy_basis": actor.secrecy_basis,
                "designated_relative": actor.designated_relative,
                "started_at": actor.started_at,
                "version": 1,
            }
        )
        seats.append(employment_id)
    return seats


async def _labels(house: House, cast: Cast, coordinator: Actor, rows: Rows, member: Actor) -> None:
    """Seal a label for each situation: a real one where a list may show it."""
    followed = {
        row["situation_id"]
        for row in rows[CircleMembership]
        if row["employment_id"] == member.employment_id
    }
    shown = followed | {row["situation_id"] for row in rows[Situation][-60:]}
    keyring = house.workplace.keyring
    filler = Sealed(bytes(320))
    for row in rows[Situation]:
        sealed = filler
        if row["situation_id"] in shown:
            await keyring.prepare(cast.clsm_id, row["situation_id"], [LABEL])
            sealed = keyring.seal(
                card_context(cast.clsm_id, row["situation_id"], 1),
                Card(last_name="Delmas", first_name="Yvonne", address="4 rue des Tilleuls"),
            )
        rows[IdentityCard].append(
            {
                "clsm_id": cast.clsm_id,
                "situation_id": row["situation_id"],
                "version": 1,
                "written_at": row["opened_at"],
                "content": sealed,
            }
        )


def write_rows(house: House, rows: Rows) -> None:
    """Write rows by the hundred thousand: COPY as the owner, or one SQLite transaction."""
    settings = house.settings
    if settings.sqlite:
        house.run(_insert(settings, rows))
        return
    name = _template(settings).main
    house.run(_copy(f"{databases.postgres_server()}/{name}", rows))


async def _insert(settings: Settings, rows: Rows) -> None:
    engine = open_engine(settings.database_url)
    try:
        async with transaction(engine, write=True) as connection:
            for model, many in rows.items():
                await connection.execute(insert(model), many)
            await connection.execute(text("ANALYZE"))
    finally:
        await engine.dispose()


async def _copy(url: str, rows: Rows) -> None:
    connection = await asyncpg.connect(url)
    try:
        for model, many in rows.items():
            names = list(many[0])
            await connection.copy_records_to_table(
                model.__tablename__,
                columns=names,
                records=[
                    tuple(
                        bytes(row[name]) if isinstance(row[name], Sealed) else row[name]
                        for name in names
                    )
                    for row in many
                ],
            )
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
