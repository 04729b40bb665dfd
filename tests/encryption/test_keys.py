"""The hierarchy: made once whoever races, refused when it does not fit together."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import create_async_engine

from service.encryption import formats
from service.encryption.context import BoxContext
from service.encryption.keyring import Keyring
from service.encryption.keys import (
    create_keystore,
    key_data,
    key_section,
    keystore_metadata,
    root_key_name,
)
from service.encryption.minting import mint
from service.encryption.providers import FileKeyring, create_file_keyring
from service.errors import CannotOpen, KeyringRefused

SITUATION = uuid4()
SECTIONS = ["audit", "housing", "housing/extract", "label", "referral/health", "somatic_health"]


async def _on_keystore(store, *statements):
    engine = store.engine()
    async with engine.begin() as connection:
        answers = [await connection.execute(statement) for statement in statements]
        rows = [answer.scalars().all() if answer.returns_rows else None for answer in answers]
    await engine.dispose()
    return rows


def test_racing_keyrings_share_one_key_and_tell_of_it_once(store, clsm):
    async def story():
        async with store.keyring() as one, store.keyring() as two, store.keyring() as three:
            rivals = (one, two, three)
            made = await asyncio.gather(
                *(rival.prepare(clsm, SITUATION, SECTIONS) for rival in rivals)
            )
            told = sorted(key.section for keys in made for key in keys)
            assert told == SECTIONS
            permit = mint(clsm, {(SITUATION, section) for section in SECTIONS}, "section.read")
            for section in SECTIONS:
                context = BoxContext(clsm, SITUATION, section)
                for writer in rivals:
                    box = writer.seal(context, section)
                    for reader in rivals:
                        assert reader.open(box, context, permit, str) == section
        (sections, keys) = await _on_keystore(
            store,
            select(func.count()).select_from(key_section),
            select(func.count()).select_from(key_data),
        )
        assert (sections, keys) == ([len(SECTIONS)], [len(SECTIONS)])

    asyncio.run(story())


def test_a_key_made_says_its_commitment(store, clsm):
    async def story():
        async with store.keyring() as keyring:
            (made,) = await keyring.prepare(clsm, SITUATION, ["housing"])
            assert await keyring.prepare(clsm, SITUATION, ["housing"]) == []
        (kept, wrapped) = await _on_keystore(
            store, select(key_data.c.kc), select(key_data.c.wrapped)
        )
        assert (made.situation_id, made.section, made.key_version) == (SITUATION, "housing", 1)
        assert kept == [made.commitment]
        assert [len(wrap) for wrap in wrapped] == [66]

    asyncio.run(story())


def test_a_later_process_opens_what_an_earlier_one_sealed(store, clsm):
    context = BoxContext(clsm, SITUATION, "housing")
    permit = mint(clsm, {(SITUATION, "housing")}, "section.read")

    async def story():
        async with store.keyring() as earlier:
            await earlier.prepare(clsm, SITUATION, ["housing"])
            box = earlier.seal(context, {"floor": 3})
        async with store.keyring() as later:
            await later.load(clsm, [(SITUATION, "housing")])
            assert later.open(box, context, permit, dict) == {"floor": 3}

    asyncio.run(story())


def test_a_running_process_uses_section_keys_that_another_made(store, clsm):
    context = BoxContext(clsm, SITUATION, "housing")
    permit = mint(clsm, {(SITUATION, "housing")}, "section.read")

    async def story():
        async with store.keyring() as reader, store.keyring() as writer:
            await writer.prepare(clsm, SITUATION, ["housing"])
            await reader.load(clsm, [(SITUATION, "housing")])
            assert reader.open(writer.seal(context, 1), context, permit, int) == 1

    asyncio.run(story())


@pytest.mark.parametrize("column", ["kc", "wrapped"])
def test_a_damaged_or_swapped_data_key_is_refused(store, clsm, column):
    async def story():
        async with store.keyring() as keyring:
            await keyring.prepare(clsm, SITUATION, ["housing", "label"])
        other = select(key_data.c[column]).where(key_data.c.section == "label").scalar_subquery()
        await _on_keystore(
            store, update(key_data).where(key_data.c.section == "housing").values({column: other})
        )
        async with store.keyring() as keyring:
            await keyring.load(clsm, [(SITUATION, "label")])
            with pytest.raises(CannotOpen):
                await keyring.load(clsm, [(SITUATION, "housing")])

    asyncio.run(story())


def test_another_root_keyring_stops_the_start(store, clsm, tmp_path):
    async def story():
        async with store.keyring() as keyring:
            await keyring.prepare(clsm, SITUATION, ["housing"])
        wrong = tmp_path / "wrong.json"
        create_file_keyring(wrong)
        engine = store.engine()
        keyring = Keyring(engine, FileKeyring(wrong), lambda: 0.0)
        with pytest.raises(KeyringRefused, match="does not open"):
            await keyring.start()
        with pytest.raises(KeyringRefused, match="lost"):
            await keyring.admit(clsm)
        await engine.dispose()

    asyncio.run(story())


def test_a_keystore_without_tables_stops_the_start(sqlite_store):
    async def story():
        engine = create_async_engine("sqlite+aiosqlite://")
        with pytest.raises(KeyringRefused, match="never created"):
            await Keyring(engine, FileKeyring(sqlite_store.root), lambda: 0.0).start()
        await create_keystore(engine)
        await Keyring(engine, FileKeyring(sqlite_store.root), lambda: 0.0).start()
        await engine.dispose()

    asyncio.run(story())


def test_a_tenant_is_admitted_once_and_before_anything_is_sealed(store):
    tenant = uuid4()

    async def story():
        async with store.keyring() as keyring:
            for early in (
                keyring.prepare(tenant, SITUATION, ["housing"]),
                keyring.blind_index(tenant),
                keyring.pseudonyms(tenant, [SITUATION], 2026),
            ):
                with pytest.raises(KeyringRefused, match="admit"):
                    await early
            assert await keyring.admit(tenant)
            assert not await keyring.admit(tenant)
            assert len(await keyring.prepare(tenant, SITUATION, ["housing"])) == 1

    asyncio.run(story())


def test_after_a_rotation_new_keys_go_under_the_new_epoch_and_old_ones_open(store, clsm):
    async def story():
        root = FileKeyring(store.root)
        context = BoxContext(clsm, SITUATION, "housing")
        permit = mint(clsm, {(SITUATION, "housing")}, "section.read")
        async with store.keyring() as keyring:
            await keyring.prepare(clsm, SITUATION, ["housing"])
            box = keyring.seal(context, 1)
            await root.rotate(root_key_name(clsm))
            await keyring.prepare(clsm, uuid4(), ["housing"])
        (epochs,) = await _on_keystore(store, select(key_data.c.epoch).order_by(key_data.c.epoch))
        assert epochs == [1, 2]
        async with store.keyring() as keyring:
            await keyring.load(clsm, [(SITUATION, "housing")])
            assert keyring.open(box, context, permit, int) == 1

    asyncio.run(story())


def test_once_the_root_version_is_destroyed_its_keys_open_no_more(store, clsm):
    fresh = uuid4()

    async def story():
        root = FileKeyring(store.root)
        async with store.keyring() as keyring:
            await keyring.prepare(clsm, SITUATION, ["housing"])
            await root.rotate(root_key_name(clsm))
            await keyring.prepare(clsm, fresh, ["housing"])
            await root.destroy(root_key_name(clsm), 1)
        with pytest.raises(KeyringRefused):
            async with store.keyring():
                pass
        await _on_keystore(store, delete(key_section).where(key_section.c.epoch == 1))
        async with store.keyring() as keyring:
            await keyring.load(clsm, [(fresh, "housing")])
            with pytest.raises(CannotOpen):
                await keyring.load(clsm, [(SITUATION, "housing")])

    asyncio.run(story())


def test_every_table_is_cut_by_clsm():
    for table in keystore_metadata.sorted_tables:
        assert next(iter(table.primary_key.columns)).name == "clsm_id"


def test_no_key_is_in_clear_in_the_keystore(sqlite_store, clsm, monkeypatch):
    seen = []
    new_key = formats.new_key
    monkeypatch.setattr(formats, "new_key", lambda: seen.append(new_key()) or seen[-1])

    async def story():
        async with sqlite_store.keyring() as keyring:
            await keyring.prepare(clsm, SITUATION, SECTIONS)
            await keyring.blind_index(clsm)
        await _on_keystore(sqlite_store, text("PRAGMA wal_checkpoint"))

    asyncio.run(story())
    assert len(seen) == 2 * len(SECTIONS) + 3
    for file in sqlite_store.root.parent.glob("keystore.db*"):
        stored = file.read_bytes()
        assert not [key for key in seen if key in stored or key.hex().encode() in stored]
