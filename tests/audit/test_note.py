"""Notes, checkpoints and quorums: known answers of appendix K, and what must be refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.note import BadNote, KeyKind, Line, Note, SigningKey, VerifierKey
from audit.quorum import BadPolicy, WitnessPolicy

ROOT = bytes.fromhex("aba5f02f89393353c2d7dacf3c45f279a15c9790ae844112690c1528e12af8c3")
LOG = SigningKey("audit.example.org/kat", KeyKind.ED25519, bytes(range(32)))
ETHICS = SigningKey("ethics.example.org/kat", KeyKind.COSIGNATURE, b"\x07" * 32)
LATTICE = SigningKey("audit.example.org/kat", KeyKind.ML_DSA_44, bytes(range(32)))
CHECKPOINT = Checkpoint("audit.example.org/kat", 3, ROOT)
NOTE = """audit.example.org/kat
3
q6XwL4k5M1PC19rPPEXyeaFcl5CuhEESaQwVKOEq+MM=

— audit.example.org/kat VFJ2xIxHWXdVvDDiep5c+xcofnJ1eH5BC7T0hfFIZwQHygyYIiBpwCI4hlW1qVCLTbRp6lWaGkiNM3ePQNMrvFjUVQE=
"""


def test_the_known_answers_of_appendix_k_hold():
    assert LOG.verifier.vkey == (
        "audit.example.org/kat+545276c4+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    )
    assert str(CHECKPOINT.signed((LOG,), 0)) == NOTE
    assert ETHICS.verifier.vkey == (
        "ethics.example.org/kat+a953cfc7+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
    )
    assert str(ETHICS.sign(CHECKPOINT.text, 1795000060)) == (
        "— ethics.example.org/kat qVPPxwAAAABq/Yb8RKomqS57d2iv6w0JbN2dlV1LpNqkwK9KGXFiIdMaOvk6G08T"
        "/vbD3yLRPuih4MsN89j9Q5pU4InqScl4yjHJBw=="
    )


def test_the_example_key_of_the_signed_note_specification_is_read():
    said = "example.com/foo+530d903a+ARI0VniavN7wEjRWeJq83vASNFZ4mrze8BI0Vniavt7w"
    with pytest.raises(BadNote, match="identifier"):
        VerifierKey.parse(said)
    assert VerifierKey.parse(LOG.verifier.vkey) == LOG.verifier


def test_a_checkpoint_carries_both_kinds_of_signature_and_its_witnesses():
    note = CHECKPOINT.signed((LOG, LATTICE), 1795000000)
    note = note.with_lines([ETHICS.sign(note.text, 1795000060)])
    opened = open_checkpoint(str(note), (LOG.verifier, LATTICE.verifier), (ETHICS.verifier,))
    assert opened.checkpoint == CHECKPOINT
    assert {one.key.kind for one in opened.signatures} == set(KeyKind)
    assert opened.times_of(frozenset({ETHICS.name})) == (1795000060,)


def test_foreign_lines_are_kept_and_ignored():
    stranger = SigningKey("elsewhere.example/log", KeyKind.ED25519, b"\x09" * 32)
    note = CHECKPOINT.signed((LOG,), 0).with_lines([stranger.sign(CHECKPOINT.text)])
    opened = open_checkpoint(str(note), (LOG.verifier,))
    assert [one.key for one in opened.signatures] == [LOG.verifier]
    assert str(opened.note) == str(note)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "no signature\n",
        NOTE.replace("\n\n", "\n"),
        NOTE.removesuffix("\n"),
        NOTE.replace("— ", "- "),
        NOTE.replace("VFJ2", "!!!!"),
        NOTE.replace("kat\n3", "kat\r\n3"),
        NOTE.replace("\n3\n", "\n03\n"),
        NOTE.replace("\n3\n", "\n-3\n"),
        NOTE.replace("q6Xw", "q6X"),
        NOTE.replace("\n3\n", "\n4\n"),
        NOTE.replace("audit.example.org/kat\n3", "audit.example.org/other\n3"),
        NOTE.replace("VFJ2xIxH", "VFJ2xIxI"),
    ],
)
def test_what_is_not_a_signed_checkpoint_is_refused(said: str):
    with pytest.raises(BadNote):
        open_checkpoint(said, (LOG.verifier,))


def test_a_note_without_the_logs_own_line_is_refused():
    note = Note(CHECKPOINT.text, (ETHICS.sign(CHECKPOINT.text, 5),))
    with pytest.raises(BadNote, match="the log did not sign"):
        open_checkpoint(str(note), (LOG.verifier,), (ETHICS.verifier,))


def test_a_false_cosignature_refuses_the_whole_note():
    line = ETHICS.sign(CHECKPOINT.text, 5)
    forged = Line(line.name, line.key_id, line.signature[:-1] + bytes([line.signature[-1] ^ 1]))
    note = CHECKPOINT.signed((LOG,), 0).with_lines([forged])
    with pytest.raises(BadNote, match="did not sign"):
        open_checkpoint(str(note), (LOG.verifier,), (ETHICS.verifier,))


@given(st.data(), st.sampled_from([LOG, ETHICS, LATTICE]))
def test_no_signature_survives_a_flipped_bit(data: st.DataObject, key: SigningKey):
    line = key.sign(CHECKPOINT.text, 1795000000)
    at = data.draw(st.integers(0, len(line.signature) * 8 - 1))
    wrong = bytearray(line.signature)
    wrong[at // 8] ^= 1 << at % 8
    key.verifier.check(CHECKPOINT.text, line.signature)
    with pytest.raises(BadNote):
        key.verifier.check(CHECKPOINT.text, bytes(wrong))


def a_policy(*more: str) -> str:
    names = ("hospital", "city", "ngo")
    keys = {
        name: SigningKey(f"{name}.example/w", KeyKind.COSIGNATURE, bytes([at] * 32))
        for at, name in enumerate(("ethics", *names), start=1)
    }
    lines = [f"log {LOG.verifier.vkey}"]
    lines += [f"witness {name} {key.verifier.vkey}" for name, key in keys.items()]
    lines += ["group partners 2 hospital city ngo", "group sides all ethics partners"]
    return "\n".join((*lines, *(more or ("quorum sides",)))) + "\n"


def test_a_quorum_wants_ethics_and_two_partners():
    policy = WitnessPolicy.parse(a_policy())
    ethics, hospital, city, ngo = policy.witnesses.values()
    assert policy.satisfied_by([ethics, hospital, ngo])
    assert policy.satisfied_by([ethics, hospital, city, ngo])
    assert not policy.satisfied_by([hospital, city, ngo])
    assert not policy.satisfied_by([ethics, city])
    assert not policy.satisfied_by([])


def test_no_quorum_is_said_as_such():
    policy = WitnessPolicy.parse(f"log {LOG.verifier.vkey}\nquorum none\n")
    assert policy.satisfied_by([])


@pytest.mark.parametrize(
    "said",
    [
        "",
        "quorum none\n",
        f"log {LOG.verifier.vkey}\n",
        a_policy("group few 4 hospital city ngo", "quorum few"),
        a_policy("group few 0 hospital", "quorum few"),
        a_policy("group few 1 nobody", "quorum few"),
        a_policy("group few 2 city city", "quorum few"),
        a_policy("witness ethics " + ETHICS.verifier.vkey, "quorum sides"),
        a_policy("quorum sides", "quorum sides"),
        a_policy("quorum nobody"),
        a_policy("anything else", "quorum sides"),
        a_policy("log not-a-key", "quorum sides"),
    ],
)
def test_a_policy_that_says_less_or_more_is_refused(said: str):
    with pytest.raises(BadPolicy):
        WitnessPolicy.parse(said)
