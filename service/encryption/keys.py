"""The hierarchy of keys and the keystore that holds it, wrapped.

    root key      kek:<tenant>, one version per epoch            in the provider only
    section key   (tenant, section, epoch)                       wrapped by that root version
    data key      (tenant, situation, section, key version)      wrapped by a section key
    index key     (tenant, index, version)                       wrapped by the root
    pseudonyms    (tenant, subject, year), both ways             wrapped by the key of `audit`

A pseudo-section (`audit`, `label`, `referral/health`, `housing/extract`) has a section key of
its own, never its base section's: a provider can then refuse one and give the other. The
section keys in use stay in memory; of the data keys only those used lately do.

The keystore is a database of its own, with its own short backups. A data key is committed
there before anything is sealed under it: one whose data never came is harmless.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    SmallInteger,
    String,
    Table,
    Uuid,
    delete,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.encryption import formats
from service.encryption.blind_index import NORMALISER_VERSION, IndexName
from service.encryption.context import LONGEST_NAME_BYTES, Pair, check_name
from service.encryption.providers import RootProvider
from service.errors import CannotOpen, KeyringRefused

T = TypeVar("T")

FIRST_VERSION: Final = 1
STATEMENT_IDS: Final = 5000
"""Identifiers per statement: databases bound their parameters at 32,766 or so."""

keystore_metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})


def _part_of_key(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, primary_key=True, autoincrement=False)


key_section = Table(
    "key_section",
    keystore_metadata,
    _part_of_key("clsm_id", Uuid()),
    _part_of_key("section", String(LONGEST_NAME_BYTES)),
    _part_of_key("epoch", Integer()),
    Column("wrapped", LargeBinary, nullable=False),
)

key_data = Table(
    "key_data",
    keystore_metadata,
    _part_of_key("clsm_id", Uuid()),
    _part_of_key("situation_id", Uuid()),
    _part_of_key("section", String(LONGEST_NAME_BYTES)),
    _part_of_key("key_version", Integer()),
    Column("epoch", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("kc", LargeBinary, nullable=False),
)

key_index = Table(
    "key_index",
    keystore_metadata,
    _part_of_key("clsm_id", Uuid()),
    _part_of_key("index_name", String(32)),
    _part_of_key("index_version", Integer()),
    Column("normaliser", SmallInteger, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)

key_subject = Table(
    "key_subject",
    keystore_metadata,
    _part_of_key("clsm_id", Uuid()),
    _part_of_key("subject_id", Uuid()),
    _part_of_key("year", SmallInteger()),
    Column("epoch", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)

key_pseudonym = Table(
    "key_pseudonym",
    keystore_metadata,
    _part_of_key("clsm_id", Uuid()),
    _part_of_key("pseudonym", LargeBinary()),
    Column("epoch", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A data key that was just made, as the record states it: `commitment` tells nothing of it."""

    clsm_id: UUID
    situation_id: UUID
    section: str
    key_version: int
    commitment: bytes


@dataclass(slots=True)
class DataKeys:
    """The live versions of one data key, ready for use; boxes are sealed under the newest."""

    versions: dict[int, AESGCM] = field(default_factory=dict, repr=False)

    @property
    def newest(self) -> int:
        """The version to seal under."""
        return max(self.versions)

    def at(self, version: int) -> AESGCM:
        """Return that version, or raise CannotOpen."""
        key = self.versions.get(version)
        if key is None:
            raise CannotOpen
        return key


def root_key_name(clsm_id: UUID) -> str:
    """Return the name of a tenant's root key in the provider."""
    return f"kek:{clsm_id}"


async def create_keystore(engine: AsyncEngine) -> None:
    """Create the tables of an empty keystore, on the operator's explicit demand."""
    async with engine.begin() as connection:
        await connection.run_sync(keystore_metadata.create_all)


class SectionKey(NamedTuple):
    """A section key of one epoch, ready to wrap and unwrap."""

    epoch: int
    key: AESGCM


class Keystore:
    """The wrapped keys in their database, and the section keys in memory.

    Whatever is missing is made once: two processes that race insert if absent, then read
    back, and hold the same key. Only `admit` makes a root key.
    """

    __slots__ = ("_engine", "_provider", "_section_keys")

    def __init__(self, engine: AsyncEngine, provider: RootProvider) -> None:
        """Take the keystore's own engine: never that of the data."""
        if engine.dialect.name not in ("postgresql", "sqlite"):
            raise KeyringRefused("the keystore is a PostgreSQL or SQLite database")
        self._engine = engine
        self._provider = provider
        self._section_keys: dict[tuple[UUID, str, int], AESGCM] = {}

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return "Keystore(…)"

    async def start(self) -> None:
        """Unwrap every section key; raise KeyringRefused if the keystore and the root disagree."""
        statement = select(key_section).order_by(key_section.c.clsm_id)
        try:
            rows = await self.read(statement)
        except DBAPIError:
            rows = None
        if rows is None:
            raise KeyringRefused("the keystore cannot be read, or was never created")
        by_tenant: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
        for row in rows:
            by_tenant[row.clsm_id].append(row)
        for clsm_id, wrapped in by_tenant.items():
            await self._unwrap_or_refuse(clsm_id, wrapped)

    async def admit(self, clsm_id: UUID) -> bool:
        """Make the root key of a new tenant; False when it has one.

        Raises KeyringRefused when the tenant's keys are there but its root key is lost:
        a new one would hide the loss.
        """
        name = root_key_name(clsm_id)
        if await self._provider.versions(name):
            return False
        for table in (key_section, key_index):
            if await self.read(select(table).where(table.c.clsm_id == clsm_id).limit(1)):
                raise KeyringRefused(f"the root key of {clsm_id} is lost")
        return await self._provider.found(name)

    async def make(
        self, clsm_id: UUID, situation_id: UUID, sections: Collection[str]
    ) -> list[KeyMade]:
        """Make and commit the data keys of these sections; return those that this call made."""
        wrapping = await self.newest_section_keys(clsm_id, sections)
        rows = [
            _new_data_key(clsm_id, situation_id, section, wrapping[section])
            for section in sorted(wrapping)
        ]
        async with self.writing() as connection:
            won = await self.insert_absent(connection, key_data, rows, key_data.c.section)
        made = {row.section for row in won}
        return [
            KeyMade(clsm_id, situation_id, row["section"], row["key_version"], row["kc"])
            for row in rows
            if row["section"] in made
        ]

    async def destroy(
        self, clsm_id: UUID, situation_id: UUID, *, spare: Collection[str]
    ) -> list[KeyMade]:
        """Delete and commit the end of a situation's data keys, but those of `spare`.

        Returns what was destroyed, as the record states it; a second call destroys nothing.
        """
        statement = (
            delete(key_data)
            .where(
                key_data.c.clsm_id == clsm_id,
                key_data.c.situation_id == situation_id,
                key_data.c.section.not_in(sorted(spare)),
            )
            .returning(key_data.c.section, key_data.c.key_version, key_data.c.kc)
        )
        async with self.writing() as connection:
            gone = (await connection.execute(statement)).all()
        return [
            KeyMade(clsm_id, situation_id, row.section, row.key_version, row.kc)
            for row in sorted(gone)
        ]

    async def fetch(self, clsm_id: UUID, pairs: Collection[Pair]) -> dict[Pair, DataKeys]:
        """Return the data keys that exist among `pairs`: one statement, then no more I/O.

        Raises CannotOpen when a key does not unwrap or is not the one committed to.
        """
        wanted = set(pairs)
        sections = sorted({pair.section for pair in wanted})
        found: list[Row[Any]] = []
        for situations in batches(sorted({pair.situation_id for pair in wanted})):
            found += await self.read(
                select(key_data).where(
                    key_data.c.clsm_id == clsm_id,
                    key_data.c.situation_id.in_(situations),
                    key_data.c.section.in_(sections),
                )
            )
        rows = [row for row in found if (row.situation_id, row.section) in wanted]
        await self.load_section_keys(
            clsm_id, {(row.section, formats.epoch_of(row.wrapped)) for row in rows}
        )
        keys: defaultdict[Pair, DataKeys] = defaultdict(DataKeys)
        for row in rows:
            pair = Pair(row.situation_id, row.section)
            keys[pair].versions[row.key_version] = self._data_key(row)
        return dict(keys)

    async def newest_section_keys(
        self, clsm_id: UUID, sections: Iterable[str]
    ) -> dict[str, SectionKey]:
        """Return the section keys of the newest epoch; those that do not exist are made.

        Raises KeyringRefused for a tenant that was never admitted.
        """
        versions = await self._provider.versions(root_key_name(clsm_id))
        if not versions:
            raise KeyringRefused(f"{clsm_id} has no root key: admit it first")
        epoch = versions[-1]
        wanted = {(section, epoch) for section in sections}
        await self.load_section_keys(clsm_id, wanted)
        absent = sorted(
            section for section, _ in wanted if (clsm_id, section, epoch) not in self._section_keys
        )
        if absent:
            await self._make_section_keys(clsm_id, absent, epoch)
        return {
            section: SectionKey(epoch, self.section_key(clsm_id, section, epoch))
            for section, _ in wanted
        }

    async def load_section_keys(self, clsm_id: UUID, wanted: Iterable[tuple[str, int]]) -> None:
        """Bring to memory those of `wanted` (section, epoch) that exist and are not there yet."""
        missing = {
            (section, epoch)
            for section, epoch in wanted
            if (clsm_id, section, epoch) not in self._section_keys
        }
        if not missing:
            return
        rows = await self.read(
            select(key_section).where(
                key_section.c.clsm_id == clsm_id,
                key_section.c.section.in_(sorted({section for section, _ in missing})),
                key_section.c.epoch.in_(sorted({epoch for _, epoch in missing})),
            )
        )
        await self._unwrap(clsm_id, rows)

    def section_key(self, clsm_id: UUID, section: str, epoch: int) -> AESGCM:
        """Return a section key that was loaded, or raise CannotOpen."""
        key = self._section_keys.get((clsm_id, section, epoch))
        if key is None:
            raise CannotOpen
        return key

    async def index_keys(self, clsm_id: UUID) -> dict[IndexName, dict[int, bytes]]:
        """Return the keys of the tenant's blind indexes, by version; missing ones are made."""
        statement = select(key_index).where(key_index.c.clsm_id == clsm_id)
        rows = await self.read(statement)
        absent = set(IndexName) - {row.index_name for row in rows}
        if absent:
            await self._make_index_keys(clsm_id, sorted(absent))
            rows = await self.read(statement)
        if any(row.normaliser != NORMALISER_VERSION for row in rows):
            raise KeyringRefused(f"the blind indexes of {clsm_id} are of another normaliser")
        tenant = formats.tenant_name(clsm_id)
        secrets = await self._provider.unwrap_many(
            root_key_name(clsm_id),
            [
                (
                    row.wrapped,
                    formats.index_key_binding(tenant, row.index_name, row.index_version),
                )
                for row in rows
            ],
        )
        keys: defaultdict[IndexName, dict[int, bytes]] = defaultdict(dict)
        for row, secret in zip(rows, secrets, strict=True):
            keys[IndexName(row.index_name)][row.index_version] = secret
        return dict(keys)

    async def read(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """Run one SELECT on the keystore."""
        async with self._engine.connect() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
        return rows

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction of the keystore, committed at the end of the block."""
        async with self._engine.connect() as connection:
            # Same option as the data's engine: on SQLite the lock is taken at BEGIN.
            await connection.execution_options(cellule_write=True)
            async with connection.begin():
                yield connection

    async def insert_absent(
        self,
        connection: AsyncConnection,
        table: Table,
        rows: Sequence[Mapping[str, Any]],
        *columns: Column[Any],
    ) -> Sequence[Row[Any]]:
        """Insert the rows whose key is free; return `columns` of those that were inserted.

        Give rows in the order of their key: two processes then cannot lock each other out.
        """
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        statement = insert(table).values(list(rows)).on_conflict_do_nothing()
        return (await connection.execute(statement.returning(*columns))).all()

    async def _make_section_keys(self, clsm_id: UUID, sections: list[str], epoch: int) -> None:
        name, tenant = root_key_name(clsm_id), formats.tenant_name(clsm_id)
        rows = [
            {
                "clsm_id": clsm_id,
                "section": section,
                "epoch": epoch,
                "wrapped": await self._provider.wrap(
                    name,
                    formats.new_key(),
                    formats.section_key_binding(tenant, section, epoch),
                    version=epoch,
                ),
            }
            for section in sections
        ]
        async with self.writing() as connection:
            await self.insert_absent(connection, key_section, rows, key_section.c.section)
        await self.load_section_keys(clsm_id, {(section, epoch) for section in sections})

    async def _make_index_keys(self, clsm_id: UUID, names: list[IndexName]) -> None:
        name, tenant = root_key_name(clsm_id), formats.tenant_name(clsm_id)
        versions = await self._provider.versions(name)
        if not versions:
            raise KeyringRefused(f"{clsm_id} has no root key: admit it first")
        rows = [
            {
                "clsm_id": clsm_id,
                "index_name": index.value,
                "index_version": FIRST_VERSION,
                "normaliser": NORMALISER_VERSION,
                "wrapped": await self._provider.wrap(
                    name,
                    formats.new_key(),
                    formats.index_key_binding(tenant, index, FIRST_VERSION),
                    version=versions[-1],
                ),
            }
            for index in names
        ]
        async with self.writing() as connection:
            await self.insert_absent(connection, key_index, rows, key_index.c.index_name)

    async def _unwrap_or_refuse(self, clsm_id: UUID, rows: Sequence[Row[Any]]) -> None:
        try:
            await self._unwrap(clsm_id, rows)
        except CannotOpen:
            opened = False
        else:
            opened = True
        if not opened:
            raise KeyringRefused(f"the root keyring does not open the keys of {clsm_id}")

    async def _unwrap(self, clsm_id: UUID, rows: Sequence[Row[Any]]) -> None:
        tenant = formats.tenant_name(clsm_id)
        items = [
            (row.wrapped, formats.section_key_binding(tenant, row.section, row.epoch))
            for row in rows
        ]
        secrets = await self._provider.unwrap_many(root_key_name(clsm_id), items)
        for row, secret in zip(rows, secrets, strict=True):
            self._section_keys[clsm_id, row.section, row.epoch] = AESGCM(secret)

    def _data_key(self, row: Row[Any]) -> AESGCM:
        binding = formats.data_key_binding(
            formats.tenant_name(row.clsm_id), row.situation_id, row.section, row.key_version
        )
        wrapping = self.section_key(row.clsm_id, row.section, formats.epoch_of(row.wrapped))
        secret = formats.unwrap(wrapping, row.wrapped, binding, formats.KEY_BYTES)
        if not formats.is_committed(secret, row.kc):
            del secret
            raise CannotOpen
        return AESGCM(secret)


def batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Cut values into lists that one statement can take."""
    rest = iter(values)
    while batch := list(islice(rest, STATEMENT_IDS)):
        yield batch


def _new_data_key(
    clsm_id: UUID, situation_id: UUID, section: str, wrapping: SectionKey
) -> dict[str, Any]:
    check_name(section)
    secret = formats.new_key()
    binding = formats.data_key_binding(
        formats.tenant_name(clsm_id), situation_id, section, FIRST_VERSION
    )
    return {
        "clsm_id": clsm_id,
        "situation_id": situation_id,
        "section": section,
        "key_version": FIRST_VERSION,
        "epoch": wrapping.epoch,
        "wrapped": formats.wrap(wrapping.key, wrapping.epoch, binding, secret, formats.new_nonce()),
        "kc": formats.commitment(secret),
    }
