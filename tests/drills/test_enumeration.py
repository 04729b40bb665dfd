"""Casbin asked on every combination of facts of every cell: `make drill`.

Combinations under which the same lines hold are asked once: tests/policies/minterms.py.
"""

import os

import pytest

from policies.decision import engine
from policies.explain import would_allow
from tests.policies.minterms import cells, classes

pytestmark = pytest.mark.skipif(
    os.environ.get("CELLULE_TEST_DRILL") != "1", reason="a drill: make drill"
)


def test_casbin_answers_what_the_lines_say_on_every_minterm() -> None:
    covered = asked = allowed = 0
    for question, lines in cells().values():
        for one in classes(lines):
            answer = engine().allows(question._replace(facts=one.facts))
            assert answer is would_allow(lines, question._replace(facts=one.facts)), (question, one)
            covered += one.count
            asked += 1
            allowed += answer
    print(
        f"{len(cells())} sets of rules, {covered:,} minterms, {asked:,} asked, {allowed:,} allowed"
    )
    assert covered > 10_000_000
    assert allowed > asked // 100
