"""Appending inside a transaction, and the log's own writer."""

import asyncio

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from audit.event import Act
from audit.leaf import Emitter, read
from audit.log import GroupCommit, RecordUnavailable, append
from audit.reading import by_name, entries, size_and_root
from audit.sequencer import sequence_once
from audit.verify import verify
from tests.audit.databases import DIALECTS, on
from tests.audit.stories import Ticking, an_event, commit, counts, write

both = pytest.mark.parametrize("dialect", DIALECTS)


async def all_entries(engine):
    """Every entry of the record, oldest first, as read back."""
    if engine.dialect.name == "postgresql":
        await sequence_once(engine)
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT leaf FROM audit_entry e JOIN audit_index i ON i.id = e.id ORDER BY i.idx")
        )
        return [read(bytes(leaf)) for (leaf,) in rows]


async def acts(engine):
    """The acts in the record, oldest first."""
    return [said.event.act for said in await all_entries(engine)]


@both
def test_an_entry_is_committed_with_its_act_and_its_opening(dialect, tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        made = [emitter.entry(an_event(number)) for number in range(3)]
        await commit(engine, made, {made[1].id: b"sealed", made[2].id: b""})
        waiting = 3 if dialect == "postgresql" else 0
        assert await counts(engine) == {
            "audit_entry": 3,
            "audit_pending": waiting,
            "audit_index": 3 - waiting,
            "audit_opening": 2,
        }
        assert [said.n for said in await all_entries(engine)] == [0, 1, 2]
        async with engine.connect() as connection:
            assert await size_and_root(connection) == (3, (await verify(engine)).root)

    on(dialect, tmp_path, story)


@both
def test_a_transaction_rolled_back_leaves_no_entry(dialect, tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        lost = [emitter.entry(an_event())]

        async def act():
            async with engine.connect() as opened:
                connection = await opened.execution_options(cellule_write=True)
                async with connection.begin():
                    await append(connection, lost)
                    raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError), emitter.unless_committed(lost):
            await act()
        assert set((await counts(engine)).values()) == {0}
        await write(engine, [emitter.declaration(), emitter.entry(an_event())])
        verdict = await verify(engine)
        assert (verdict.sound, verdict.unsettled, verdict.size) == (True, (), 2)

    on(dialect, tmp_path, story)


@both
def test_appending_nothing_writes_nothing(dialect, tmp_path):
    async def story(engine):
        await commit(engine, [])
        assert set((await counts(engine)).values()) == {0}

    on(dialect, tmp_path, story)


@both
def test_an_entry_appended_twice_is_refused(dialect, tmp_path):
    async def story(engine):
        made = [Emitter(Ticking()).entry(an_event())]
        await write(engine, made)
        with pytest.raises(DBAPIError):
            await commit(engine, made)
        assert (await verify(engine)).size == 1

    on(dialect, tmp_path, story)


def test_two_sqlite_processes_take_turns(tmp_path):
    async def story(engine):
        async def one_process():
            emitter = Emitter(Ticking())
            for _ in range(20):
                await commit(engine, [emitter.entry(an_event())])

        await asyncio.gather(one_process(), one_process(), one_process())
        verdict = await verify(engine)
        assert (verdict.sound, verdict.size) == (True, 60)

    on("sqlite", tmp_path, story)


def test_sqlite_without_a_head_refuses_to_append(tmp_path):
    async def story(engine):
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM audit_head"))
        with pytest.raises(RecordUnavailable):
            await commit(engine, [Emitter(Ticking()).entry(an_event())])

    on("sqlite", tmp_path, story, fenced=False)


@both
def test_a_crowd_of_readings_is_durable_when_each_is_answered(dialect, tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        writer = GroupCommit(engine, emitter)
        await writer.start()
        await asyncio.gather(
            *(
                writer.submit(emitter.entry(an_event(number)), b"sealed" if number % 2 else None)
                for number in range(300)
            )
        )
        assert (await counts(engine))["audit_entry"] == 301
        assert (await counts(engine))["audit_opening"] == 150
        await writer.stop()
        words = await acts(engine)
        assert (words[0], words[-1]) == (Act.EMITTER_STARTED, Act.EMITTER_STOPPED)
        verdict = await verify(engine)
        assert (verdict.sound, verdict.unsettled, verdict.size) == (True, (), 302)

    on(dialect, tmp_path, story)


def test_what_waits_together_is_committed_together(tmp_path):
    async def story(engine):
        commits = []
        emitter = Emitter(Ticking())
        writer = GroupCommit(engine, emitter, batch=64)
        event.listen(engine.sync_engine, "commit", lambda _connection: commits.append(1))
        await writer.start()
        commits.clear()
        await asyncio.gather(*(writer.submit(emitter.entry(an_event())) for _ in range(128)))
        assert len(commits) == 2
        await writer.stop()

    on("sqlite", tmp_path, story)


async def break_the_record(engine, *, broken):
    """Take a table away, or give it back: every append fails in between."""
    old, new = ("audit_entry", "away") if broken else ("away", "audit_entry")
    async with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            await connection.execute(text("DROP VIEW IF EXISTS audit_shown"))
        await connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


@both
def test_a_failed_commit_is_told_to_every_waiter_and_its_numbers_are_voided(dialect, tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        writer = GroupCommit(engine, emitter)
        await writer.start()
        await break_the_record(engine, broken=True)
        lost = [writer.submit(emitter.entry(an_event())) for _ in range(3)]
        answers = await asyncio.gather(*lost, return_exceptions=True)
        assert [type(answer) for answer in answers] == [RecordUnavailable] * 3
        abandoned = writer.submit(emitter.entry(an_event()))
        await asyncio.sleep(0.2)
        assert abandoned.done()
        await break_the_record(engine, broken=False)
        await writer.submit(emitter.entry(an_event()))
        await writer.stop()
        said = await all_entries(engine)
        assert [number for one in said for number in one.voids][:4] == [1, 2, 3, 4]
        verdict = await verify(engine)
        assert (verdict.sound, verdict.unsettled) == (True, ())

    on(dialect, tmp_path, story, fenced=False)


def test_a_commit_slower_than_the_timeout_is_a_failure(tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        writer = GroupCommit(engine, emitter, timeout_seconds=0.3)
        await writer.start()
        async with engine.begin() as connection:
            await connection.execute(text("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE"))
            with pytest.raises(RecordUnavailable):
                await writer.submit(emitter.entry(an_event()))
        await writer.submit(emitter.entry(an_event()))
        await writer.stop()
        await sequence_once(engine)
        verdict = await verify(engine)
        assert (verdict.sound, verdict.unsettled) == (True, ())

    on("postgresql", tmp_path, story)


def test_a_full_queue_refuses_at_once_and_voids(tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        writer = GroupCommit(engine, emitter, capacity=4)
        await writer.start()
        futures = [writer.submit(emitter.entry(an_event())) for _ in range(6)]
        answers = await asyncio.gather(*futures, return_exceptions=True)
        assert [isinstance(answer, RecordUnavailable) for answer in answers] == (
            [False] * 4 + [True] * 2
        )
        await writer.stop()
        verdict = await verify(engine)
        assert (verdict.sound, verdict.unsettled) == (True, ())

    on("sqlite", tmp_path, story)


def test_a_reader_who_leaves_takes_nothing_away(tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        writer = GroupCommit(engine, emitter)
        await writer.start()
        leaving = writer.submit(emitter.entry(an_event()))
        staying = writer.submit(emitter.entry(an_event()))
        leaving.cancel()
        await staying
        await writer.stop()
        assert (await acts(engine)).count(Act.SECTION_READ) == 2
        assert (await verify(engine)).sound

    on("sqlite", tmp_path, story)


def test_a_writer_that_is_stopped_or_never_started_refuses(tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        writer = GroupCommit(engine, emitter)
        with pytest.raises(RecordUnavailable):
            await writer.submit(emitter.entry(an_event()))
        await writer.start()
        await writer.stop()
        await writer.stop()
        with pytest.raises(RecordUnavailable):
            await writer.submit(emitter.entry(an_event()))

    on("sqlite", tmp_path, story)


def test_a_service_that_cannot_record_does_not_start(tmp_path):
    async def story(engine):
        await break_the_record(engine, broken=True)
        writer = GroupCommit(engine, Emitter(Ticking()))
        with pytest.raises(RecordUnavailable):
            await writer.start()
        await writer.stop()

    on("sqlite", tmp_path, story, fenced=False)


def test_a_record_without_a_head_answers_every_waiter(tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        writer = GroupCommit(engine, emitter)
        await writer.start()
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM audit_head"))
        for _ in range(2):
            with pytest.raises(RecordUnavailable):
                await asyncio.wait_for(writer.submit(emitter.entry(an_event())), 5)
        await asyncio.wait_for(writer.stop(), 5)

    on("sqlite", tmp_path, story, fenced=False)


def test_a_record_that_stays_broken_does_not_hold_the_stop(tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        writer = GroupCommit(engine, emitter)
        await writer.start()
        await break_the_record(engine, broken=True)
        with pytest.raises(RecordUnavailable):
            await writer.submit(emitter.entry(an_event()))
        await asyncio.wait_for(writer.stop(), 5)

    on("sqlite", tmp_path, story, fenced=False)


@both
def test_what_the_writer_wrote_can_be_read(dialect, tmp_path):
    async def story(engine):
        await write(engine, [Emitter(Ticking()).entry(an_event())])
        async with engine.connect() as connection:
            if dialect == "postgresql":
                await connection.execute(text("SET LOCAL cellule.clsm_id = 't07'"))
            assert by_name(await entries(connection, tenant="t07")) == ["section.read"]

    on(dialect, tmp_path, story)
