"""What is read at a glance means what the full reading says; the rest is left to it."""

import base64
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.event import Act, Event, Outcome
from audit.leaf import BadLeaf, Emitter, Statement, read
from audit.verify.glance import Glance, Glancer

SHORTS = st.binary(min_size=16, max_size=16)
LONGS = st.binary(min_size=32, max_size=32)
WORDS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
OBJECTS = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True),
    st.one_of(WORDS, st.integers(-(2**53) + 1, 2**53 - 1), st.lists(WORDS, max_size=3)),
    max_size=4,
)
EVENTS = st.builds(
    Event,
    act=st.sampled_from(Act),
    out=st.sampled_from(Outcome),
    tenant=st.none() | WORDS,
    org=st.none() | WORDS,
    actor=st.none() | SHORTS,
    role=st.none() | WORDS,
    subjects=st.lists(SHORTS, max_size=4).map(tuple),
    obj=st.none() | OBJECTS,
    purpose=st.none() | WORDS,
    auth=st.none() | WORDS,
    decision=st.none() | SHORTS,
    emergency=st.booleans(),
    request=st.none() | SHORTS,
    old=st.none() | LONGS,
    new=st.none() | LONGS,
    key_commitment=st.none() | SHORTS,
    commitment=st.none() | LONGS,
)


def same(said: Glance, full: Statement) -> bool:
    def raw(written: str) -> bytes | None:
        return base64.urlsafe_b64decode(written + "==") if written else None

    event = full.event
    return (
        (said.id, said.t, said.n) == (str(full.id), full.t, full.n)
        and (raw(said.em), raw(said.ep)) == (full.em, full.ep)
        and (said.act, said.out) == (event.act, event.out)
        and (raw(said.old), raw(said.new)) == (event.old, event.new)
        and raw(said.pd) == event.commitment
    )


@given(st.lists(EVENTS, min_size=1, max_size=8))
def test_a_glance_says_what_the_full_reading_says(events: list[Event]):
    emitter = Emitter(lambda: 1_795_000_000_000_000)
    leaves = [emitter.entry(event).leaf for event in events]
    for leaf, said in zip(leaves, Glancer().read(leaves), strict=True):
        assert said is None or same(said, read(leaf))


def test_common_leaves_are_all_read_at_a_glance():
    emitter = Emitter(lambda: 1_795_000_000_000_000)
    said = {"k": "situation", "ss": ["housing:read", "animals:read_extract"]}
    event = Event(act=Act.SITUATION_OPENED, subjects=(b"s" * 16,), obj=said, request=b"r" * 16)
    leaves = [emitter.entry(event).leaf for _ in range(300)]
    assert None not in Glancer().read(leaves)
    stop = emitter.entry(Event(act=Act.EMITTER_STOPPED, obj={"k": "emitter"})).leaf
    assert [one is None for one in Glancer().read([*leaves[:2], stop])] == [False, False, True]


@given(EVENTS, st.data())
def test_no_leaf_that_the_full_reading_refuses_passes_at_a_glance(
    event: Event, data: st.DataObject
):
    leaf = bytearray(Emitter(lambda: 1_795_000_000_000_000).entry(event).leaf)
    at = data.draw(st.integers(0, len(leaf) - 1))
    leaf[at] = data.draw(st.integers(0, 255))
    changed = bytes(leaf)
    try:
        full = read(changed)
    except BadLeaf:
        full = None
    for said in Glancer().read([changed]):
        assert said is None or (full is not None and same(said, full))


FIELDS = json.loads(Emitter(lambda: 1).entry(Event(act=Act.SECTION_READ, request=b"r" * 16)).leaf)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rq": "A" * 21 + "B"},
        {"rq": "A" * 20 + "+A"},
        {"pd": "A" * 42 + "B"},
        {"cp": "A" * 21 + "B"},
        {"cps": ["A" * 22]},
        {"cp": "A" * 22, "cps": ["A" * 22, "A" * 21 + "Q"]},
        {"bg": 2},
        {"bg": 0},
        {"v": 2},
        {"act": "section.devoured"},
        {"out": "maybe"},
        {"obj": {"K": "x"}},
        {"obj": {"k": 2**53}},
        {"obj": {"k": True}},
        {"obj": {"k": 1.5}},
        {"rl": "é"},
        {"rl": "a\u007f"},
        {"rl": "a\n"},
        {"id": "01a1ee56-5e00-4000-9f9b-86f116df5628"},
        {"foreign": "x"},
        {"n": -1},
        {"t": 2**53},
    ],
)
def test_each_wrong_field_is_left_to_the_full_reading_which_refuses_it(wrong: dict[str, object]):
    leaf = msgspec.json.encode(FIELDS | wrong, order="sorted")
    assert Glancer().read([leaf]) == (None,)
    with pytest.raises(BadLeaf):
        read(leaf)
