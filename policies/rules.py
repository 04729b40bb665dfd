"""From the three readable tables to rule lines; refuses what it does not fully understand.

A rule line names a column, an organisation kind, a section, an action, a purpose and a
conjunction of facts. No user, no situation, no date. `read` is the only way in: an unknown
word, a line that could make a withdrawal open something, a denial weakened beyond its known
excuses, a rule without source or a policy that denies nothing raises PolicyRefused with its
file and line, and the version in force stays.
"""

import csv
import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from policies.vocabulary import (
    EXCUSES,
    GRANTING,
    NEEDED_BY_ALL,
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

ANY = "*"

IMPLIED: dict[Action, tuple[Action, ...]] = {
    Action.READ: (Action.READ, Action.READ_EXTRACT, Action.SEE),
    Action.READ_EXTRACT: (Action.READ_EXTRACT, Action.SEE),
    Action.READ_ASSIGNED: (Action.READ_ASSIGNED, Action.SEE),
    Action.READ_MASKED: (Action.READ_MASKED, Action.SEE),
    Action.SEE_LABEL: (Action.SEE_LABEL, Action.SEE),
    Action.SEE_STATUS: (Action.SEE_STATUS, Action.SEE),
    Action.CONTRIBUTE: (Action.CONTRIBUTE, Action.READ_OWN),
}
"""What a right of the matrix brings with it; an action that is not here brings itself alone."""

READ_ALSO: dict[Section, Action] = {
    Section.ACTION_PLAN: Action.SEE_LABEL,
    Section.CONSENT_STATUS: Action.SEE_STATUS,
}
"""What reading a section in full also gives, where the section has that action."""

NEVER_IN_MATRIX = frozenset(
    {
        Action.SHARE,
        Action.EXPORT,
        Action.CLOSE,
        Action.OPEN_EMERGENCY,
        Action.EXCHANGE,
        Action.REPORT,
        Action.GRANT,
        Action.RECORD_AGREEMENT,
        Action.RECORD_OBJECTION,
    }
)
"""Derived from `read` (share, export) or written in special.csv."""

_MATRIX = "matrix.csv"
_CONDITIONS = "conditions.csv"
_SPECIAL = "special.csv"
_MODEL = "model.conf"
FILES = (_MATRIX, _CONDITIONS, _SPECIAL, _MODEL)
"""What a version of the policy is made of."""

_TITLE = "# ----"
_FACTS: dict[str, Fact] = {str(fact.name).lower(): fact for fact in Fact}


class PolicyRefused(Exception):
    """The rules are not usable. `file` and `line` (from 1; 0 = the whole) say where."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        """Keep the place apart from the reason, for a checker that prints both."""
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class Conjunction(NamedTuple):
    """Facts that must all hold, and facts of which none may."""

    required: Fact
    forbidden: Fact

    def holds(self, facts: int) -> bool:
        """Whether these facts satisfy it: a comparison of bit masks."""
        # Plain integers: IntFlag builds an object at each operation.
        required, forbidden, there = int(self.required), int(self.forbidden), int(facts)
        return there & required == required and not there & forbidden


class Asked(NamedTuple):
    """What a line is matched against, but for the facts."""

    column: Column
    organisation_kind: OrganisationKind
    section: Section
    action: Action
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Line:
    """One rule, as Casbin reads it (`row`) and as it was parsed. An empty set means any.

    `source` is why, as its table says it in French; it decides nothing and no digest holds it.
    """

    id: str
    columns: frozenset[str]
    organisation_kinds: frozenset[str]
    sections: frozenset[str]
    actions: frozenset[str]
    purposes: frozenset[str]
    condition: Conjunction
    effect: Effect
    duties: frozenset[Obligation] = field(default_factory=frozenset)
    source: str = field(default="", compare=False)

    @property
    def row(self) -> tuple[str, ...]:
        """The eight fields of the Casbin model, in its order."""
        return (
            self.id,
            _written(self.columns),
            _written(self.organisation_kinds),
            _written(self.sections),
            _written(self.actions),
            _written(self.purposes),
            written_condition(self.condition),
            self.effect.value,
        )

    def concerns(self, asked: Asked) -> bool:
        """Whether the line speaks of this question, whatever its facts and its purpose."""
        return (
            _holds_word(self.actions, asked.action)
            and _holds_word(self.columns, asked.column)
            and _holds_word(self.sections, asked.section)
            and _holds_word(self.organisation_kinds, asked.organisation_kind)
        )

    def serves(self, purpose: Purpose) -> bool:
        """Whether the line is for this purpose."""
        return _holds_word(self.purposes, purpose)


@dataclass(frozen=True, slots=True)
class Policy:
    """One immutable version of the rules. `digest` (SHA-256, hex) names it in every record."""

    lines: tuple[Line, ...]
    model: str
    digest: str


def load(directory: Path | None = None) -> Policy:
    """Return the policy of a directory, or the packaged one; raise PolicyRefused."""
    return read(texts(directory))


def texts(directory: Path | None = None) -> Mapping[str, str]:
    """Return the four texts of a policy by file name, to be kept as a version.

    Raises PolicyRefused when one is missing or is not UTF-8; nothing else is checked here.
    """
    place: Traversable = directory if directory is not None else files("policies")
    return {name: _text(place, name) for name in FILES}


def read(texts: Mapping[str, str]) -> Policy:
    """Return the policy that four texts say; raise PolicyRefused with file, line and reason."""
    letters = _conditions(_rows(texts, _CONDITIONS, 8))
    lines = (
        *_matrix_lines(_rows(texts, _MATRIX, 4), letters),
        *_special_lines(_rows(texts, _SPECIAL, 8, header=False)),
    )
    _refuse_unusable(lines)
    model = _given(texts, _MODEL)
    _refuse_other_model(model)
    return Policy(lines, model, _digest(lines, model))


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> Conjunction:
    """Return the conjunction written `fact & !fact`; ValueError names an unknown fact."""
    required = forbidden = NO_FACTS
    for word in text.split("&"):
        name = word.strip()
        negated = name.startswith("!")
        fact = _FACTS.get(name.removeprefix("!"))
        if fact is None:
            message = f"unknown fact {name!r}"
            raise ValueError(message)
        if fact & (required | forbidden):
            message = f"fact {name!r} is written twice"
            raise ValueError(message)
        if negated:
            forbidden |= fact
        else:
            required |= fact
    return Conjunction(required, forbidden)


def written_condition(condition: Conjunction) -> str:
    """Return the one way to write a conjunction, facts in the vocabulary's order."""
    words = [name for name, fact in _FACTS.items() if fact & condition.required]
    words += [f"!{name}" for name, fact in _FACTS.items() if fact & condition.forbidden]
    return " & ".join(words)


def fact_names(facts: Fact) -> tuple[str, ...]:
    """Return the words of a set of facts, in the vocabulary's order."""
    return tuple(name for name, fact in _FACTS.items() if fact & facts)


def fact_named(name: str) -> Fact:
    """Return a fact by its written word; KeyError when there is none."""
    return _FACTS[name]


class _Row(NamedTuple):
    file: str
    line: int
    fields: list[str]
    source: str

    def refused(self, reason: str) -> PolicyRefused:
        return PolicyRefused(self.file, self.line, reason)


class _Alternative(NamedTuple):
    sections: frozenset[str]
    actions: frozenset[str]
    purposes: frozenset[str]
    condition: Conjunction
    share: bool
    duties: frozenset[Obligation]
    source: str


def _text(place: Traversable, name: str) -> str:
    try:
        return place.joinpath(name).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise PolicyRefused(name, 0, "missing, unreadable or not UTF-8") from unreadable


def _given(texts: Mapping[str, str], name: str) -> str:
    if name not in texts:
        raise PolicyRefused(name, 0, "missing, unreadable or not UTF-8")
    return texts[name]


def _rows(texts: Mapping[str, str], name: str, width: int, *, header: bool = True) -> list[_Row]:
    """Return the rows of a table. A physical line is a row: no field can hold a line break."""
    rows = [
        _Row(name, number, _fields(name, number, text, width), source)
        for number, text, source in _sourced(_given(texts, name))
    ]
    if header and rows:
        rows.pop(0)
    if not rows:
        raise PolicyRefused(name, 0, "empty policy")
    return rows


def _sourced(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each row with its number and the comment above its group.

    A blank line, or a title (`# ---- …`), ends a group; a comment under a row begins another.
    """
    source: list[str] = []
    after_row = False
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.startswith(_TITLE):
            source = []
        elif line.startswith("#"):
            said = line.removeprefix("#").strip()
            source = [said] if after_row else [*source, said]
        else:
            yield number, line, " ".join(source)
        after_row = bool(line.strip()) and not line.startswith("#")


def _fields(name: str, number: int, text: str, width: int) -> list[str]:
    if any(unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in text):
        raise PolicyRefused(name, number, "a field holds a line break or a control character")
    try:
        fields = next(csv.reader([text], skipinitialspace=True, strict=True))
    except csv.Error as broken:
        raise PolicyRefused(
            name, number, "unclosed quote: a field may not hold a line break"
        ) from broken
    if len(fields) != width:
        raise PolicyRefused(name, number, f"{len(fields)} fields, {width} expected")
    return [part.strip() for part in fields]


def _conditions(rows: list[_Row]) -> dict[str, list[_Alternative]]:
    letters: dict[str, list[_Alternative]] = {}
    for row in rows:
        letter, sections, actions, purposes, facts, share, duties, source = row.fields
        if share not in {"yes", "no"}:
            raise row.refused(f"share is yes or no, not {share!r}")
        if not letter:
            raise row.refused("a condition needs a letter")
        if not source:
            raise row.refused("a condition without its legal source")
        condition = _condition(row, facts)
        _refuse_unsound(row, condition, Effect.ALLOW)
        letters.setdefault(letter, []).append(
            _Alternative(
                _words(row, sections, Section),
                _words(row, actions, Action),
                _words(row, purposes, Purpose),
                condition,
                share == "yes",
                frozenset(map(Obligation, _words(row, duties, Obligation) if duties else ())),
                source,
            )
        )
    return letters


def _matrix_lines(rows: list[_Row], letters: dict[str, list[_Alternative]]) -> Iterator[Line]:
    for row in rows:
        section = Section(_word(row, row.fields[0], Section))
        action = Action(_word(row, row.fields[1], Action))
        column = Column(_word(row, row.fields[2], Column))
        letter = row.fields[3]
        if letter not in letters:
            raise row.refused(f"unknown condition {letter!r}")
        if action in NEVER_IN_MATRIX:
            raise row.refused(f"{action.value} is not written in the matrix")
        lines = list(_cell(section, action, column, letter, letters[letter]))
        if not lines:
            raise row.refused(f"condition {letter!r} never holds for {action.value} of {section}")
        yield from lines


def _cell(
    section: Section, action: Action, column: Column, letter: str, ways: list[_Alternative]
) -> Iterator[Line]:
    given = IMPLIED.get(action, (action,))
    if action is Action.READ and section in READ_ALSO:
        given = (*given, READ_ALSO[section])
    for number, way in enumerate(ways, start=1):
        opened = frozenset(one for one in given if _holds_word(way.actions, one))
        if not opened or not _holds_word(way.sections, section):
            continue
        suffix = f"{section.value}.{{}}.{column.value}.{letter}{number}"
        line = Line(
            suffix.format(action.value),
            frozenset({column}),
            frozenset(),
            frozenset({section}),
            opened,
            way.purposes,
            way.condition,
            Effect.ALLOW,
            way.duties,
            way.source,
        )
        yield line
        if action is Action.READ and way.share:
            yield _sharing(line, suffix.format("share"), column)


def _sharing(read: Line, identifier: str, column: Column) -> Line:
    """Sharing and exporting ask for what reading asks, and for leading: never more than read."""
    lead = NO_FACTS if column is Column.COORD else Fact.LEAD
    return Line(
        identifier,
        read.columns,
        read.organisation_kinds,
        read.sections,
        frozenset({Action.SHARE, Action.EXPORT}),
        read.purposes,
        Conjunction(read.condition.required | lead, read.condition.forbidden),
        Effect.ALLOW,
        source=read.source,
    )


def _special_lines(rows: list[_Row]) -> Iterator[Line]:
    for row in rows:
        identifier, columns, kinds, sections, actions, purposes, facts, effect = row.fields
        if effect not in set(Effect):
            raise row.refused(f"effect is exactly allow or deny, not {effect!r}")
        condition = _condition(row, facts)
        _refuse_unsound(row, condition, Effect(effect))
        if not identifier or ANY in identifier:
            raise row.refused("a rule needs an identifier")
        if not row.source:
            raise row.refused("a rule without its legal source, in a comment above its group")
        yield Line(
            identifier,
            _words(row, columns, Column),
            _words(row, kinds, OrganisationKind),
            _words(row, sections, Section),
            _words(row, actions, Action),
            _words(row, purposes, Purpose),
            condition,
            Effect(effect),
            source=row.source,
        )


def _condition(row: _Row, text: str) -> Conjunction:
    try:
        return parse_condition(text)
    except ValueError as unknown:
        raise row.refused(str(unknown)) from unknown


def _refuse_unsound(row: _Row, condition: Conjunction, effect: Effect) -> None:
    """Refuse a line by which losing a permission, or gaining an objection, would open something."""
    opens, closes = (GRANTING, RESTRICTING) if effect is Effect.ALLOW else (RESTRICTING, GRANTING)
    wrong = (condition.required & closes) | (condition.forbidden & opens)
    if wrong:
        raise row.refused(f"not monotone in a line that says {effect.value}: {fact_names(wrong)}")
    if effect is Effect.DENY:
        _refuse_widened_deny(row, condition)
    elif not condition.required & Fact.TERRITORY:
        raise row.refused("an allow without territory")


def _refuse_widened_deny(row: _Row, condition: Conjunction) -> None:
    """Refuse a denial that lets through more than its fact may excuse (`EXCUSES`)."""
    grounds = fact_names(condition.required)
    if len(grounds) > 1:
        raise row.refused(f"a widened deny: {grounds} would have to hold together")
    excuses = EXCUSES[condition.required] if grounds else NEEDED_BY_ALL
    too_many = condition.forbidden & ~excuses
    if too_many:
        ground = grounds[0] if grounds else "everyone"
        raise row.refused(f"a widened deny: {fact_names(too_many)} does not excuse {ground}")
    if not grounds and len(fact_names(condition.forbidden)) > 1:
        raise row.refused(
            f"a widened deny: {fact_names(condition.forbidden)} would have to be missing together"
        )


def _refuse_other_model(model: str) -> None:
    """Refuse any other way to combine the lines: a comparison of versions reads lines alone."""
    known_lines = _bare(_text(files("policies"), _MODEL))
    for found, known in zip_longest(_bare(model), known_lines, fillvalue=(0, "")):
        if found[1] != known[1]:
            raise PolicyRefused(_MODEL, found[0], f"not the model of this service: {known[1]!r}")


def _bare(model: str) -> list[tuple[int, str]]:
    """Return what decides of a model: its lines with their numbers, less comments and blanks."""
    numbered = ((number, line.strip()) for number, line in enumerate(model.split("\n"), start=1))
    return [(number, line) for number, line in numbered if line and not line.startswith("#")]


def _refuse_unusable(lines: tuple[Line, ...]) -> None:
    if not any(line.effect is Effect.DENY for line in lines):
        raise PolicyRefused(_SPECIAL, 0, "no deny line")
    known: set[str] = set()
    for line in lines:
        if line.id in known:
            raise PolicyRefused(_SPECIAL, 0, f"duplicate identifier {line.id!r}")
        known.add(line.id)


def _words(row: _Row, text: str, kind: type[StrEnum]) -> frozenset[str]:
    """Return the words of `a|b`, each of this kind; empty for any."""
    if text == ANY:
        return frozenset()
    return frozenset(_word(row, word.strip(), kind) for word in text.split("|"))


def _word(row: _Row, word: str, kind: type[StrEnum]) -> str:
    try:
        return kind(word)
    except ValueError as unknown:
        raise row.refused(f"unknown {kind.__name__.lower()} {word!r}") from unknown


def _holds_word(words: frozenset[str], word: str) -> bool:
    return not words or word in words


def _written(words: Iterable[str]) -> str:
    return "|".join(sorted(words)) or ANY


def _digest(lines: tuple[Line, ...], model: str) -> str:
    """Hash what decides: every line and its duties, and the model; comments change nothing."""
    digest = hashlib.sha256(model.encode())
    for line in lines:
        digest.update("\x1f".join((*line.row, *sorted(line.duties), "\n")).encode())
    return digest.hexdigest()
