"""The whole table of rights, in words: `expected.csv` and `least.csv`.

`python -m tests.policies.golden` writes both again. Read the difference before committing it:
it is what a change of rule does to people. A line of `expected.csv` lists what one column may do
with one section in one world, for these purposes; what is not listed is refused. A line of
`least.csv` is the least that opens one act, and what closes it again: all of them together are
the whole of the rules, whatever the world.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from policies.comparing import Cell, Cells, gained, in_order, touched
from policies.decision import Question, engine
from policies.explain import would_allow
from policies.rules import Conjunction, Line, Policy, fact_names
from policies.vocabulary import NO_FACTS, Action, Column, Effect, Purpose, Section
from tests.policies.worlds import KIND, WORLDS

EXPECTED = Path(__file__).with_name("expected.csv")
LEAST = Path(__file__).with_name("least.csv")
HEADER = "world,section,column,purposes,allowed"
LEAST_HEADER = "section,action,columns,purposes,needs,unless,duties"


def table(lines: Iterable[Line]) -> tuple[str, ...]:
    """Return the lines of the table, by reading the rules; Casbin is held equal elsewhere."""
    cells = Cells(lines)
    rights = {
        (section, column): {
            action: masks(cells.at(Cell(column, section, action))) for action in Action
        }
        for section in Section
        for column in Column
    }
    rows = (
        f"{world},{section},{column},{purposes},{allowed}"
        for place, world in enumerate(WORLDS)
        for (section, column), actions in rights.items()
        for allowed, purposes in _rights(actions, place).items()
    )
    return (HEADER, *rows)


def least(policy: Policy) -> tuple[str, ...]:
    """Return the least facts that open each act: the smallest true points of every cell."""
    cells = Cells(policy.lines)
    rows: dict[tuple[str, ...], list[str]] = {}
    for cell in sorted(touched((), policy.lines), key=in_order):
        for opening in openings(cells.at(cell), cell):
            rows.setdefault((cell.section, cell.action, *opening), []).append(cell.column)
    return (
        LEAST_HEADER,
        *(
            ",".join((section, action, " ".join(columns), *rest))
            for (section, action, *rest), columns in rows.items()
        ),
    )


def openings(lines: tuple[Line, ...], cell: Cell) -> tuple[tuple[str, ...], ...]:
    """Return purposes, needs, what closes and duties of all the least facts of a cell.

    Where a duty may be owed, `spared` says the least that opens without owing any.
    """
    found = [(one, "") for one in gained((), lines, cell)]
    if any(line.duties for line in lines):
        spared = [line for line in lines if not line.duties]
        found += [(one, "spared") for one in gained((), spared, cell)]
    return tuple(
        (
            " ".join(one.purposes),
            " ".join(fact_names(one.needs)),
            " ".join(fact_names(one.unless)),
            duties,
        )
        for one, duties in found
    )


def masks(lines: Iterable[Line]) -> tuple[int, ...]:
    """Return for each purpose the worlds, as bits, in which the lines of a cell allow."""
    spoken = [(line, _worlds(line.condition)) for line in lines]
    return tuple(
        _united(spoken, purpose, Effect.ALLOW) & ~_united(spoken, purpose, Effect.DENY)
        for purpose in Purpose
    )


@cache
def concerned(column: Column, section: Section, action: Action) -> tuple[Line, ...]:
    """Return the lines that speak of a cell; none at all when no line could allow it."""
    asked = Question(column, KIND[column], section, action, Purpose.COORDINATION, NO_FACTS).asked
    lines = tuple(line for line in engine().lines_for(column, action) if line.concerns(asked))
    return lines if any(line.effect is Effect.ALLOW for line in lines) else ()


def allowed(question: Question) -> bool:
    """Return the plain reading of the lines, which test_explain.py holds equal to Casbin."""
    lines = concerned(question.column, question.section, question.action)
    return bool(lines) and would_allow(lines, question)


def _united(spoken: list[tuple[Line, int]], purpose: Purpose, effect: Effect) -> int:
    whole = 0
    for line, worlds in spoken:
        if line.effect is effect and line.serves(purpose):
            whole |= worlds
    return whole


@lru_cache(maxsize=65_536)
def _worlds(condition: Conjunction) -> int:
    whole = 0
    for place, facts in enumerate(WORLDS.values()):
        if condition.holds(facts):
            whole |= 1 << place
    return whole


def _rights(actions: dict[Action, tuple[int, ...]], place: int) -> dict[str, str]:
    """Return the purposes by the actions that they open in one world, both in words."""
    found: dict[str, list[str]] = {}
    for number, purpose in enumerate(Purpose):
        opened = [action for action, worlds in actions.items() if worlds[number] >> place & 1]
        if opened:
            found.setdefault(" ".join(opened), []).append(purpose)
    return {opened: " ".join(purposes) for opened, purposes in found.items()}


if __name__ == "__main__":
    LEAST.write_text("\n".join(least(engine().policy)) + "\n", encoding="utf-8")
    EXPECTED.write_text("\n".join(table(engine().policy.lines)) + "\n", encoding="utf-8")
