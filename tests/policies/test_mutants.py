"""Every small change of the rules is refused, killed by what was reviewed, or proved to be none.

A deterministic sample here; `make drill`, and `python -m tests.policies.mutants`, try them all.
"""

from policies.rules import load
from policies.vocabulary import Column, Effect
from tests.policies.mutants import Mutant, Verdict, breaks_duties, mutants, run, verdict

STEP = 23
"""One mutant in so many, in the order of the tables: a prime, so as to try every kind."""


def test_no_mutant_of_the_sample_survives():
    counts, survived = run(list(mutants())[::STEP])
    assert not survived, "\n".join(survived[:20])
    assert sum(counts.values()) > 1_000
    for one in (Verdict.REFUSED, Verdict.WORLDS, Verdict.LEAST, Verdict.EQUIVALENT):
        assert counts[one] > 5, counts
    assert counts[Verdict.EQUIVALENT] < sum(counts.values()) // 4, counts


def test_deleting_any_special_line_is_seen_or_proved_needless():
    deleted = [
        one for one in mutants() if one.file == "special.csv" and one.name.startswith("delete ")
    ]
    assert len(deleted) > 60
    counts, survived = run(deleted)
    assert not survived, "\n".join(survived[:20])
    assert counts[Verdict.WORLDS] > 55, counts


def test_a_mutant_that_changes_something_is_told_from_one_that_changes_nothing():
    """The proof of equivalence is no rubber stamp: `a` is implied by nothing, `pledge` is."""
    row = (
        "SEE-CIRCLE",
        "SOC",
        "*",
        "situation",
        "see",
        "*",
        "territory & pledge & circle",
        "allow",
    )
    same = Mutant("", "special.csv", row, (*row[:6], "territory & circle", row[7]))
    assert verdict(same)[0] is Verdict.EQUIVALENT
    wider = Mutant("", "special.csv", row, (*row[:6], "territory & pledge", row[7]))
    assert verdict(wider)[0] is Verdict.WORLDS


def test_a_reading_by_emergency_owes_every_duty_and_no_other_reading_any():
    """Settled specification 5; design/policy.md, obligations."""
    lines = load().lines
    assert not breaks_duties(lines)
    assert sum(bool(line.duties) for line in lines) > 20


def test_no_rule_names_a_kind_of_organisation():
    """Settled specification 2: the kind is told by the column, a diploma changes nothing."""
    assert [line.id for line in load().lines if line.organisation_kinds] == []


def test_no_rule_denies_by_who_one_is_without_allowing_someone():
    """A column that nothing allows needs no denial: a line that speaks of it alone is a slip."""
    silent = {Column.STAT, Column.ADM, Column.ORGADM, Column.NONE}
    allowed = {
        column for line in load().lines if line.effect is Effect.ALLOW for column in line.columns
    }
    assert not allowed & silent
