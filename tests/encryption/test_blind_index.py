"""Two spellings of one person meet; two unknowns do not; one CLSM says nothing of another."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.encryption.blind_index import BlindIndex, IndexName, normalise

KEY = b"\x77" * 32
index = BlindIndex({name: {1: KEY} for name in IndexName})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("D\N{RIGHT SINGLE QUOTATION MARK}Église-Noël, Jean", "d eglise jean noel"),
        ("NOEL D'EGLISE Jean", "d eglise jean noel"),
        ("  Jean   DUPONT ", "dupont jean"),
        ("Cœur Lætitia", "coeur laetitia"),
        ("Groß GROSS", "gross gross"),
        ("Søren Łukasz Đorđe", "dorde lukasz soren"),
        ("IŞIL Iş\N{LATIN SMALL LETTER DOTLESS I}l", "isil isil"),
        ("12 bis, rue de la Paix 93100", "12 93100 bis de la paix rue"),
        ("\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f", "\u0645\u062d\u0645\u062f"),
        ("ﬁn ①", "1 fin"),
        ("— ' .", ""),
    ],
)
def test_names_are_normalised_as_specified(text, words):
    assert normalise(text) == words


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(st.characters(codec="latin-1"), min_size=1), max_size=4), st.randoms())
def test_neither_order_nor_case_nor_twice_changes_anything(words, dice):
    shuffled = list(words)
    dice.shuffle(shuffled)
    once = normalise(" ".join(words))
    assert normalise(" ".join(shuffled)) == once
    assert normalise(once) == once
    assert normalise(once.upper()) == once


def test_the_known_tag_is_made():
    (found,) = index.tags(IndexName.NAME_DOB, "Jean DUPONT", date(1980, 1, 1))
    assert found == ("name_dob", 1, bytes.fromhex("29be722afe3d6bafa2060dd2e3729e4f"))


def test_each_index_tells_apart_what_it_should():
    day = date(1980, 1, 1)
    by_day = index.tags(IndexName.NAME_DOB, "Dupont Jean", day)
    assert by_day == index.tags(IndexName.NAME_DOB, "JEAN, DUPONT", day)
    assert by_day != index.tags(IndexName.NAME_DOB, "Dupont Jean", date(1980, 1, 2))
    by_year = index.tags(IndexName.NAME_YEAR, "Dupont Jean", 1980)
    assert by_year != index.tags(IndexName.NAME_YEAR, "Dupont Jean", 1981)
    by_address = index.tags(IndexName.LAST_ADDR, "Dupont", "4 rue des Lilas 93100")
    assert by_address == index.tags(IndexName.LAST_ADDR, "DUPONT", "4, Rue des Lilas, 93100")
    assert by_address != index.tags(IndexName.LAST_ADDR, "Dupont", "6 rue des Lilas 93100")
    assert all(len(tag.tag) == 16 for tag in (*by_day, *by_year, *by_address))


def test_words_do_not_slide_from_one_field_to_the_next():
    one = index.tags(IndexName.LAST_ADDR, "Dupont", "Jean 4")
    assert one != index.tags(IndexName.LAST_ADDR, "Dupont Jean", "4")


@pytest.mark.parametrize("name", ["", "  ", "—", None])
def test_what_is_unknown_gives_no_tag(name):
    assert index.tags(IndexName.NAME_DOB, name, date(1980, 1, 1)) == []
    assert index.tags(IndexName.NAME_YEAR, "Dupont", None) == []


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        (IndexName.NAME_DOB, ("Dupont",)),
        (IndexName.NAME_DOB, ("Dupont", "1980-01-01")),
        (IndexName.NAME_DOB, ("Dupont", datetime(1980, 1, 1, tzinfo=UTC))),
        (IndexName.NAME_YEAR, ("Dupont", "1980")),
        (IndexName.NAME_YEAR, ("Dupont", True)),
        (IndexName.LAST_ADDR, (date(1980, 1, 1), "4 rue des Lilas")),
        (IndexName.LAST_ADDR, ("Dupont", "4 rue des Lilas", "93100")),
    ],
)
def test_fields_of_another_kind_are_refused(name, fields):
    with pytest.raises(TypeError) as refused:
        index.tags(name, *fields)
    assert "Dupont" not in str(refused.value)


def test_live_versions_each_give_their_tag():
    both = BlindIndex({IndexName.NAME_YEAR: {2: b"\x78" * 32, 1: KEY}})
    first, second = both.tags(IndexName.NAME_YEAR, "Dupont Jean", 1980)
    assert (first.version, second.version) == (1, 2)
    assert first.tag != second.tag


def test_keys_are_kept_per_clsm_and_shared_by_processes(store, clsm, other_clsm):
    async def story():
        async with store.keyring() as one, store.keyring() as two:
            first, second = await asyncio.gather(one.blind_index(clsm), two.blind_index(clsm))
            elsewhere = await one.blind_index(other_clsm)
            again = await one.blind_index(clsm)
        async with store.keyring() as later:
            kept = await later.blind_index(clsm)
        tags = [
            each.tags(IndexName.NAME_YEAR, "Dupont Jean", 1980)
            for each in (first, second, again, kept, elsewhere)
        ]
        assert tags[0] == tags[1] == tags[2] == tags[3] != tags[4]
        assert first.tags(IndexName.NAME_DOB, "Dupont", date(1980, 1, 1))

    asyncio.run(story())
    assert repr(index) == "BlindIndex(…)"
