"""PostgreSQL: every committed entry gets one index, whatever dies or competes."""

import asyncio
import random  # noqa: TID251 -- a story that can be told again

import pytest
from sqlalchemy import text

from audit.leaf import Emitter
from audit.log import append
from audit.sequencer import LOCK, NoHead, run, sequence_once
from audit.verify import verify
from tests.audit.databases import on
from tests.audit.stories import Ticking, an_event, commit, counts


def test_a_batch_takes_at_most_its_limit_in_order(tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        await commit(engine, [emitter.entry(an_event()) for _ in range(25)])
        assert [await sequence_once(engine, limit=10) for _ in range(4)] == [10, 10, 5, 0]
        verdict = await verify(engine)
        assert (verdict.sound, verdict.size, verdict.pending) == (True, 25, 0)

    on("postgresql", tmp_path, story)


def test_a_slow_transaction_leaves_no_hole(tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        slow, quick = emitter.entry(an_event()), emitter.entry(an_event())
        async with engine.begin() as connection:
            await append(connection, [slow])
            await commit(engine, [quick])
            assert await sequence_once(engine) == 1
        assert await sequence_once(engine) == 1
        verdict = await verify(engine)
        assert (verdict.sound, verdict.unsettled, verdict.size) == (True, (), 2)

    on("postgresql", tmp_path, story)


def test_without_a_head_nothing_is_sequenced(tmp_path):
    async def story(engine):
        await commit(engine, [Emitter(Ticking()).entry(an_event())])
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM audit_head"))
        with pytest.raises(NoHead):
            await sequence_once(engine)
        assert (await counts(engine))["audit_pending"] == 1

    on("postgresql", tmp_path, story, fenced=False)


def test_one_sequencer_leads_and_the_other_takes_over(tmp_path, monkeypatch):
    monkeypatch.setattr("audit.sequencer.STANDBY_SECONDS", 0.05)

    async def story(engine):
        stops = [asyncio.Event(), asyncio.Event()]
        tasks = [asyncio.create_task(run(engine, 5, stop)) for stop in stops]
        emitter = Emitter(Ticking())
        await asyncio.sleep(0.2)
        assert await holders(engine) == 1
        await commit(engine, [emitter.entry(an_event())])
        await until_empty(engine)
        stops[0].set()
        await tasks[0]
        await commit(engine, [emitter.entry(an_event())])
        await until_empty(engine)
        stops[1].set()
        await tasks[1]
        assert await holders(engine) == 0
        assert (await verify(engine)).size == 2

    on("postgresql", tmp_path, story)


def test_a_sequencer_outlives_the_loss_of_its_connection(tmp_path, monkeypatch):
    monkeypatch.setattr("audit.sequencer.STANDBY_SECONDS", 0.05)

    async def story(engine):
        stop = asyncio.Event()
        task = asyncio.create_task(run(engine, 5, stop))
        await asyncio.sleep(0.2)
        await kill_leader(engine)
        await commit(engine, [Emitter(Ticking()).entry(an_event())])
        await until_empty(engine)
        stop.set()
        await task
        assert (await verify(engine)).size == 1

    on("postgresql", tmp_path, story)


@pytest.mark.parametrize("seed", range(3))
def test_entries_and_indices_stay_equal_whatever_happens(tmp_path, seed):
    """Commits, rollbacks, killed sequencers, and rivals with no leader lock between them."""
    chance = random.Random(seed)

    async def story(engine):
        emitters = [Emitter(Ticking()) for _ in range(3)]
        committed = 0

        async def client(emitter):
            nonlocal committed
            for _ in range(25):
                made = [emitter.entry(an_event()) for _ in range(chance.randint(1, 4))]
                if (declaration := emitter.declaration()) is not None:
                    made.append(declaration)
                try:
                    with emitter.unless_committed(made):
                        async with engine.begin() as connection:
                            await append(connection, made)
                            if chance.random() < 0.3:
                                raise InterruptedError
                    committed += len(made)
                except InterruptedError:
                    continue
            while (declaration := emitter.declaration()) is not None:
                await commit(engine, [declaration])
                committed += 1

        async def rival():
            while True:
                task = asyncio.create_task(sequence_once(engine, limit=chance.randint(1, 20)))
                if chance.random() < 0.4:
                    await asyncio.sleep(chance.random() / 100)
                    task.cancel()
                await asyncio.gather(task, return_exceptions=True)

        rivals = [asyncio.create_task(rival()) for _ in range(3)]
        await asyncio.gather(*(client(emitter) for emitter in emitters))
        for task in rivals:
            task.cancel()
        await asyncio.gather(*rivals, return_exceptions=True)
        while await sequence_once(engine):
            pass
        rows = await counts(engine)
        assert rows["audit_entry"] == rows["audit_index"] == committed
        assert rows["audit_pending"] == 0
        verdict = await verify(engine)
        assert (verdict.sound, verdict.unsettled, verdict.size) == (True, (), committed)

    on("postgresql", tmp_path, story)


LOCKS = (
    "FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    f"AND classid::bigint = {LOCK % 2**32}"
)


async def holders(engine):
    """How many sessions hold the leader's lock."""
    async with engine.connect() as connection:
        return (await connection.exec_driver_sql(f"SELECT count(*) {LOCKS}")).scalar_one()


async def kill_leader(engine):
    """End the leader's session from outside."""
    async with engine.connect() as connection:
        killed = await connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) {LOCKS}")
        assert killed.all() == [(True,)]


async def until_empty(engine):
    """Wait, at most five seconds, until nothing is pending."""
    async with asyncio.timeout(5):
        while (await counts(engine))["audit_pending"]:  # noqa: ASYNC110 -- a table has no event
            await asyncio.sleep(0.01)
