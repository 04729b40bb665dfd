"""A version of the policy as an ethics board reads it: sentences, a table, and a difference.

All of it comes from the parsed lines: what is read here is what decides. No service, no data.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from policies.comparing import Change, Difference
from policies.rules import IMPLIED, Line, Policy
from policies.vocabulary import (
    CLASS,
    NUMBER,
    Action,
    Column,
    Effect,
    Fact,
    Obligation,
    OrganisationKind,
    Purpose,
    Section,
)
from policies.words import (
    ACTION,
    DUTY,
    KIND,
    PROFESSION,
    PURPOSE,
    SECTION_LABELS,
    capital,
    enumerated,
    facts_said,
)

DENIALS = "Ce qui ferme, et l'emporte toujours"
EVERYONE = "toutes les fonctions"
EVERYWHERE = "toutes les parties, et la situation"

COLUMNS = tuple(Column)[: tuple(Column).index(Column.AUD)]
"""The columns of the table; what governance may do is among the sentences."""

_WRITTEN_RC = frozenset({Action.READ, Action.CONTRIBUTE, Action.ATTACH})
_CODES: tuple[tuple[Action, str], ...] = (
    (Action.READ, "R"),
    (Action.CONTRIBUTE, "C"),
    (Action.READ_MASKED, "R masqué"),
    (Action.READ_EXTRACT, "F"),
    (Action.READ_ASSIGNED, "X"),
    (Action.SEE, "M"),
    (Action.SEE_LABEL, "intitulés"),
    (Action.SEE_STATUS, "état"),
    (Action.READ_OWN, "relit les siens"),
    (Action.VALIDATE, "valide"),
    (Action.ATTACH, "pièces"),
    (Action.READ_REGISTER, "registre"),
)

CODES_SAID: tuple[tuple[str, str], ...] = (
    ("RC", "lit le texte entier, écrit, joint des pièces"),
    ("R", "lit le texte entier, donc l'extrait"),
    ("C", "écrit, et relit ses propres écrits"),
    ("F", "lit l'extrait que l'auteur a écrit pour être partagé"),
    ("X", "lit l'extrait joint à l'action qui lui est confiée"),
    ("M", "sait que la partie existe, et à qui s'adresser"),
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One rule, in words. `rules` are its identifiers; `section` is empty for a denial."""

    rules: tuple[str, ...]
    denies: bool
    who: str
    what: str
    where: str
    when: str
    purposes: str
    duties: str
    source: str

    def __str__(self) -> str:
        """Return the sentence with its source, as it is printed."""
        owed = f" Il faut alors {self.duties}." if self.duties else ""
        aims = f" Pour : {self.purposes}." if self.purposes else ""
        body = (
            f"{capital(self.who)} : fermé ({self.what}), sur {self.where}, {self.when}."
            if self.denies
            else f"{capital(self.who)} : {self.what}, si : {self.when}."
        )
        return f"{body}{aims}{owed} [{self.source}]"


@dataclass(frozen=True, slots=True)
class Chapter:
    """The rules of one section, or the denials (`section` is None)."""

    section: Section | None
    title: str
    sentences: tuple[Sentence, ...]


class Way(NamedTuple):
    """One way to satisfy a letter: its facts, purposes and duties in words, and its source."""

    when: str
    purposes: str
    duties: str
    source: str


class Letter(NamedTuple):
    """A letter of the table, and the alternatives that satisfy it."""

    letter: str
    ways: tuple[Way, ...]


class Row(NamedTuple):
    """A section and what each column may do there; an empty cell gives nothing."""

    section: Section
    number: str
    label: str
    sensitivity: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The table of rights, with the letters that it uses."""

    columns: tuple[Column, ...]
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    letters: tuple[Letter, ...]


def sentences(policy: Policy) -> tuple[Chapter, ...]:
    """Return every rule in French: the denials first, then what opens, section by section."""
    denials = tuple(_denial(line) for line in policy.lines if line.effect is Effect.DENY)
    opening = [line for line in policy.lines if line.effect is Effect.ALLOW]
    chapters = (
        Chapter(section, _title(section), tuple(_openings(opening, section))) for section in Section
    )
    return (
        Chapter(None, DENIALS, denials),
        *(chapter for chapter in chapters if chapter.sentences),
    )


def matrix(policy: Policy) -> Matrix:
    """Return the table of section by column, as the domain specification prints it."""
    written = [line for line in policy.lines if _letter(line)]
    return Matrix(
        COLUMNS,
        tuple(capital(PROFESSION[column]) for column in COLUMNS),
        tuple(
            Row(
                section,
                NUMBER.get(section, ""),
                SECTION_LABELS[section],
                CLASS[section],
                tuple(_cell(written, section, column) for column in COLUMNS),
            )
            for section in Section
            if section is not Section.SITUATION
        ),
        tuple(_letters(written)),
    )


def told(difference: Difference) -> tuple[str, ...]:
    """Return what opens and what closes, in French, each with its smallest example."""
    return (
        *(f"S'ouvre : {said}" for said in _grouped(difference.opened)),
        *(f"Se ferme : {said}" for said in _grouped(difference.closed)),
    )


def simplest(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes less those whose example only adds facts to another's, cell by cell."""
    kept: dict[tuple[object, ...], list[Change]] = {}
    for change in sorted(changes, key=lambda one: int(one.facts).bit_count()):
        cell = (
            change.column,
            change.organisation_kinds,
            change.section,
            change.action,
            change.purposes,
            change.duty,
        )
        others = kept.setdefault(cell, [])
        if not any(change.facts & one.facts == one.facts for one in others):
            others.append(change)
    return tuple(change for found in kept.values() for change in found)


def _openings(lines: list[Line], section: Section) -> Iterator[Sentence]:
    groups: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        if not line.sections or section in line.sections:
            key = (line.actions, line.organisation_kinds, line.purposes, line.condition)
            groups.setdefault((*key, line.duties, line.source), []).append(line)
    for group in groups.values():
        first = group[0]
        yield Sentence(
            tuple(line.id for line in group),
            denies=False,
            who=_who(_any_of(group), first.organisation_kinds),
            what=_what(first.actions),
            where=SECTION_LABELS[section],
            when=facts_said(first.condition.required) + _unless(first.condition.forbidden),
            purposes=_purposes(first.purposes),
            duties=_duties(first.duties),
            source=first.source,
        )


def _denial(line: Line) -> Sentence:
    grounds, excuses = line.condition
    if grounds:
        when = f"quand : {facts_said(grounds)}"
        when += f" ; sauf : {facts_said(excuses)}" if excuses else ""
    else:
        when = f"tant que manque : {facts_said(excuses)}"
    return Sentence(
        (line.id,),
        denies=True,
        who=_who(line.columns, line.organisation_kinds),
        what=enumerated(ACTION[one] for one in Action if one in line.actions)
        if line.actions
        else "tout acte",
        where=_where(line.sections),
        when=when,
        purposes=_purposes(line.purposes),
        duties="",
        source=line.source,
    )


def _title(section: Section) -> str:
    number = NUMBER.get(section, "")
    return f"{number}. {SECTION_LABELS[section]}" if number else SECTION_LABELS[section]


def _any_of(lines: list[Line]) -> frozenset[str]:
    columns: frozenset[str] = frozenset()
    for line in lines:
        if not line.columns:
            return frozenset()
        columns |= line.columns
    return columns


def _who(columns: frozenset[str], kinds: frozenset[str]) -> str:
    who = enumerated(PROFESSION[one] for one in Column if one in columns) if columns else EVERYONE
    if kinds:
        who += f" ({enumerated(KIND[one] for one in OrganisationKind if one in kinds)})"
    return who


def _where(sections: frozenset[str]) -> str:
    if not sections:
        return EVERYWHERE
    return enumerated(
        f"« {SECTION_LABELS[section]} »" for section in Section if section in sections
    )


def _what(actions: frozenset[str]) -> str:
    """Return what is opened, less what each act brings by itself."""
    if not actions:
        return "tout acte"
    brought = {below for one in actions for below in IMPLIED.get(Action(one), ()) if below != one}
    return enumerated(ACTION[one] for one in Action if one in actions and one not in brought)


def _purposes(purposes: frozenset[str]) -> str:
    return enumerated(PURPOSE[one] for one in Purpose if one in purposes) if purposes else ""


def _duties(duties: frozenset[Obligation]) -> str:
    return enumerated(DUTY[one] for one in Obligation if one in duties) if duties else ""


def _unless(facts: Fact) -> str:
    return f" ; sauf : {facts_said(facts)}" if facts else ""


def _letter(line: Line) -> str:
    """Return `a` for `housing.read.BAIL.a1`; empty for a line that is no cell of the matrix."""
    section, _, rest = line.id.partition(".")
    return rest.rsplit(".", 1)[-1].rstrip("0123456789") if section in set(Section) else ""


def _asked(line: Line) -> Action:
    """Return the action that the matrix writes: the second word of the identifier."""
    return Action(line.id.split(".")[1])


def _cell(lines: list[Line], section: Section, column: Column) -> str:
    """Return « RC a / F b », as written: what a level implies is not said again."""
    found: dict[str, set[Action]] = {}
    for line in lines:
        if section in line.sections and column in line.columns and _asked(line) is not Action.SHARE:
            found.setdefault(_letter(line), set()).add(_asked(line))
    by_code: dict[str, list[str]] = {}
    for letter, actions in found.items():
        by_code.setdefault(_code(actions), []).append(letter)
    return " / ".join(f"{code} {'∣'.join(letters)}" for code, letters in by_code.items())


def _code(actions: set[Action]) -> str:
    codes = ["RC"] if actions >= _WRITTEN_RC else []
    said = actions - _WRITTEN_RC if codes else actions
    codes += [code for action, code in _CODES if action in said]
    return " + ".join(codes)


def _letters(lines: list[Line]) -> Iterator[Letter]:
    ways: dict[str, dict[str, Way]] = {}
    for line in lines:
        if _asked(line) is not Action.SHARE:
            number = line.id.rsplit(".", 1)[1]
            ways.setdefault(_letter(line), {})[number] = Way(
                facts_said(line.condition.required) + _unless(line.condition.forbidden),
                _purposes(line.purposes),
                _duties(line.duties),
                line.source,
            )
    for letter in sorted(ways):
        numbered = sorted(ways[letter].items(), key=lambda one: int(one[0].lstrip(letter)))
        yield Letter(letter, tuple(way for _, way in numbered))


def _grouped(changes: Iterable[Change]) -> Iterator[str]:
    """Yield one sentence for each section, group of acts and example, its columns together."""
    acts: dict[tuple[object, ...], list[Change]] = {}
    for change in simplest(changes):
        key = (change.column, change.organisation_kinds, change.section, change.purposes)
        acts.setdefault((*key, change.facts, change.duty), []).append(change)
    columns: dict[tuple[object, ...], list[list[Change]]] = {}
    for group in acts.values():
        one = group[0]
        said = frozenset(change.action for change in group)
        alike = (one.section, said, one.organisation_kinds, one.purposes, one.facts, one.duty)
        columns.setdefault(alike, []).append(group)
    for groups in sorted(columns.values(), key=lambda one: list(Section).index(one[0][0].section)):
        yield _change_said([change for group in groups for change in group])


def _change_said(changes: list[Change]) -> str:
    one = changes[0]
    who = _who(frozenset(change.column for change in changes), frozenset(one.organisation_kinds))
    what = enumerated(
        ACTION[action] for action in Action if action in {change.action for change in changes}
    )
    rules = sorted({rule for change in changes for rule in change.rules})
    refused = sorted({rule for change in changes for rule in change.refused_by})
    against = f" ; contre {', '.join(refused)}" if refused else ""
    duty = f" (sans devoir {DUTY[one.duty]})" if one.duty else ""
    return (
        f"{SECTION_LABELS[one.section]} — {who} : {what}{duty}. "
        f"Exemple le plus simple : {facts_said(one.facts)}. "
        f"Pour : {enumerated(PURPOSE[purpose] for purpose in one.purposes)}. "
        f"[{', '.join(rules)}{against}]"
    )
