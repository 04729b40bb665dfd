"""The signer and the witness under attack: what each answers, and what no quorum ever says."""

import base64
from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.memory import Forgotten, Memory
from audit.merkle import Frontier, consistency_proof, leaf_hash
from audit.note import KeyKind, SigningKey
from audit.quorum import WitnessPolicy
from audit.signer import Signer, WillNotSign
from audit.witness import Answer, Witness, parse_request, request_body

ORIGIN = "audit.example.org/main/2026"
LOG = SigningKey(ORIGIN, KeyKind.ED25519, b"\x01" * 32)
LATTICE = SigningKey(ORIGIN, KeyKind.ML_DSA_44, b"\x01" * 32)
LEAVES = [leaf_hash(b"entry %d" % at) for at in range(60)]
FORGED = [*LEAVES[:7], leaf_hash(b"edited"), *LEAVES[8:]]


def checkpoint(leaves: list[bytes]) -> Checkpoint:
    return Checkpoint(ORIGIN, len(leaves), Frontier.over(leaves).root())


def proof(leaves: list[bytes], old: int) -> list[bytes]:
    return consistency_proof(leaves, old) if 0 < old < len(leaves) else []


def a_signer(folder: Path, *keys: SigningKey) -> Signer:
    return Signer(ORIGIN, keys or (LOG,), Memory(folder), lambda: 1795000000)


def a_witness(folder: Path, number: int = 7) -> Witness:
    key = SigningKey(f"w{number}.example/w", KeyKind.COSIGNATURE, bytes([number] * 32))
    return Witness((key,), {ORIGIN: (LOG.verifier,)}, Memory(folder), lambda: 1795000060)


def show(
    witness: Witness, leaves: list[bytes], old: int, shown: list[bytes] | None = None
) -> Answer:
    """Send what whoever holds the log's key would send, the key stolen or not."""
    note = checkpoint(leaves).signed((LOG,), 0)
    return witness.add_checkpoint(request_body(old, proof(shown or leaves, old), str(note)))


def test_a_signer_signs_what_grows_with_both_keys(tmp_path: Path):
    signer = a_signer(tmp_path, LOG, LATTICE)
    signer.sign(0, [], checkpoint(LEAVES[:40]))
    note = signer.sign(40, proof(LEAVES[:55], 40), checkpoint(LEAVES[:55]))
    opened = open_checkpoint(str(note), (LOG.verifier, LATTICE.verifier))
    assert len(opened.signatures) == 2
    assert a_signer(tmp_path).last() == checkpoint(LEAVES[:55])


@pytest.mark.parametrize(
    ("old", "leaves", "said"),
    [
        (40, LEAVES[:30], "shrank"),
        (30, LEAVES[:55], "starts at 30"),
        (40, FORGED[:55], "does not extend"),
        (40, FORGED[:40], "does not extend"),
        (55, LEAVES[:60], "starts at 55"),
        (0, LEAVES[:55], "starts at 0"),
    ],
)
def test_a_signer_refuses_to_shrink_fork_or_skip(
    tmp_path: Path, old: int, leaves: list[bytes], said: str
):
    signer = a_signer(tmp_path)
    signer.sign(0, [], checkpoint(LEAVES[:40]))
    with pytest.raises(WillNotSign, match=said):
        signer.sign(old, proof(leaves, min(old, len(leaves))), checkpoint(leaves))
    assert signer.last() == checkpoint(LEAVES[:40])


def test_a_signer_refuses_another_log(tmp_path: Path):
    other = Checkpoint("audit.example.org/main/2027", 0, checkpoint([]).root)
    with pytest.raises(WillNotSign, match="signs"):
        a_signer(tmp_path).sign(0, [], other)


def test_a_signer_that_lost_its_memory_stops(tmp_path: Path):
    signer = a_signer(tmp_path)
    signer.sign(0, [], checkpoint(LEAVES[:40]))
    next(tmp_path.glob("*.json")).write_bytes(b"")
    with pytest.raises(Forgotten):
        signer.sign(40, proof(LEAVES[:55], 40), checkpoint(LEAVES[:55]))


def test_a_witness_cosigns_honest_growth(tmp_path: Path):
    witness = a_witness(tmp_path)
    assert show(witness, LEAVES[:40], 0).status is HTTPStatus.OK
    answer = show(witness, LEAVES[:55], 40)
    assert answer.status is HTTPStatus.OK
    note = str(checkpoint(LEAVES[:55]).signed((LOG,), 0)) + answer.body
    opened = open_checkpoint(note, (LOG.verifier,), (witness.keys[0].verifier,))
    assert opened.times_of(frozenset({witness.keys[0].name})) == (1795000060,)


@pytest.mark.parametrize(
    ("leaves", "old", "shown", "status"),
    [
        (FORGED[:55], 40, None, HTTPStatus.UNPROCESSABLE_ENTITY),
        (LEAVES[:30], 40, None, HTTPStatus.BAD_REQUEST),
        (LEAVES[:30], 30, None, HTTPStatus.CONFLICT),
        (FORGED[:40], 40, None, HTTPStatus.CONFLICT),
        ([*LEAVES[:25], *FORGED[7:30]], 40, None, HTTPStatus.UNPROCESSABLE_ENTITY),
        (LEAVES[:55], 40, FORGED[:55], HTTPStatus.UNPROCESSABLE_ENTITY),
        (LEAVES[:55], 12, None, HTTPStatus.CONFLICT),
    ],
)
def test_a_witness_answers_each_attack_although_the_signing_key_is_stolen(
    tmp_path: Path, leaves: list[bytes], old: int, shown: list[bytes] | None, status: HTTPStatus
):
    witness = a_witness(tmp_path)
    show(witness, LEAVES[:40], 0)
    answer = show(witness, leaves, old, shown)
    assert answer.status is status
    if status is HTTPStatus.CONFLICT:
        assert (answer.body, answer.kind) == ("40\n", "text/x.tlog.size")
    assert show(witness, LEAVES[:55], 40).status is HTTPStatus.OK


def test_a_witness_refuses_strangers_and_forgers(tmp_path: Path):
    witness = a_witness(tmp_path)
    forger = SigningKey(ORIGIN, KeyKind.ED25519, b"\x02" * 32)
    unsigned = str(checkpoint(LEAVES[:4]).signed((forger,), 0))
    assert witness.add_checkpoint(request_body(0, [], unsigned)).status is HTTPStatus.FORBIDDEN
    other = Checkpoint("audit.elsewhere.example/x/2026", 0, checkpoint([]).root)
    stranger = SigningKey(other.origin, KeyKind.ED25519, b"\x03" * 32)
    body = request_body(0, [], str(other.signed((stranger,), 0)))
    assert witness.add_checkpoint(body).status is HTTPStatus.NOT_FOUND
    for said in (b"", b"old -1\n\n", b"\xff", b"old 0\nAA==\n\nx", b"x" * 200_000):
        assert witness.add_checkpoint(said).status is HTTPStatus.BAD_REQUEST


def test_a_request_is_read_back(tmp_path: Path):
    note = str(checkpoint(LEAVES[:9]).signed((LOG,), 0))
    steps = proof(LEAVES[:9], 5)
    assert parse_request(request_body(5, steps, note)) == (5, steps, note)
    assert base64.b64encode(steps[0]) in request_body(5, steps, note)


def test_a_split_view_never_makes_a_quorum(tmp_path: Path):
    """Two witnesses each accept their first view; neither view gets both."""
    one, two = a_witness(tmp_path / "1", 1), a_witness(tmp_path / "2", 2)
    assert show(one, LEAVES[:40], 0).status is HTTPStatus.OK
    assert show(two, FORGED[:40], 0).status is HTTPStatus.OK
    assert show(one, FORGED[:45], 40).status is HTTPStatus.UNPROCESSABLE_ENTITY
    assert show(two, LEAVES[:45], 40).status is HTTPStatus.UNPROCESSABLE_ENTITY


class Attack(RuleBasedStateMachine):
    """Whoever holds the database and the signing key, against a signer and three witnesses."""

    def __init__(self) -> None:
        super().__init__()
        self.quorums: list[Checkpoint] = []

    @initialize()
    def open(self) -> None:
        import tempfile

        self.folder = Path(tempfile.mkdtemp(prefix="cellule-vouching-"))
        self.witnesses = [a_witness(self.folder / str(at), at) for at in (1, 2, 3)]
        names = [f"w{at}" for at in (1, 2, 3)]
        keys = [one.keys[0].verifier for one in self.witnesses]
        said = [f"log {LOG.verifier.vkey}"]
        said += [f"witness {n} {k.vkey}" for n, k in zip(names, keys, strict=True)]
        self.policy = WitnessPolicy.parse(
            "\n".join((*said, f"group two 2 {' '.join(names)}", "quorum two\n"))
        )
        self.signer = a_signer(self.folder / "signer")
        self.histories: list[list[bytes]] = [[]]
        self.counter = 0

    def teardown(self) -> None:
        import shutil

        shutil.rmtree(self.folder, ignore_errors=True)

    @rule(many=st.integers(1, 9))
    def grow(self, many: int) -> None:
        self.counter += 1
        more = [leaf_hash(b"%d-%d" % (self.counter, at)) for at in range(many)]
        self.histories.append(self.histories[-1] + more)

    @rule(at=st.integers(0, 30))
    def edit(self, at: int) -> None:
        now = list(self.histories[-1])
        if now:
            now[at % len(now)] = leaf_hash(b"edited %d" % at)
            self.histories.append(now)

    @rule(at=st.integers(0, 30))
    def truncate(self, at: int) -> None:
        self.histories.append(self.histories[-1][:at])

    @rule(at=st.integers(0, 10**6))
    def restore(self, at: int) -> None:
        self.histories.append(self.histories[at % len(self.histories)])

    @rule(stolen=st.booleans(), who=st.sets(st.sampled_from([0, 1, 2]), min_size=1))
    def publish(self, stolen: bool, who: set[int]) -> None:
        leaves = self.histories[-1]
        if not stolen:
            last = self.signer.last().size
            try:
                self.signer.sign(last, proof(leaves, last), checkpoint(leaves))
            except WillNotSign:
                return
        cosigned = []
        for at in who:
            witness = self.witnesses[at]
            last = witness.memory.last(ORIGIN)
            answer = show(witness, leaves, min(last.size if last else 0, len(leaves)))
            if answer.status is HTTPStatus.OK:
                cosigned.append(witness.keys[0].verifier)
        if self.policy.satisfied_by(cosigned):
            self.quorums.append(checkpoint(leaves))

    @invariant()
    def no_quorum_on_two_histories(self) -> None:
        for one in self.quorums:
            for two in self.quorums:
                assert one.size != two.size or one.root == two.root


Attack.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
test_no_quorum_ever_says_two_histories = Attack.TestCase
