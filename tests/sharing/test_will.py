"""The person cannot express their will: what needs their agreement closes, until they can."""

from datetime import timedelta

import pytest

from policies.vocabulary import Level, Section
from service.errors import Conflict, Invalid, NotFound, Refused
from service.sharing import operations as sharing
from service.unit import Actor
from tests.house import House
from tests.sharing.table import PAPER, Table


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation named by agreement, with a social worker and a nurse in its circle."""
    table = Table.laid(house)
    table.seated = (table.cast.social_worker(), table.cast.psychiatric_nurse())
    for seat in table.seated:
        table.joins(seat)
    table.named_by(table.seated[0], I6_G2="yes", I7_G1="yes")
    return table


def _levels(table: Table, seat: Actor) -> dict[Section, Level]:
    asked = (
        Section.HOUSING,
        Section.SOCIAL_RESOURCES,
        Section.SOMATIC_HEALTH,
        Section.MENTAL_HEALTH,
    )
    return {section: table.level(seat, section) for section in asked}


def test_b_and_t_close_and_a_holds_on_the_sections_of_an_exception(table: Table) -> None:
    worker, nurse = table.seated
    before = _levels(table, worker)
    assert before[Section.SOMATIC_HEALTH] is Level.READ_EXTRACT
    assert table.level(nurse, Section.MENTAL_HEALTH) is Level.READ
    until = table.does(worker, sharing.record_unable, "physician")
    assert until == table.house.workplace.clock.now() + timedelta(days=30)
    assert _levels(table, worker) == {
        Section.HOUSING: Level.READ,
        Section.SOCIAL_RESOURCES: Level.NONE,
        Section.SOMATIC_HEALTH: Level.NONE,
        Section.MENTAL_HEALTH: Level.NONE,
    }
    assert table.level(nurse, Section.MENTAL_HEALTH) is Level.NONE
    grid = table.reads(worker, sharing.read_agreement)
    assert grid.unable is not None
    assert grid.exception == ("UNABLE_TO_EXPRESS_WILL", until)
    assert grid.history[0].kind == "unable"
    table.passes(days=2)
    table.does(worker, sharing.end_unable)
    assert _levels(table, worker) == before
    assert table.level(nurse, Section.MENTAL_HEALTH) is Level.READ
    with pytest.raises(Conflict):
        table.does(worker, sharing.end_unable)


def test_after_thirty_days_the_situation_is_anonymised_and_nothing_reopens_by_itself(
    table: Table,
) -> None:
    worker, _ = table.seated
    table.does(worker, sharing.record_unable, "emergency")
    table.passes(days=20)
    table.does(worker, sharing.record_unable, "physician")
    table.passes(days=29)
    assert table.level(worker, Section.HOUSING) is Level.READ
    table.passes(days=1)
    assert table.level(worker, Section.HOUSING) is Level.NONE
    assert table.level(worker, Section.SYNTHESIS) is Level.READ
    with pytest.raises(Conflict):
        table.does(worker, sharing.end_unable)
    table.does(worker, sharing.record_agreement, {}, general=True, **PAPER)
    assert table.level(worker, Section.HOUSING) is Level.READ


def test_nothing_is_agreed_meanwhile_but_refusing_never_waits(table: Table) -> None:
    worker, _ = table.seated
    table.does(worker, sharing.record_unable, "concerted")
    for positive in ({"general": True}, {}):
        with pytest.raises(Invalid) as problem:
            table.does(worker, sharing.record_agreement, {("I4", "G2"): "yes"}, **PAPER, **positive)
        assert set(problem.value.fields) == {"cells"}
    table.says(worker, I2_G2="no")
    assert table.level(worker, Section.HOUSING) is Level.SEE
    table.does(worker, sharing.end_unable)
    assert table.level(worker, Section.HOUSING) is Level.SEE


def test_it_never_opens_an_anonymised_situation(house: House) -> None:
    table = Table.laid(house)
    worker = table.cast.social_worker()
    table.joins(worker)
    table.does(worker, sharing.record_unable, "physician")
    assert table.reads(worker, sharing.read_circle).mode == "ANONYMISED"
    assert table.level(worker, Section.HOUSING) is Level.NONE
    table.does(worker, sharing.end_unable)
    assert table.level(worker, Section.HOUSING) is Level.NONE


def test_an_exception_decided_by_the_coordinator_keeps_its_own_end(house: House) -> None:
    table = Table.laid(house)
    worker = table.cast.social_worker()
    table.joins(worker)
    table.does(worker, sharing.record_information, groups=("G2",), **PAPER)
    table.does(table.coordinator, sharing.move, mode="NAMED_BY_EXCEPTION", basis="CP223_6")
    table.passes(days=10)
    table.does(worker, sharing.record_unable, "physician")
    table.does(worker, sharing.end_unable)
    grid = table.reads(worker, sharing.read_agreement)
    assert grid.exception is not None
    assert grid.exception[0] == "CP223_6"
    assert table.level(worker, Section.HOUSING) is Level.READ
    table.passes(days=20)
    assert table.level(worker, Section.HOUSING) is Level.NONE


def test_it_is_recorded_by_who_may_record_an_agreement(table: Table) -> None:
    worker, _ = table.seated
    for seat in (table.coordinator,):
        with pytest.raises(Refused):
            table.does(seat, sharing.record_unable, "physician")
    with pytest.raises(NotFound):
        table.does(table.cast.physician(), sharing.record_unable, "physician")
    with pytest.raises(Invalid) as problem:
        table.does(worker, sharing.record_unable, "elle est perdue")
    assert set(problem.value.fields) == {"ground"}
    table.does(worker, sharing.record_unable, "physician")
    with pytest.raises(Refused):
        table.does(table.coordinator, sharing.end_unable)
