"""Every small change of the three tables, and what the suite says of it.

`python -m tests.policies.mutants` tries them all and prints the counts. Deleted: each row of the
three tables. Dropped or added: each fact, column, section, action and purpose of a row, each
share and duty of a condition. Flipped: each effect. Moved: each cell of the matrix to another
column, section, action or letter. A mutant is refused by the loader, breaks a law of the lines,
changes the reviewed worlds (`expected.csv`) or the reviewed least facts (`least.csv`), or is
proved to answer every question alike; none may survive.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from policies import rules
from policies.comparing import Cell, Cells, cells_of, gained
from policies.rules import (
    ANY,
    Line,
    PolicyRefused,
    fact_names,
    parse_condition,
    texts,
)
from policies.vocabulary import (
    GRANTING,
    NO_FACTS,
    RESTRICTING,
    Action,
    Column,
    Effect,
    Fact,
    Obligation,
    OrganisationKind,
    Purpose,
    Section,
)
from tests.policies.golden import masks, openings


class Verdict(StrEnum):
    """What became of a mutant."""

    REFUSED = "refused by the loader"
    WORLDS = "killed by expected.csv"
    LEAST = "killed by least.csv"
    KINDS = "killed: no rule names a kind of organisation"
    DUTIES = "killed by the law of duties"
    EQUIVALENT = "proved equivalent"
    SURVIVED = "SURVIVED"


class Mutant(NamedTuple):
    """One change: its name, and the rows that it leaves out and brings (`None`: none)."""

    name: str
    file: str
    fields: tuple[str, ...] | None
    instead: tuple[str, ...] | None


@dataclass(frozen=True)
class Base:
    """The packaged tables, as rows of words and as lines."""

    matrix: tuple[tuple[str, ...], ...]
    conditions: tuple[tuple[str, ...], ...]
    special: tuple[tuple[str, ...], ...]
    lines: frozenset[Line]
    cells: Cells

    @classmethod
    def packaged(cls) -> "Base":
        """Read the packaged policy."""
        said = texts()
        policy = rules.read(said)
        return cls(
            _words(said, "matrix.csv", 4),
            _words(said, "conditions.csv", 8),
            _words(said, "special.csv", 8, header=False),
            frozenset(policy.lines),
            Cells(policy.lines),
        )


def _words(said, file: str, width: int, *, header: bool = True) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row.fields) for row in rules._rows(said, file, width, header=header))


@cache
def base() -> Base:
    """Return the packaged policy, read once."""
    return Base.packaged()


# ---- the changes ---------------------------------------------------------------------------


def mutants() -> Iterator[Mutant]:
    """Yield every mutant, in the order of the tables."""
    yield from _of_matrix()
    yield from _of_rows("conditions.csv", base().conditions, _CONDITION_FIELDS)
    yield from _of_rows("special.csv", base().special, _SPECIAL_FIELDS)


def _of_matrix() -> Iterator[Mutant]:
    known = set(base().matrix)
    letters = sorted({row[0] for row in base().conditions})
    added: set[tuple[str, ...]] = set()
    for row in base().matrix:
        yield Mutant(f"delete {', '.join(row)}", "matrix.csv", row, None)
        for place, words in enumerate((Section, Action, Column, letters)):
            for word in words:
                other = (*row[:place], str(word), *row[place + 1 :])
                if other not in known and other not in added:
                    added.add(other)
                    yield Mutant(f"add {', '.join(other)}", "matrix.csv", None, other)


def _of_rows(
    file: str, rows: tuple[tuple[str, ...], ...], fields: dict[int, Callable[[str], Iterable[str]]]
) -> Iterator[Mutant]:
    for row in rows:
        name = row[0] if file == "special.csv" else f"{row[0]} {row[4]}"
        yield Mutant(f"delete {name}", file, row, None)
        for place, changes in fields.items():
            for change in changes(row[place]):
                other = (*row[:place], change, *row[place + 1 :])
                yield Mutant(f"{name}: {row[place]} -> {change}", file, row, other)


def _set_of(kind: type[StrEnum]) -> Callable[[str], Iterable[str]]:
    """Return what drops or adds one word of `a|b`; from `*`, one word is dropped."""

    def changes(text: str) -> Iterator[str]:
        words = list(kind) if text == ANY else text.split("|")
        for word in words:
            yield "|".join(one for one in words if one != word)
        if text != ANY:
            for word in kind:
                if word not in words:
                    yield f"{text}|{word}"
            yield ANY

    return changes


def _facts(text: str) -> Iterator[str]:
    """Drop each fact, add each other, as granting and as absent."""
    words = text.split(" & ")
    for word in words:
        yield " & ".join(one for one in words if one != word)
    there = parse_condition(text)
    for name in fact_names((GRANTING | RESTRICTING) & ~(there.required | there.forbidden)):
        yield f"{text} & {name}"
        yield f"{text} & !{name}"


def _share(text: str) -> Iterator[str]:
    yield {"yes": "no", "no": "yes"}[text]


def _duties(text: str) -> Iterator[str]:
    words = text.split("|") if text else []
    for word in Obligation:
        changed = [one for one in words if one != word] if word in words else [*words, word]
        yield "|".join(changed)


def _effect(text: str) -> Iterator[str]:
    yield {"allow": "deny", "deny": "allow"}[text]


_CONDITION_FIELDS = {
    1: _set_of(Section),
    2: _set_of(Action),
    3: _set_of(Purpose),
    4: _facts,
    5: _share,
    6: _duties,
}
_SPECIAL_FIELDS = {
    1: _set_of(Column),
    2: _set_of(OrganisationKind),
    3: _set_of(Section),
    4: _set_of(Action),
    5: _set_of(Purpose),
    6: _facts,
    7: _effect,
}


# ---- what they change ------------------------------------------------------------------------


def changed(mutant: Mutant) -> tuple[frozenset[Line], frozenset[Line]]:
    """Return the lines left out and brought; raises PolicyRefused as the loader would."""
    if mutant.file == "conditions.csv":
        return _of_condition(mutant)
    before, after = (_lines_of(mutant.file, one) for one in (mutant.fields, mutant.instead))
    return before - after, after - before


def _lines_of(file: str, fields: tuple[str, ...] | None) -> frozenset[Line]:
    if fields is None:
        return frozenset()
    row = _row(file, fields)
    if file == "special.csv":
        return frozenset(rules._special_lines([row]))
    return frozenset(rules._matrix_lines([row], _letters()))


def _row(file: str, fields: tuple[str, ...]) -> rules._Row:
    return rules._Row(file, 1, list(fields), "a source")


@cache
def _letters():
    return rules._conditions([_row("conditions.csv", row) for row in base().conditions])


def _of_condition(mutant: Mutant) -> tuple[frozenset[Line], frozenset[Line]]:
    """Return what one alternative no longer gives, and gives, to the cells of its letter."""
    letter = mutant.fields[0]
    ways = list(_letters()[letter])
    place = [row for row in base().conditions if row[0] == letter].index(mutant.fields)
    before = _given(letter, place)
    if mutant.instead is None:
        ways[place] = ways[place]._replace(actions=frozenset({"nothing"}))
    else:
        ways[place] = rules._conditions([_row("conditions.csv", mutant.instead)])[letter][0]
    after: set[Line] = set()
    for row in _written(letter):
        after.update(_cell(row, ways, place))
    for row in _written(letter):
        if not any(_opens(row, way) for way in ways):
            raise PolicyRefused("matrix.csv", 1, "never holds")
    return before - after, frozenset(after) - before


@cache
def _given(letter: str, place: int) -> frozenset[Line]:
    return frozenset(
        line for row in _written(letter) for line in _cell(row, _letters()[letter], place)
    )


@cache
def _written(letter: str) -> tuple[tuple[str, ...], ...]:
    return tuple(row for row in base().matrix if row[3] == letter)


def _cell(row: tuple[str, ...], ways, place: int) -> list[Line]:
    """Return what the alternative at this place gives to a row of the matrix."""
    section, action, column, letter = row
    alone = [way if number == place else _NOTHING for number, way in enumerate(ways)]
    return list(rules._cell(Section(section), Action(action), Column(column), letter, alone))


def _opens(row: tuple[str, ...], way) -> bool:
    given = rules.IMPLIED.get(Action(row[1]), (Action(row[1]),))
    if row[1] == "read" and Section(row[0]) in rules.READ_ALSO:
        given = (*given, rules.READ_ALSO[Section(row[0])])
    return (not way.sections or row[0] in way.sections) and (
        not way.actions or any(one in way.actions for one in given)
    )


_NOTHING = rules._Alternative(
    frozenset(),
    frozenset({"nothing"}),
    frozenset(),
    rules.Conjunction(NO_FACTS, NO_FACTS),
    False,
    frozenset(),
    "",
)


# ---- what the suite says ---------------------------------------------------------------------


def verdict(mutant: Mutant) -> tuple[Verdict, str]:
    """Return what became of a mutant, and where it shows if it survived."""
    try:
        gone, come = changed(mutant)
    except PolicyRefused:
        return Verdict.REFUSED, ""
    if breaks_duties(come):
        return Verdict.DUTIES, ""
    if any(line.organisation_kinds for line in come):
        return Verdict.KINDS, ""
    return _by_tables(gone, come)


def _by_tables(gone: frozenset[Line], come: frozenset[Line]) -> tuple[Verdict, str]:
    unseen = {}
    for cell in {cell for line in gone | come for cell in cells_of(line)}:
        before, after = _before(cell), _after(cell, gone, come)
        if not any(line.effect is Effect.ALLOW for line in (*before, *after)):
            continue
        if _masks(cell) != masks(after):
            return Verdict.WORLDS, ""
        unseen[_signature(before), _signature(after)] = (cell, before, after)
    if any(
        set(openings(before, cell)) != set(openings(after, cell))
        for cell, before, after in unseen.values()
    ):
        return Verdict.LEAST, ""
    for cell, before, after in unseen.values():
        found = gained(before, after, cell) or gained(after, before, cell)
        if found:
            return Verdict.SURVIVED, f"{cell} {found[0]}"
    return Verdict.EQUIVALENT, ""


@cache
def _before(cell: Cell) -> tuple[Line, ...]:
    return base().cells.at(cell)


@cache
def _masks(cell: Cell) -> tuple[int, ...]:
    return masks(_before(cell))


def _signature(lines: Iterable[Line]) -> frozenset[object]:
    return frozenset((line.condition, line.effect, line.purposes, line.duties) for line in lines)


def _after(cell: Cell, gone: frozenset[Line], come: frozenset[Line]) -> tuple[Line, ...]:
    out = {line.id for line in gone}
    left = [line for line in _before(cell) if line.id not in out]
    brought = [
        line
        for line in come
        if (not line.columns or cell.column in line.columns)
        and (not line.sections or cell.section in line.sections)
        and (not line.actions or cell.action in line.actions)
    ]
    return (*left, *brought)


def breaks_duties(lines: Iterable[Line]) -> bool:
    """Whether a reading by emergency is not told, shown and reviewed, or another one is.

    Settled specification 5; design/policy.md, obligations.
    """
    return any(
        line.duties
        != (
            frozenset(Obligation)
            if line.condition.required & Fact.EMERGENCY_ACCESS
            else frozenset()
        )
        for line in lines
        if "." in line.id
    )


def run(chosen: Iterable[Mutant]) -> tuple[Counter[Verdict], list[str]]:
    """Try mutants; return the counts, and those that survived with where they show."""
    counts: Counter[Verdict] = Counter()
    survived = []
    for mutant in chosen:
        found, where = verdict(mutant)
        counts[found] += 1
        if found is Verdict.SURVIVED:
            survived.append(f"{mutant.file}: {mutant.name}\n    {where}")
    return counts, survived


def main() -> int:
    """Print the counts of all mutants; return 1 when any survived."""
    started = time.monotonic()
    counts, survived = run(mutants())
    print("\n".join(survived))
    for one in Verdict:
        print(f"{counts[one]:>8}  {one}")
    print(f"{sum(counts.values()):>8}  mutants, {time.monotonic() - started:.0f} s")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
