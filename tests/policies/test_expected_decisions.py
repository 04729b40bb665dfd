"""The expected decisions of the demo data, as facts: what the engine must answer to them.

Each row writes the facts as they stand on its date; that they are computed so from the loaded
demo is the service's own test.
"""

import pytest

from policies.decision import Decision, Question, decide, highest
from policies.vocabulary import NO_FACTS, Action, Column, Fact, Level, Purpose, Section
from tests.policies.worlds import KIND, NAMED, SEAT

HEALTH = Fact.HEALTH_PROFESSIONAL
ANONYMISED_CIRCLE = SEAT | Fact.CIRCLE | Fact.ANONYMISED


def level_of(column: Column, section: Section, facts: Fact) -> Level:
    return highest(column, KIND[column], section, Purpose.COORDINATION, facts).level


def answer_to(column: Column, section: Section, action: Action, facts: Fact) -> Decision:
    return decide(Question(column, KIND[column], section, action, Purpose.COORDINATION, facts))


def test_row_1_the_landlord_reads_and_writes_housing():
    for action in (Action.READ, Action.CONTRIBUTE, Action.ATTACH, Action.READ_OWN):
        assert answer_to(Column.BAIL, Section.HOUSING, action, NAMED | Fact.AGREEMENT).allowed
    assert level_of(Column.BAIL, Section.HOUSING, NAMED) is Level.READ


def test_row_3_the_landlord_is_refused_the_photographs_by_the_objection():
    answer = answer_to(Column.BAIL, Section.ATTACHMENTS, Action.READ, NAMED | Fact.OPPOSED)
    assert not answer.allowed
    assert answer.denied_by == ("OBJECTION",)
    extract = answer_to(Column.BAIL, Section.ATTACHMENTS, Action.READ_EXTRACT, NAMED | Fact.OPPOSED)
    assert extract.denied_by == ("OBJECTION",)


def test_row_5_the_coordinator_sees_that_mental_health_exists_and_reads_the_somatic_extract():
    mental = answer_to(Column.COORD, Section.MENTAL_HEALTH, Action.READ, NAMED | Fact.OPPOSED)
    assert not mental.allowed
    assert mental.level is Level.SEE
    assert level_of(Column.COORD, Section.MENTAL_HEALTH, NAMED | Fact.OPPOSED) is Level.SEE
    somatic = NAMED | Fact.AGREEMENT
    assert level_of(Column.COORD, Section.SOMATIC_HEALTH, somatic) is Level.READ_EXTRACT


def test_row_6_the_social_worker_reads_the_somatic_extract_and_not_the_text():
    facts = NAMED | Fact.AGREEMENT | Fact.SOCIAL_WORKER
    assert level_of(Column.SOC, Section.SOMATIC_HEALTH, facts) is Level.READ_EXTRACT
    assert not answer_to(Column.SOC, Section.SOMATIC_HEALTH, Action.READ, facts).allowed


def test_row_7_not_asked_is_closed_then_consequences_only_opens_the_extract():
    not_asked = NAMED | Fact.SOCIAL_WORKER
    assert level_of(Column.SOC, Section.MENTAL_HEALTH, not_asked) is Level.NONE
    refused = answer_to(Column.SOC, Section.MENTAL_HEALTH, Action.READ_EXTRACT, not_asked)
    assert refused.missing[0].facts == Fact.AGREEMENT
    agreed = not_asked | Fact.EXTRACT_AGREED | Fact.EXTRACT_ONLY
    assert level_of(Column.SOC, Section.MENTAL_HEALTH, agreed) is Level.READ_EXTRACT


def test_row_9_the_physician_is_refused_by_the_objection_then_reads():
    opposed = NAMED | HEALTH | Fact.OPPOSED
    refused = answer_to(Column.MED, Section.MENTAL_HEALTH, Action.READ, opposed)
    assert not refused.allowed
    assert refused.denied_by == ("OBJECTION-VITAL",)
    agreed = NAMED | HEALTH | Fact.HEALTH_EXCHANGE | Fact.AGREEMENT
    assert level_of(Column.MED, Section.MENTAL_HEALTH, agreed) is Level.READ


def test_row_9_the_nurse_still_writes_under_the_objection():
    opposed = NAMED | HEALTH | Fact.OPPOSED
    assert answer_to(Column.PSY, Section.MENTAL_HEALTH, Action.CONTRIBUTE, opposed).allowed
    assert answer_to(Column.PSY, Section.MENTAL_HEALTH, Action.READ_OWN, opposed).allowed
    assert not answer_to(Column.PSY, Section.MENTAL_HEALTH, Action.ATTACH, opposed).allowed


@pytest.mark.parametrize("section", [Section.ACTION_PLAN, Section.HOUSING, Section.SITUATION])
def test_row_11_the_cleaner_is_refused_once_the_window_is_over(section: Section):
    assert level_of(Column.NETT, section, SEAT | Fact.NAMED) is Level.NONE
    running = SEAT | Fact.NAMED | Fact.ASSIGNED
    assert level_of(Column.NETT, section, running) in {Level.READ_ASSIGNED, Level.SEE}


@pytest.mark.parametrize(
    "column", [Column.SOC, Column.PSY, Column.SCHS, Column.SDIS, Column.BAIL, Column.PAIR]
)
def test_row_14_anonymised_members_read_the_synthesis_alone(column: Column):
    for section in Section:
        expected = {Section.SYNTHESIS: Level.READ, Section.SITUATION: Level.SEE}
        assert level_of(column, section, ANONYMISED_CIRCLE) is expected.get(section, Level.NONE)


def test_row_14_the_informing_professional_also_has_the_contact_extract():
    informing = ANONYMISED_CIRCLE | Fact.INFORMING | Fact.SOCIAL_WORKER
    assert level_of(Column.SOC, Section.IDENTITY_CONTACT, informing) is Level.READ_ASSIGNED
    assert level_of(Column.SOC, Section.SYNTHESIS, informing) is Level.READ
    assert level_of(Column.SOC, Section.HOUSING, informing) is Level.NONE
    assert answer_to(Column.SOC, Section.CONSENT_STATUS, Action.CONTRIBUTE, informing).allowed
    assert level_of(Column.SOC, Section.IDENTITY_CONTACT, ANONYMISED_CIRCLE) is Level.NONE


def test_row_16_the_nurse_who_recognised_the_person_reads_nothing():
    facts = SEAT | HEALTH | Fact.ANONYMISED | Fact.OPPOSED
    answer = answer_to(Column.PSY, Section.MENTAL_HEALTH, Action.READ, facts)
    assert not answer.allowed
    assert "OBJECTION-VITAL" in answer.denied_by
    assert answer.level is Level.NONE
    assert level_of(Column.PSY, Section.SITUATION, facts) is Level.NONE


def test_row_18_a_withdrawal_acts_at_once():
    before = NAMED | Fact.SOCIAL_WORKER | Fact.EXTRACT_AGREED | Fact.EXTRACT_ONLY
    after = before & ~Fact.EXTRACT_AGREED & ~Fact.EXTRACT_ONLY | Fact.OPPOSED
    assert answer_to(Column.SOC, Section.MENTAL_HEALTH, Action.READ_EXTRACT, before).allowed
    answer = answer_to(Column.SOC, Section.MENTAL_HEALTH, Action.READ_EXTRACT, after)
    assert not answer.allowed
    assert answer.denied_by == ("OBJECTION-VITAL",)


def test_row_21_the_peer_sees_labels_and_no_details():
    agreed = NAMED | Fact.AGREEMENT
    assert answer_to(Column.PAIR, Section.ACTION_PLAN, Action.SEE_LABEL, agreed).allowed
    assert not answer_to(Column.PAIR, Section.ACTION_PLAN, Action.READ, agreed).allowed
    assert not answer_to(Column.PAIR, Section.ACTION_PLAN, Action.SEE_LABEL, NAMED).allowed


@pytest.mark.parametrize("section", list(Section))
def test_row_27_an_expired_pledge_denies_everything(section: Section):
    facts = NAMED & ~Fact.PLEDGE | Fact.AGREEMENT | Fact.CARE_TEAM | Fact.OWN
    for action in Action:
        answer = answer_to(Column.DAC, section, action, facts)
        assert not answer.allowed
        assert answer.denied_by[0] == "DENY-NO-PLEDGE"
        assert answer.level is Level.NONE
    kept = facts | Fact.PLEDGE
    assert level_of(Column.DAC, Section.IDENTITY_CONTACT, kept) is Level.READ


def test_who_has_no_seat_has_nothing():
    for section in Section:
        assert level_of(Column.NONE, section, NO_FACTS) is Level.NONE
