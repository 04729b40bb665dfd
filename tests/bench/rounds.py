"""Interleaved rounds and paired ratios: a noisy machine slows both sides of a pair alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench import clients, cpu
from tests.bench.clients import Page

ROUNDS = 5
ROUND_CPU_SECONDS = 0.6
"""What a round costs about: the kernel counts CPU in hundredths of a second."""
FEWEST, MOST = 80, 2_000


@dataclass(frozen=True)
class Server:
    """A running server: its process, and how to find its backends."""

    pid: int
    port: int
    backends: Callable[[], list[int]]

    def spent(self) -> float:
        """Return the CPU seconds spent so far."""
        return cpu.seconds(cpu.tree(self.pid) + self.backends())


@dataclass(frozen=True)
class Subject:
    """A page of a server, under the name of what it shows."""

    server: Server
    page: Page


@dataclass(frozen=True)
class Figures:
    """CPU µs per request of one subject, round by round, and the median of its pace."""

    cpu_us: tuple[float, ...]
    per_second: float

    @property
    def median_us(self) -> float:
        """Return the median CPU of a request."""
        return median(self.cpu_us)


def _once(subject: Subject, requests: int) -> tuple[float, float]:
    before = subject.server.spent()
    run = clients.run(subject.page, requests)
    spent = subject.server.spent() - before
    return spent / run.requests * 1e6, run.requests / run.seconds


def measure(subjects: Mapping[str, Subject], *, rounds: int = ROUNDS) -> dict[str, Figures]:
    """Measure every subject in each round, beginning with another one each time."""
    share = {}
    for name, subject in subjects.items():
        roughly, _ = _once(subject, FEWEST)
        wanted = ROUND_CPU_SECONDS / max(roughly, 1.0) * 1e6
        share[name] = int(min(max(wanted, FEWEST), MOST))
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in subjects}
    names = list(subjects)
    for turn in range(rounds):
        first = turn % len(names)
        for name in (*names[first:], *names[:first]):
            found[name].append(_once(subjects[name], share[name]))
    return {
        name: Figures(tuple(spent for spent, _ in pairs), median(pace for _, pace in pairs))
        for name, pairs in found.items()
    }


def ratio(figures: Mapping[str, Figures], of: str, to: str) -> float:
    """Return the median over rounds of one subject's CPU to another's in the same round."""
    pairs: Sequence[tuple[float, float]] = list(
        zip(figures[of].cpu_us, figures[to].cpu_us, strict=True)
    )
    return median(one / other for one, other in pairs)
