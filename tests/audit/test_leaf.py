"""The bytes of an entry: known answers, the profile, the emitter's numbers and links."""

import base64
import hashlib
import itertools
import re
import struct

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.event import (
    Act,
    Event,
    Outcome,
    WrongOpening,
    commit,
    commitment,
    open_commitment,
)
from audit.leaf import (
    LARGEST_LEAF,
    LINK_BYTES,
    MOST_VOIDS,
    NO_LINK,
    SEVERAL,
    BadLeaf,
    Emitter,
    decode,
    encode,
    read,
)
from audit.merkle import Frontier, consistency_proof, leaf_hash

# Appendix K of the specification, byte for byte.
ZERO = "AAAAAAAAAAAAAAAAAAAAAA"
K_LEAVES = [
    (
        '{"act":"log.open","em":"AAAAAAAAAAAAAAAAAAAAAA","ep":"AAAAAAAAAAAAAAAAAAAAAA",'
        '"id":"01a2001b-0000-7000-8000-000000000000","n":0,"out":"ok","t":1795000000000000,'
        '"tn":"t07","v":1}'
    ),
    (
        '{"act":"section.read","ap":"qqqqqqqqqqqqqqqqqqqqqg","auth":"pwd+webauthn",'
        '"ck":[1,"AAAAAAAAAAAAAAAAAAAAAA"],"cp":"zMzMzMzMzMzMzMzMzMzMzA",'
        '"dec":"3d3d3d3d3d3d3d3d3d3d3Q","em":"AAAAAAAAAAAAAAAAAAAAAA","ep":"ZAwotNtwsatShGWK2jyAxQ",'
        '"id":"01a2001b-0000-7000-8000-000000000001","n":1,"obj":{"k":"section","s":"health","ver":3},'
        '"org":"o12","out":"ok","pd":"njjyBPYSXDE0cTWaVhaZ8eWb3dQaO3GsqeKLXoihBMw","pur":"SOCIAL",'
        '"rq":"AQEBAQEBAQEBAQEBAQEBAQ","t":1795000000000001,"tn":"t07","v":1}'
    ),
    (
        '{"act":"section.write","ap":"qqqqqqqqqqqqqqqqqqqqqg","auth":"pwd+webauthn",'
        '"ck":[1,"AAAAAAAAAAAAAAAAAAAAAA"],"cp":"zMzMzMzMzMzMzMzMzMzMzA",'
        '"dec":"3d3d3d3d3d3d3d3d3d3d3Q","em":"AAAAAAAAAAAAAAAAAAAAAA","ep":"EfTnpqCyAsJmyiaDsZZazw",'
        '"id":"01a2001b-0000-7000-8000-000000000002","n":2,'
        '"new":"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI","obj":{"k":"section","s":"health","ver":3},'
        '"old":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE","org":"o12","out":"ok",'
        '"pd":"njjyBPYSXDE0cTWaVhaZ8eWb3dQaO3GsqeKLXoihBMw","pur":"SOCIAL",'
        '"rq":"AgICAgICAgICAgICAgICAg","t":1795000000000002,"tn":"t07","v":1}'
    ),
]
K_HASHES = [
    "640c28b4db70b1ab5284658ada3c80c58f5bd88b9b4a653daee7d2ebd0761e55",
    "11f4e7a6a0b202c266ca2683b1965acfd6e5348523dd791c0629361709ca560a",
    "8cf3fdb3f53c7d3aaadf7bafa7c1adc447b76a5d37200bca75466e0ea14b5e48",
]
K_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "640c28b4db70b1ab5284658ada3c80c58f5bd88b9b4a653daee7d2ebd0761e55",
    "42d7e7bfd3505a57c7f6e40a67852040d744df7b1f62adb78573580cd01c47b8",
    "aba5f02f89393353c2d7dacf3c45f279a15c9790ae844112690c1528e12af8c3",
]
K_CONSISTENCY = [
    "EfTnpqCyAsJmyiaDsZZaz9blNIUj3XkcBik2FwnKVgo=",
    "jPP9s/U8fTqq33uvp8GtxEe3al03IAvKdUZuDqFLXkg=",
]
K_BUNDLE = "2edf6ec90002c7156981f88559cf83d66b5859569b9fdcd5bda0654697be02dd"
K_PAYLOAD = {
    "actor": "u-123", "case": "c-42", "fields": ["diagnosis"], "reason": "visite",
    "addr": "10.0.0.7",
}  # fmt: skip
K_PD = "njjyBPYSXDE0cTWaVhaZ8eWb3dQaO3GsqeKLXoihBMw"


@pytest.mark.parametrize(("text", "hashed"), list(zip(K_LEAVES, K_HASHES, strict=True)))
def test_known_leaves_keep_their_bytes_and_their_hash(text, hashed):
    leaf = text.encode()
    shuffled = dict(reversed(decode(leaf).items()))
    assert encode(shuffled) == leaf
    assert leaf_hash(leaf).hex() == hashed


def test_known_leaves_have_the_sizes_the_known_answers_give():
    assert [len(leaf) for leaf in K_LEAVES] == [177, 479, 584]


def test_known_leaves_are_linked():
    for before, after in itertools.pairwise(K_LEAVES):
        link = base64.urlsafe_b64encode(leaf_hash(before.encode())[:LINK_BYTES]).rstrip(b"=")
        assert decode(after.encode())["ep"] == link.decode()


def test_known_roots_consistency_and_bundle():
    hashes = [leaf_hash(leaf.encode()) for leaf in K_LEAVES]
    assert [Frontier.over(hashes[:size]).root().hex() for size in range(4)] == K_ROOTS
    proof = [base64.b64encode(step).decode() for step in consistency_proof(hashes, 1)]
    assert proof == K_CONSISTENCY
    bundle = b"".join(struct.pack(">H", len(leaf)) + leaf.encode() for leaf in K_LEAVES)
    assert hashlib.sha256(bundle).hexdigest() == K_BUNDLE


def test_known_opening_gives_the_known_commitment():
    salt = b"\x11" * 32
    payload = commit(K_PAYLOAD).payload
    expected = b'{"actor":"u-123","addr":"10.0.0.7","case":"c-42",'
    assert payload == expected + b'"fields":["diagnosis"],"reason":"visite"}'
    pd = base64.urlsafe_b64encode(commitment(salt, payload)).rstrip(b"=").decode()
    assert pd == K_PD
    assert open_commitment(salt + payload, commitment(salt, payload)) == K_PAYLOAD


def shallow(value: object, depth: int = 6) -> bool:
    """Whether there are at most that many levels."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth > 0 and all(shallow(item, depth - 1) for item in inside)


keys = st.from_regex(r"\A[a-z][a-z0-9]{0,7}\Z")
printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
integers = st.integers(-(2**53) + 1, 2**53 - 1)
values = st.recursive(
    printable | integers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
).filter(shallow)
unicode_values = st.recursive(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | integers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(keys, values, max_size=4))
@settings(max_examples=150, deadline=None)
def test_the_encoder_is_rfc_8785(fields):
    leaf = encode(fields)
    assert leaf == rfc8785.dumps(fields)
    assert decode(leaf) == fields


@given(st.dictionaries(keys, unicode_values, max_size=6))
@settings(max_examples=150, deadline=None)
def test_an_opening_is_rfc_8785_in_any_language(payload):
    opening = commit(payload)
    assert opening.payload == rfc8785.dumps(payload)
    assert open_commitment(opening.opening_bytes, opening.pd) == payload


@pytest.mark.parametrize(
    "value",
    [1.0, None, True, 2**53, -(2**53), "é", "\n", "\x7f", b"bytes", {1: "a"}, {"A": 1}, {"": 1},
     {"a_b": 1}, {"ninechars": 1}, {"é": 1}, {"a\n": 1}, [None], {"a": {"b": 1.5}}, object()],
)  # fmt: skip
def test_a_value_outside_the_profile_is_refused(value):
    with pytest.raises(BadLeaf):
        encode({"a": value})


def test_a_leaf_has_at_most_4096_bytes():
    room = LARGEST_LEAF - len('{"a":""}')
    assert len(encode({"a": "x" * room})) == LARGEST_LEAF
    with pytest.raises(BadLeaf):
        encode({"a": "x" * (room + 1)})


@pytest.mark.parametrize(
    "leaf",
    [b"", b"[]", b"1", b"null", b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'{ "a":1}', b'{"a":1} ',
     b'{"a":"\\u0041"}', b'{"a":"\\/"}', b'{"a":1e2}', b'{"a":1.0}', b'{"a":-0}', b'{"a":"\xff"}',
     b'{"a":true}', b'{"a":9007199254740992}', b"[" * 4000, b'{"a":' * 800, b'{"a":1}' * 700],
)  # fmt: skip
def test_bytes_that_are_not_canonical_are_refused(leaf):
    with pytest.raises(BadLeaf):
        decode(leaf)


def at(instant: int = 1_795_000_000_000_000) -> Emitter:
    """An emitter whose clock stands still."""
    return Emitter(lambda: instant)


FULL = Event(
    act=Act.SECTION_WRITTEN, out=Outcome.OK, tenant="t07", org="o12", actor=b"a" * 16, role="SOC",
    subjects=(b"s" * 16,), obj={"k": "section", "s": "housing", "ver": 3}, purpose="SOCIAL",
    auth="pwd", decision=b"d" * 16, emergency=True, request=b"r" * 16, old=b"o" * 32,
    new=b"n" * 32, key_commitment=b"k" * 16, commitment=b"c" * 32,
)  # fmt: skip


@pytest.mark.parametrize(
    "event",
    [FULL, Event(act=Act.SIGNED_IN, out=Outcome.DENY), Event(act=Act.SITUATION_LISTED,
     subjects=tuple(bytes([number]) * 16 for number in range(100)))],
)  # fmt: skip
def test_an_event_comes_back_from_its_leaf(event):
    emitter = at()
    entry = emitter.entry(event)
    said = read(entry.leaf)
    assert said.event == event
    assert (said.id, said.t, said.em, said.n, said.ep) == (
        entry.id, entry.t, emitter.em, 0, NO_LINK,
    )  # fmt: skip
    assert entry.leaf == rfc8785.dumps(decode(entry.leaf))
    assert entry.leaf_hash == leaf_hash(entry.leaf)


def test_the_columns_repeat_the_leaf():
    entry = at().entry(FULL)
    assert (entry.tenant, entry.act, entry.out, entry.actor, entry.subject) == (
        "t07", "section.written", "ok", b"a" * 16, b"s" * 16,
    )  # fmt: skip
    assert at().entry(Event(act=Act.SIGNED_IN)).subject is None
    two = Event(act=Act.SITUATION_LISTED, subjects=(b"s" * 16, b"t" * 16))
    assert at().entry(two).subject == SEVERAL


@pytest.mark.parametrize(
    "wrong",
    [{"actor": b"short"}, {"actor": "a" * 16}, {"decision": b"d" * 32}, {"request": b""},
     {"old": b"o" * 16}, {"new": b"n" * 33}, {"commitment": b"c" * 16}, {"key_commitment": b"k"},
     {"subjects": (b"s",)}, {"subjects": (b"s" * 16,) * 101}],
)  # fmt: skip
def test_an_event_of_the_wrong_shape_is_refused(wrong):
    with pytest.raises(ValueError, match=r"bytes|at most"):
        Event(act=Act.SECTION_READ, **wrong)


def test_an_act_outside_the_vocabulary_is_refused():
    with pytest.raises(TypeError):
        Event(act="section.eaten")


def test_every_act_is_a_noun_and_a_participle():
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", act) for act in Act)


def changed(**fields: object) -> bytes:
    """The full event's leaf with some fields replaced, or left out when None."""
    leaf = decode(at().entry(FULL).leaf) | fields
    return encode({key: value for key, value in leaf.items() if value is not None})


@pytest.mark.parametrize(
    "fields",
    [{"v": 2}, {"v": None}, {"id": None}, {"id": "01A2001B-0000-7000-8000-000000000000"},
     {"id": "01a2001b-0000-4000-8000-000000000000"}, {"id": 1}, {"t": -1}, {"t": "1"}, {"n": -1},
     {"em": "AA"}, {"em": 3}, {"ep": "AAAAAAAAAAAAAAAAAAAAAB"}, {"ep": ZERO + "=="},
     {"ep": "+" * 22}, {"act": "section.eaten"}, {"out": "maybe"}, {"act": 1}, {"bg": 2},
     {"bg": 0}, {"cps": [ZERO, ZERO]}, {"cp": None, "cps": [ZERO]}, {"cp": None, "cps": ZERO},
     {"obj": "section"}, {"pd": ZERO}, {"org": 12}, {"other": 1}],
)  # fmt: skip
def test_a_leaf_outside_the_schema_is_refused(fields):
    read(changed())
    with pytest.raises(BadLeaf):
        read(changed(**fields))


def test_numbers_are_contiguous_and_each_entry_repeats_the_one_before():
    emitter = at()
    entries = [emitter.entry(FULL) for _ in range(5)]
    said = [read(entry.leaf) for entry in entries]
    assert [one.n for one in said] == [0, 1, 2, 3, 4]
    assert [one.ep for one in said] == [
        NO_LINK,
        *(entry.leaf_hash[:LINK_BYTES] for entry in entries[:-1]),
    ]


def test_an_event_too_large_for_a_leaf_uses_up_no_number():
    emitter = at()
    emitter.entry(FULL)
    with pytest.raises(BadLeaf):
        emitter.entry(Event(act=Act.SECTION_READ, obj={"k": "x" * 5000}))
    with pytest.raises(BadLeaf):
        emitter.entry(FULL, at_us=-1)
    assert emitter.entry(FULL).n == 1


def test_two_emitters_are_never_the_same():
    assert at().em != at().em


def test_identifiers_carry_the_time_and_sort_as_they_were_made():
    emitter = at()
    ids = [emitter.entry(FULL).id for _ in range(50)]
    ids += [emitter.entry(FULL, at_us=1_795_000_000_000_000 + step).id for step in range(1, 3000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert all(identifier.version == 7 for identifier in ids)
    early = emitter.entry(FULL, at_us=1_700_000_000_123_456)
    assert early.id.int >> 80 == 1_700_000_000_123
    assert read(early.leaf).t == 1_700_000_000_123_456


def test_a_voided_number_is_declared_once():
    emitter = at()
    assert emitter.declaration() is None
    lost = [emitter.entry(FULL) for _ in range(3)]
    emitter.void(lost[0].n)
    emitter.void(lost[2].n)
    emitter.void(lost[2].n)
    said = read(emitter.declaration().leaf)
    assert said.event.act is Act.RECORD_VOIDED
    assert said.voids == (0, 2)
    assert emitter.declaration() is None
    assert read(lost[0].leaf).voids == ()


def test_a_declaration_that_is_lost_is_made_again_with_its_own_number():
    emitter = at()
    emitter.void(emitter.entry(FULL).n)
    emitter.void(emitter.declaration().n)
    assert read(emitter.declaration().leaf).voids == (0, 1)


def test_a_great_many_voids_take_several_declarations():
    emitter = at()
    for entry in [emitter.entry(FULL) for _ in range(MOST_VOIDS + 1)]:
        emitter.void(entry.n)
    first, second = read(emitter.declaration().leaf), read(emitter.declaration().leaf)
    assert (len(first.voids), second.voids) == (MOST_VOIDS, (MOST_VOIDS,))


@pytest.mark.parametrize("n", [-1, 1])
def test_a_number_never_given_cannot_be_voided(n):
    emitter = at()
    emitter.entry(FULL)
    with pytest.raises(ValueError, match="never given"):
        emitter.void(n)


def test_a_block_that_fails_voids_what_it_was_committing():
    emitter, entries = at(), []
    with emitter.unless_committed(entries):
        entries.append(emitter.entry(FULL))
    assert emitter.voids_waiting == 0
    with pytest.raises(OSError, match="disk"), emitter.unless_committed(entries):
        raise OSError("disk")
    assert emitter.voids_waiting == 1


def test_two_commitments_to_the_same_words_differ():
    assert commit(K_PAYLOAD).pd != commit(K_PAYLOAD).pd


@pytest.mark.parametrize("value", [None, 1.5, True, b"x", 2**53, "\ud800", {"é": 1}, {1: 2}])
def test_a_payload_outside_its_profile_is_refused(value):
    with pytest.raises(ValueError, match="payload"):
        commit({"reason": value})


def test_an_opening_that_was_changed_is_refused():
    opening = commit(K_PAYLOAD)
    for wrong in (b"", opening.opening_bytes[:-1], b"x" + opening.opening_bytes[1:]):
        with pytest.raises(WrongOpening):
            open_commitment(wrong, opening.pd)
    with pytest.raises(WrongOpening):
        open_commitment(opening.opening_bytes, commit(K_PAYLOAD).pd)
    with pytest.raises(ValueError, match="salt"):
        commitment(b"short", b"{}")
