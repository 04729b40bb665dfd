"""`make bench`: what walls cost, side by side, on both databases. Exits with 1 when a bar fails.

`python -m tests.bench decisions|open|list|simulation …` measures those only; a name of a database
keeps to it.

Opening a situation: ours against the same handler with rights, sealing and record off, and
against a plain ORM handler, all three serving the same page. The list of fifty: at 100,000
situations against 1,000. Every figure is CPU of the server's processes and of its backends; a
ratio is the median over interleaved rounds of the ratio within each round. A page of decisions,
warm, against the same asked to Casbin raw: measured once, no database is concerned. Simulating a
policy on 100,000 situations: against reading the same facts.
"""

import asyncio
import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from service.settings import Settings
from tests import databases
from tests.bench import clients, cpu, decisions
from tests.bench.clients import Page
from tests.bench.crowded import AROUND, crowded, passes
from tests.bench.rounds import ROUNDS, Figures, Server, Subject, measure, ratio
from tests.bench.worlds import (
    World,
    copied,
    many_situations,
    store_names,
    whole_situation,
)
from tests.security.doors import COOKIE

FEW, MANY = 1_000, 100_000
SIMULATION_ROUNDS = 2


@dataclass(frozen=True)
class Bar:
    """One bar: a ratio measured, and the most that it may be."""

    database: str
    sentence: str
    found: float
    most: float

    @property
    def held(self) -> bool:
        """Return whether the ratio is within the bar."""
        return self.found <= self.most


def _said(settings: Settings) -> dict[str, Any]:
    return {**asdict(settings), "keyring": str(settings.keyring)}


@contextlib.contextmanager
def serving(kind: str, settings: Settings, **more: Any) -> Iterator[Server]:
    """Run one server in its own process until the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.server", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        answer, _ = _exchange(process, json.dumps({"settings": _said(settings), **more}))
        names = store_names(settings)
        admin = databases.admin_url(databases.postgres_server()) if names else ""
        yield Server(process.pid, int(answer), lambda: cpu.backends(admin, names) if names else [])
    finally:
        process.terminate()
        process.wait(20)


def _exchange(process: subprocess.Popen[str], said: str) -> tuple[str, None]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(said + "\n")
    process.stdin.flush()
    answer = process.stdout.readline().strip()
    if not answer:
        raise SystemExit("a server of the bench did not start")
    return answer, None


def _await(page: Page) -> str:
    """Return the text of a page once its server answers; raises when it is not a page."""
    for _ in range(100):
        with contextlib.suppress(ConnectionError):
            status, body = clients.fetch(page)
            if status == 200:
                return body
            raise SystemExit(f"{page.path} answered {status}")
        time.sleep(0.1)
    raise SystemExit(f"{page.path}: no answer")


def _same(pages: Mapping[str, str]) -> None:
    """Make sure that all serve the same page, up to the session's own token and identifiers."""
    plain = {
        name: re.sub(r'value="[0-9a-f]{64}"', "", body).split() for name, body in pages.items()
    }
    first, *others = plain.items()
    for name, words in others:
        if words != first[1]:
            gap = [pair for pair in zip(first[1], words, strict=False) if pair[0] != pair[1]][:3]
            raise SystemExit(f"{name} and {first[0]} do not serve the same page: {gap}")


def _table(title: str, figures: Mapping[str, Figures]) -> None:
    print(f"\n{title}")
    for name, one in figures.items():
        low, high = min(one.cpu_us), max(one.cpu_us)
        print(
            f"  {name:<38}{one.median_us:>9.0f} µs  ({low:.0f}-{high:.0f}){one.per_second:>9.0f} /s"
        )


def open_a_situation(template: databases.Template, folder: Path) -> list[Bar]:
    """Measure the page of one situation three ways."""
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(whole_situation(template, folder / "ours"))
        clear = stack.enter_context(copied(ours, folder / "off", clear=True))
        plain = stack.enter_context(copied(clear, folder / "orm", clear=False))
        servers = {
            "ours": stack.enter_context(serving("ours", ours.settings)),
            "off": stack.enter_context(serving("off", clear.settings)),
            "orm": stack.enter_context(
                serving(
                    "orm",
                    plain.settings,
                    sealed=_said(ours.settings),
                    employment=str(ours.employment_ids[1]),
                    situation=str(ours.situation_id),
                )
            ),
        }
        subjects = {
            name: Subject(server, _page(server, f"/situations/{ours.situation_id}", ours.member))
            for name, server in servers.items()
        }
        pages = {name: _await(subject.page) for name, subject in subjects.items()}
        _same(pages)
        figures = measure(subjects)
    size = len(pages["ours"]) / 1000
    _table(
        f"{template.dialect}: one situation, page of {size:.0f} kB, c={clients.CLIENTS}", figures
    )
    return [
        Bar(
            template.dialect, "open / rights, seals, record off", ratio(figures, "ours", "off"), 3.0
        ),
        Bar(template.dialect, "open / plain ORM in clear", ratio(figures, "ours", "orm"), 1.0),
    ]


def _page(server: Server, path: str, token: str) -> Page:
    return Page(server.port, path, f"{COOKIE}={token}")


def list_situations(template: databases.Template, folder: Path) -> list[Bar]:
    """Measure the list of fifty in a small and in a large territory, for two kinds of seats."""
    with contextlib.ExitStack() as stack:
        worlds: dict[int, World] = {}
        subjects: dict[str, Subject] = {}
        for count in (FEW, MANY):
            print(f"  {template.dialect}: writing {count:,} situations…", flush=True)
            worlds[count] = stack.enter_context(
                many_situations(template, folder / f"list{count}", count)
            )
        for count, world in worlds.items():
            server = stack.enter_context(serving("ours", world.settings))
            for seat, token in (("coordinator", world.coordinator), ("member", world.member)):
                page = _page(server, "/situations", token)
                lines = len(re.findall(r'href="/situations/[0-9a-f-]{36}"', _await(page)))
                if lines != 50:
                    raise SystemExit(f"the list shows {lines} situations, not fifty")
                subjects[f"{seat}, {count}"] = Subject(server, page)
        figures = measure(subjects)
    _table(f"{template.dialect}: the list of fifty, c={clients.CLIENTS}", figures)
    return [
        Bar(
            template.dialect,
            f"list at {MANY:,} / at {FEW:,}, {seat}",
            ratio(figures, f"{seat}, {MANY}", f"{seat}, {FEW}"),
            1.75,
        )
        for seat in ("coordinator", "member")
    ]


SPARED = 500
"""How many times less than raw Casbin a warm page of decisions must cost."""


def decide_a_page() -> list[Bar]:
    """Measure twenty sections by six levels: no database."""
    warm, raw = decisions.measure()
    print(f"\none page of 120 decisions, CPU µs: warm {warm:.0f}, Casbin raw {raw:.0f}")
    print(f"  raw / warm: {raw / warm:.0f}")
    sentence = f"{SPARED} x a page of decisions, warm / raw Casbin"
    return [Bar("rules", sentence, SPARED * warm / raw, 1.0)]


ONCE: Mapping[str, Callable[[], list[Bar]]] = {"decisions": decide_a_page}


def simulate_a_policy(template: databases.Template, folder: Path) -> list[Bar]:
    """Measure a candidate policy on every situation against reading the same facts only."""
    print(f"  {template.dialect}: writing {MANY:,} situations, {AROUND} seats each…", flush=True)
    with crowded(template, folder / "simulation", MANY) as world:
        asyncio.run(passes(world, deciding=False))  # warm: pages of the database, statements
        ratios = []
        print(f"\n{template.dialect}: a candidate policy on {MANY:,} situations × {AROUND} seats")
        for _ in range(SIMULATION_ROUNDS):
            read = asyncio.run(passes(world, deciding=False))
            decided = asyncio.run(passes(world, deciding=True))
            found = decided.found
            if found is None or found.situations != MANY or not found.opened or not found.closed:
                raise SystemExit("the simulation did not count the whole territory")
            ratios.append(decided.cpu_seconds / read.cpu_seconds)
            print(
                f"  read {read.rows:,} rows: {read.cpu_seconds:.1f} s of CPU ({read.seconds:.1f} s)"
                f" · simulated {found.pairs:,} pairs, {found.standpoints} standpoints:"
                f" {decided.cpu_seconds:.1f} s of CPU ({decided.seconds:.1f} s)",
                flush=True,
            )
    return [
        Bar(template.dialect, "simulation / reading the same facts", median(ratios), 3.0),
    ]


MEASURES: Mapping[str, Callable[[databases.Template, Path], list[Bar]]] = {
    "open": open_a_situation,
    "list": list_situations,
    "simulation": simulate_a_policy,
}
DIALECTS = frozenset({"sqlite", "postgresql"})


@contextlib.contextmanager
def _templates(folder: Path) -> Iterator[list[databases.Template]]:
    found = [databases.sqlite_template(folder)]
    server = databases.postgres_server()
    if server:
        found.append(databases.postgres_template(server, f"b{uuid.uuid4().hex[:10]}"))
        databases.make_roles(server)
    else:
        print("PostgreSQL does not answer on 127.0.0.1:5432: measured on SQLite only")
    try:
        yield found
    finally:
        for template in found[1:]:
            databases.drop(template)


def main(chosen: frozenset[str] = frozenset()) -> int:
    """Measure everything, or what is chosen; return 0 when every bar holds."""
    named = chosen & (ONCE.keys() | MEASURES.keys())
    once = [one for name, one in ONCE.items() if not named or name in named]
    measures = [one for name, one in MEASURES.items() if not named or name in named]
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="cellule-bench-"))
    bars = [bar for one in once for bar in one()]
    print(
        f"CPU µs of a request, median of {ROUNDS} interleaved rounds (least-most); pages a second"
    )
    try:
        with _templates(folder) if measures else contextlib.nullcontext(()) as templates:
            for template in templates:
                if chosen & DIALECTS and template.dialect not in chosen:
                    continue
                here = folder / template.dialect
                here.mkdir()
                for one in measures:
                    bars += one(template, here)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{'bar':<58}{'found':>8}{'at most':>9}")
    for bar in bars:
        verdict = "PASS" if bar.held else "FAIL"
        print(
            f"{bar.database + ': ' + bar.sentence:<58}{bar.found:>8.2f}{bar.most:>9.2f}  {verdict}"
        )
    print(f"{time.monotonic() - started:.0f} s")
    missing = (
        not chosen
        and "postgres" in databases.REQUIRED
        and len({bar.database for bar in bars} & DIALECTS) < 2
    )
    return 0 if all(bar.held for bar in bars) and not missing else 1


if __name__ == "__main__":
    sys.exit(main(frozenset(sys.argv[1:])))
