"""Why, why not, and what was true then: the past does not move, each hears what is theirs."""

import pytest

from policies.decision import engine
from policies.explain import GROUND, grounds
from policies.vocabulary import Action, Effect, Level, Section
from service.errors import NotFound
from service.sharing import operations as sharing
from tests.house import House
from tests.sharing.table import PAPER, Table


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation that is followed, and nobody around it yet."""
    return Table.laid(house)


def test_the_past_does_not_move(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    table.named_by(worker, I7_G2="yes")
    then = table.passes(days=1)
    told = {section: table.asks(worker, section) for section in Section}
    table.passes(days=1)
    table.does(worker, sharing.withdraw_agreement, [("I7", "G2")], **PAPER)
    table.passes(days=1)
    table.does(worker, sharing.withdraw_agreement, [], general=True, **PAPER)
    table.does(table.coordinator, sharing.declare_conflict, worker.employment_id)
    table.does(table.coordinator, sharing.leave_circle, worker.employment_id)
    table.passes(days=1)
    asked = {section: table.asks(worker, section, at=then) for section in Section}
    assert {key: one.level for key, one in asked.items()} == {
        key: one.level for key, one in told.items()
    }
    assert {key: one.rules for key, one in asked.items()} == {
        key: one.rules for key, one in told.items()
    }
    assert table.asks(worker, Section.HOUSING).level is Level.NONE


def test_what_was_not_known_yet_did_not_count(table: Table) -> None:
    worker = table.cast.social_worker()
    before = table.house.workplace.clock.now()
    table.passes(days=1)
    table.joins(worker)
    table.named_by(worker)
    now = table.passes(days=1)
    assert table.asks(worker, Section.HOUSING, at=now, known_at=now).allowed
    assert not table.asks(worker, Section.HOUSING, at=now, known_at=before).allowed
    assert not table.asks(worker, Section.HOUSING, at=before, known_at=now).allowed


def test_an_answer_says_until_when_it_holds(table: Table) -> None:
    worker = table.cast.social_worker()
    ends = table.joins(worker)
    table.named_by(worker)
    assert table.asks(worker, Section.HOUSING).holds_until == ends


def test_an_answer_names_rules_denials_and_what_lacks(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    table.named_by(worker)
    read = table.asks(worker, Section.HOUSING)
    assert (read.allowed, read.level) == (True, Level.READ)
    assert read.rules == ("housing.read.SOC.a1",)
    assert "R.1110-3" in read.sentences[0]
    lacking = table.asks(worker, Section.SOMATIC_HEALTH, Action.READ_EXTRACT)
    assert not lacking.allowed
    assert not lacking.denied_by
    assert ("agreement",) in {near.facts for near in lacking.missing}
    assert len(lacking.policy) == 64


def test_every_rule_that_allows_has_its_ground() -> None:
    rules = [line.id for line in engine().policy.lines if line.effect is Effect.ALLOW]
    assert len(rules) > 500
    assert all(grounds([rule]) for rule in rules)
    used = {str(reason) for reason in GROUND.values()}
    assert set(grounds(rules)) == used


def test_each_hears_what_is_theirs(table: Table) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    for seat in (worker, nurse, table.landlord):
        table.joins(seat)
    table.named_by(worker, I7_G1="yes", I7_G2="no", I9_G5="no")

    refused = table.reads(worker, sharing.read_access, Section.MENTAL_HEALTH)
    assert refused.level is Level.NONE
    assert refused.reasons == ("Cette partie n'est pas partagée avec votre profession.",)
    assert table.coordinator.name in refused.ask[0]
    assert not refused.lines

    opened = table.reads(worker, sharing.read_access, Section.HOUSING)
    assert "R.1110-3" in opened.grounds[0]
    others = {line.name: line for line in opened.lines if not line.own}
    assert others[nurse.name].level is Level.READ_EXTRACT
    assert all(not line.reasons for line in others.values())

    full = table.reads(table.coordinator, sharing.read_access, Section.MENTAL_HEALTH)
    assert full.full
    told = {line.name: line for line in full.lines}
    assert told[worker.name].reasons == (
        "La personne s'est opposée à ce que son groupe y accède (CSP, L.1110-4 IV).",
    )
    assert "L.1110-12" in told[nurse.name].grounds[0]
    assert full.ask == (f"{nurse.name}, nurse, Organisation de {nurse.name}",)

    outsider = table.cast.physician()
    with pytest.raises(NotFound):
        table.reads(outsider, sharing.read_access, Section.HOUSING)
    auditor = table.reads(table.cast.auditor(), sharing.read_access, Section.MENTAL_HEALTH)
    assert auditor.full
