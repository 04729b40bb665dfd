"""`cellule run`, `serve`, `work`, `demo`: the processes."""

import argparse
import asyncio
import fcntl
import os
import shutil
import socket
import sqlite3
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Final

import uvicorn
from litestar import Litestar

from audit import reading
from service import demo as story
from service import migrate as migrations
from service import worker
from service.app import create_app
from service.cli.present import clock_for, clsm_ids
from service.cli.saying import say, tell
from service.cli.where import KEYRING, KEYSTORE, MAIN, demo_environment, is_configured
from service.clock import Clock
from service.database import open_engine, transaction
from service.encryption.providers import create_file_keyring
from service.process import open_workplace
from service.settings import Settings, SettingsRefused, read_settings

HOST: Final = "127.0.0.1"
LOADING: Final = "loading"
"""Where a demo being loaded stands; it takes its name only when it is whole."""

MOST_AT_ONCE: Final = 512
"""Requests held by one process; the next one is told to come back (503)."""


def run(chosen: argparse.Namespace) -> int:
    """Serve the demo of a folder, loading it the first time; what was written is kept."""
    folder: Path = chosen.folder
    os.umask(0o077)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone_in(folder), closing(_listen(chosen.port)) as listening:
        settings = _settings_of_run(folder, chosen.port)
        if not is_configured() and not (folder / MAIN).is_file():
            _load_whole(folder, chosen.port)
        else:
            migrations.upgrade(settings)
            if asyncio.run(_is_empty(settings)):
                asyncio.run(_load(settings))
        clock = asyncio.run(clock_for(settings))
        _welcome(settings)
        config = uvicorn.Config(create_app(settings, clock), **server_options(settings))
        with _working_beside(settings, clock):
            uvicorn.Server(config).run(sockets=[listening])
    return 0


def serve(chosen: argparse.Namespace) -> int:
    """Serve in production; the environment says everything."""
    settings = read_settings()
    uvicorn.run(
        "service.cli.running:web_app",
        factory=True,
        host=chosen.host,
        port=chosen.port,
        workers=chosen.workers,
        **server_options(settings),
    )
    return 0


def work(_chosen: argparse.Namespace) -> int:
    """Do the background work until told to stop."""
    settings = read_settings()
    asyncio.run(_work(settings))
    return 0


def demo(_chosen: argparse.Namespace) -> int:
    """Load the demo in the stores of the environment, which must be empty and migrated."""
    settings = read_settings()
    if not settings.demo:
        raise SettingsRefused("CELLULE_DEMO=1 dit que ces bases sont celles d'une démonstration")
    if not asyncio.run(_is_empty(settings)):
        tell("cellule : ces bases contiennent déjà un conseil ; rien n'a été chargé.")
        return 1
    asyncio.run(_load(settings))
    _accounts()
    return 0


def web_app() -> Litestar:
    """Build the application of one serving process, from its environment."""
    settings = read_settings()
    # The server calls this from inside its own loop.
    with ThreadPoolExecutor(1) as thread:
        clock: Clock = thread.submit(asyncio.run, clock_for(settings)).result()
    return create_app(settings, clock)


def server_options(settings: Settings) -> dict[str, Any]:
    """Return the options of the HTTP server: what it says, believes and endures."""
    return {
        "http": "httptools",
        "loop": "uvloop",
        "ws": "none",
        "lifespan": "on",
        "access_log": False,  # our own line has no address and no query
        "log_config": None,
        "server_header": False,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": settings.trusted_proxies or None,
        "limit_concurrency": MOST_AT_ONCE,
        "timeout_keep_alive": 10,
        "timeout_graceful_shutdown": 10,
    }


@contextmanager
def _working_beside(settings: Settings, clock: Clock) -> Iterator[None]:
    """Run what is asked on the demo's pages, in a thread: nobody starts its worker."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def work() -> None:
        async with open_workplace(settings, clock) as workplace:
            await worker.simulate_until(stop, workplace)

    thread = Thread(target=loop.run_until_complete, args=(work(),), daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


async def _work(settings: Settings) -> None:
    await worker.work(settings, await clock_for(settings))


def _settings_of_run(folder: Path, port: int) -> Settings:
    return read_settings(_environment(folder, port))


def _environment(folder: Path, port: int) -> Mapping[str, str]:
    return os.environ if is_configured() else demo_environment(folder, port)


def _load_whole(folder: Path, port: int) -> None:
    """Load the demo beside, then give it its name: interrupted, it begins again from nothing."""
    loading = folder / LOADING
    shutil.rmtree(loading, ignore_errors=True)
    for name in (KEYRING, KEYSTORE):
        if (folder / name).exists():
            raise SettingsRefused(
                f"{folder / name} existe sans {folder / MAIN} : rangez ce dossier, puis recommencez"
            )
    loading.mkdir(mode=0o700)
    create_file_keyring(loading / KEYRING)
    settings = read_settings(demo_environment(loading, port))
    tell("3/4 bases de données…")
    migrations.upgrade(settings)
    asyncio.run(_load(settings))
    for name in (KEYSTORE, MAIN):
        with closing(sqlite3.connect(loading / name)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # The database last: it is what says that the demo is there.
    for name in (KEYRING, KEYSTORE, MAIN):
        (loading / name).replace(folder / name)
    shutil.rmtree(loading)


async def _load(settings: Settings) -> None:
    tell("4/4 situations de démonstration…")
    await story.load(settings, lambda line: tell(f"    {line}"))


async def _is_empty(settings: Settings) -> bool:
    engine = open_engine(settings.database_url)
    try:
        async with transaction(engine, write=False) as connection:
            return not await clsm_ids(connection)
    finally:
        await engine.dispose()


def _welcome(settings: Settings) -> None:
    _accounts()
    size, root = asyncio.run(_size_and_root(settings))
    say(f"Registre : {size} actes, racine {root.hex()}")
    say("(gardez ces deux valeurs ailleurs : elles prouveront que rien n'a été retiré)")
    say()
    say(f"Données : {settings.database_url.partition(':///')[2] or 'base distante'}")
    say(f"cellule vous attend sur {settings.origin} (Ctrl-C pour arrêter)")


def _accounts() -> None:
    accounts = story.accounts()
    widest = max(len(account.email) for account in accounts)
    say()
    say("Personnes de la démonstration, toutes inventées :")
    for account in accounts:
        say(f"  {account.email:<{widest}}  {account.sees}")
    say(f"  mot de passe de toutes : {story.PASSWORD}")
    say()


async def _size_and_root(settings: Settings) -> tuple[int, bytes]:
    engine = open_engine(settings.database_url)
    try:
        async with transaction(engine, write=False) as connection:
            return await reading.size_and_root(connection)
    finally:
        await engine.dispose()


def _listen(port: int) -> socket.socket:
    """Take the port before anything is loaded: a port already taken is said at once."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as problem:
        listening.close()
        raise SettingsRefused(
            f"le port {port} est déjà pris sur cette machine : make run PORT={port + 1}"
        ) from problem
    return listening


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise SettingsRefused(f"cellule tourne déjà dans {folder}") from problem
        yield
