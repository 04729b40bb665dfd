"""Every mutant of the three tables: `make drill`. In CI, a sample of them."""

import os

import pytest

from tests.policies.mutants import Verdict, mutants, run

pytestmark = pytest.mark.skipif(
    os.environ.get("CELLULE_TEST_DRILL") != "1", reason="a drill: make drill"
)


def test_every_mutant_of_the_rules_is_refused_killed_or_proved_equivalent() -> None:
    counts, survived = run(mutants())
    print("\n".join(f"{counts[one]:>8}  {one}" for one in Verdict))
    assert not survived, "\n".join(survived[:40])
    assert sum(counts.values()) > 30_000
    assert counts[Verdict.WORLDS] > sum(counts.values()) // 2
