"""A record verified from its folder alone: what is sound, and each way of tampering, named."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint
from audit.event import Act, Event
from audit.leaf import Emitter
from audit.merkle import Frontier, leaf_hash
from audit.note import KeyKind, Note, SigningKey
from audit.quorum import WitnessPolicy
from audit.tiles import TileWriter, pack, read_bundle, tile_path
from audit.verify.__main__ import main
from audit.verify.folder import FolderVerdict, NotSigned, verify_folder
from audit.verify.scan import CannotTell, Kind

ORIGIN = "audit.example.org/main/2026"
LOG = SigningKey(ORIGIN, KeyKind.ED25519, b"\x01" * 32)
ETHICS = SigningKey("ethics.example/w", KeyKind.COSIGNATURE, b"\x02" * 32)
POLICY = f"log {LOG.verifier.vkey}\nwitness ethics {ETHICS.verifier.vkey}\nquorum ethics\n"
START = 1_795_000_000_000_000
A, B, C = (bytes([at]) * 32 for at in (10, 11, 12))


def leaves_of(count: int) -> list[bytes]:
    """Return what two processes wrote in turn: readings, and one text replaced twice."""
    emitters = [Emitter(lambda: START), Emitter(lambda: START)]
    versions = {5: (None, A), 20: (A, B), 40: (B, C)}
    leaves = []
    for at in range(count):
        old, new = versions.get(at, (None, None))
        act = Act.SECTION_WRITTEN if new else Act.SECTION_READ
        event = Event(act=act, tenant="t07", subjects=(b"s" * 16,), old=old, new=new)
        leaves.append(emitters[at % 2].entry(event, START + at * 1_000_000).leaf)
    return leaves


def signed(leaves: Sequence[bytes], *, key: SigningKey = LOG, witness: bool = True) -> Note:
    checkpoint = Checkpoint(ORIGIN, len(leaves), Frontier.over(map(leaf_hash, leaves)).root())
    note = checkpoint.signed((key,), 0)
    stamp = START // 1_000_000 + len(leaves) + 60
    return note.with_lines([ETHICS.sign(note.text, stamp)]) if witness else note


def written(folder: Path, leaves: Sequence[bytes], note: Note) -> Path:
    writer = TileWriter(folder)
    for leaf in leaves:
        writer.append(leaf)
    writer.finish({"policy": POLICY, "checkpoint": str(note)})
    return folder


@dataclass
class Folder:
    """A sound folder of 600 entries, copied for each test."""

    place: Path
    leaves: list[bytes]

    def rewrite(self, leaves: Sequence[bytes]) -> None:
        """Write other entries and tiles under the checkpoint that was signed."""
        note = Note.parse((self.place / "checkpoint").read_text())
        shutil.rmtree(self.place / "tile")
        written(self.place, leaves, note)

    def verdict(self, **more: object) -> FolderVerdict:
        return verify_folder(self.place, WitnessPolicy.parse(POLICY), **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    leaves = leaves_of(600)
    place = tmp_path_factory.mktemp("folder")
    return Folder(written(place, leaves, signed(leaves)), leaves)


@pytest.fixture
def folder(original: Folder, tmp_path: Path) -> Folder:
    place = tmp_path / "copy"
    shutil.copytree(original.place, place)
    return Folder(place, list(original.leaves))


def test_an_honest_folder_is_sound_and_says_what_was_read(folder: Folder):
    verdict = folder.verdict()
    assert verdict.sound
    assert verdict.exit_code == 0
    assert verdict.cosigned_by == ("ethics.example/w",)
    assert verdict.checked == {"leaves": 600, "tiles": 4, "emitters": 2, "versions": 2}
    assert not verdict.notes


@pytest.mark.parametrize("size", [0, 1, 256, 257, 512])
def test_any_size_is_sound(tmp_path: Path, size: int):
    leaves = leaves_of(size)
    place = written(tmp_path, leaves, signed(leaves))
    assert verify_folder(place, WitnessPolicy.parse(POLICY)).sound


def edited(folder: Folder) -> None:
    folder.leaves[300] = folder.leaves[300].replace(b'"out":"ok"', b'"out":"err"')
    folder.rewrite(folder.leaves)


def deleted(folder: Folder) -> None:
    folder.rewrite([*folder.leaves[:300], *folder.leaves[301:], folder.leaves[0]])


def reordered(folder: Folder) -> None:
    folder.leaves[300], folder.leaves[302] = folder.leaves[302], folder.leaves[300]
    folder.rewrite(folder.leaves)


def edited_in_its_bundle_only(folder: Folder) -> None:
    bundle = folder.leaves[256:512]
    bundle[44] = bundle[44].replace(b'"out":"ok"', b'"out":"no"')
    (folder.place / tile_path(None, 1)).write_bytes(pack(bundle))


def a_tile_edited(folder: Folder) -> None:
    place = folder.place / tile_path(0, 1)
    said = bytearray(place.read_bytes())
    said[44 * 32] ^= 1
    place.write_bytes(bytes(said))


def an_upper_tile_edited(folder: Folder) -> None:
    place = folder.place / tile_path(1, 0, 2)
    said = bytearray(place.read_bytes())
    said[32] ^= 1
    place.write_bytes(bytes(said))


def a_bundle_removed(folder: Folder) -> None:
    (folder.place / tile_path(None, 1)).unlink()


def a_bundle_cut_short(folder: Folder) -> None:
    place = folder.place / tile_path(None, 1)
    place.write_bytes(place.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("tamper", "index"),
    [
        (edited, 300),
        (reordered, 300),
        (edited_in_its_bundle_only, 300),
        (a_tile_edited, 300),
        (an_upper_tile_edited, 256),
        (a_bundle_removed, 256),
        (a_bundle_cut_short, 256),
    ],
)
def test_each_tampering_is_found_near_its_place(
    folder: Folder, tamper: Callable[[Folder], None], index: int
):
    tamper(folder)
    verdict = folder.verdict()
    assert verdict.exit_code == 1
    first = verdict.faults[0]
    assert first.index is not None
    assert first.index <= index + 2
    assert (first.until or first.index + 1) > index - 256


def test_a_removed_entry_is_missed_by_its_emitter(folder: Folder):
    deleted(folder)
    verdict = folder.verdict()
    assert not verdict.sound
    assert [(cut.numbers, cut.index) for cut in verdict.unsettled] == [((150,), 301)]


def test_a_consistent_rewrite_is_found_by_the_checkpoint_alone(tmp_path: Path):
    leaves = leaves_of(50)
    other = [*leaves_of(51)[:49], leaves_of(51)[50]]
    place = written(tmp_path, other, signed(leaves))
    assert not verify_folder(place, WitnessPolicy.parse(POLICY)).sound


def test_what_was_signed_when_one_last_looked_must_still_be_there(folder: Folder):
    kept = Checkpoint.read(signed(folder.leaves[:400]).text)
    assert folder.verdict(since=kept).sound
    forked = [*folder.leaves[:7], *leaves_of(8)[7:], *folder.leaves[8:400]]
    wrong = Checkpoint.read(signed([*forked[:399], b"{}"]).text)
    first = folder.verdict(since=wrong).faults[0]
    assert "kept" in first.detail
    later = Checkpoint.read(signed(leaves_of(700)).text)
    assert folder.verdict(since=later).faults[0].kind is Kind.REMOVED
    other = Checkpoint("audit.elsewhere.example/x/2026", 3, b"x" * 32)
    assert "another log" in folder.verdict(since=other).faults[0].detail


def test_without_its_quorum_a_checkpoint_is_not_believed(folder: Folder):
    note = signed(folder.leaves, witness=False)
    (folder.place / "checkpoint").write_text(str(note))
    verdict = folder.verdict()
    assert not verdict.sound
    assert not verdict.quorum
    assert "quorum" in verdict.faults[0].detail


def test_a_checkpoint_signed_by_another_key_is_refused(folder: Folder):
    forger = SigningKey(ORIGIN, KeyKind.ED25519, b"\x09" * 32)
    (folder.place / "checkpoint").write_text(str(signed(folder.leaves, key=forger)))
    with pytest.raises(NotSigned):
        folder.verdict()


def test_a_folder_without_checkpoint_tells_nothing(folder: Folder):
    (folder.place / "checkpoint").unlink()
    with pytest.raises(CannotTell):
        folder.verdict()


def test_a_version_is_replaced_once_by_what_names_it(tmp_path: Path):
    emitter = Emitter(lambda: START)
    said = [(None, A), (A, B), (A, C), (bytes([99]) * 32, A)]
    leaves = [
        emitter.entry(Event(act=Act.SECTION_WRITTEN, old=old, new=new), START + at).leaf
        for at, (old, new) in enumerate(said)
    ]
    place = written(tmp_path, leaves, signed(leaves))
    details = [one.detail for one in verify_folder(place, WitnessPolicy.parse(POLICY)).faults]
    assert details == [
        "it replaces a version that entry 1 replaced before",
        "it replaces a version that nothing wrote",
    ]


def test_a_row_restored_from_yesterday_is_found_by_the_snapshot(folder: Folder):
    assert folder.verdict(snapshot=frozenset({C})).sound
    restored = folder.verdict(snapshot=frozenset({B}))
    assert restored.faults[0].index == 40
    assert "holds again a version" in restored.faults[0].detail
    foreign = folder.verdict(snapshot=frozenset({C, b"\x63" * 32}))
    assert "does not know" in foreign.faults[0].detail
    assert folder.verdict(snapshot=frozenset()).notes


def test_the_command_answers_in_words_json_and_exit_codes(
    folder: Folder, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    policy = tmp_path / "policy"
    policy.write_text(POLICY)
    kept = tmp_path / "kept"
    kept.write_text(str(signed(folder.leaves[:400])))
    words = [str(folder.place), "--policy", str(policy), "--since", str(kept)]
    assert main(words) == 0
    assert "REGISTRE INTACT." in capsys.readouterr().out
    edited(folder)
    assert main([*words, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["sound"] is False
    assert said["faults"][0]["index"] is not None
    assert main([str(tmp_path / "nowhere"), "--policy", str(policy)]) == 2
    assert main([str(folder.place), "--policy", str(tmp_path / "none")]) == 2
    assert "impossible de vérifier" in capsys.readouterr().err


def test_the_bundles_hold_what_was_written(folder: Folder):
    assert read_bundle(folder.place, 2, 88) == folder.leaves[512:]
