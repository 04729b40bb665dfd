"""The tree against public vectors, its own definition, and every bit flipped."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.merkle import (
    EMPTY_ROOT,
    BadFrontier,
    BadProof,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "merkle" / "testdata"
FILES = {kind: sorted((VECTORS / kind).rglob("*.json")) for kind in ("inclusion", "consistency")}
present = pytest.mark.skipif(not VECTORS.is_dir(), reason="no ../shared/vectors/merkle here")
LEAVES = [leaf_hash(bytes([number % 256, number // 256])) for number in range(300)]


def unpacked(value: str | None) -> bytes:
    """Base64 as the vectors write it; nothing is nothing."""
    return base64.b64decode(value or "")


@present
def test_every_public_vector_is_there():
    assert {kind: len(files) for kind, files in FILES.items()} == {
        "inclusion": 98,
        "consistency": 98,
    }


@present
@pytest.mark.parametrize(
    "path", FILES["inclusion"], ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_inclusion_agrees_with_the_public_vector(path):
    case = json.loads(path.read_text())
    given_proof = [unpacked(step) for step in case["proof"] or ()]
    arguments = (
        case["leafIdx"], case["treeSize"], unpacked(case["leafHash"]), given_proof,
        unpacked(case["root"]),
    )  # fmt: skip
    if case["wantErr"]:
        with pytest.raises(BadProof):
            verify_inclusion(*arguments)
    else:
        verify_inclusion(*arguments)


@present
@pytest.mark.parametrize(
    "path", FILES["consistency"], ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_consistency_agrees_with_the_public_vector(path):
    case = json.loads(path.read_text())
    given_proof = [unpacked(step) for step in case["proof"] or ()]
    arguments = (
        case["size1"], case["size2"], unpacked(case["root1"]), unpacked(case["root2"]), given_proof,
    )  # fmt: skip
    if case["wantErr"]:
        with pytest.raises(BadProof):
            verify_consistency(*arguments)
    else:
        verify_consistency(*arguments)


def test_hashes_are_those_of_the_reference_implementation():
    known = {
        EMPTY_ROOT: ("e3b0c442", "b855"),
        leaf_hash(b""): ("6e340b9c", "a01d"),
        leaf_hash(b"L123456"): ("395aa064", "4d56"),
        node_hash(b"N123", b"N456"): ("aa217fe8", "6bbb"),
    }
    for value, (first, last) in known.items():
        assert value.hex().startswith(first)
        assert value.hex().endswith(last)


def test_a_leaf_never_passes_for_a_node():
    left, right = leaf_hash(b"Hello"), leaf_hash(b"World")
    assert leaf_hash(left + right) != node_hash(left, right)


def definition(entries: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return entries[0]
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return node_hash(definition(entries[:split]), definition(entries[split:]))


def test_the_frontier_is_the_tree_at_every_size_to_300():
    frontier = Frontier()
    for size in range(301):
        assert frontier.root() == definition(LEAVES[:size])
        stored = Frontier.from_bytes(size, frontier.to_bytes())
        assert (stored.root(), stored.size) == (frontier.root(), size)
        for (start, end), peak in zip(frontier.stretches(), frontier.peaks, strict=True):
            assert definition(LEAVES[start:end]) == peak
        if size < 300:
            frontier.append(LEAVES[size])


@pytest.mark.parametrize(
    ("size", "stored"), [(1, b""), (0, b"x" * 32), (3, b"x" * 32), (1, b"x" * 31), (-1, b"x" * 32)]
)
def test_a_frontier_of_another_size_is_refused(size, stored):
    with pytest.raises(BadFrontier):
        Frontier.from_bytes(size, stored)


sizes = st.integers(1, 300)


@given(sizes, st.data())
@settings(max_examples=60, deadline=None)
def test_every_inclusion_proof_holds_and_none_survives_a_change(size, data):
    index = data.draw(st.integers(0, size - 1))
    entries, root = LEAVES[:size], definition(LEAVES[:size])
    proof = inclusion_proof(entries, index)
    verify_inclusion(index, size, entries[index], proof, root)
    flipped = data.draw(st.integers(0, 8 * 32 * (len(proof) + 2) - 1))
    everything = [entries[index], root, *proof]
    everything[flipped // 256] = flip(everything[flipped // 256], flipped % 256)
    for place, length, leaf, top, steps in (
        (index, size, everything[0], everything[1], everything[2:]),
        (index + 1, size, entries[index], root, proof),
        (index - 1, size, entries[index], root, proof),
        (size, size, entries[index], root, proof),
        (index, size, entries[index], root, [*proof, root]),
        (index, size, entries[index], root, [root, *proof]),
        *([(index, size, entries[index], root, proof[:-1])] if proof else []),
    ):
        with pytest.raises(BadProof):
            verify_inclusion(place, length, leaf, steps, top)


@given(sizes, st.data())
@settings(max_examples=60, deadline=None)
def test_every_consistency_proof_holds_and_none_survives_a_change(size, data):
    old = data.draw(st.integers(1, size))
    old_root, root = definition(LEAVES[:old]), definition(LEAVES[:size])
    proof = consistency_proof(LEAVES[:size], old)
    verify_consistency(old, size, old_root, root, proof)
    flipped = data.draw(st.integers(0, 8 * 32 * (len(proof) + 2) - 1))
    everything = [old_root, root, *proof]
    everything[flipped // 256] = flip(everything[flipped // 256], flipped % 256)
    changed = [
        (old, size, everything[0], everything[1], everything[2:]),
        (old, size, old_root, root, [*proof, root]),
        (old, size, old_root, root, [root, *proof]),
    ]
    if old != size:
        changed += [
            (old, size, root, old_root, proof),
            (old, size, old_root, root, proof[:-1]),
            (size, old, old_root, root, proof),
        ]
    for arguments in changed:
        with pytest.raises(BadProof):
            verify_consistency(*arguments)


@pytest.mark.parametrize("index", [-1, 5])
def test_no_proof_is_built_for_an_entry_that_is_not_there(index):
    with pytest.raises(BadProof):
        inclusion_proof(LEAVES[:5], index)


@pytest.mark.parametrize("old", [0, 6])
def test_no_proof_is_built_from_a_tree_that_is_not_inside(old):
    with pytest.raises(BadProof):
        consistency_proof(LEAVES[:5], old)


def flip(value: bytes, bit: int) -> bytes:
    """The bytes with one bit turned."""
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
