"""Casbin and the plain reading of the lines agree; an explanation tells no one too much.

On each run, every distinct set of rules is asked on its critical minterms: each line just
satisfied, each of its facts taken away, each allow beside each denial, with and without what
excuses it. `make drill` asks every class of minterms instead, before a release.
"""

import pytest

from policies.decision import Question, admit, decide, engine
from policies.explain import (
    NOT_YOUR_PROFESSION,
    REASON,
    Candidate,
    closing_facts,
    who_could,
    why,
    would_allow,
)
from policies.rules import Policy, load, parse_condition, written_condition
from policies.vocabulary import (
    GRANTING,
    MEANING,
    NO_FACTS,
    Action,
    Audience,
    Column,
    Fact,
    Level,
    Obligation,
    OrganisationKind,
    Purpose,
    Section,
)
from tests.policies.minterms import cells, classes, critical
from tests.policies.worlds import AGREED, EXCHANGING, KIND, NAMED, SEAT

FULL = Audience.FULL


def test_casbin_answers_what_the_lines_say():
    asked = allowed = 0
    for question, lines in cells().values():
        for facts in critical(lines):
            one = question._replace(facts=facts)
            answer = engine().allows(one)
            assert answer is would_allow(lines, one), one
            asked += 1
            allowed += answer
    assert asked > 5_000
    assert allowed > asked // 50


def test_casbin_reads_every_purpose_as_the_lines_do():
    refused = allowed = 0
    for question, lines in cells().values():
        for purpose in Purpose:
            one = question._replace(facts=GRANTING, purpose=purpose)
            answer = engine().allows(one)
            assert answer is would_allow(lines, one), one
            allowed += answer
            refused += not answer
    assert allowed > 100
    assert refused > 100


def test_the_classes_of_a_cell_are_all_its_combinations():
    """Counted one by one on small cells: as many, and the lines that hold are those of one of them."""
    tried = 0
    for _, lines in cells().values():
        named = NO_FACTS
        for line in lines:
            named |= line.condition.required | line.condition.forbidden
        mask = int(named)
        if mask.bit_count() > 9:
            continue
        counted: dict[tuple[bool, ...], int] = {}
        part = mask
        while True:
            holding = tuple(line.condition.holds(part) for line in lines)
            counted[holding] = counted.get(holding, 0) + 1
            if not part:
                break
            part = (part - 1) & mask
        found = {
            tuple(line.condition.holds(one.facts) for line in lines): one.count
            for one in classes(lines)
        }
        assert found == counted
        tried += 1
    assert tried > 50


def test_every_condition_holds_exactly_when_its_facts_do():
    written = {written_condition(line.condition) for line in load().lines}
    assert len(written) > 50
    for text in written:
        condition = parse_condition(text)
        words = text.split(" & ")
        mask = int(condition.required | condition.forbidden)
        part = mask
        while True:
            by_words = all(
                bool(Fact[word.removeprefix("!").upper()] & part) is not word.startswith("!")
                for word in words
            )
            assert condition.holds(part) is by_words, (text, part)
            if not part:
                break
            part = (part - 1) & mask


def a_question(
    column: Column, section: Section, facts: Fact, action: Action = Action.READ
) -> Question:
    return Question(column, KIND[column], section, action, Purpose.COORDINATION, facts)


def test_the_refused_person_is_told_what_depends_on_them():
    told = why(a_question(Column.SOC, Section.HOUSING, NAMED & ~Fact.PLEDGE))
    assert not told.allowed
    assert any("engagement de confidentialité" in one for one in told.sentences)
    assert any("226-13" in one for one in told.sentences)
    assert told.rules == told.denied_by == ()


@pytest.mark.parametrize(
    ("column", "section", "facts"),
    [
        (Column.SOC, Section.SOMATIC_HEALTH, NAMED),
        (Column.SOC, Section.HOUSING, NAMED | Fact.OPPOSED),
        (Column.SOC, Section.HOUSING, NAMED | Fact.FROZEN),
        (Column.SOC, Section.HOUSING, NAMED | Fact.CONFLICT),
    ],
)
def test_what_depends_on_the_person_is_one_constant_sentence(
    column: Column, section: Section, facts: Fact
):
    question = a_question(column, section, facts)
    assert why(question).sentences == (NOT_YOUR_PROFESSION,)
    assert why(question, FULL).sentences != (NOT_YOUR_PROFESSION,)
    assert why(question, FULL).sentences == why(question, Audience.PROFESSION).sentences


def test_oversight_is_told_everything():
    told = why(a_question(Column.BAIL, Section.ATTACHMENTS, NAMED | Fact.OPPOSED), FULL)
    assert told.denied_by == ("OBJECTION",)
    assert told.sentences == (str(REASON[Fact.OPPOSED]),)
    assert "L.1110-4" in told.sentences[0]


def test_who_is_allowed_is_told_no_reason():
    told = why(a_question(Column.SOC, Section.HOUSING, NAMED))
    assert told.allowed
    assert told.level is Level.READ
    assert told.sentences == ()


def test_an_objection_and_no_right_at_all_are_told_alike():
    """A second sentence, or another one, would tell an objection from its absence."""
    for facts in (NAMED, NAMED | Fact.FROZEN, NAMED | Fact.ANONYMISED):
        for column, section in (
            (Column.BAIL, Section.MENTAL_HEALTH),
            (Column.LHI, Section.HOUSING),
            (Column.SOC, Section.SOMATIC_HEALTH),
        ):
            question = a_question(column, section, facts)
            opposed = question._replace(facts=facts | Fact.OPPOSED)
            assert why(opposed).sentences == why(question).sentences


def test_a_function_that_has_no_right_is_told_so():
    told = why(a_question(Column.NONE, Section.HOUSING, NAMED), FULL)
    assert told.sentences == ("Aucune règle n'ouvre cet acte à votre fonction.",)
    granting = why(a_question(Column.SOC, Section.SITUATION, NAMED)._replace(action=Action.GRANT))
    assert granting.sentences == told.sentences


def test_another_purpose_is_told():
    told = why(a_question(Column.SOC, Section.HOUSING, NAMED)._replace(purpose=Purpose.AUDIT))
    assert any("finalité" in one for one in told.sentences)


def test_no_explanation_suggests_an_emergency():
    emergency = str(REASON[Fact.EMERGENCY_ACCESS])
    refused = 0
    for column in (Column.COORD, Column.PSY, Column.SOC, Column.SDIS, Column.BAIL):
        for section in Section:
            for facts in (SEAT, NAMED, NAMED | Fact.OPPOSED, NAMED | Fact.ANONYMISED):
                told = why(a_question(column, section, facts), FULL)
                refused += not told.allowed
                assert emergency not in told.sentences
    assert refused > 100


def test_every_fact_has_its_sentence_its_source_and_its_audience():
    assert set(REASON) == set(MEANING) == set(Fact)
    for reason in REASON.values():
        assert reason.sentence
        assert reason.source
        assert not reason.sentence.endswith(".")


def test_an_audience_hears_what_is_written_for_a_narrower_one():
    assert Audience.FULL.hears(Audience.REFUSED)
    assert Audience.PROFESSION.hears(Audience.PROFESSION)
    assert not Audience.REFUSED.hears(Audience.PROFESSION)
    assert not Audience.PROFESSION.hears(Audience.FULL)


def test_who_could_names_the_seats_that_are_allowed():
    seats = (
        Candidate("nurse", Column.MED, OrganisationKind.HEALTH, EXCHANGING),
        Candidate("social worker", Column.SOC, OrganisationKind.CCAS, AGREED),
        Candidate("landlord", Column.BAIL, OrganisationKind.LANDLORD, AGREED),
    )
    able = who_could(seats, Section.SOMATIC_HEALTH, Action.READ_EXTRACT)
    assert [one.label for one in able] == ["nurse", "social worker"]
    assert [one.label for one in who_could(seats, Section.SOMATIC_HEALTH, Action.READ)] == ["nurse"]


def test_an_explanation_and_who_could_follow_the_version_asked():
    policy = engine().policy
    lines = tuple(line for line in policy.lines if line.id != "OBJECTION-VITAL")
    older = admit(Policy(lines, policy.model, "e" * 64))
    question = a_question(Column.SOC, Section.HOUSING, NAMED | Fact.OPPOSED)
    assert why(question, FULL).denied_by == ("OBJECTION-VITAL",)
    assert why(question, FULL, policy=older).allowed
    seats = (Candidate("social worker", Column.SOC, OrganisationKind.CCAS, question.facts),)
    assert who_could(seats, Section.HOUSING, Action.READ) == ()
    able = who_could(seats, Section.HOUSING, Action.READ, policy=older)
    assert [one.decision.policy for one in able] == [older]
    frozen = question._replace(facts=question.facts | Fact.FROZEN)
    assert closing_facts(decide(frozen, older), frozen) == Fact.FROZEN
    assert closing_facts(decide(frozen), frozen) == Fact.FROZEN | Fact.OPPOSED
    with pytest.raises(LookupError):
        why(question, policy="unknown")


def test_an_emergency_reading_comes_with_all_its_duties():
    answer = decide(
        a_question(Column.SDIS, Section.HOUSING, SEAT | Fact.EMERGENCY_ACCESS | Fact.OPPOSED)
    )
    assert answer.allowed
    assert set(answer.obligations) == set(Obligation)
