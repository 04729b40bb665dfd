"""The whole table of rights, in words: `expected.csv`.

`python -m tests.policies.golden` writes it again. Read the difference before committing it:
it is what a change of rule does to people. A line lists what one column may do with one
section in one world, for coordination or, failing that, for a rights request; what is not
listed is refused.
"""

from functools import cache
from pathlib import Path

from policies.decision import Question, engine
from policies.explain import would_allow
from policies.rules import Line
from policies.vocabulary import NO_FACTS, Action, Column, Effect, Purpose, Section
from tests.policies.worlds import KIND, WORLDS

EXPECTED = Path(__file__).with_name("expected.csv")
HEADER = "world,section,column,allowed"
PURPOSES = (Purpose.COORDINATION, Purpose.RIGHTS)


@cache
def table() -> tuple[str, ...]:
    """Return the lines of the table, by reading the rules; Casbin is held equal elsewhere."""
    cells = {
        (section, column): _rights(section, column) for section in Section for column in Column
    }
    rows = (
        f"{world},{section},{column},{rights[world]}"
        for world in WORLDS
        for (section, column), rights in cells.items()
        if rights[world]
    )
    return (HEADER, *rows)


@cache
def concerned(column: Column, section: Section, action: Action) -> tuple[Line, ...]:
    """Return the lines that speak of a cell; none at all when no line could allow it."""
    asked = Question(column, KIND[column], section, action, PURPOSES[0], NO_FACTS).asked
    lines = tuple(line for line in engine().lines_for(column, action) if line.concerns(asked))
    return lines if any(line.effect is Effect.ALLOW for line in lines) else ()


def allowed(question: Question) -> bool:
    """Return the plain reading of the lines, which test_explain.py holds equal to Casbin."""
    lines = concerned(question.column, question.section, question.action)
    return bool(lines) and would_allow(lines, question)


def _rights(section: Section, column: Column) -> dict[str, str]:
    """Return, by world, the actions allowed."""
    kind = KIND[column]
    return {
        world: next(
            filter(
                None,
                (
                    " ".join(
                        action.value
                        for action in Action
                        if allowed(Question(column, kind, section, action, purpose, facts))
                    )
                    for purpose in PURPOSES
                ),
            ),
            "",
        )
        for world, facts in WORLDS.items()
    }


if __name__ == "__main__":
    EXPECTED.write_text("\n".join(table()) + "\n", encoding="utf-8")
