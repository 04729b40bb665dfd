"""What the person was told, allows, forbids and takes back: who may write it, and what it does."""

import pytest

from policies.vocabulary import Level, Section
from service.errors import Conflict, Invalid, NotFound, Refused
from service.sharing import operations as sharing
from service.sharing.rules import GROUPS, Mode, expanded, read_cells, said, written
from tests.house import House
from tests.sharing.table import PAPER, Table


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation that is followed, and nobody around it yet."""
    return Table.laid(house)


def test_nothing_opens_before_the_general_agreement(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    assert table.level(worker, Section.SYNTHESIS) is Level.READ
    assert table.level(worker, Section.HOUSING) is Level.NONE
    table.named_by(worker)
    assert table.level(worker, Section.HOUSING) is Level.READ
    assert table.level(worker, Section.SOMATIC_HEALTH) is Level.NONE
    table.says(worker, I6_G2="yes")
    assert table.level(worker, Section.SOMATIC_HEALTH) is Level.READ_EXTRACT


def test_agreement_without_information_opens_nothing(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    table.does(worker, sharing.record_agreement, {}, general=True, **PAPER)
    assert table.level(worker, Section.HOUSING) is Level.NONE
    table.does(worker, sharing.record_information, groups=["G5"], **PAPER)
    assert table.level(worker, Section.HOUSING) is Level.NONE
    table.does(worker, sharing.record_information, groups=["G2"], **PAPER)
    assert table.level(worker, Section.HOUSING) is Level.READ


def test_the_general_agreement_writes_the_coordinations_defaults(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    table.named_by(worker, I3_G0="no")
    grid = table.reads(worker, sharing.read_agreement)
    assert grid.mode == Mode.NAMED
    assert {key: value for key, value in grid.cells.items() if key[1] == "G0"} == {
        ("I1", "G0"): "yes",
        ("I2", "G0"): "yes",
        ("I3", "G0"): "no",
        ("I10", "G0"): "yes",
    }
    assert grid.history[0].kind == "general"


def test_a_cell_not_named_keeps_its_value(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    table.named_by(worker, I6_G2="extract_only", I2_G5="yes")
    table.says(worker, I6_G1="yes")
    cells = table.reads(worker, sharing.read_agreement).cells
    assert cells["I6", "G2"] == "extract_only"
    assert cells["I2", "G5"] == "yes"
    assert cells["I6", "G1"] == "yes"


def test_consequences_only_opens_the_extract(table: Table) -> None:
    nurse = table.cast.psychiatric_nurse()
    worker = table.cast.social_worker()
    for seat in (nurse, worker):
        table.joins(seat)
    table.named_by(worker, I7_G2="extract_only", I7_G1="yes")
    assert table.level(worker, Section.MENTAL_HEALTH) is Level.READ_EXTRACT
    assert table.level(nurse, Section.MENTAL_HEALTH) is Level.READ


def test_a_withdrawal_acts_at_once(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    table.named_by(worker, I7_G2="yes")
    assert table.level(worker, Section.MENTAL_HEALTH) is Level.READ_EXTRACT
    table.does(worker, sharing.withdraw_agreement, [("I7", "G2")], **PAPER)
    assert table.level(worker, Section.MENTAL_HEALTH) is Level.NONE
    assert table.level(worker, Section.HOUSING) is Level.READ
    table.passes(days=23)
    table.says(worker, I7_G2="extract_only")
    assert table.level(worker, Section.MENTAL_HEALTH) is Level.READ_EXTRACT


def test_withdrawing_everything_suspends_all_but_the_lead_and_the_coordinator(
    table: Table,
) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    for seat in (worker, nurse):
        table.joins(seat)
    table.does(table.coordinator, sharing.designate_lead, worker.employment_id)
    table.named_by(worker)
    table.does(nurse, sharing.withdraw_agreement, [], general=True, **PAPER)
    view = table.reads(table.coordinator, sharing.read_circle)
    assert view.mode == Mode.ANONYMISED
    assert {one.name: one.suspended for one in view.members} == {
        worker.name: False,
        nurse.name: True,
    }
    assert not table.sees(nurse)
    assert table.sees(worker)
    assert table.level(worker, Section.HOUSING) is Level.NONE
    assert table.level(table.coordinator, Section.IDENTITY_CONTACT) is not Level.NONE

    table.does(worker, sharing.record_agreement, {}, general=True, **PAPER)
    assert not table.sees(nurse)
    table.does(table.coordinator, sharing.renew_circle, nurse.employment_id)
    assert table.sees(nurse)


def test_an_objection_beats_the_lead_and_the_coordinator(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    table.does(table.coordinator, sharing.designate_lead, worker.employment_id)
    table.named_by(worker)
    table.says(worker, I2_G2="no", I2_G0="no")
    for seat in (worker, table.coordinator):
        answer = table.asks(seat, Section.HOUSING)
        assert not answer.allowed
        assert answer.level is Level.SEE
        assert answer.denied_by == ("OBJECTION-VITAL",)
        assert "s'est opposée" in " ".join(answer.sentences)


def test_an_objection_of_every_category_writes_every_row(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    table.joins(table.landlord)
    table.named_by(worker)
    table.does(worker, sharing.record_agreement, {("I*", "G5"): "no"}, **PAPER)
    cells = table.reads(worker, sharing.read_agreement).cells
    assert [value for (_, group), value in cells.items() if group == "G5"] == ["no"] * 10
    assert table.level(table.landlord, Section.HOUSING) is Level.SEE


def test_an_exception_falls_back_after_thirty_days(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    table.does(worker, sharing.record_information, groups=GROUPS, **PAPER)
    table.does(table.coordinator, sharing.move, mode=Mode.NAMED_BY_EXCEPTION, basis="CP_223_6")
    assert table.level(worker, Section.HOUSING) is Level.READ
    assert table.level(worker, Section.SOCIAL_RESOURCES) is Level.NONE
    table.does(table.coordinator, sharing.move, state="suspended")
    table.passes(days=30, microseconds=-1)
    assert table.level(worker, Section.HOUSING) is Level.READ
    table.passes(microseconds=1)
    assert table.level(worker, Section.HOUSING) is Level.NONE
    assert table.reads(worker, sharing.read_circle).mode == Mode.ANONYMISED


def test_an_agreement_makes_an_exception_useless(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    table.does(table.coordinator, sharing.move, mode=Mode.NAMED_BY_EXCEPTION, basis="CP_223_6")
    table.named_by(worker)
    table.passes(days=31)
    assert table.level(worker, Section.SOCIAL_RESOURCES) is Level.READ


def test_the_informing_professional_records_before_any_circle(table: Table) -> None:
    worker = table.cast.social_worker()
    with pytest.raises(NotFound):
        table.named_by(worker)
    table.does(table.coordinator, sharing.designate_informing, worker.employment_id)
    table.named_by(worker)
    grid = table.reads(worker, sharing.read_agreement)
    assert grid.may_record
    assert not grid.whole
    assert grid.cells["I1", "G0"] == "yes"


def test_who_may_not_record(table: Table) -> None:
    inspector = table.cast.inspector()
    administrative = table.cast.seat("Un agent du DAC", kind="DAC")
    for seat in (inspector, administrative, table.landlord):
        table.joins(seat)
        with pytest.raises(Refused):
            table.named_by(seat)
    with pytest.raises(Refused):
        table.named_by(table.coordinator)
    with pytest.raises(Refused):
        table.does(table.landlord, sharing.record_agreement, {("I2", "G5"): "no"}, **PAPER)
    bound = table.cast.seat("Idriss Benhaddou", kind="CCAS", secrecy_basis="CASF133_5")
    table.joins(bound)
    table.named_by(bound)
    assert table.level(bound, Section.HOUSING) is Level.READ


def test_an_objection_never_waits_for_a_circle(house: House) -> None:
    table = Table.laid(house)
    worker = table.cast.social_worker("Leïla Desmarchais")
    table.landlord = worker
    other = Table.laid(house, table.cast)
    mine = Table(house, table.cast, table.coordinator, worker)
    house.run(mine._refer("received"))
    mine.does(worker, sharing.record_agreement, {("I*", "G5"): "no", ("I7", "G1"): "no"}, **PAPER)
    with pytest.raises(Refused):
        mine.says(worker, I7_G1="yes")
    with pytest.raises(NotFound):
        other.says(worker, I7_G1="no")
    grid = mine.reads(worker, sharing.read_agreement)
    assert (grid.may_record, grid.may_object) == (False, True)
    assert grid.cells["I7", "G1"] == "no"


def test_an_older_page_never_overwrites_an_objection(table: Table) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    for seat in (worker, nurse):
        table.joins(seat)
    table.named_by(worker, I7_G2="yes")
    shown = table.reads(worker, sharing.read_agreement)
    table.says(nurse, I7_G2="no")
    answers = dict(shown.cells) | {("I9", "G2"): "yes"}
    with pytest.raises(Conflict):
        table.does(worker, sharing.answer_grid, answers, revision=shown.revision, **PAPER)
    table.passes(minutes=1)
    fresh = table.reads(worker, sharing.read_agreement)
    assert fresh.cells["I7", "G2"] == "no"
    answers = dict(fresh.cells) | {("I9", "G2"): "yes"}
    table.does(worker, sharing.answer_grid, answers, revision=fresh.revision, **PAPER)
    cells = table.reads(worker, sharing.read_agreement)
    assert cells.cells["I9", "G2"] == "yes"
    assert cells.history[0].cells == {("I9", "G2"): "yes"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cells": {("I11", "G2"): "yes"}}, "I11-G2"),
        ({"cells": {("I1", "G12"): "yes"}}, "I1-G12"),
        ({"cells": {("I1", "G2"): "maybe"}}, "I1-G2"),
        ({"cells": {}}, "cells"),
        ({"means": "telepathy"}, "means"),
        ({"notice_version": ""}, "notice_version"),
        ({"notice_version": "elle a dit\0oui"}, "notice_version"),
    ],
)
def test_what_is_wrong_names_its_field(table: Table, wrong: dict[str, object], field: str) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    given = {"cells": {("I1", "G2"): "yes"}} | PAPER | wrong
    with pytest.raises(Invalid) as problem:
        table.does(worker, sharing.record_agreement, **given)
    assert set(problem.value.fields) == {field}
    assert not table.reads(table.coordinator, sharing.read_agreement).history


@pytest.mark.parametrize("groups", [[], ["G11"], ["G1", "all"]])
def test_information_is_given_for_known_groups(table: Table, groups: list[str]) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    with pytest.raises(Invalid) as problem:
        table.does(worker, sharing.record_information, groups=groups, **PAPER)
    assert set(problem.value.fields) == {"groups"}


def test_each_sees_the_grid_as_far_as_its_right(table: Table) -> None:
    worker, auditor = table.cast.social_worker(), table.cast.auditor()
    for seat in (worker, table.landlord):
        table.joins(seat)
    table.named_by(worker, I2_G5="yes", I7_G5="no", I7_G1="yes")
    own = table.reads(table.landlord, sharing.read_agreement)
    assert not own.whole
    assert {group for _, group in own.cells} == {"G5"}
    assert {group for line in own.history for _, group in line.cells} == {"G5"}
    assert set(own.informed) == {"G5"}
    for seat in (worker, table.coordinator, auditor):
        grid = table.reads(seat, sharing.read_agreement)
        assert grid.whole
        assert grid.cells["I7", "G1"] == "yes"
    with pytest.raises(NotFound):
        table.reads(table.cast.physician(), sharing.read_agreement)


def test_a_line_of_codes_says_its_cells_and_back() -> None:
    cells = expanded({("I*", "G5"): "no", ("I1", "G2"): "yes"})
    assert read_cells(written(cells)) == cells
    assert said({("I1", "G2"): "yes", ("I2", "G2"): "yes"}) == (
        "Social et médico-social : oui pour coordonnées, logement et sécurité.",
    )
