"""`cellule policy diff` and `policy show`: what a version of the rules says, without any data."""

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from policies.comparing import Change, Difference, compare
from policies.reading import CODES_SAID, Chapter, Matrix, matrix, sentences, told
from policies.rules import Policy, PolicyRefused, fact_names, load
from service.cli.saying import say, tell

SHIPPED: Final = "-"
"""Stands for the rules that come with the code."""

SAME, DIFFERS, REFUSED = 0, 1, 2


def diff(chosen: argparse.Namespace) -> int:
    """Print what opens and closes from one version to another; 0 same, 1 differs, 2 refused."""
    found = [_version(place) for place in (chosen.old, chosen.new)]
    old, new = found
    if old is None or new is None:
        return REFUSED
    difference = compare(old, new)
    if chosen.json:
        say(json.dumps(_written(difference), ensure_ascii=False))
    else:
        for line in _said(difference):
            say(line)
    return SAME if difference.empty else DIFFERS


def show(chosen: argparse.Namespace) -> int:
    """Print a version in sentences, or as its table; 2 when it is refused."""
    policy = _version(chosen.version)
    if policy is None:
        return REFUSED
    say(f"Règles {policy.digest}")
    for line in _table(matrix(policy)) if chosen.matrix else _chapters(sentences(policy)):
        say(line)
    return SAME


def _version(place: str) -> Policy | None:
    """Return the rules of a directory, or say why they are refused: file, line and reason."""
    try:
        return load(None if place == SHIPPED else Path(place))
    except PolicyRefused as refused:
        tell(f"cellule : règles refusées, {place} : {refused}")
        return None


def _said(difference: Difference) -> Iterator[str]:
    yield f"De {difference.old}"
    yield f"à  {difference.new}"
    if difference.empty:
        yield "Aucune différence : chaque question a la même réponse et les mêmes obligations."
        return
    yield f"{len(difference.opened)} ouvertures, {len(difference.closed)} fermetures."
    if difference.widens_health:
        yield "Un contenu de santé s'ouvre : deux approbations, effet après sept jours."
    yield ""
    yield from told(difference)


def _written(difference: Difference) -> dict[str, Any]:
    return {
        "old": difference.old,
        "new": difference.new,
        "empty": difference.empty,
        "widens": difference.widens,
        "widens_health": difference.widens_health,
        "opened": [_change(one) for one in difference.opened],
        "closed": [_change(one) for one in difference.closed],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "column": change.column,
        "organisation_kinds": list(change.organisation_kinds),
        "section": change.section,
        "action": change.action,
        "purposes": list(change.purposes),
        "witness": list(fact_names(change.facts)),
        "needs": list(fact_names(change.needs)),
        "unless": list(fact_names(change.unless)),
        "rules": list(change.rules),
        "refused_by": list(change.refused_by),
        "duty": change.duty,
    }


def _chapters(chapters: Iterable[Chapter]) -> Iterator[str]:
    for chapter in chapters:
        yield ""
        yield chapter.title
        for sentence in chapter.sentences:
            yield f"  - {sentence}"


def _table(found: Matrix) -> Iterator[str]:
    for row in found.rows:
        yield ""
        yield f"{row.number} {row.label} ({row.sensitivity})"
        for head, cell in zip(found.heads, row.cells, strict=True):
            yield f"  {head} : {cell or '–'}"
    yield ""
    for code, meaning in CODES_SAID:
        yield f"{code} : {meaning}"
    for letter in found.letters:
        yield ""
        yield f"{letter.letter} :"
        for way in letter.ways:
            owed = f" ; il faut alors {way.duties}" if way.duties else ""
            aims = f", pour : {way.purposes}" if way.purposes else ""
            yield f"  - {way.when}{aims}{owed} [{way.source}]"
