"""Every combination of facts that a cell can tell apart, for each distinct set of rules.

A line only asks whether its condition holds: two combinations under which the same lines hold are
one question to whatever combines them. A set of combinations is an integer with one bit for
each; every bit is counted, one of each class is asked.
"""

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import NamedTuple

from policies.decision import Question, engine
from policies.rules import Conjunction, Line
from policies.vocabulary import NO_FACTS, Action, Column, Effect, Fact, Purpose, Section
from tests.policies.worlds import KIND


def cells() -> dict[frozenset[object], tuple[Question, list[Line]]]:
    """Return one cell for each distinct set of rules, with its lines."""
    found: dict[frozenset[object], tuple[Question, list[Line]]] = {}
    for column in Column:
        for action in Action:
            for section in Section:
                question = Question(
                    column, KIND[column], section, action, Purpose.COORDINATION, NO_FACTS
                )
                lines = [
                    line
                    for line in engine().lines_for(column, action)
                    if line.concerns(question.asked)
                ]
                signature = frozenset(
                    (line.effect, line.condition, line.purposes) for line in lines
                )
                found.setdefault(signature, (question, lines))
    return found


def singles(facts: Fact) -> list[Fact]:
    """Return the facts of a set, one by one."""
    return [fact for fact in Fact if fact & facts]


def critical(lines: list[Line]) -> set[Fact]:
    """Return the minterms at the edge of each line, and of each allow beside each denial."""
    vectors = {NO_FACTS}
    for line in lines:
        just = line.condition.required
        vectors.add(just)
        vectors |= {just & ~one for one in singles(just)}
    allows = {line.condition.required for line in lines if line.effect is Effect.ALLOW}
    denials = [line.condition for line in lines if line.effect is Effect.DENY]
    vectors |= {
        (one | denial.required) & ~(denial.forbidden & ~one) for one in allows for denial in denials
    }
    excused = {one | denial.forbidden for one in allows for denial in denials if denial.forbidden}
    return excused | vectors


class Class(NamedTuple):
    """Combinations under which the same lines hold: one of them, and how many they are."""

    facts: Fact
    count: int


def classes(lines: list[Line]) -> Iterator[Class]:
    """Yield the classes of all the combinations of the facts that these lines name."""
    named = reduce(
        or_, (line.condition.required | line.condition.forbidden for line in lines), NO_FACTS
    )
    facts = singles(named)
    whole = (1 << (1 << len(facts))) - 1
    present = {fact: _table(place, len(facts)) for place, fact in enumerate(facts)}
    tables = [
        _holding(condition, present, whole)
        for condition in {line.condition: None for line in lines}
    ]
    # Depth first: a table may weigh half a megabyte, and a cell have thousands of classes.
    waiting = [(whole, 0)]
    while waiting:
        group, place = waiting.pop()
        if place == len(tables):
            lowest = (group & -group).bit_length() - 1
            chosen = [fact for number, fact in enumerate(facts) if lowest >> number & 1]
            yield Class(reduce(or_, chosen, NO_FACTS), group.bit_count())
            continue
        parts = (group & tables[place], group & ~tables[place])
        waiting += [(part, place + 1) for part in parts if part]


def _holding(condition: Conjunction, present: dict[Fact, int], whole: int) -> int:
    found = whole
    for fact in singles(condition.required):
        found &= present[fact]
    for fact in singles(condition.forbidden):
        found &= ~present[fact]
    return found


def _table(place: int, width: int) -> int:
    """Return the combinations, of so many facts, in which the one at this place is there."""
    half = 1 << place
    found, size = ((1 << half) - 1) << half, 2 * half
    while size < 1 << width:
        found |= found << size
        size *= 2
    return found
