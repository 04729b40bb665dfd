"""The background process: it indexes the record, does its daily tasks, and stops when told."""

import asyncio
import io
import json

import pytest

from audit.event import Act
from service import logs, worker
from service.access import record
from service.database import open_engine, transaction
from service.settings import Settings, SettingsRefused
from tests.cast import Cast
from tests.databases import as_role


def with_sequencer(house):
    """The settings of a worker of this house."""
    settings = house.settings
    return Settings(
        database_url=settings.database_url,
        keystore_url=settings.keystore_url,
        keyring=settings.keyring,
        origin=settings.origin,
        demo=True,
        sequencer_url=as_role(settings.database_url, "cellule_sequencer_test")
        if house.dialect == "postgresql"
        else "",
    )


async def waiting(settings):
    """How many entries wait for their index."""
    if not settings.sequencer_url:
        return 0
    engine = open_engine(settings.sequencer_url)
    try:
        async with transaction(engine, write=False) as connection:
            counted = await connection.exec_driver_sql("SELECT count(*) FROM audit_pending")
            return counted.scalar_one()
    finally:
        await engine.dispose()


def test_two_workers_index_the_record_and_stop_when_told(house):
    cast = Cast.on(house)
    nurse = cast.psychiatric_nurse()
    settings = with_sequencer(house)

    async def story():
        stop = asyncio.Event()
        working = [asyncio.create_task(worker.work_until(stop, settings)) for _ in range(2)]
        async with house.act(nurse) as unit:
            for _ in range(20):
                await record.note(unit, Act.SITUATION_LISTED)
        for _ in range(200):
            if not await waiting(settings):
                break
            await asyncio.sleep(0.05)
        left = await waiting(settings)
        stop.set()
        await asyncio.wait_for(asyncio.gather(*working), 20)
        return left

    assert house.run(story()) == 0


def test_on_postgresql_a_worker_refuses_to_start_without_the_sequencers_login(house):
    if house.dialect == "sqlite":
        return

    async def start():
        await worker.work_until(asyncio.Event(), house.settings)

    with pytest.raises(SettingsRefused, match="CELLULE_SEQUENCER_URL"):
        house.run(start())


def test_a_task_that_fails_is_logged_and_the_others_are_done(house, monkeypatch):
    done = []

    async def breaks(_workplace):
        raise RuntimeError("marqueur")

    async def works(_workplace):
        done.append("works")

    monkeypatch.setattr(worker, "DAILY", (("breaks", breaks), ("works", works)))
    lines = io.StringIO()
    logs.configure(lines)
    assert house.run(worker.do_daily(house.workplace)) is False
    assert done == ["works"]
    line = json.loads(lines.getvalue())
    assert (line["event"], line["stage"], line["kind"]) == ("task_failed", "breaks", "RuntimeError")
    assert "marqueur" not in lines.getvalue()


def test_the_daily_tasks_are_done_on_an_empty_house_and_twice(house):
    assert house.run(worker.do_daily(house.workplace)) is True
    assert house.run(worker.do_daily(house.workplace)) is True
