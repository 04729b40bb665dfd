"""What the law asks of the whole table, as properties with their source.

Each property counts the allowed cases it saw: none may pass on nothing.
"""

from collections import Counter
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.column import Seat, column_of, seat_facts
from policies.comparing import HEALTH, Change, compare
from policies.decision import Question, decide, highest
from policies.rules import Policy, load
from policies.vocabulary import (
    GRANTING,
    LEVELS_FROM_THE_TOP,
    NO_FACTS,
    RESTRICTING,
    Action,
    Column,
    Fact,
    Level,
    Office,
    OrganisationKind,
    ProfessionalCategory,
    Purpose,
    Section,
)
from tests.policies.golden import allowed, concerned
from tests.policies.worlds import AGREED, KIND, WORLDS

GOVERNANCE = {Column.AUD, Column.DPO, Column.STAT, Column.ADM, Column.ORGADM, Column.NONE}
HEALTH_SECTIONS = {
    Section.SOMATIC_HEALTH,
    Section.MENTAL_HEALTH,
    Section.ASSESSMENTS_CLINICAL,
}
READS = {Action.READ, Action.READ_EXTRACT, Action.READ_ASSIGNED, Action.READ_MASKED}
PROFESSIONALS = set(Column) - GOVERNANCE - {Column.PERS}
NEVER_WAITS = {Action.RECORD_OBJECTION}
"""What only restricts: nothing but a declared conflict, an archive or a lost seat delays it."""

EASY = Fact.TERRITORY | Fact.PLEDGE | Fact.STRONG_AUTH
SINGLE = st.sampled_from(list(Fact))
NOISE = st.lists(SINGLE, max_size=2)
FEW = settings(max_examples=120, deadline=None)


def _united(facts: list[Fact]) -> Fact:
    whole = NO_FACTS
    for one in facts:
        whole |= one
    return whole


def witnesses() -> list[tuple[str, Question]]:
    """Return every question of the reviewed table that is allowed, with its world."""
    return [
        (world, question)
        for column in Column
        for section in Section
        for action in Action
        if concerned(column, section, action)
        for world, facts in WORLDS.items()
        for purpose in (Purpose.COORDINATION, Purpose.RIGHTS)
        if allowed(question := Question(column, KIND[column], section, action, purpose, facts))
    ]


@pytest.fixture(scope="module")
def opened() -> list[tuple[str, Question]]:
    """Return what the reviewed worlds open: the witnesses of every property below."""
    found = witnesses()
    assert len(found) > 5_000
    return found


def test_withdrawing_never_opens_anything(opened: list[tuple[str, Question]]):
    """CSP L.1110-4 IV: losing a permission, or gaining an objection, only closes."""
    seen = Counter[bool]()

    @FEW
    @given(st.sampled_from(opened), NOISE, SINGLE)
    def less_is_never_more(witness: tuple[str, Question], noise: list[Fact], fact: Fact) -> None:
        question = witness[1]._replace(facts=witness[1].facts ^ _united(noise))
        narrower = question.facts & ~fact if fact & GRANTING else question.facts | fact
        before = decide(question).allowed
        seen[before] += 1
        if not before:
            assert not decide(question._replace(facts=narrower)).allowed

    less_is_never_more()
    assert seen[True] > sum(seen.values()) // 20
    assert seen[False] > sum(seen.values()) // 20


def least_of(*actions: Action) -> list[Change]:
    """Return the least facts of every way to these acts: a property of them is one of all."""
    return [one for one in every_opening() if one.action in actions]


@cache
def every_opening() -> tuple[Change, ...]:
    policy = load()
    return compare(Policy((), policy.model, ""), policy).opened


def test_withdrawing_never_opens_any_witness(opened: list[tuple[str, Question]]):
    """The same theorem: gaining any permission, or losing any objection, keeps what was open."""
    tried = 0
    for _, question in opened[::23]:
        for fact in Fact:
            wider = question.facts | fact if fact & GRANTING else question.facts & ~fact
            assert allowed(question._replace(facts=wider)), (question, fact)
            tried += 1
    assert tried > 5_000


def test_without_a_pledge_nothing_opens(opened: list[tuple[str, Question]]):
    """CP 226-13 and the charter: not even that the file exists."""
    for world, question in opened:
        assert question.facts & Fact.PLEDGE, (world, question)
        assert not allowed(question._replace(facts=question.facts & ~Fact.PLEDGE))


def test_without_territory_nothing_opens(opened: list[tuple[str, Question]]):
    for world, question in opened:
        assert question.facts & Fact.TERRITORY, (world, question)


def test_an_elected_official_and_an_administrator_read_nothing(
    opened: list[tuple[str, Question]],
):
    """Domain specification 0.6 and 3.2: statistics, never a file."""
    nothing = {Column.STAT, Column.ADM, Column.ORGADM, Column.NONE}
    assert not [question for _, question in opened if question.column in nothing]


def test_the_auditor_sees_registers_and_no_content(opened: list[tuple[str, Question]]):
    """Domain specification 3.2, AUD."""
    seen = {
        (question.section, question.action)
        for _, question in opened
        if question.column is Column.AUD
    }
    assert seen == {
        (Section.CONSENT_STATUS, Action.SEE),
        (Section.CONSENT_STATUS, Action.SEE_STATUS),
        (Section.ACCESS_REGISTER, Action.SEE),
        (Section.ACCESS_REGISTER, Action.READ_REGISTER),
    }


def test_the_dpo_reads_content_only_for_an_open_request(opened: list[tuple[str, Question]]):
    """GDPR art. 15 to 21."""
    content = [
        question
        for _, question in opened
        if question.column is Column.DPO and question.action in READS
    ]
    assert content
    assert all(question.facts & Fact.MOTIVE for question in content)
    assert all(question.purpose is Purpose.RIGHTS for question in content)


def test_nobody_outside_health_reads_health_without_agreement_or_emergency(
    opened: list[tuple[str, Question]],
):
    """CSP L.1110-4 III, R.1110-3 III."""
    outside = PROFESSIONALS - {Column.PSY, Column.MED, Column.DAC}
    opening = Fact.AGREEMENT | Fact.EXTRACT_AGREED | Fact.EMERGENCY_ACCESS
    reading = [
        question
        for _, question in opened
        if question.column in outside
        and question.section in HEALTH_SECTIONS
        and question.action in READS
    ]
    assert len(reading) > 20
    assert all(question.facts & opening for question in reading)
    assert all(question.action is not Action.READ for question in reading)


def test_health_professionals_read_health_by_team_exchange_or_emergency(
    opened: list[tuple[str, Question]],
):
    """CSP L.1110-12; before acceptance, the co-facilitator on block I."""
    opening = (
        Fact.CARE_TEAM
        | Fact.HEALTH_EXCHANGE
        | Fact.EMERGENCY_ACCESS
        | Fact.COFACILITATOR
        | Fact.AGREEMENT
        | Fact.EXTRACT_AGREED
    )
    reading = [
        question
        for _, question in opened
        if question.column in {Column.PSY, Column.MED, Column.DAC}
        and question.section in HEALTH_SECTIONS
        and question.action in READS
    ]
    assert len(reading) > 20
    assert all(question.facts & opening for question in reading)


def test_clinical_sections_and_export_ask_for_two_factors(opened: list[tuple[str, Question]]):
    """PGSSI-S."""
    guarded = [
        question
        for _, question in opened
        if (
            question.section in HEALTH_SECTIONS
            and question.action in {Action.READ, Action.READ_EXTRACT}
        )
        or question.action in {Action.EXPORT, Action.OPEN_EMERGENCY}
    ]
    assert len(guarded) > 50
    assert all(question.facts & Fact.STRONG_AUTH for question in guarded)


def test_an_objection_closes_every_reading_but_its_two_exceptions(
    opened: list[tuple[str, Question]],
):
    """CSP L.1110-4 IV: even the coordinator's; settled specification 5."""
    closed = READS | {Action.ATTACH, Action.SHARE, Action.EXPORT, Action.SEE_LABEL}
    tried = Counter[bool]()
    for _, question in opened:
        if question.action not in closed or question.column not in PROFESSIONALS:
            continue
        still = allowed(question._replace(facts=question.facts | Fact.OPPOSED))
        tried[still] += 1
        if still:
            assert question.facts & (Fact.EMERGENCY_ACCESS | Fact.MISSION)
            assert question.action not in {Action.SHARE, Action.EXPORT}
    assert tried[True]
    assert tried[False] > 500


def test_an_objection_leaves_writing_and_existence_open(opened: list[tuple[str, Question]]):
    """Settled specification 5: contribute is write-only, authors keep their own entries."""
    kept = {Action.SEE, Action.SEE_STATUS, Action.CONTRIBUTE, Action.READ_OWN}
    asked = [question for _, question in opened if question.action in kept]
    assert len(asked) > 1_000
    for question in asked:
        assert allowed(question._replace(facts=question.facts | Fact.OPPOSED)), question


def test_consequences_only_caps_at_the_extract(opened: list[tuple[str, Question]]):
    """CSP D.1110-3-1; settled specification 5."""
    for _, question in opened:
        capped = question._replace(facts=question.facts | Fact.EXTRACT_ONLY)
        if question.action is Action.READ and allowed(capped):
            excused = question.facts & (Fact.EMERGENCY_ACCESS | Fact.MISSION | Fact.SELF)
            without_category = question.section in {
                Section.SYNTHESIS,
                Section.CONSENT_STATUS,
                Section.CONSENT_TEXT,
                Section.REFERRAL,
            }
            governance = question.column in GOVERNANCE or question.facts & Fact.COFACILITATOR
            assert excused or without_category or governance, question
        if question.action is Action.READ_EXTRACT:
            assert allowed(capped), question


@pytest.mark.parametrize("fact", [Fact.CONFLICT, Fact.ARCHIVED])
def test_conflict_and_archive_close_every_section(fact: Fact, opened: list[tuple[str, Question]]):
    """Charter of the cell; settled specification 4."""
    left = {
        (question.column, question.section)
        for _, question in opened
        if allowed(question._replace(facts=question.facts | fact))
    }
    if fact is Fact.CONFLICT:
        assert {section for _, section in left} == {Section.SITUATION}
    else:
        assert {column for column, _ in left} == {Column.DPO}


def test_a_freeze_leaves_ones_own_and_the_dpo(opened: list[tuple[str, Question]]):
    """GDPR art. 18; settled specification 4."""
    for _, question in opened:
        if question.section in {Section.SITUATION, Section.ACCESS_REGISTER}:
            continue
        if allowed(question._replace(facts=question.facts | Fact.FROZEN)):
            own = question.action in {Action.READ_OWN, *NEVER_WAITS} or question.facts & Fact.OWN
            assert own or question.column is Column.DPO, question


def test_when_closed_only_the_coordinator_writes(opened: list[tuple[str, Question]]):
    """Settled specification 4; an emergency still opens, what one sent stays readable."""
    writing = {Action.CONTRIBUTE, Action.ATTACH, Action.SHARE}
    left = Counter[Column]()
    for _, question in opened:
        closed = question._replace(facts=question.facts | Fact.CLOSED)
        if question.column not in PROFESSIONALS or not allowed(closed):
            continue
        left[question.column] += 1
        if question.column is Column.COORD or question.section in {
            Section.SITUATION,
            Section.ACCESS_REGISTER,
        }:
            continue
        assert question.action not in writing, question
        kept = Fact.EMERGENCY_ACCESS | Fact.OWN | Fact.COFACILITATOR
        spared = {Action.OPEN_EMERGENCY, *NEVER_WAITS}
        assert question.facts & kept or question.action in spared, question
    assert left[Column.COORD] > left[Column.SOC] > 0


def test_anonymised_beats_every_reading(opened: list[tuple[str, Question]]):
    """Domain specification 3.3, cell 18: even a psychiatrist in the room reads the synthesis."""
    free = {
        Section.SYNTHESIS,
        Section.SITUATION,
        Section.ACCESS_REGISTER,
        Section.REFERRAL,
        Section.CONSENT_STATUS,
        Section.CONSENT_TEXT,
    }
    excuses = Fact.INFORMING | Fact.MISSION | Fact.EMERGENCY_ACCESS
    closed = 0
    for _, question in opened:
        if question.column not in PROFESSIONALS - {Column.COORD} or question.section in free:
            continue
        if question.action is Action.OPEN_EMERGENCY:
            continue
        if allowed(question._replace(facts=question.facts | Fact.ANONYMISED)):
            assert question.facts & excuses, question
        else:
            closed += 1
    assert closed > 500


def test_in_anonymised_mode_the_circle_has_the_synthesis_alone():
    facts = WORLDS["circle anonymised"]
    for column in PROFESSIONALS - {Column.COORD, Column.AID}:
        levels = {
            section
            for section in Section
            if highest(column, KIND[column], section, Purpose.COORDINATION, facts).level
            is not Level.NONE
        }
        assert levels == {Section.SYNTHESIS, Section.SITUATION}, column


def test_an_emergency_opens_its_six_sections_and_no_other(opened: list[tuple[str, Question]]):
    """Settled specification 5: never 4, 5, 6, 9, 11, 14, 15; never export, share, close."""
    opening = EASY | Fact.EMERGENCY_ACCESS | Fact.HEALTH_PROFESSIONAL
    found = {
        (section, action)
        for column in Column
        for section in Section
        for action in Action
        if column not in GOVERNANCE
        and allowed(Question(column, KIND[column], section, action, Purpose.EMERGENCY, opening))
    }
    sections = {section for section, _ in found} - {Section.SITUATION}
    assert sections == {
        Section.IDENTITY_CONTACT,
        Section.HOUSING,
        Section.SAFETY_RISK,
        Section.ANIMALS,
        Section.SOMATIC_HEALTH,
        Section.MENTAL_HEALTH,
    }
    assert {action for _, action in found} == {
        Action.SEE,
        Action.READ_EXTRACT,
        Action.READ,
        Action.REPORT,
    }
    assert (Section.SITUATION, Action.REPORT) in found
    not_health = opening & ~Fact.HEALTH_PROFESSIONAL
    for column in (Column.SOC, Column.SDIS):
        for section in (Section.SOMATIC_HEALTH, Section.MENTAL_HEALTH):
            got = highest(column, KIND[column], section, Purpose.EMERGENCY, not_health)
            assert got.level is Level.READ_EXTRACT
    assert opened


def test_who_may_open_an_emergency(opened: list[tuple[str, Question]]):
    """Domain specification 3.2: health professionals, social workers, fire officers."""
    openers = {
        question.column for _, question in opened if question.action is Action.OPEN_EMERGENCY
    }
    assert openers == {Column.PSY, Column.MED, Column.DAC, Column.SOC, Column.SDIS}
    ccas_agent = Question(
        Column.SOC,
        KIND[Column.SOC],
        Section.SAFETY_RISK,
        Action.OPEN_EMERGENCY,
        Purpose.EMERGENCY,
        AGREED,
    )
    assert not allowed(ccas_agent)
    assert allowed(ccas_agent._replace(facts=AGREED | Fact.SOCIAL_WORKER))


def test_by_exception_only_seven_sections_open_to_the_circle():
    """Settled specification 4, NAMED_BY_EXCEPTION: `b` and `t` are closed."""
    facts = WORLDS["by exception agreed"]
    for column in (Column.PSY, Column.MED, Column.SOC, Column.MJPM):
        opened = {
            section
            for section in Section
            if highest(column, KIND[column], section, Purpose.COORDINATION, facts).level
            is not Level.NONE
        }
        assert opened == {
            Section.SYNTHESIS,
            Section.SITUATION,
            Section.IDENTITY_CONTACT,
            Section.HOUSING,
            Section.SAFETY_RISK,
            Section.ANIMALS,
            Section.ASSESSMENTS_ENVIRONMENT,
            Section.ACTION_PLAN,
            Section.CONSENT_STATUS,
            Section.CONSENT_TEXT,
        }, column


def test_levels_are_nested(opened: list[tuple[str, Question]]):
    """Settled specification 3: read brings the extract, the extract brings existence."""
    brings = {
        Action.READ: {Action.READ_EXTRACT, Action.SEE},
        Action.READ_EXTRACT: {Action.SEE},
        Action.READ_ASSIGNED: {Action.SEE},
        Action.CONTRIBUTE: {Action.READ_OWN},
        Action.EXPORT: {Action.READ},
        Action.ATTACH: {Action.CONTRIBUTE},
    }
    seen = Counter[Action]()
    for _, question in opened:
        for below in brings.get(question.action, set()):
            seen[question.action] += 1
            assert allowed(question._replace(action=below)), (question, below)
    assert set(seen) == set(brings)


def test_only_the_coordinator_and_the_lead_share_export_and_close(
    opened: list[tuple[str, Question]],
):
    """Settled specification 3."""
    asked = [
        question
        for _, question in opened
        if question.action in {Action.SHARE, Action.EXPORT, Action.CLOSE}
    ]
    assert {question.column for question in asked} > {Column.COORD, Column.SOC}
    assert all(question.column is Column.COORD or question.facts & Fact.LEAD for question in asked)


def test_the_coordinator_reads_no_health_in_full():
    """Domain specification 3.3, cell 1: coordinating is not caring."""
    everything = GRANTING & ~Fact.EMERGENCY_ACCESS
    for section in HEALTH_SECTIONS:
        got = highest(Column.COORD, KIND[Column.COORD], section, Purpose.COORDINATION, everything)
        assert got.level is Level.READ_EXTRACT


def test_a_landlord_never_reads_social_legal_health_or_family():
    """Domain specification 3.3, cell 6: the file must not arm an eviction."""
    never = {
        Section.SOCIAL_RESOURCES,
        Section.FAMILY_CAREGIVERS,
        Section.CONSENT_TEXT,
    } | HEALTH_SECTIONS
    for section in never:
        got = highest(Column.BAIL, KIND[Column.BAIL], section, Purpose.COORDINATION, Fact(GRANTING))
        assert got.level is Level.NONE
    legal = highest(
        Column.BAIL,
        KIND[Column.BAIL],
        Section.LEGAL_PROTECTION,
        Purpose.COORDINATION,
        Fact(GRANTING),
    )
    assert legal.level is Level.SEE


def test_a_level_is_the_highest_action_allowed(opened: list[tuple[str, Question]]):
    seen = Counter[Level]()

    @FEW
    @given(st.sampled_from(opened), NOISE)
    def the_level_is_the_first_allowed(witness: tuple[str, Question], noise: list[Fact]) -> None:
        question = witness[1]._replace(facts=witness[1].facts ^ _united(noise))
        level = decide(question).level
        seen[level] += 1
        for one in LEVELS_FROM_THE_TOP:
            open_there = decide(question._replace(action=Action(one.value))).allowed
            assert open_there is (one is level)
            if open_there:
                return
        assert level is Level.NONE

    the_level_is_the_first_allowed()
    assert seen[Level.NONE]
    assert seen[Level.READ]


def test_an_agreement_is_recorded_by_who_keeps_the_secret_and_an_objection_also_by_the_referrer(
    opened: list[tuple[str, Question]],
):
    """Settled specification 5: of R.1110-2 or CASF L.133-5, circle or informing professional."""
    recording = [
        question
        for _, question in opened
        if question.action in {Action.RECORD_AGREEMENT, Action.RECORD_OBJECTION}
    ]
    assert {question.action for question in recording} == {
        Action.RECORD_AGREEMENT,
        Action.RECORD_OBJECTION,
    }
    for question in recording:
        assert question.section is Section.CONSENT_STATUS
        assert question.column not in {Column.COORD, Column.BAIL, Column.PAIR}
        assert question.facts & Fact.PROFESSIONAL_SECRECY
        here = question.facts & (Fact.CIRCLE | Fact.INFORMING)
        assert here or question.action is Action.RECORD_OBJECTION, question
        if question.action is Action.RECORD_AGREEMENT:
            later = question._replace(action=Action.RECORD_OBJECTION)
            assert allowed(later)
            for fact in (Fact.FROZEN, Fact.CLOSED, Fact.ARCHIVED, Fact.CONFLICT):
                assert not allowed(question._replace(facts=question.facts | fact)), fact


def test_only_the_coordinator_grants_places(opened: list[tuple[str, Question]]):
    """Domain specification 3.5, separation of duties; reopening what is closed is granted too."""
    granting = [question for _, question in opened if question.action is Action.GRANT]
    assert {(question.column, question.section) for question in granting} == {
        (Column.COORD, Section.SITUATION)
    }
    for question in granting:
        for fact in (Fact.FROZEN, Fact.ARCHIVED, Fact.CONFLICT):
            assert not allowed(question._replace(facts=question.facts | fact)), fact


# ---- complete: on the least facts of every way, which stand for all of them ---------------------


def test_no_one_outside_health_reads_health_but_by_agreement_or_emergency_complete():
    """CSP L.1110-4 III, R.1110-3 III; GDPR art. 15: the person, and the DPO on request."""
    reading = [
        one
        for one in least_of(*READS, Action.SHARE, Action.EXPORT)
        if one.section in HEALTH and one.column not in {Column.PSY, Column.MED, Column.DAC}
    ]
    opening = Fact.AGREEMENT | Fact.EXTRACT_AGREED | Fact.EMERGENCY_ACCESS
    assert len(reading) > 30
    for one in reading:
        own = {Column.PERS: Fact.SELF, Column.DPO: Fact.MOTIVE}.get(one.column, opening)
        assert one.needs & own, one
    assert {one.column for one in reading if one.action is Action.READ} == {Column.PERS, Column.DPO}


def test_health_is_read_by_health_only_in_a_care_team_an_agreement_or_an_emergency_complete():
    """CSP L.1110-12, L.1110-4 III; before acceptance, the co-facilitator on block I."""
    opening = (
        Fact.CARE_TEAM
        | Fact.HEALTH_EXCHANGE
        | Fact.AGREEMENT
        | Fact.EXTRACT_AGREED
        | Fact.EMERGENCY_ACCESS
        | Fact.COFACILITATOR
    )
    reading = [
        one
        for one in least_of(*READS, Action.SHARE, Action.EXPORT)
        if one.section in HEALTH and one.column in {Column.PSY, Column.MED, Column.DAC}
    ]
    assert len(reading) > 30
    assert all(one.needs & opening for one in reading)


def test_nothing_opens_without_a_pledge_and_a_territory_complete():
    """CP 226-13 and the charter of the cell."""
    every = every_opening()
    needed = Fact.TERRITORY | Fact.PLEDGE
    assert len(every) > 5_000
    assert all(one.needs & needed == needed for one in every)
    assert all(one.unless & Fact.ARCHIVED for one in every if one.column is not Column.DPO)


def test_an_elected_official_an_officer_and_a_prosecutor_have_nothing_complete():
    """Domain specification 0.6 and 3.2: they receive, they never read."""
    outside = (
        OrganisationKind.MUNICIPALITY,
        OrganisationKind.POLICE,
        OrganisationKind.JUSTICE,
        OrganisationKind.PREFECTURE,
    )
    assert [column_of(Seat(kind)) for kind in outside] == [None] * 4
    silent = {Column.STAT, Column.ADM, Column.ORGADM, Column.NONE}
    assert not [one for one in every_opening() if one.column in silent]
    assert {one.column for one in every_opening()} == set(Column) - silent


def test_an_objection_closes_all_but_what_its_named_exceptions_open_complete():
    """CSP L.1110-4 IV; settled specification 5: emergency access, mission, and no other."""
    closed = READS | {
        Action.ATTACH,
        Action.SHARE,
        Action.EXPORT,
        Action.EXCHANGE,
        Action.SEE_LABEL,
    }
    lifted = Counter[str]()
    for one in least_of(*closed):
        if one.column not in PROFESSIONALS:
            continue
        if one.unless & Fact.OPPOSED:
            lifted["closed"] += 1
        elif one.column in {Column.SCHS, Column.LHI}:
            lifted["mission"] += 1
            assert one.needs & Fact.MISSION, one
        elif one.needs & Fact.EMERGENCY_ACCESS:
            lifted["emergency"] += 1
            assert one.action in READS | {Action.SEE_LABEL}, one
        else:
            # Block I is checked before any recipient group was asked of.
            assert one.needs & Fact.COFACILITATOR, one
    assert min(lifted["closed"], lifted["emergency"], lifted["mission"]) > 10, lifted


def test_guests_never_write_share_or_export_complete():
    """CSP L.1110-4 II: a guest grant is for reading, and for exchanging, nothing else."""
    guest = [
        one
        for one in every_opening()
        if one.needs & Fact.INVITED
        and not one.needs & ~(_EASY_GUEST | Fact.EMERGENCY_ACCESS)
        and one.column is not Column.COORD
    ]
    assert len(guest) > 100
    assert {one.action for one in guest} <= READS | {
        Action.SEE,
        Action.SEE_LABEL,
        Action.SEE_STATUS,
        Action.EXCHANGE,
    }
    writing = {Action.CONTRIBUTE, Action.ATTACH, Action.VALIDATE, Action.SHARE, Action.EXPORT}
    for column, section, action in product(PROFESSIONALS, Section, writing):
        asked = Question(column, KIND[column], section, action, Purpose.COORDINATION, _EASY_GUEST)
        assert not decide(asked).allowed, asked


_EASY_GUEST = (
    EASY
    | Fact.INVITED
    | Fact.INFORMED
    | Fact.NAMED
    | Fact.EXCEPTION
    | Fact.AGREEMENT
    | Fact.EXTRACT_AGREED
    | Fact.LISTED
    | Fact.CARE_TEAM
    | Fact.HEALTH_PROFESSIONAL
    | Fact.HEALTH_EXCHANGE
    | Fact.MANDATE_PERSON
    | Fact.PROFESSIONAL_SECRECY
)
"""All that a guest may have, but a place in the circle, an action, a mission or an emergency."""


def test_an_exchange_is_between_those_bound_to_secrecy_who_take_part_complete():
    """CSP L.1110-4 II, R.1110-1 and R.1110-3: identified, of the same support, person informed."""
    exchanging = least_of(Action.EXCHANGE)
    assert len(exchanging) > 50
    needed = Fact.PROFESSIONAL_SECRECY | Fact.INFORMED | Fact.NAMED
    for one in exchanging:
        assert one.needs & needed == needed, one
        assert one.needs & (Fact.CIRCLE | Fact.INVITED), one
        assert one.unless & Fact.OPPOSED, one
        assert one.column not in {Column.COORD, Column.BAIL, Column.SCHS, Column.LHI, Column.PAIR}
        if one.section in HEALTH:
            assert one.needs & Fact.STRONG_AUTH, one


def test_what_is_shared_or_exported_is_read_complete():
    """Settled specification 3: never more than they may read; export is a share with two factors."""
    out = [
        one for one in least_of(Action.SHARE, Action.EXPORT) if one.section is not Section.SITUATION
    ]
    assert len(out) > 200
    for one in out:
        # Reading a clinical section asks for two factors at its own door.
        facts = one.needs | Fact.STRONG_AUTH
        reading = Question(
            one.column, KIND[one.column], one.section, Action.READ, one.purposes[0], facts
        )
        assert decide(reading).allowed, one
        assert one.column is Column.COORD or one.needs & Fact.LEAD, one
        assert one.action is Action.SHARE or one.needs & Fact.STRONG_AUTH, one
        for fact in (Fact.OPPOSED, Fact.EXTRACT_ONLY, Fact.FROZEN, Fact.CONFLICT):
            assert one.unless & fact, (one, fact)


def test_a_statutory_report_needs_no_agreement_and_opens_no_section_complete():
    """CP 226-14, CP 223-6; domain specification 2.3: neither widens a circle."""
    reports = least_of(Action.REPORT)
    assert len(reports) > 20
    assert {one.section for one in reports} == {Section.SITUATION}
    for one in reports:
        assert not one.needs & (Fact.AGREEMENT | Fact.INFORMED | Fact.NAMED), one
        assert not one.unless & Fact.OPPOSED, one


def test_two_seats_of_one_person_never_unite():
    """Settled specification 2: a coordinator who is also a nurse asks with one or the other."""
    nurse = Seat(OrganisationKind.PSYCHIATRY, ProfessionalCategory.HEALTH)
    coordinator = Seat(OrganisationKind.COORDINATION, offices=frozenset({Office.COORDINATOR}))
    both = Seat(
        OrganisationKind.PSYCHIATRY,
        ProfessionalCategory.HEALTH,
        frozenset({Office.COORDINATOR}),
    )
    assert (column_of(nurse), column_of(coordinator)) == (Column.PSY, Column.COORD)
    assert column_of(both) is Column.COORD
    shared = AGREED | Fact.CARE_TEAM | Fact.HEALTH_EXCHANGE | seat_facts(both)
    apart = 0
    for section in HEALTH:
        read = Question(
            Column.COORD, KIND[Column.COORD], section, Action.READ, Purpose.CARE, shared
        )
        assert not decide(read).allowed
        assert decide(read._replace(column=Column.PSY)).allowed
        grant = Question(
            Column.PSY,
            KIND[Column.PSY],
            Section.SITUATION,
            Action.GRANT,
            Purpose.COORDINATION,
            shared,
        )
        assert not decide(grant).allowed
        assert decide(grant._replace(column=Column.COORD)).allowed
        apart += 1
    assert apart == 3


def test_a_conflict_and_an_archive_close_everything_they_should_complete():
    """Charter of the cell; settled specification 4."""
    left = [one for one in every_opening() if not one.unless & Fact.CONFLICT]
    assert left
    assert {one.section for one in left} == {Section.SITUATION}
    assert {one.action for one in left} <= {Action.SEE, Action.REPORT}
    assert all(one.facts & RESTRICTING == NO_FACTS for one in every_opening())
