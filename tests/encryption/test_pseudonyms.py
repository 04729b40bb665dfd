"""Random names of the record: the same for all processes, other each year, erasable."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select

from service.encryption.context import DEPLOYMENT, SUBJECTS_OF_THE_RECORD
from service.encryption.keys import key_pseudonym, key_subject
from service.encryption.minting import mint
from service.errors import CannotOpen

SUBJECTS = [uuid4() for _ in range(40)]


def _permit(clsm: UUID):
    return mint(clsm, {SUBJECTS_OF_THE_RECORD}, "record.read")


def test_racing_processes_give_the_same_names_and_both_ways_agree(store, clsm):
    async def story():
        async with store.keyring() as one, store.keyring() as two:
            first, second = await asyncio.gather(
                one.pseudonyms(clsm, SUBJECTS, 2026), two.pseudonyms(clsm, SUBJECTS[::-1], 2026)
            )
        async with store.keyring() as later:
            kept = await later.pseudonyms(clsm, SUBJECTS, 2026)
            back = await later.subjects(clsm, first.values(), _permit(clsm))
        assert first == second == kept
        assert back == {name: subject for subject, name in first.items()}
        assert len(set(first.values())) == len(SUBJECTS)
        assert {len(name) for name in first.values()} == {16}

    asyncio.run(story())


def test_years_and_clsms_do_not_share_names(sqlite_store, clsm, other_clsm):
    async def story():
        async with sqlite_store.keyring() as keyring:
            names = [
                (await keyring.pseudonyms(tenant, SUBJECTS[:1], year))[SUBJECTS[0]]
                for tenant, year in ((clsm, 2026), (clsm, 2027), (other_clsm, 2026))
            ]
            names += (await keyring.pseudonyms(DEPLOYMENT, SUBJECTS[:1], 2026)).values()
            assert len(set(names)) == 4
            assert await keyring.subjects(other_clsm, names[:2], _permit(other_clsm)) == {}

    asyncio.run(story())


def test_names_are_turned_back_under_a_permit_for_that_clsm_only(sqlite_store, clsm, other_clsm):
    async def story():
        async with sqlite_store.keyring() as keyring:
            names = await keyring.pseudonyms(clsm, SUBJECTS[:1], 2026)
            for permit in (
                _permit(other_clsm),
                mint(clsm, {(SUBJECTS[0], "audit")}, "section.read"),
            ):
                with pytest.raises(CannotOpen):
                    await keyring.subjects(clsm, names.values(), permit)
            with pytest.raises(TypeError):
                await keyring.subjects(clsm, names.values(), None)

    asyncio.run(story())


def test_an_erased_name_leads_nowhere(sqlite_store, clsm):
    async def story():
        async with sqlite_store.keyring() as keyring:
            names = await keyring.pseudonyms(clsm, SUBJECTS[:2], 2026)
        engine = sqlite_store.engine()
        gone = names[SUBJECTS[0]]
        async with engine.begin() as connection:
            await connection.execute(delete(key_pseudonym).where(key_pseudonym.c.pseudonym == gone))
            await connection.execute(
                delete(key_subject).where(key_subject.c.subject_id == SUBJECTS[0])
            )
        await engine.dispose()
        async with sqlite_store.keyring() as keyring:
            kept = names[SUBJECTS[1]]
            assert await keyring.subjects(clsm, names.values(), _permit(clsm)) == {
                kept: SUBJECTS[1]
            }
            assert (await keyring.pseudonyms(clsm, SUBJECTS[:1], 2026))[SUBJECTS[0]] != gone

    asyncio.run(story())


def test_rows_do_not_tell_who_is_who(sqlite_store, clsm):
    async def story():
        async with sqlite_store.keyring() as keyring:
            names = await keyring.pseudonyms(clsm, SUBJECTS, 2026)
        engine = sqlite_store.engine()
        async with engine.connect() as connection:
            subjects = (await connection.execute(select(key_subject))).all()
            pseudonyms = (await connection.execute(select(key_pseudonym))).all()
        await engine.dispose()
        for row in subjects:
            assert names[row.subject_id] not in row.wrapped
        for row in pseudonyms:
            assert not [subject for subject in SUBJECTS if subject.bytes in row.wrapped]

    asyncio.run(story())
