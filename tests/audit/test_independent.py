"""A verifier with no line of ours accepts our export, and rejects each tampered one.

`golang.org/x/mod/sumdb` (note, tlog), unmodified, as Debian packages it; the few lines around it
are in `independent/main.go`.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.note import KeyKind, Note, SigningKey
from audit.tiles import tile_path
from tests.audit import test_folder as folders
from tests.audit.test_folder import LOG, Folder, leaves_of, signed, written
from tests.conftest import absent

SOURCE = Path(__file__).with_name("independent") / "main.go"
LIBRARY = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb")


@pytest.fixture(scope="session")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("go") or not LIBRARY.is_dir():
        absent("go", "Go and golang-golang-x-mod-dev are not installed: no independent verifier")
    place = tmp_path_factory.mktemp("independent")
    built = place / "verify"
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(place / "cache"),
        "GOFLAGS": "",
    }
    subprocess.run(["go", "build", "-o", built, SOURCE], check=True, env=environment)
    return built


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    leaves = leaves_of(600)
    return Folder(written(tmp_path / "export", leaves, signed(leaves)), leaves)


def accepts(verifier: Path, folder: Path) -> bool:
    said = subprocess.run(
        [verifier, folder, LOG.verifier.vkey], capture_output=True, text=True, check=False
    )
    assert said.returncode in {0, 1}, said.stderr
    assert ("accepted: " in said.stdout) is (said.returncode == 0)
    return said.returncode == 0


def test_an_independent_verifier_accepts_what_we_export(verifier: Path, folder: Folder):
    assert accepts(verifier, folder.place)
    lattice = SigningKey(LOG.name, KeyKind.ML_DSA_44, b"\x01" * 32)
    place = folder.place / "checkpoint"
    note = Note.parse(place.read_text())
    place.write_text(str(note.with_lines([lattice.sign(note.text, 5)])))
    assert accepts(verifier, folder.place)


def last_leaf_flipped(folder: Folder) -> None:
    place = folder.place / tile_path(None, 2, 88)
    said = bytearray(place.read_bytes())
    said[-3] ^= 1
    place.write_bytes(bytes(said))


def root_rewritten(folder: Folder) -> None:
    place = folder.place / "checkpoint"
    place.write_text(str(signed(folder.leaves[:599])).replace("\n599\n", "\n600\n"))


def another_key(folder: Folder) -> None:
    forger = SigningKey(LOG.name, KeyKind.ED25519, b"\x09" * 32)
    (folder.place / "checkpoint").write_text(str(signed(folder.leaves, key=forger)))


@pytest.mark.parametrize(
    "tamper",
    [
        folders.edited,
        folders.deleted,
        folders.reordered,
        folders.edited_in_its_bundle_only,
        folders.a_tile_edited,
        folders.an_upper_tile_edited,
        folders.a_bundle_removed,
        folders.a_bundle_cut_short,
        last_leaf_flipped,
        root_rewritten,
        another_key,
    ],
)
def test_an_independent_verifier_rejects_each_tampering(
    verifier: Path, folder: Folder, tamper: Callable[[Folder], None]
):
    tamper(folder)
    assert not accepts(verifier, folder.place)
    try:
        sound = folder.verdict().sound
    except (folders.NotSigned, folders.CannotTell):
        sound = False
    assert not sound
