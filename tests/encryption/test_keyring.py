"""Sealing and opening: what comes back is what went in, and only in its own place."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, pool
from sqlalchemy.ext.asyncio import create_async_engine

from service.encryption.context import DEPLOYMENT, BoxContext, opening_place
from service.encryption.keyring import Keyring
from service.encryption.keys import create_keystore, key_data
from service.encryption.minting import mint
from service.encryption.providers import FileKeyring, create_file_keyring
from service.encryption.sealed import Sealed
from service.errors import CannotOpen

TENANTS = [UUID(int=1), UUID(int=2)]
SITUATIONS = [UUID(int=11), UUID(int=12)]
SECTIONS = ["housing", "housing/extract", "label"]
PAIRS = frozenset((situation, section) for situation in SITUATIONS for section in SECTIONS)
PERMITS = {tenant: mint(tenant, PAIRS, "section.read") for tenant in TENANTS}
NOVEMBER = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
contexts = st.builds(
    BoxContext,
    st.sampled_from(TENANTS),
    st.sampled_from(SITUATIONS),
    st.sampled_from(SECTIONS),
    st.sampled_from(["*", "a", "01a2001b-0000-7000-8000-000000000001"]),
    st.integers(1, 3) | st.just(2**64 - 1),
)


class Steps:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def keyring(tmp_path_factory):
    """Make a keyring with every key of the small world above in memory."""
    folder = tmp_path_factory.mktemp("keys")
    create_file_keyring(folder / "root.json")

    async def build() -> Keyring:
        engine = create_async_engine(
            f"sqlite+aiosqlite:///{folder}/keystore.db", poolclass=pool.NullPool
        )
        await create_keystore(engine)
        ring = Keyring(engine, FileKeyring(folder / "root.json"), Steps())
        await ring.start()
        for tenant in TENANTS:
            await ring.admit(tenant)
            for situation in SITUATIONS:
                await ring.prepare(tenant, situation, SECTIONS)
        return ring

    return asyncio.run(build())


@settings(deadline=None, max_examples=100)
@given(value=values, context=contexts, bucket=st.sampled_from([64, 256]))
def test_what_was_sealed_is_opened_in_its_place(keyring, value, context, bucket):
    box = keyring.seal(context, value, bucket=bucket)
    assert keyring.open(box, context, PERMITS[context.clsm_id], object) == value


@settings(deadline=None, max_examples=200)
@given(here=contexts, there=contexts)
def test_a_box_moved_anywhere_else_does_not_open(keyring, here, there):
    assume(here != there)
    box = keyring.seal(here, "text")
    with pytest.raises(CannotOpen):
        keyring.open(box, there, PERMITS[there.clsm_id], str)


def test_each_part_of_the_place_counts(keyring):
    here = BoxContext(TENANTS[0], SITUATIONS[0], "housing", "a", 2)
    box = keyring.seal(here, "text")
    assert keyring.open(box, here, PERMITS[TENANTS[0]], str) == "text"
    for change in (
        {"clsm_id": TENANTS[1]},
        {"situation_id": SITUATIONS[1]},
        {"section": "housing/extract"},
        {"field": "*"},
        {"record_version": 1},
    ):
        there = replace(here, **change)
        with pytest.raises(CannotOpen):
            keyring.open(box, there, PERMITS[there.clsm_id], str)


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_any_flipped_bit_closes_a_box(keyring, data):
    context = BoxContext(TENANTS[0], SITUATIONS[0], "housing")
    raw = bytearray(bytes(keyring.seal(context, "text")))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CannotOpen) as refused:
        keyring.open(Sealed(bytes(raw)), context, PERMITS[TENANTS[0]], str)
    assert refused.value.args == ()


def test_lengths_are_hidden_within_a_bucket(keyring):
    context = BoxContext(TENANTS[0], SITUATIONS[0], "housing")
    lengths = {len(bytes(keyring.seal(context, "x" * size))) for size in range(250)}
    assert lengths == {32 + 256}
    lengths = {len(bytes(keyring.seal(context, "x" * size, bucket=64))) for size in range(60)}
    assert lengths == {32 + 64}


def test_a_value_comes_back_in_its_shape_or_not_at_all(keyring):
    class Card(msgspec.Struct):
        last: str

    context = BoxContext(TENANTS[0], SITUATIONS[0], "label")
    box = keyring.seal(context, Card("Dupont"))
    assert keyring.open(box, context, PERMITS[TENANTS[0]], Card) == Card("Dupont")
    with pytest.raises(CannotOpen) as refused:
        keyring.open(box, context, PERMITS[TENANTS[0]], int)
    assert refused.value.__context__ is None
    with pytest.raises(TypeError):
        keyring.seal(context, object())


def test_no_nonce_is_seen_twice_and_two_seals_differ(keyring):
    context = BoxContext(TENANTS[0], SITUATIONS[0], "housing")
    boxes = [bytes(keyring.seal(context, "same")) for _ in range(5000)]
    assert len({box[4:16] for box in boxes}) == len(boxes)
    assert len({box[16:] for box in boxes}) == len(boxes)


def test_a_digest_is_of_the_box(keyring):
    box = Sealed(b"box")
    assert keyring.digest(box) == hashlib.sha256(b"box").digest()


def test_without_its_key_in_memory_nothing_is_sealed_or_opened(keyring):
    context = BoxContext(TENANTS[0], uuid4(), "housing")
    permit = mint(TENANTS[0], {(context.situation_id, "housing")}, "section.read")
    with pytest.raises(CannotOpen):
        keyring.seal(context, "text")
    with pytest.raises(CannotOpen):
        keyring.open(Sealed(b"\x01" * 96), context, permit, str)


@pytest.mark.parametrize(
    "change",
    [
        {"section": ""},
        {"section": "é" * 128},
        {"field": ""},
        {"field": "x" * 256},
        {"record_version": 0},
        {"record_version": 2**64},
    ],
)
def test_a_place_that_the_format_cannot_hold_is_refused(change):
    place = {"clsm_id": TENANTS[0], "situation_id": SITUATIONS[0], "section": "housing"}
    assert BoxContext(**place)
    with pytest.raises(ValueError, match=r"255 bytes|64 bits"):
        BoxContext(**(place | change))


def test_keys_leave_memory_with_time_but_never_in_the_middle_of_a_request(sqlite_store, clsm):
    situation, steps = uuid4(), Steps()
    context = BoxContext(clsm, situation, "housing")
    permit = mint(clsm, {(situation, "housing")}, "section.read")

    async def story():
        async with sqlite_store.keyring(steps) as keyring:
            await keyring.prepare(clsm, situation, ["housing"])
            box = keyring.seal(context, "text")
            steps.now = 541
            await keyring.load(clsm, [(situation, "housing")])
            steps.now = 601
            assert keyring.open(box, context, permit, str) == "text"
            steps.now = 541 + 601
            with pytest.raises(CannotOpen):
                keyring.open(box, context, permit, str)
            await keyring.load(clsm, [(situation, "housing")])
            assert keyring.open(box, context, permit, str) == "text"

    asyncio.run(story())


def test_a_key_deleted_elsewhere_leaves_memory_at_the_next_look(sqlite_store, clsm):
    situation, steps = uuid4(), Steps()

    async def story():
        async with sqlite_store.keyring(steps) as keyring:
            await keyring.prepare(clsm, situation, ["housing"])
            engine = sqlite_store.engine()
            async with engine.begin() as connection:
                await connection.execute(delete(key_data))
            await engine.dispose()
            steps.now = 541
            await keyring.load(clsm, [(situation, "housing")])
            with pytest.raises(CannotOpen):
                keyring.seal(BoxContext(clsm, situation, "housing"), "text")

    asyncio.run(story())


def test_a_list_loads_its_keys_in_one_statement_and_then_none(store, clsm):
    situations = [uuid4() for _ in range(50)]
    pairs = [(situation, section) for situation in situations for section in ("label", "audit")]

    async def story():
        async with store.keyring() as writer:
            for situation in situations[:5]:
                await writer.prepare(clsm, situation, ["label", "audit"])
        async with store.keyring() as keyring:
            statements = []
            engine = keyring._keystore._engine.sync_engine
            event.listen(engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
            await keyring.load(clsm, pairs[:10])
            asked = [each for each in statements if "key_data" in each]
            assert len(asked) == 1
            await keyring.load(clsm, pairs[:10])
            assert [each for each in statements if "key_data" in each] == asked

    asyncio.run(story())


def test_more_keys_than_memory_holds_are_refused_at_once(keyring):
    with pytest.raises(ValueError, match="in turns"):
        asyncio.run(keyring.load(TENANTS[0], ((UUID(int=n), "label") for n in range(50_001))))


def test_openings_of_a_situation_a_clsm_and_the_deployment_open_under_their_own_permit(
    sqlite_store, clsm
):
    situation = uuid4()

    async def story():
        async with sqlite_store.keyring() as keyring:
            await keyring.prepare(clsm, situation, ["audit"])
            assert len(await keyring.ready_openings(clsm, NOVEMBER)) == 1
            assert await keyring.ready_openings(clsm, NOVEMBER) == []
            assert len(await keyring.ready_openings(None, NOVEMBER)) == 1
            for place in ((clsm, situation), (clsm, None), (None, None)):
                opening = bytes(32) + b'{"address":"10.0.0.7"}'
                sealed = keyring.seal_opening(*place, opening, at=NOVEMBER)
                assert b"10.0.0.7" not in sealed
                tenant, pair = opening_place(*place, NOVEMBER)
                permit = mint(tenant, {pair}, "record.read")
                assert keyring.open_opening(sealed, *place, permit, at=NOVEMBER) == opening
                elsewhere = mint(tenant, {(uuid4(), "audit")}, "record.read")
                with pytest.raises(CannotOpen):
                    keyring.open_opening(sealed, *place, elsewhere, at=NOVEMBER)
            with pytest.raises(CannotOpen):
                keyring.seal_opening(clsm, None, b"x", at=NOVEMBER + timedelta(days=30))

    asyncio.run(story())


def test_openings_without_a_situation_go_by_month_of_utc():
    _, pair = opening_place(None, None, NOVEMBER)
    assert str(pair.situation_id) == "00000000-0000-0000-2026-000000000011"
    late = datetime(2026, 12, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert opening_place(None, None, late) == (DEPLOYMENT, pair)
    with pytest.raises(ValueError, match="time zone"):
        opening_place(None, None, datetime(2026, 11, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="CLSM"):
        opening_place(None, uuid4(), NOVEMBER)


def test_nothing_that_holds_keys_prints_them(keyring):
    for held in (keyring, keyring._keystore, keyring._pseudonyms, keyring._data_keys):
        assert repr(held).endswith(("(…)", "50000)"))
    (first, *_) = keyring._data_keys._values.values()
    assert repr(first[1]) == "DataKeys()"


def test_destroying_a_situations_keys_closes_its_boxes_and_spares_its_record(tmp_path):
    """Nothing of it opens again, its neighbour's boxes do, and a second call finds nothing."""

    async def story():
        create_file_keyring(tmp_path / "root.json")
        engine = create_async_engine(
            f"sqlite+aiosqlite:///{tmp_path}/k.db", poolclass=pool.NullPool
        )
        await create_keystore(engine)
        held = Keyring(engine, FileKeyring(tmp_path / "root.json"), Steps())
        tenant, (gone, kept) = TENANTS[0], SITUATIONS
        await held.admit(tenant)
        boxes = {}
        for situation in SITUATIONS:
            await held.prepare(tenant, situation, [*SECTIONS, "audit"])
            place = BoxContext(tenant, situation, "housing")
            boxes[situation] = (place, held.seal(place, "un texte"))
        destroyed = await held.destroy(tenant, gone)
        assert [key.section for key in destroyed] == sorted(SECTIONS)
        assert await held.destroy(tenant, gone) == []
        fresh = Keyring(engine, FileKeyring(tmp_path / "root.json"), Steps())
        for ring in (held, fresh):
            await ring.load(tenant, [(situation, "housing") for situation in SITUATIONS])
            place, box = boxes[kept]
            assert ring.open(box, place, PERMITS[tenant], str) == "un texte"
            place, box = boxes[gone]
            with pytest.raises(CannotOpen):
                ring.open(box, place, PERMITS[tenant], str)
        assert await held.prepare(tenant, gone, ["audit"]) == []
        await engine.dispose()

    asyncio.run(story())
