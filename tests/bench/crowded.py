"""A large territory where fifteen seats sit around each situation, to simulate a policy on.

Written range after range: a million and a half places would not fit in memory as rows.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from policies import rules
from service.database import FOREVER, new_id, open_engine, transaction
from service.partners.models import Employment, Pledge
from service.people.models import Account
from service.settings import Settings
from service.sharing.models import (
    AgreementCell,
    CircleMembership,
    InformationEvent,
    Referrer,
    Standing,
)
from service.sharing.operations.crowd import Place, read_batches, read_seats
from service.sharing.operations.simulation import simulate
from service.sharing.rules import CATEGORIES, GROUPS
from service.sharing.schemas import Simulation
from service.situations.models import Situation
from tests import databases
from tests.bench import cpu
from tests.bench.worlds import Rows, people_of, seat_crowd, store_names, write_rows
from tests.cast import Cast
from tests.house import House
from tests.rulebook.board import SHIPPED, WIDER_HEALTH

AROUND = 15
AT_ONCE = 4_000
CROWD = 1_000
CELLS = tuple((category, group) for category in ("I2", "I6", "I7") for group in ("G1", "G2", "G5"))
CANDIDATE = rules.read(
    SHIPPED
    | {
        "matrix.csv": WIDER_HEALTH["matrix"].replace(
            "housing, read, BAIL, a\n", "housing, read_extract, BAIL, a\n", 1
        )
    }
)
"""Opens mental health to social workers, closes the housing's full text to landlords."""


@dataclass(frozen=True)
class Crowded:
    """Stores with that many situations, and when it is there."""

    settings: Settings
    clsm_id: UUID
    at: datetime


@contextmanager
def crowded(template: databases.Template, folder: Path, count: int) -> Iterator[Crowded]:
    """Build `count` situations of one cell, `AROUND` seats around each."""
    folder.mkdir()
    with databases.copy_of(template, folder) as settings:
        with House.open(settings) as house:
            house.hands.at = datetime.now(UTC)  # noqa: TID251 — any instant will do
            cast = Cast.on(house)
            _, _, _, circle = people_of(cast)
            rows: Rows = {Account: [], Employment: [], Pledge: []}
            others = seat_crowd(rows, circle, CROWD)
            now = house.workplace.clock.now()
            rows[Pledge] = [_pledge(cast, seat, now) for seat in others]
            write_rows(house, rows)
            for first in range(0, count, AT_ONCE):
                write_rows(
                    house, _range(cast, others, range(first, min(first + AT_ONCE, count)), now)
                )
            at = now + timedelta(minutes=1)
        yield Crowded(settings, cast.clsm_id, at)


def _pledge(cast: Cast, seat: UUID, now: datetime) -> dict[str, Any]:
    return {
        "clsm_id": cast.clsm_id,
        "pledge_id": new_id(),
        "employment_id": seat,
        "charter_version": 1,
        "valid_from": now - timedelta(days=30),
        "valid_to": now + timedelta(days=300),
        "recorded_at": now - timedelta(days=30),
        "superseded_at": FOREVER,
    }


def _range(cast: Cast, seats: list[UUID], numbers: range, now: datetime) -> Rows:
    rows: Rows = {
        model: []
        for model in (
            Situation,
            Standing,
            Referrer,
            CircleMembership,
            InformationEvent,
            AgreementCell,
        )
    }
    for number in numbers:
        key = {"clsm_id": cast.clsm_id, "situation_id": new_id()}
        opened = now - timedelta(days=1 + number % 100)
        around = [seats[(number + step * 61) % len(seats)] for step in range(AROUND)]
        dated = {
            **key,
            "valid_from": opened,
            "valid_to": FOREVER,
            "recorded_at": opened,
            "superseded_at": FOREVER,
            "recorded_by": around[0],
        }
        state = ("in_follow_up", "in_qualification", "preparation", "suspended")[number % 4]
        named = number % 3 == 0
        rows[Situation].append(_situation(cast, key, number, state, opened))
        rows[Standing].append(
            {
                **dated,
                "fact_id": new_id(),
                "cell_id": cast.cell_id,
                "state": state,
                "mode": "NAMED" if named else "ANONYMISED",
                "basis": "",
            }
        )
        rows[Referrer].append({**dated, "fact_id": new_id(), "employment_id": around[0]})
        rows[CircleMembership] += [
            {
                **dated,
                "fact_id": new_id(),
                "employment_id": seat,
                "valid_to": opened + timedelta(days=1_000),
                "reason": "already_intervenes",
                "suspended": False,
            }
            for seat in around
        ]
        if named:
            _agree(rows, dated, around[0], number)
    return rows


def _situation(
    cast: Cast, key: dict[str, Any], number: int, state: str, opened: datetime
) -> dict[str, Any]:
    return {
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


def _agree(rows: Rows, dated: dict[str, Any], seat: UUID, number: int) -> None:
    """Inform every group and fill in some cells, not the same from one situation to another."""
    rows[InformationEvent].append(
        {
            **dated,
            "fact_id": new_id(),
            "employment_id": seat,
            "groups": ",".join(GROUPS),
            "categories": ",".join(CATEGORIES),
            "means": "oral",
            "notice_version": "1.2",
        }
    )
    for place, (category, group) in enumerate(CELLS):
        value = ("yes", "extract_only", "no")[(number // 3 + place * (number % 7)) % 3]
        rows[AgreementCell].append(
            {
                **dated,
                "fact_id": new_id(),
                "category": category,
                "recipients": group,
                "value": value,
                "event_id": new_id(),
            }
        )


@dataclass(frozen=True)
class Passed:
    """One pass over the territory: CPU of this process and its backends, and the clock's time."""

    cpu_seconds: float
    seconds: float
    rows: int
    found: Simulation | None = None


async def passes(world: Crowded, *, deciding: bool) -> Passed:
    """Read every fact, and decide or not."""
    engine = open_engine(world.settings.database_url)
    place = Place(world.clsm_id, None, world.at)

    def source() -> Any:
        return transaction(engine, write=False, clsm_id=world.clsm_id)

    before = await asyncio.to_thread(_spent, world.settings)
    started, rows, found = time.monotonic(), 0, None
    try:
        if deciding:
            found = await simulate(source, place, rules.load(), CANDIDATE)
        else:
            await read_seats(source, place)
            async for batch in read_batches(source, place):
                rows += len(batch.rows)
        spent = await asyncio.to_thread(_spent, world.settings) - before
    finally:
        await engine.dispose()
    return Passed(spent, time.monotonic() - started, rows, found)


def _spent(settings: Settings) -> float:
    names = store_names(settings)
    backends = (
        cpu.backends(databases.admin_url(databases.postgres_server()), names) if names else []
    )
    return cpu.seconds([os.getpid(), *backends])
