"""The root keyring: made on demand only, refused when missing, open or damaged."""

import asyncio
import json
import multiprocessing
import os
from pathlib import Path

import pytest

from service.encryption import formats
from service.encryption.providers import FileKeyring, Receipt, create_file_keyring
from service.errors import CannotOpen, KeyringRefused

SECRET = b"\x44" * 32
KEY = "kek:somewhere"


@pytest.fixture
def root(tmp_path):
    """Make a root keyring with one key in it."""
    path = tmp_path / "root.json"
    create_file_keyring(path)
    assert asyncio.run(FileKeyring(path).found(KEY))
    return path


def test_a_keyring_is_made_closed_and_never_over_another(tmp_path):
    path = tmp_path / "root.json"
    create_file_keyring(path)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(KeyringRefused):
        create_file_keyring(path)
    assert path.read_bytes() == before


def test_a_missing_keyring_is_refused_and_not_made(tmp_path):
    path = tmp_path / "root.json"
    with pytest.raises(KeyringRefused, match="No such file"):
        FileKeyring(path)
    assert not path.exists()
    with pytest.raises(KeyringRefused):
        create_file_keyring(tmp_path / "absent" / "root.json")


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_closed_keyring_is_taken(root, mode):
    root.chmod(mode)
    assert asyncio.run(FileKeyring(root).versions(KEY)) == (1,)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o700, 0o666])
def test_an_open_keyring_is_refused(root, mode):
    root.chmod(mode)
    with pytest.raises(KeyringRefused, match="mode"):
        FileKeyring(root)


def test_a_keyring_in_a_directory_that_others_write_is_refused(root):
    root.parent.chmod(0o777)
    with pytest.raises(KeyringRefused, match="directory"):
        FileKeyring(root)


def test_a_keyring_of_another_user_is_refused(root, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(KeyringRefused, match="another user"):
        FileKeyring(root)


def test_a_link_a_directory_or_a_pipe_is_refused(root, tmp_path):
    link = tmp_path / "link.json"
    link.symlink_to(root)
    with pytest.raises(KeyringRefused):
        FileKeyring(link)
    with pytest.raises(KeyringRefused, match="directory"):
        FileKeyring(root.parent)
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe, 0o600)
    with pytest.raises(KeyringRefused, match="regular"):
        FileKeyring(pipe)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: "",
        lambda _: "[]",
        lambda _: "\0",
        lambda ring: json.dumps(ring | {"format": "cellule-keyring/2"}),
        lambda ring: json.dumps(ring | {"more": 1}),
        lambda ring: json.dumps(ring | {"keys": {KEY: {"newest": 1, "versions": {"1": "AAAA"}}}}),
        lambda ring: json.dumps(ring | {"keys": {KEY: {"newest": 2, "versions": {}}}}),
    ],
)
def test_a_damaged_keyring_is_refused_without_showing_it(root, damage):
    ring = json.loads(root.read_text())
    key = ring["keys"][KEY]["versions"]["1"]
    root.write_text(damage(ring))
    with pytest.raises(KeyringRefused, match="sound") as refused:
        FileKeyring(root)
    assert key not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_root_key_is_founded_once(root):
    keyring = FileKeyring(root)
    before = root.read_bytes()
    assert not asyncio.run(keyring.found(KEY))
    assert root.read_bytes() == before


def test_what_is_wrapped_unwraps_for_its_own_key_and_binding_only(root):
    async def story():
        keyring = FileKeyring(root)
        await keyring.found("kek:elsewhere")
        wrapped = await keyring.wrap(KEY, SECRET, b"here", version=1)
        assert await keyring.unwrap_many(KEY, [(wrapped, b"here")] * 2) == [SECRET] * 2
        for key, aad in ((KEY, b"there"), ("kek:elsewhere", b"here"), ("kek:unknown", b"here")):
            with pytest.raises(CannotOpen):
                await keyring.unwrap_many(key, [(wrapped, aad)])
        with pytest.raises(KeyringRefused):
            await keyring.wrap(KEY, SECRET, b"here", version=2)

    asyncio.run(story())


def test_a_destroyed_version_opens_nothing_any_more_in_any_process(root):
    async def story():
        keyring, other = FileKeyring(root), FileKeyring(root)
        old = await keyring.wrap(KEY, SECRET, b"", version=1)
        assert await keyring.rotate(KEY) == 2
        assert await other.versions(KEY) == (1, 2)
        new = await other.wrap(KEY, SECRET, b"", version=2)
        assert await keyring.unwrap_many(KEY, [(old, b""), (new, b"")]) == [SECRET, SECRET]
        assert await keyring.destroy(KEY, 1) == Receipt(KEY, 1, (2,))
        for one in (keyring, other, FileKeyring(root)):
            assert await one.unwrap_many(KEY, [(new, b"")]) == [SECRET]
            with pytest.raises(CannotOpen):
                await one.unwrap_many(KEY, [(old, b"")])
        assert await keyring.rotate(KEY) == 3

    asyncio.run(story())


def test_the_version_in_use_and_unknown_ones_are_not_destroyed(root):
    keyring = FileKeyring(root)
    for key, version in ((KEY, 1), (KEY, 2), ("kek:unknown", 1)):
        with pytest.raises(KeyringRefused):
            asyncio.run(keyring.destroy(key, version))
    with pytest.raises(KeyringRefused):
        asyncio.run(keyring.rotate("kek:unknown"))


def test_a_rewrite_keeps_the_mode_and_leaves_no_draft(root):
    root.chmod(0o400)
    asyncio.run(FileKeyring(root).rotate(KEY))
    assert root.stat().st_mode & 0o777 == 0o400
    assert sorted(path.name for path in root.parent.iterdir()) == ["root.json", "root.json.lock"]


def test_a_keyring_that_disappears_stops_serving(root):
    keyring = FileKeyring(root)
    root.unlink()
    with pytest.raises(KeyringRefused, match="gone"):
        asyncio.run(keyring.versions(KEY))


def _rotate(path: Path) -> None:
    asyncio.run(FileKeyring(path).rotate(KEY))


def test_processes_that_rewrite_together_lose_nothing(root):
    context = multiprocessing.get_context("spawn")
    rivals = [context.Process(target=_rotate, args=(root,)) for _ in range(3)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
        assert rival.exitcode == 0
    assert asyncio.run(FileKeyring(root).versions(KEY)) == (1, 2, 3, 4)


def test_nothing_prints_a_key(root):
    key = json.loads(root.read_text())["keys"][KEY]["versions"]["1"]
    assert key not in repr(FileKeyring(root))
    assert len(formats.new_key()) == 32
