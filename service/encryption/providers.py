"""Where root keys live. They never enter a database.

A root key is named `kek:<tenant>` and has versions, one per epoch. Destroying a version
makes whatever was wrapped under it unreadable, in every copy and backup there may be.
"""

import asyncio
import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.encryption import formats
from service.errors import CannotOpen, KeyringRefused

T = TypeVar("T")

_FORMAT: Final = "cellule-keyring/1"
_MODES: Final = (0o400, 0o600)
_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider states when it destroyed a version: which one, and which are left."""

    key: str
    version: int
    left: tuple[int, ...]


class RootProvider(Protocol):
    """Wraps and unwraps under root keys that it never gives out."""

    async def found(self, key: str) -> bool:
        """Make version 1 of a key that does not exist; False, and nothing done, if it does."""

    async def versions(self, key: str) -> tuple[int, ...]:
        """Return the live versions, newest last; empty when the key is unknown."""

    async def wrap(self, key: str, secret: bytes, aad: bytes, *, version: int) -> bytes:
        """Return `secret` wrapped under that version. Raises KeyringRefused if it is not live."""

    async def unwrap_many(self, key: str, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Return the secrets of (wrapped, aad) items, in order; CannotOpen if one does not open."""

    async def rotate(self, key: str) -> int:
        """Make the next version and return it. Older ones stay until they are destroyed."""

    async def destroy(self, key: str, version: int) -> Receipt:
        """Destroy a version for ever. Raises KeyringRefused for the newest one: it is in use."""


class _RootKey(msgspec.Struct, forbid_unknown_fields=True):
    newest: int
    versions: dict[int, bytes]

    def __repr__(self) -> str:
        return "_RootKey(…)"


class _Ring(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    keys: dict[str, _RootKey]

    def __repr__(self) -> str:
        return "_Ring(…)"


def create_file_keyring(path: Path) -> None:
    """Make an empty keyring on the operator's explicit demand; never over something existing.

    The directory must exist. Raises KeyringRefused.
    """
    try:
        _write_new(path, _Ring(_FORMAT, {}), 0o600)
        _sync_directory(path.parent)
    except OSError as problem:
        reason = f"cannot create the root keyring {path}: {problem.strerror}"
    else:
        return
    raise KeyringRefused(reason)


class FileKeyring:
    """Root keys in one JSON file of mode 0400 or 0600, owned by the user that runs.

    The file is made by `create_file_keyring` and by nothing else; a missing, open or damaged
    one stops the process. A change rewrites it whole, under a lock, and other processes see
    it at their next use. What `destroy` leaves on the medium (old blocks, snapshots) is the
    medium's matter: keep the file on an encrypted disk, and its backups 35 days at most.
    """

    __slots__ = ("_keys", "_path", "_seen")

    def __init__(self, path: Path) -> None:
        """Read the keyring; raises KeyringRefused unless it is there, closed and sound."""
        self._path = path
        self._keys: dict[str, dict[int, AESGCM]] = {}
        self._seen: tuple[int, int, int] | None = None
        self._refresh()

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return "FileKeyring(…)"

    async def found(self, key: str) -> bool:
        """Make version 1 of a key that does not exist; False, and nothing done, if it does."""

        def make(ring: _Ring) -> bool:
            if key in ring.keys:
                return False
            ring.keys[key] = _RootKey(1, {1: formats.new_key()})
            return True

        return await asyncio.to_thread(self._rewrite, make)

    async def versions(self, key: str) -> tuple[int, ...]:
        """Return the live versions, newest last; empty when the key is unknown."""
        self._refresh()
        return tuple(sorted(self._keys.get(key, {})))

    async def wrap(self, key: str, secret: bytes, aad: bytes, *, version: int) -> bytes:
        """Return `secret` wrapped under that version. Raises KeyringRefused if it is not live."""
        self._refresh()
        root = self._keys.get(key, {}).get(version)
        if root is None:
            raise KeyringRefused(f"version {version} of {key} is not in the root keyring")
        return formats.wrap(root, version, aad, secret, formats.new_nonce())

    async def unwrap_many(self, key: str, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Return the secrets of (wrapped, aad) items, in order; CannotOpen if one does not open."""
        self._refresh()
        live = self._keys.get(key, {})
        return [_unwrap(live, wrapped, aad) for wrapped, aad in items]

    async def rotate(self, key: str) -> int:
        """Make the next version and return it. Older ones stay until they are destroyed."""

        def add(ring: _Ring) -> int:
            root = ring.keys.get(key)
            if root is None:
                raise KeyringRefused(f"{key} is not in the root keyring")
            root.newest += 1
            root.versions[root.newest] = formats.new_key()
            return root.newest

        return await asyncio.to_thread(self._rewrite, add)

    async def destroy(self, key: str, version: int) -> Receipt:
        """Destroy a version for ever. Raises KeyringRefused for the newest one: it is in use."""

        def remove(ring: _Ring) -> Receipt:
            root = ring.keys.get(key)
            if root is None or version not in root.versions:
                raise KeyringRefused(f"version {version} of {key} is not in the root keyring")
            if version == root.newest:
                raise KeyringRefused(f"version {version} of {key} is in use: rotate first")
            del root.versions[version]
            return Receipt(key, version, tuple(sorted(root.versions)))

        return await asyncio.to_thread(self._rewrite, remove)

    def _refresh(self) -> None:
        # A version that another process destroyed must stop serving here too.
        if self._seen is None or self._seen != _look(self._path):
            ring, seen, _ = _read(self._path)
            self._keys = {
                name: {version: AESGCM(key) for version, key in root.versions.items()}
                for name, root in ring.keys.items()
            }
            self._seen = seen

    def _rewrite(self, change: Callable[[_Ring], T]) -> T:
        with _alone(self._path.with_name(f"{self._path.name}.lock")):
            ring, _, mode = _read(self._path)
            outcome = change(ring)
            draft = self._path.with_name(f"{self._path.name}.new")
            draft.unlink(missing_ok=True)
            _write_new(draft, ring, mode)
            draft.replace(self._path)
            _sync_directory(self._path.parent)
        return outcome


def _unwrap(live: dict[int, AESGCM], wrapped: bytes, aad: bytes) -> bytes:
    root = live.get(formats.epoch_of(wrapped))
    if root is None:
        raise CannotOpen
    return formats.unwrap(root, wrapped, aad, formats.KEY_BYTES)


def _look(path: Path) -> tuple[int, int, int]:
    try:
        found = path.lstat()
    except OSError:
        found = None
    if found is None:
        raise KeyringRefused(f"the root keyring {path} is gone")
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> tuple[_Ring, tuple[int, int, int], int]:
    """Return the keys, the file's identity and its mode, once everything about it is right."""
    reason = f"{path} is not a sound root keyring"
    try:
        with open(path, "rb", opener=_without_following) as file:
            status = os.fstat(file.fileno())
            _check_closed(path, status)
            ring = _parse(file.read())
    except OSError as problem:
        reason = f"cannot read the root keyring {path}: {problem.strerror}"
        ring = None
    if ring is None:
        raise KeyringRefused(reason)
    seen = (status.st_ino, status.st_mtime_ns, status.st_size)
    return ring, seen, stat.S_IMODE(status.st_mode)


def _without_following(path: str, flags: int) -> int:
    # Not blocking: a pipe in place of the file would otherwise hang the start.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _check_closed(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        raise KeyringRefused(f"{path} is not a regular file")
    if status.st_uid != os.geteuid():
        raise KeyringRefused(f"{path} belongs to another user")
    if mode not in _MODES:
        raise KeyringRefused(f"{path} has mode {mode:04o}: only 0400 or 0600 is closed enough")
    directory = path.parent.stat()
    if directory.st_mode & _WRITABLE_BY_OTHERS and not directory.st_mode & stat.S_ISVTX:
        raise KeyringRefused(f"others may replace {path}: close its directory to them")


def _parse(text: bytes) -> _Ring | None:
    try:
        ring = msgspec.json.decode(text, type=_Ring)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    sound = ring.format == _FORMAT and all(_is_sound(root) for root in ring.keys.values())
    return ring if sound else None


def _is_sound(root: _RootKey) -> bool:
    return root.newest in root.versions and all(
        1 <= version <= root.newest and len(key) == formats.KEY_BYTES
        for version, key in root.versions.items()
    )


def _write_new(path: Path, ring: _Ring, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(msgspec.json.encode(ring))
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(lock, flags, 0o600), "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
