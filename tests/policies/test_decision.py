"""How a decision is made: by Casbin, purely, from a bounded memo, and in silence."""

import logging
from dataclasses import FrozenInstanceError
from importlib.metadata import PackageNotFoundError, version

import pytest

from policies import decision
from policies.decision import Decision, Engine, Question, RulesDisagree, decide, has, highest, holds
from policies.rules import Conjunction, Line, Policy, load
from policies.vocabulary import (
    NO_FACTS,
    Action,
    Column,
    Effect,
    Fact,
    Level,
    Obligation,
    OrganisationKind,
    Purpose,
    Section,
)
from tests.policies.worlds import AGREED, EMERGENCY, NAMED, SEAT

LANDLORD = (Column.BAIL, OrganisationKind.LANDLORD)


def a_question(
    action: Action = Action.READ,
    facts: Fact = NAMED,
    section: Section = Section.HOUSING,
    column: Column = Column.BAIL,
) -> Question:
    kind = OrganisationKind.LANDLORD
    return Question(column, kind, section, action, Purpose.COORDINATION, facts)


@pytest.fixture
def packaged():
    """Leave the packaged policy in use, whatever a test put there."""
    before = decision.engine().policy
    yield before
    decision.use(before)


def test_the_distribution_is_pycasbin_and_never_casbin():
    assert version("pycasbin").startswith("2.")
    with pytest.raises(PackageNotFoundError):
        version("casbin")


def test_simpleeval_is_one_without_the_known_escapes():
    assert tuple(int(part) for part in version("simpleeval").split(".")[:3]) >= (1, 0, 5)


def test_a_decision_says_why_it_allows():
    answer = decide(a_question())
    assert answer == Decision(
        allowed=True,
        level=Level.READ,
        rules=("housing.read.BAIL.a1",),
        denied_by=(),
        missing=(),
        obligations=(),
        policy=load().digest,
    )


def test_a_decision_says_what_denies_and_what_the_section_still_opens():
    answer = decide(a_question(facts=NAMED | Fact.OPPOSED))
    assert not answer.allowed
    assert answer.level is Level.SEE
    assert answer.denied_by == ("OBJECTION-VITAL",)


def test_a_refusal_names_the_nearest_rules_and_what_they_lack():
    answer = decide(a_question(facts=NAMED & ~Fact.INFORMED))
    assert not answer.allowed
    assert answer.missing[0].rule == "housing.read.BAIL.a1"
    assert answer.missing[0].facts == Fact.INFORMED
    assert not answer.missing[0].purpose


def test_a_column_that_never_reads_in_full_is_told_what_its_extract_lacks():
    answer = decide(a_question(section=Section.SOMATIC_HEALTH, column=Column.SOC))
    assert answer.missing[0].rule == "somatic_health.read_extract.SOC.b1"
    assert answer.missing[0].facts == Fact.AGREEMENT


def test_another_purpose_is_a_reason():
    answer = decide(a_question()._replace(purpose=Purpose.AUDIT))
    assert not answer.allowed
    assert answer.missing[0].purpose


def test_an_emergency_is_never_offered_as_a_near_miss():
    question = a_question(facts=SEAT, section=Section.SOMATIC_HEALTH, column=Column.SDIS)
    assert decide(question).missing == ()
    for column in Column:
        for section in Section:
            answer = decide(a_question(facts=SEAT, section=section, column=column))
            assert not any(one.facts & Fact.EMERGENCY_ACCESS for one in answer.missing)


def test_an_emergency_obliges_and_an_ordinary_right_spares_it():
    outside = decide(a_question(facts=EMERGENCY, column=Column.SOC))
    assert outside.allowed
    assert set(outside.obligations) == set(Obligation)
    member = decide(a_question(facts=EMERGENCY | NAMED, column=Column.SOC))
    assert member.allowed
    assert member.obligations == ()


@pytest.mark.parametrize(
    ("section", "facts", "level"),
    [
        (Section.HOUSING, NAMED, Level.READ),
        (Section.IDENTITY_CONTACT, NAMED, Level.READ_EXTRACT),
        (Section.ACTION_PLAN, NAMED | Fact.ASSIGNED, Level.READ_ASSIGNED),
        (Section.LEGAL_PROTECTION, NAMED, Level.SEE),
        (Section.SOMATIC_HEALTH, AGREED, Level.NONE),
    ],
)
def test_the_highest_level_is_the_one_the_gate_takes(section: Section, facts: Fact, level: Level):
    answer = highest(*LANDLORD, section, Purpose.COORDINATION, facts)
    assert answer.level is level
    assert answer.allowed is (level is not Level.NONE)


def test_a_decision_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        decide(a_question()).allowed = False  # type: ignore[misc]


def test_the_memo_is_bounded_and_answers_the_whole_question_again():
    engine = Engine(load())
    assert engine.memo_bound() == decision.MEMO_ENTRIES
    first = engine.decide(a_question())
    assert engine.decide(a_question()) is first
    assert engine.decide(a_question(facts=NAMED | Fact.OPPOSED)) is not first


def test_the_memo_spares_casbin(monkeypatch: pytest.MonkeyPatch):
    engine, asked = Engine(load()), []
    original = Engine._ask_casbin

    def counting(self: Engine, question: Question) -> bool:
        asked.append(question)
        return original(self, question)

    monkeypatch.setattr(Engine, "_ask_casbin", counting)
    engine = Engine(load())
    for _ in range(50):
        engine.highest(*LANDLORD, Section.HOUSING, Purpose.COORDINATION, NAMED)
    assert len(asked) == len(set(asked))
    assert len(asked) <= len(Level)


def test_a_policy_is_swapped_whole(packaged: Policy):
    reading = [line for line in packaged.lines if line.id != "housing.read.BAIL.a1"]
    narrower = Policy(tuple(reading), packaged.model, "0" * 64)
    old = decision.engine()
    assert decide(a_question()).allowed
    assert decision.use(narrower) is old
    assert not decide(a_question()).allowed
    assert decide(a_question()).policy == "0" * 64
    assert old.decide(a_question()).allowed


def narrowed(packaged: Policy, number: int) -> Policy:
    """Return a version in which landlords do not read housing."""
    reading = tuple(line for line in packaged.lines if line.id != "housing.read.BAIL.a1")
    return Policy(reading, packaged.model, f"{number:064x}")


def test_versions_answer_side_by_side(packaged: Policy):
    narrower = narrowed(packaged, 1)
    digest = decision.admit(narrower)
    assert digest == narrower.digest
    assert decision.admit(packaged) == packaged.digest
    assert decide(a_question()).allowed
    assert decide(a_question(), packaged.digest) is decide(a_question())
    answer = decide(a_question(), digest)
    assert not answer.allowed
    assert answer.policy == digest
    asked = (*LANDLORD, Section.HOUSING, Purpose.COORDINATION, NAMED)
    assert highest(*asked).level is Level.READ
    assert highest(*asked, digest).level is Level.NONE
    assert decision.engine(digest) is decision.engine(digest)
    assert decide(a_question(), digest) is answer


def test_a_version_that_is_not_kept_opens_nothing():
    with pytest.raises(LookupError):
        decide(a_question(), "f" * 64)
    with pytest.raises(LookupError):
        highest(*LANDLORD, Section.HOUSING, Purpose.COORDINATION, NAMED, "f" * 64)


def test_few_versions_are_kept_and_the_packaged_one_always(packaged: Policy):
    digests = [
        decision.admit(narrowed(packaged, 100 + number)) for number in range(decision.MOST_VERSIONS)
    ]
    assert not decide(a_question(), digests[0]).allowed
    decision.admit(narrowed(packaged, 200))
    assert not decide(a_question(), digests[0]).allowed
    assert [decision.is_admitted(one) for one in digests[:2]] == [True, False]
    with pytest.raises(LookupError):
        decide(a_question(), digests[1])
    decision.use(narrowed(packaged, 300))
    assert not decide(a_question(), f"{300:064x}").allowed
    assert decide(a_question(), packaged.digest).allowed


def test_casbin_is_never_asked_on_an_empty_policy(packaged: Policy):
    engine = Engine(Policy((), packaged.model, "0" * 64))
    assert not engine.decide(a_question()).allowed


def test_when_casbin_and_the_lines_disagree_nothing_opens(packaged: Policy):
    lines = (
        _line("A", Effect.ALLOW, Conjunction(Fact.TERRITORY, NO_FACTS)),
        _line("D", Effect.DENY, Conjunction(Fact.OPPOSED, NO_FACTS)),
    )
    assert (
        not Engine(Policy(lines, packaged.model, "0" * 64))
        .decide(a_question(facts=NO_FACTS))
        .allowed
    )
    careless = packaged.model.replace("holds(p.cond, r.facts)", 'p.eft == "allow"')
    assert careless != packaged.model
    with pytest.raises(RulesDisagree):
        Engine(Policy(lines, careless, "0" * 64)).decide(a_question(facts=NO_FACTS))


def test_one_deny_beats_every_allow_in_any_order(packaged: Policy):
    allow = _line("A", Effect.ALLOW, Conjunction(Fact.TERRITORY, NO_FACTS))
    deny = _line("D", Effect.DENY, Conjunction(Fact.OPPOSED, NO_FACTS))
    for lines in ((allow, deny), (deny, allow)):
        engine = Engine(Policy(lines, packaged.model, "0" * 64))
        assert engine.decide(a_question(facts=Fact.TERRITORY)).allowed
        assert not engine.decide(a_question(facts=Fact.TERRITORY | Fact.OPPOSED)).allowed


def test_a_word_is_a_member_and_never_a_piece():
    assert has("read|see", "read")
    assert has("*", "read")
    assert not has("read_extract|see", "read")
    assert not has("read", "rea")
    assert holds("territory & !opposed", int(Fact.TERRITORY))
    assert not holds("territory & !opposed", int(Fact.TERRITORY | Fact.OPPOSED))


def test_casbin_says_nothing_to_any_log(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    engine = Engine(load())
    engine.decide(a_question())
    engine.decide(a_question(facts=NO_FACTS))
    assert [one for one in caplog.records if one.name.startswith("casbin")] == []
    for name in ("casbin", "casbin.enforcer", "casbin.policy", "casbin.role"):
        assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)


def test_cost_stays_flat_because_only_the_lines_of_a_column_and_action_are_asked():
    engine = decision.engine()
    largest = max(len(engine.lines_for(column, action)) for column in Column for action in Action)
    assert largest * 10 < len(engine.policy.lines)


def _line(identifier: str, effect: Effect, condition: Conjunction) -> Line:
    anything: frozenset[str] = frozenset()
    return Line(identifier, anything, anything, anything, anything, anything, condition, effect)
