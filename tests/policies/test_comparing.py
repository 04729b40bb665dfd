"""Two versions compared: everything that differs is told, and nothing that does not."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.comparing import Cell, Cells, Change, cells_of, compare, gained
from policies.decision import Question
from policies.explain import would_allow
from policies.rules import Conjunction, Line, Policy, load, read, texts
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
from tests.policies.mutants import PolicyRefused, changed, mutants

CELL = Cell(Column.SOC, Section.HOUSING, Action.READ)
GRANTED = (Fact.TERRITORY, Fact.CIRCLE, Fact.AGREEMENT, Fact.EMERGENCY_ACCESS)
RESTRICTED = (Fact.OPPOSED, Fact.FROZEN)
SMALL = [
    Fact(sum(chosen)) for chosen in product(*((0, int(one)) for one in (*GRANTED, *RESTRICTED)))
]
KINDS = (OrganisationKind.CCAS, OrganisationKind.DAC)
PURPOSES = (Purpose.COORDINATION, Purpose.CARE)


def version(file: str, before: str, after: str) -> Policy:
    said = dict(texts())
    assert before in said[file]
    return read(said | {file: said[file].replace(before, after)})


def question(change: Change, facts: Fact) -> Question:
    kind = (change.organisation_kinds or tuple(OrganisationKind))[0]
    return Question(change.column, kind, change.section, change.action, change.purposes[0], facts)


def test_a_version_differs_from_itself_in_nothing():
    found = compare(load(), load())
    assert found.empty
    assert not found.widens
    assert not found.widens_health


def test_identifiers_and_order_and_sources_are_no_difference():
    policy = load()
    other = Policy(tuple(reversed(policy.lines)), policy.model, "0" * 64)
    assert compare(policy, other).empty
    assert compare(policy, version("special.csv", "SEE-CIRCLE,", "SEE-MEMBERS,")).empty
    assert compare(policy, version("special.csv", "# Code pénal, 226-13", "# CP 226-13")).empty


def test_what_closes_is_told_with_its_smallest_example():
    found = compare(load(), version("matrix.csv", "housing, read, BAIL, a\n", ""))
    assert found.opened == ()
    assert {change.column for change in found.closed} == {Column.BAIL}
    assert {change.section for change in found.closed} == {Section.HOUSING}
    first = next(one for one in found.closed if one.action is Action.READ and one.rules)
    member = Fact.TERRITORY | Fact.PLEDGE | Fact.CIRCLE | Fact.INFORMED | Fact.NAMED
    assert member in {one.facts for one in found.closed}
    assert first.purposes == (Purpose.COORDINATION, Purpose.CARE, Purpose.SOCIAL)
    assert first.refused_by == ()


def test_a_weakened_denial_opens_and_the_example_holds_the_objection():
    found = compare(
        load(),
        version(
            "special.csv",
            "extract_only & !mission,",
            "extract_only & !mission & !emergency_access,",
        ),
    )
    assert found.widens
    assert not found.closed
    assert {change.column for change in found.opened} == {Column.SCHS, Column.LHI}
    for change in found.opened:
        assert change.facts & Fact.EXTRACT_ONLY
        assert change.facts & Fact.EMERGENCY_ACCESS
        assert change.refused_by == ("CONSEQUENCES-ONLY-MISSION",)


@pytest.mark.parametrize(
    ("file", "before", "after", "widens", "health"),
    [
        (
            "matrix.csv",
            "somatic_health, read_extract, SOC, b",
            "somatic_health, read, SOC, b",
            True,
            True,
        ),
        ("matrix.csv", "housing, read_extract, PSY, a", "housing, read, PSY, a", True, False),
        ("matrix.csv", "somatic_health, read_extract, SOC, b\n", "", False, False),
        (
            "special.csv",
            "somatic_health|mental_health|assessments_clinical, read|read_extract|exchange, *, !strong_auth",
            "somatic_health|mental_health|assessments_clinical, read|exchange, *, !strong_auth",
            True,
            True,
        ),
        (
            "special.csv",
            "mental_health, read|share|export, *, peer_worker",
            "mental_health, read|share, *, peer_worker",
            True,
            True,
        ),
    ],
)
def test_a_widening_of_health_is_told_from_any_other(
    file: str, before: str, after: str, widens: bool, health: bool
):
    found = compare(load(), version(file, before, after))
    assert not found.empty
    assert found.widens is widens
    assert found.widens_health is health


def test_seeing_that_a_health_section_exists_is_no_content():
    found = compare(
        load(),
        version(
            "matrix.csv",
            "housing, read, BAIL, a\n",
            "housing, read, BAIL, a\nsomatic_health, see, BAIL, a\n",
        ),
    )
    assert found.widens
    assert not found.widens_health


def test_a_duty_that_is_owed_no_more_widens():
    duties = "tell_person_7_days|tell_coordinator|show_banner|ask_review"
    fewer = version("conditions.csv", duties, "tell_person_7_days|tell_coordinator|show_banner")
    found = compare(load(), fewer)
    assert found.widens
    assert {one.duty for one in found.opened} == {Obligation.ASK_REVIEW}
    assert found.closed == ()
    assert compare(fewer, load()).closed == found.opened
    assert not compare(fewer, load()).widens


def test_an_organisation_kind_is_told_when_it_matters():
    found = compare(
        load(),
        version(
            "special.csv", "COORDINATOR-GRANTS, COORD, *,", "COORDINATOR-GRANTS, COORD, CCAS|DAC,"
        ),
    )
    assert not found.opened
    (change,) = {(one.column, one.action) for one in found.closed}
    assert change == (Column.COORD, Action.GRANT)
    closed = {kind for one in found.closed for kind in one.organisation_kinds}
    assert closed == set(OrganisationKind) - {OrganisationKind.CCAS, OrganisationKind.DAC}


conditions = st.builds(
    Conjunction,
    st.lists(st.sampled_from(GRANTED), max_size=3).map(
        lambda found: Fact(sum(map(int, set(found))))
    ),
    st.lists(st.sampled_from(RESTRICTED), max_size=2).map(
        lambda found: Fact(sum(map(int, set(found))))
    ),
)
words = st.sampled_from([frozenset(), frozenset({Purpose.CARE}), frozenset({Purpose.COORDINATION})])
kinds = st.sampled_from([frozenset(), frozenset(), frozenset({KINDS[0]})])
duties = st.sampled_from([frozenset(), frozenset(), frozenset({Obligation.SHOW_BANNER})])


def line(condition: Conjunction, purposes, kind, effect: Effect, owed) -> Line:
    if effect is Effect.DENY:
        condition, owed = Conjunction(condition.forbidden, condition.required), frozenset()
    return Line(
        "x",
        frozenset({CELL.column}),
        kind,
        frozenset({CELL.section}),
        frozenset({CELL.action}),
        purposes,
        condition,
        effect,
        owed,
    )


lines = st.lists(
    st.builds(
        line,
        conditions,
        words,
        kinds,
        st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY]),
        duties,
    ),
    max_size=5,
).map(tuple)


def answer(of: tuple[Line, ...], asked: Question) -> tuple[bool, frozenset[Obligation]]:
    """Return what a version says of a question, with what is then owed."""
    if not would_allow(of, asked):
        return False, frozenset()
    holding = [
        one
        for one in of
        if one.effect is Effect.ALLOW
        and one.concerns(asked.asked)
        and one.serves(asked.purpose)
        and one.condition.holds(asked.facts)
    ]
    return True, frozenset.intersection(*(one.duties for one in holding))


def test_small_versions_differ_exactly_where_it_is_told():
    seen = Counter[str]()

    @settings(max_examples=150, deadline=None)
    @given(lines, lines)
    def compared(before: tuple[Line, ...], after: tuple[Line, ...]) -> None:
        told = {
            (kind, purpose)
            for change in gained(before, after, CELL)
            for kind in KINDS
            if not change.organisation_kinds or kind in change.organisation_kinds
            for purpose in change.purposes
        }
        opened = set()
        for kind, purpose in product(KINDS, PURPOSES):
            for facts in SMALL:
                asked = Question(CELL.column, kind, CELL.section, CELL.action, purpose, facts)
                (was, owed), (is_now, owes) = answer(before, asked), answer(after, asked)
                if is_now and (not was or owed - owes):
                    opened.add((kind, purpose))
        assert opened == {one for one in told if one[1] in PURPOSES}
        seen["opened" if opened else "same"] += 1
        for change in gained(before, after, CELL):
            kind = (change.organisation_kinds or KINDS)[0]
            witness = Question(
                CELL.column, kind, CELL.section, CELL.action, change.purposes[0], change.facts
            )
            assert answer(after, witness)[0]
            if change.duty is None:
                assert not answer(before, witness)[0]
                smaller = [change.facts & ~one for one in RESTRICTED if one & change.facts]
                assert all(answer(before, witness._replace(facts=less))[0] for less in smaller)

    compared()
    assert seen["opened"] > 20
    assert seen["same"] > 5


def test_a_mutated_policy_differs_only_where_it_is_told():
    """Random questions about random changes of the real rules: differ, hence told."""
    sample = list(mutants())[::97]
    cells = Cells(load().lines)
    seen = Counter[bool]()

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(sample), st.data())
    def asked_of(mutant, data) -> None:
        try:
            gone, come = changed(mutant)
        except PolicyRefused:
            return
        spoken = sorted({cell for one in gone | come for cell in cells_of(one)})
        if not spoken:
            return
        cell = data.draw(st.sampled_from(spoken))
        before = cells.at(cell)
        out = {one.id for one in gone}
        after = (
            *(one for one in before if one.id not in out),
            *(one for one in come if cell in set(cells_of(one))),
        )
        told = (gained(before, after, cell), gained(after, before, cell))
        edges = [one.facts for one in (*told[0], *told[1])] + [
            one.condition.required | one.condition.forbidden for one in (*before, *after)
        ]
        facts = data.draw(st.sampled_from([*edges, NO_FACTS]))
        for one in data.draw(st.lists(st.sampled_from(list(Fact)), max_size=2)):
            facts ^= one
        purpose = data.draw(st.sampled_from(list(Purpose)))
        asked = Question(
            cell.column, OrganisationKind.CCAS, cell.section, cell.action, purpose, facts
        )
        was, is_now = would_allow(before, asked), would_allow(after, asked)
        seen[was is not is_now] += 1
        if was is is_now:
            return
        side = told[0] if is_now else told[1]
        covering = [
            one
            for one in side
            if purpose in one.purposes and one.needs & facts == one.needs and not one.unless & facts
        ]
        assert covering, (mutant.name, asked)

    asked_of()
    assert seen[True] > 10
    assert seen[False] > 10


def test_every_witness_of_a_large_change_is_one():
    """A weaker `a`: hundreds of cells open; each example is refused before and allowed after."""
    weaker = version("conditions.csv", "circle & informed & named, yes", "circle & named, yes")
    before, after = Cells(load().lines), Cells(weaker.lines)
    found = compare(load(), weaker)
    assert len(found.opened) > 500
    for change in [one for one in found.opened if one.duty is None][::7]:
        cell = Cell(change.column, change.section, change.action)
        asked = question(change, change.facts)
        assert not would_allow(before.at(cell), asked), change
        assert would_allow(after.at(cell), asked), change
        assert change.needs & GRANTING == change.needs
        assert change.facts == change.needs | change.facts & RESTRICTING
