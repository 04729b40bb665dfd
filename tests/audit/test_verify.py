"""Every way of tampering with the record, on both databases, with the fences taken down."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from audit.event import Act, Event
from audit.leaf import Emitter, Entry, decode, encode
from audit.log import append, audit_entry, audit_head, audit_index, audit_pending
from audit.merkle import Frontier, leaf_hash
from audit.sequencer import sequence_once
from audit.verify import IN_FLIGHT, CannotTell, Fault, Kind, Verdict, verify
from tests.audit.databases import DIALECTS, on
from tests.audit.stories import Ticking, an_event, write

SIZE = 21
VICTIM = 6
both = pytest.mark.parametrize("dialect", DIALECTS)


async def a_record(engine: AsyncEngine, size: int = SIZE) -> tuple[Emitter, list[Entry]]:
    """One emitter's entries, all in the record."""
    emitter = Emitter(Ticking())
    entries = [emitter.entry(an_event(number)) for number in range(size)]
    await write(engine, entries)
    return emitter, entries


async def rehash(connection: AsyncConnection, index: int, leaf: bytes) -> None:
    """Replace a leaf and the hash of it, as someone who knows the format would."""
    row = audit_index.c.idx == index
    entry_id = (await connection.execute(select(audit_index.c.id).where(row))).scalar_one()
    await connection.execute(
        update(audit_entry).where(audit_entry.c.id == entry_id).values(leaf=leaf)
    )
    await connection.execute(update(audit_index).where(row).values(lh=leaf_hash(leaf)))


def denied(leaf: bytes) -> bytes:
    """Return the leaf with its outcome turned around."""
    return encode({**decode(leaf), "out": "deny"})


async def new_head(connection: AsyncConnection) -> None:
    """Make the head agree with whatever rows there are."""
    query = select(audit_index.c.lh).order_by(audit_index.c.idx)
    tree = Frontier.over((await connection.execute(query)).scalars())
    await connection.execute(update(audit_head).values(size=tree.size, frontier=tree.to_bytes()))


async def shift(connection: AsyncConnection, start: int, step: int) -> None:
    """Renumber the index from `start` on."""
    query = select(audit_index.c.idx).where(audit_index.c.idx >= start)
    for index in sorted((await connection.execute(query)).scalars(), reverse=step > 0):
        await connection.execute(
            update(audit_index).where(audit_index.c.idx == index).values(idx=index + step)
        )


async def exchange(connection: AsyncConnection, one: int, other: int) -> None:
    """Exchange the places of two entries in the index."""
    for old, new in ((one, -1), (other, one), (-1, other)):
        await connection.execute(
            update(audit_index).where(audit_index.c.idx == old).values(idx=new)
        )


async def forge(connection: AsyncConnection, index: int, entry: Entry) -> None:
    """Put a forged entry, its columns and its index in the tables."""
    await connection.execute(
        insert(audit_entry).values(
            id=entry.id, leaf=entry.leaf, t=entry.t, tenant=entry.tenant, act=entry.act,
            out=entry.out, actor=entry.actor, subject=entry.subject,
        )
    )  # fmt: skip
    await connection.execute(
        insert(audit_index).values(log=0, idx=index, id=entry.id, lh=entry.leaf_hash)
    )


def impostor(entry: Entry, **changes: object) -> Entry:
    """An entry with the number and link of another, and other words."""
    emitter = Emitter(lambda: entry.t)
    other = emitter.entry(an_event())
    leaf = encode({**decode(entry.leaf), "id": str(other.id), "org": "o99", **changes})
    return Entry(
        other.id, leaf, entry.n, leaf_hash(leaf), entry.t, entry.tenant, entry.act, entry.out,
        entry.actor, entry.subject,
    )  # fmt: skip


def tampered(
    dialect: str, folder: Path, act: Callable, size: int = SIZE
) -> tuple[Verdict, list[Entry]]:
    """What verify says after someone with the owner's rights did this."""
    kept: list[object] = []

    async def story(engine: AsyncEngine) -> None:
        emitter, entries = await a_record(engine, size)
        assert (await verify(engine)).sound
        async with engine.begin() as connection:
            await act(connection, emitter, entries)
        kept.extend((await verify(engine), entries))

    on(dialect, folder, story, fenced=False)
    return kept[0], kept[1]


def named(verdict: Verdict) -> tuple[Kind, int | None]:
    """The first fault, in two words."""
    fault = verdict.first_fault
    assert isinstance(fault, Fault), "nothing was found"
    assert not verdict.sound
    assert verdict.exit_code == 1
    return fault.kind, fault.index


@both
def test_an_untouched_record_is_sound(dialect, tmp_path):
    async def story(engine):
        seen = []
        _, entries = await a_record(engine)
        verdict = await verify(engine, progress=lambda done, size: seen.append((done, size)))
        assert verdict.sound
        assert verdict.exit_code == 0
        assert verdict.size == SIZE
        assert seen == [(SIZE, SIZE)]
        assert verdict.root == Frontier.over(entry.leaf_hash for entry in entries).root()
        async with engine.connect() as connection:
            assert (await verify(connection)).sound

    on(dialect, tmp_path, story)


@both
def test_an_edited_leaf_is_named(dialect, tmp_path):
    async def act(connection, _emitter, entries):
        chosen = audit_entry.c.id == entries[VICTIM].id
        await connection.execute(
            update(audit_entry).where(chosen).values(leaf=denied(entries[VICTIM].leaf))
        )

    verdict, entries = tampered(dialect, tmp_path, act)
    assert named(verdict) == (Kind.CHANGED, VICTIM)
    assert verdict.first_fault.id == entries[VICTIM].id


@both
def test_an_edited_hash_is_named(dialect, tmp_path):
    async def act(connection, _emitter, _entries):
        await connection.execute(
            update(audit_index).where(audit_index.c.idx == VICTIM).values(lh=b"\1" * 32)
        )

    assert named(tampered(dialect, tmp_path, act)[0]) == (Kind.CHANGED, VICTIM)


@both
@pytest.mark.parametrize("victim", [0, VICTIM, SIZE - 1])
@pytest.mark.parametrize("head_too", [False, True])
def test_an_edited_leaf_with_its_hash_is_named(dialect, tmp_path, victim, head_too):
    async def act(connection, _emitter, entries):
        leaf = denied(entries[victim].leaf)
        await rehash(connection, victim, leaf)
        await connection.execute(
            update(audit_entry).where(audit_entry.c.id == entries[victim].id).values(out="deny")
        )
        if head_too:
            await new_head(connection)

    verdict, entries = tampered(dialect, tmp_path, act)
    if head_too and victim == SIZE - 1:
        assert verdict.sound, "the newest entry with the head: for the checkpoints"
        return
    assert named(verdict) == (Kind.CHANGED, victim)
    assert verdict.first_fault.id == entries[victim].id
    assert verdict.first_fault.until is None


@both
@pytest.mark.parametrize("leaf", [b"{}", b"nothing", b'{"v":1,"v":1}'])
def test_a_leaf_that_is_no_leaf_is_named(dialect, tmp_path, leaf):
    async def act(connection, _emitter, _entries):
        await rehash(connection, VICTIM, leaf)

    assert named(tampered(dialect, tmp_path, act)[0]) == (Kind.CHANGED, VICTIM)


@both
@pytest.mark.parametrize(
    "copy",
    [{"t": 1}, {"tenant": "t08"}, {"tenant": None}, {"act": "section.written"}, {"out": "deny"},
     {"actor": None}, {"subject": b"z" * 16}, {"subject": b""}],
)  # fmt: skip
def test_an_edited_column_is_named(dialect, tmp_path, copy):
    async def act(connection, _emitter, entries):
        chosen = audit_entry.c.id == entries[VICTIM].id
        await connection.execute(update(audit_entry).where(chosen).values(**copy))

    assert named(tampered(dialect, tmp_path, act)[0]) == (Kind.CHANGED, VICTIM)


@both
@pytest.mark.parametrize("victim", [0, VICTIM, SIZE - 1])
@pytest.mark.parametrize("rows", ["entry", "index", "both"])
def test_a_removed_entry_is_named(dialect, tmp_path, victim, rows):
    async def act(connection, _emitter, entries):
        if rows != "index":
            await connection.execute(
                delete(audit_entry).where(audit_entry.c.id == entries[victim].id)
            )
        if rows != "entry":
            await connection.execute(delete(audit_index).where(audit_index.c.idx == victim))

    verdict, entries = tampered(dialect, tmp_path, act)
    assert named(verdict) == (Kind.REMOVED, victim)
    if rows == "entry":
        assert verdict.first_fault.id == entries[victim].id
    if rows == "index":
        assert entries[victim].id in {fault.id for fault in verdict.faults}


@both
@pytest.mark.parametrize("head_too", [False, True])
def test_an_entry_removed_and_renumbered_over_is_named_or_shown(dialect, tmp_path, head_too):
    async def act(connection, _emitter, entries):
        await connection.execute(delete(audit_entry).where(audit_entry.c.id == entries[VICTIM].id))
        await connection.execute(delete(audit_index).where(audit_index.c.idx == VICTIM))
        await shift(connection, VICTIM + 1, -1)
        if head_too:
            await new_head(connection)

    verdict, _ = tampered(dialect, tmp_path, act)
    if head_too:
        assert [(gap.numbers, gap.index) for gap in verdict.unsettled] == [((VICTIM,), VICTIM)]
    else:
        assert named(verdict) == (Kind.REMOVED, VICTIM)


@both
def test_an_entry_removed_with_the_head_is_named_once_its_emitter_has_stopped(dialect, tmp_path):
    async def act(connection, emitter, entries):
        last = emitter.entry(Event(act=Act.EMITTER_STOPPED))
        await forge(connection, SIZE, last)
        await connection.execute(delete(audit_entry).where(audit_entry.c.id == entries[VICTIM].id))
        await connection.execute(delete(audit_index).where(audit_index.c.idx == VICTIM))
        await shift(connection, VICTIM + 1, -1)
        await new_head(connection)

    assert named(tampered(dialect, tmp_path, act)[0]) == (Kind.REMOVED, VICTIM)


def test_an_entry_removed_with_the_head_is_named_when_too_many_came_after(tmp_path):
    async def act(connection, _emitter, entries):
        await connection.execute(delete(audit_entry).where(audit_entry.c.id == entries[VICTIM].id))
        await connection.execute(delete(audit_index).where(audit_index.c.idx == VICTIM))
        await shift(connection, VICTIM + 1, -1)
        await new_head(connection)

    verdict, _ = tampered("sqlite", tmp_path, act, size=IN_FLIGHT + 20)
    assert named(verdict) == (Kind.REMOVED, VICTIM)


@both
def test_newest_entries_cut_off_without_the_head_are_named(dialect, tmp_path):
    async def act(connection, _emitter, entries):
        for index in range(SIZE - 4, SIZE):
            await connection.execute(
                delete(audit_entry).where(audit_entry.c.id == entries[index].id)
            )
            await connection.execute(delete(audit_index).where(audit_index.c.idx == index))

    assert named(tampered(dialect, tmp_path, act)[0]) == (Kind.REMOVED, SIZE - 4)


@both
@pytest.mark.parametrize("pair", [(0, 1), (VICTIM, VICTIM + 1), (VICTIM, 13)])
@pytest.mark.parametrize("what", ["places", "identifiers", "leaves"])
def test_exchanged_entries_are_named(dialect, tmp_path, pair, what):
    one, other = pair

    async def act(connection, _emitter, entries):
        if what == "places":
            await exchange(connection, one, other)
        elif what == "identifiers":
            spare = Emitter(Ticking()).entry(an_event()).id
            for index, identifier in (
                (one, spare), (other, entries[one].id), (one, entries[other].id),
            ):  # fmt: skip
                await connection.execute(
                    update(audit_index).where(audit_index.c.idx == index).values(id=identifier)
                )
        else:
            for index, leaf in ((one, entries[other].leaf), (other, entries[one].leaf)):
                await connection.execute(
                    update(audit_entry)
                    .where(audit_entry.c.id == entries[index].id)
                    .values(leaf=leaf)
                )

    verdict, _ = tampered(dialect, tmp_path, act)
    assert named(verdict) == (Kind.REORDERED, one)


def test_entries_exchanged_far_apart_are_named(tmp_path):
    async def act(connection, _emitter, _entries):
        await exchange(connection, 10, IN_FLIGHT + 100)
        await new_head(connection)

    verdict, _ = tampered("sqlite", tmp_path, act, size=IN_FLIGHT + 200)
    assert named(verdict) == (Kind.REORDERED, 10)


@both
def test_entries_of_two_emitters_exchanged_are_named(dialect, tmp_path):
    async def story(engine):
        clock = Ticking()
        emitters = [Emitter(clock), Emitter(clock)]
        await write(engine, [emitters[number % 2].entry(an_event()) for number in range(12)])
        async with engine.begin() as connection:
            await exchange(connection, 4, 5)
        assert named(await verify(engine)) == (Kind.REORDERED, 4)

    on(dialect, tmp_path, story, fenced=False)


@both
@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("how", ["own emitter", "number taken", "wrong link"])
def test_an_inserted_entry_is_named(dialect, tmp_path, shifted, how):
    index = VICTIM if shifted else SIZE

    async def act(connection, _emitter, entries):
        if how == "own emitter":
            forged = Emitter(lambda: entries[VICTIM].t).entry(an_event())
        elif how == "number taken":
            forged = impostor(entries[VICTIM])
        else:
            forged = impostor(entries[VICTIM], ep="A" * 22)
        if shifted:
            await shift(connection, VICTIM, 1)
        await forge(connection, index, forged)

    assert named(tampered(dialect, tmp_path, act)[0]) == (Kind.INSERTED, index)


@both
@pytest.mark.parametrize("how", ["number taken", "wrong link"])
def test_an_inserted_entry_is_named_even_with_a_new_head(dialect, tmp_path, how):
    async def act(connection, _emitter, entries):
        link = {} if how == "number taken" else {"ep": "A" * 22}
        await shift(connection, VICTIM, 1)
        await forge(connection, VICTIM, impostor(entries[VICTIM], **link))
        await new_head(connection)

    assert named(tampered(dialect, tmp_path, act)[0]) == (Kind.INSERTED, VICTIM)


@both
def test_a_leaf_outside_the_index_is_named(dialect, tmp_path):
    stranger = Emitter(Ticking()).entry(an_event())

    async def act(connection, _emitter, _entries):
        await connection.execute(
            insert(audit_entry).values(
                id=stranger.id, leaf=stranger.leaf, t=stranger.t, act=stranger.act, out="ok"
            )
        )

    verdict, _ = tampered(dialect, tmp_path, act)
    assert named(verdict) == (Kind.INSERTED, None)
    assert verdict.first_fault.id == stranger.id


@both
@pytest.mark.parametrize("change", [{"size": SIZE - 1}, {"frontier": b""}, {"frontier": b"x" * 96}])
def test_a_changed_head_is_never_sound(dialect, tmp_path, change):
    async def act(connection, _emitter, _entries):
        await connection.execute(update(audit_head).values(**change))

    assert not tampered(dialect, tmp_path, act)[0].sound


@both
def test_without_a_head_nothing_can_be_told(dialect, tmp_path):
    async def story(engine):
        await a_record(engine)
        async with engine.begin() as connection:
            await connection.execute(delete(audit_head))
        with pytest.raises(CannotTell):
            await verify(engine)

    on(dialect, tmp_path, story, fenced=False)


@both
def test_a_database_without_a_record_cannot_be_told(dialect, tmp_path):
    async def story(engine):
        async with engine.begin() as connection:
            await connection.exec_driver_sql("DROP VIEW audit_shown")
            await connection.exec_driver_sql("DROP TABLE audit_entry")
        with pytest.raises(CannotTell):
            await verify(engine)

    on(dialect, tmp_path, story, fenced=False)


@both
def test_a_voided_number_is_no_fault_and_an_unvoided_one_is(dialect, tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        first = emitter.entry(an_event())
        lost = emitter.entry(an_event())
        emitter.void(lost.n)
        forgotten = emitter.entry(an_event())
        last = [emitter.declaration(), emitter.entry(Event(act=Act.EMITTER_STOPPED))]
        await write(engine, [first, *last])
        verdict = await verify(engine)
        assert named(verdict) == (Kind.REMOVED, 1)
        assert str(forgotten.n) in verdict.first_fault.detail
        assert len(verdict.faults) == 1

    on(dialect, tmp_path, story)


@both
def test_a_commit_believed_lost_that_arrives_late_is_no_fault(dialect, tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        first, late = emitter.entry(an_event()), emitter.entry(an_event())
        emitter.void(late.n)
        await write(engine, [first, emitter.declaration(), emitter.entry(an_event())])
        await write(engine, [late])
        assert (await verify(engine)).sound

    on(dialect, tmp_path, story)


@both
def test_a_process_cut_off_in_mid_write_is_shown_and_not_a_fault(dialect, tmp_path):
    async def story(engine):
        emitter = Emitter(Ticking())
        first, lost, last = (emitter.entry(an_event()) for _ in range(3))
        await write(engine, [first, last])
        verdict = await verify(engine)
        assert verdict.sound
        assert [(gap.emitter, gap.numbers) for gap in verdict.unsettled] == [
            (emitter.em, (lost.n,))
        ]

    on(dialect, tmp_path, story)


def test_entries_that_wait_are_counted_and_followed(tmp_path):
    async def story(engine):
        emitter, _ = await a_record(engine)
        async with engine.begin() as connection:
            waiting = [emitter.entry(an_event()) for _ in range(3)]
            await append(connection, waiting)
        verdict = await verify(engine)
        assert (verdict.sound, verdict.pending, verdict.size) == (True, 3, SIZE)
        assert not verdict.unsettled
        async with engine.begin() as connection:
            await connection.execute(
                update(audit_entry)
                .where(audit_entry.c.id == waiting[1].id)
                .values(leaf=denied(waiting[1].leaf))
            )
        verdict = await verify(engine)
        assert verdict.first_fault.kind is Kind.CHANGED
        assert verdict.first_fault.id == waiting[1].id

    on("postgresql", tmp_path, story, fenced=False)


@pytest.mark.parametrize("rows", ["pending", "entry"])
def test_an_entry_removed_while_it_waits_is_named(tmp_path, rows):
    async def story(engine):
        emitter, _ = await a_record(engine)
        waiting = [emitter.entry(an_event()) for _ in range(3)]
        table = audit_pending if rows == "pending" else audit_entry
        async with engine.begin() as connection:
            await append(connection, waiting)
            await connection.execute(delete(table).where(table.c.id == waiting[1].id))
        await sequence_once(engine)
        verdict = await verify(engine)
        assert named(verdict) == (Kind.REMOVED, None)
        assert verdict.first_fault.id == waiting[1].id

    on("postgresql", tmp_path, story, fenced=False)


def test_any_stored_byte_that_is_flipped_is_found(tmp_path):
    async def story(engine):
        _, entries = await a_record(engine, size=5)
        for victim, entry in enumerate(entries):
            for place in range(0, len(entry.leaf), 7):
                async with engine.connect() as connection:
                    flipped = bytearray(entry.leaf)
                    flipped[place] ^= 1
                    await rehash(connection, victim, bytes(flipped))
                    verdict = await verify(connection)
                    await connection.rollback()
                fault = verdict.first_fault
                assert fault is not None
                assert fault.index <= victim < (fault.until or fault.index + 1)
        assert (await verify(engine)).sound

    on("sqlite", tmp_path, story, fenced=False)
