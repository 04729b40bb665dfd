"""The whole table of rights is what was reviewed, and a change of it shows as a few lines."""

import difflib
from pathlib import Path

import pytest

from policies.decision import engine
from policies.rules import read, texts
from policies.vocabulary import Column, Section
from tests.policies.golden import EXPECTED, LEAST, least, table
from tests.policies.worlds import WORLDS

ALLOWED_SHARE = (0.05, 0.25)
READABLE = 60
"""The most lines by which one letter of one cell may change the reviewed table."""


def difference(reviewed: tuple[str, ...], present: tuple[str, ...]) -> list[str]:
    return list(difflib.unified_diff(reviewed, present, "reviewed", "present", n=0, lineterm=""))


@pytest.mark.parametrize(
    ("file", "present"),
    [
        (EXPECTED, lambda: table(engine().policy.lines)),
        (LEAST, lambda: least(engine().policy)),
    ],
    ids=["expected.csv", "least.csv"],
)
def test_the_table_is_the_reviewed_one(file: Path, present):
    reviewed = tuple(file.read_text(encoding="utf-8").splitlines())
    changed = difference(reviewed, present())
    assert not changed, (
        "\n".join(changed[:80])
        + "\nIf this is what was wanted: python -m tests.policies.golden, and read the diff."
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("housing, read, BAIL, a", "housing, read_extract, BAIL, a"),
        ("housing, read, BAIL, a", "housing, read, BAIL, b"),
        ("somatic_health, read_extract, SOC, b", "somatic_health, read, SOC, b"),
        ("synthesis, read, NETT, y", "# none"),
    ],
)
def test_one_letter_of_one_cell_shows_as_a_bounded_diff_of_that_cell(before: str, after: str):
    said = dict(texts())
    assert said["matrix.csv"].count(before + "\n") == 1
    changed = read(said | {"matrix.csv": said["matrix.csv"].replace(before + "\n", after + "\n")})
    section, _, column, _ = before.split(", ")
    shown = [
        line
        for line in difference(table(engine().policy.lines), table(changed.lines))
        if not line.startswith(("@@", "---", "+++"))
    ]
    assert 0 < len(shown) <= READABLE
    assert all(f",{section},{column}," in line for line in shown), shown


def test_the_table_opens_something_and_not_everything():
    rows = {tuple(row.split(",")[:3]) for row in table(engine().policy.lines)[1:]}
    share = len(rows) / (len(WORLDS) * len(Section) * len(Column))
    assert ALLOWED_SHARE[0] < share < ALLOWED_SHARE[1], share
