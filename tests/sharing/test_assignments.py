"""Actions given to a seat: what they open, for how long, by whom; and nothing else."""

from datetime import timedelta

import pytest

from policies.vocabulary import Action, Level, Section
from service.database import new_id
from service.errors import Conflict, Invalid, NotFound, Refused
from service.sharing import operations as sharing
from service.unit import Actor
from tests.house import House
from tests.sharing.table import Table
from tests.situations.story import Story

EXTRACT = "Accès par la cour ; rien n'est déplacé sans elle."


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation that is named by agreement, with a social worker who leads it."""
    table = Table.laid(house)
    worker = table.cast.social_worker()
    table.seated = (worker,)
    table.joins(worker)
    table.named_by(worker)
    table.does(table.coordinator, sharing.designate_lead, worker.employment_id)
    return table


def cleaner_of(table: Table) -> Actor:
    return table.cast.seat("Alban Féron", kind="CLEANING", function="team_leader")


def gives(table: Table, seat: Actor, *, by: Actor | None = None, days: int = 30, **named):
    """Give an action due in so many days; return its identifier."""
    action_id = named.pop("action_id", None) or new_id()
    due = table.house.workplace.clock.now() + timedelta(days=days)
    table.does(by or table.coordinator, sharing.assign, seat.employment_id, action_id, due, **named)
    return action_id


def test_an_action_opens_its_extracts_until_thirty_days_after_its_first_due_date(
    table: Table,
) -> None:
    cleaner = cleaner_of(table)
    assert not table.sees(cleaner)
    gives(table, cleaner, days=30, label="sorting")
    assert table.level(cleaner, Section.HOUSING) is Level.READ_ASSIGNED
    assert table.level(cleaner, Section.SOMATIC_HEALTH) is Level.NONE
    assert not table.asks(cleaner, Section.HOUSING, Action.READ_EXTRACT).allowed
    with pytest.raises(Refused):
        table.reads(cleaner, sharing.read_circle)
    table.passes(days=59)
    assert table.level(cleaner, Section.HOUSING) is Level.READ_ASSIGNED
    table.passes(days=2)
    assert table.level(cleaner, Section.HOUSING) is Level.NONE
    assert not table.sees(cleaner)


def test_a_closed_action_is_read_for_seven_days_more(table: Table) -> None:
    cleaner = cleaner_of(table)
    action_id = gives(table, cleaner, days=30)
    then = table.passes(days=3)
    ends = table.does(table.coordinator, sharing.close_assignment, action_id)
    assert ends == then + timedelta(days=7)
    table.passes(days=6)
    assert table.level(cleaner, Section.HOUSING) is Level.READ_ASSIGNED
    table.passes(days=2)
    assert table.level(cleaner, Section.HOUSING) is Level.NONE
    assert table.asks(cleaner, Section.HOUSING, at=then).level is Level.READ_ASSIGNED


def test_closing_late_prolongs_and_never_reopens(table: Table) -> None:
    late, over = cleaner_of(table), table.cast.seat("Sabine Roc", kind="ANIMAL_CARE")
    one, two = gives(table, late, days=10), gives(table, over, days=5)
    table.passes(days=39)  # the first window has a day to run, the second is over
    table.does(table.coordinator, sharing.close_assignment, one)
    with pytest.raises(Conflict):
        table.does(table.coordinator, sharing.close_assignment, two)
    table.passes(days=5)
    assert table.level(late, Section.HOUSING) is Level.READ_ASSIGNED
    assert table.level(over, Section.HOUSING) is Level.NONE
    with pytest.raises(Conflict):
        table.does(table.coordinator, sharing.close_assignment, one)


def test_giving_the_same_action_again_does_not_prolong_it(table: Table) -> None:
    cleaner = cleaner_of(table)
    action_id = gives(table, cleaner, days=10)
    with pytest.raises(Conflict):
        gives(table, cleaner, days=90, action_id=action_id)
    other = table.cast.seat("Sabine Roc", kind="ANIMAL_CARE")
    gives(table, other, days=90, action_id=action_id)
    table.passes(days=41)
    assert table.level(cleaner, Section.HOUSING) is Level.NONE
    assert table.level(other, Section.HOUSING) is Level.READ_ASSIGNED


def test_the_coordinator_and_the_lead_give_actions_and_nobody_else(table: Table) -> None:
    cleaner, lead = cleaner_of(table), table.seated[0]
    action_id = gives(table, cleaner, by=lead)
    table.does(lead, sharing.close_assignment, action_id)
    nurse = table.cast.psychiatric_nurse()
    table.joins(nurse)
    with pytest.raises(Refused):
        gives(table, cleaner, by=nurse)
    with pytest.raises(Refused):
        table.does(nurse, sharing.close_assignment, action_id)
    with pytest.raises(NotFound):
        gives(table, cleaner, by=table.cast.physician())


def test_what_cannot_be_given_names_its_field(table: Table) -> None:
    cast, cleaner = table.cast, cleaner_of(table)
    relative = cast.seat("Anne Ropartz", kind="RELATIVE", relative=True)
    nobody = (table.coordinator, cast.auditor(), cast.dpo(), cast.administrator(), relative)
    for seat in nobody:
        with pytest.raises(Invalid) as wrong:
            gives(table, seat)
        assert set(wrong.value.fields) == {"employment_id"}, seat.name
    for named, field in (
        ({"days": -1}, "due_at"),
        ({"days": 400}, "due_at"),
        ({"label": "hoarding"}, "label"),
    ):
        with pytest.raises(Invalid) as wrong:
            gives(table, cleaner, **named)
        assert set(wrong.value.fields) == {field}


def test_without_a_name_an_action_opens_the_existence_only_and_once_over_nothing(
    house: House,
) -> None:
    table = Table.laid(house)
    cleaner = cleaner_of(table)
    gives(table, cleaner)
    assert table.sees(cleaner)
    opened = {one: table.level(cleaner, one) for one in Section}
    assert {one for one, level in opened.items() if level is not Level.NONE} == {Section.SITUATION}
    table.does(table.coordinator, sharing.move, state="closed")
    with pytest.raises(Conflict):
        gives(table, cleaner)


def test_each_sees_the_actions_that_are_theirs(table: Table) -> None:
    cleaner, other = cleaner_of(table), table.cast.seat("Sabine Roc", kind="ANIMAL_CARE")
    gives(table, cleaner, label="sorting")
    gives(table, other, label="animals")
    all_of_them = table.reads(table.coordinator, sharing.read_assignments)
    assert {line.label for line in all_of_them.lines} == {"sorting", "animals"}
    assert all_of_them.may_give
    mine = table.reads(cleaner, sharing.read_assignments)
    assert [line.name for line in mine.lines] == [cleaner.name]
    assert not mine.may_give
    with pytest.raises(NotFound):
        table.reads(table.cast.physician(), sharing.read_assignments)


def test_the_page_of_an_assigned_seat_holds_the_extracts_and_nothing_else(house: House) -> None:
    story = Story.followed(house, "social_worker", "psychiatric_nurse", "inspector", I7_G1="yes")
    worker = story.seated["social_worker"]
    story.writes(worker, Section.HOUSING, "Le couloir est plein de papiers.")
    story.extracts(worker, Section.HOUSING, EXTRACT)
    story.writes(story.seated["psychiatric_nurse"], Section.MENTAL_HEALTH, "Deuil récent.")
    cleaner = story.cast.seat("Alban Féron", kind="CLEANING", function="team_leader")

    async def give():
        async with house.act(story.coordinator) as unit:
            due = unit.now() + timedelta(days=30)
            return await sharing.assign(
                unit, story.situation_id, cleaner.employment_id, new_id(), due
            )

    ends = house.run(give())
    view = story.opens(cleaner)
    shown = {one.section: one for one in view.sections}
    assert [one.text for one in shown[Section.HOUSING].extracts] == [EXTRACT]
    assert {one.level for one in shown.values()} <= {Level.READ_ASSIGNED, Level.SEE, Level.NONE}
    assert not any(one.entries for one in shown.values())
    assert view.header.assigned_until == ends
    for hidden in ("alias", "urgency", "adherence", "mode", "lead"):
        assert not getattr(view.header, hidden), hidden
    assert view.header.card is None
    said = repr(view)
    for word in ("psychiatrie", "Violleau", "papiers", "Deuil"):
        assert word not in said
    page = story.reads(cleaner, Section.HOUSING)
    assert [one.text for one in page.section.extracts] == [EXTRACT]
    with pytest.raises(Refused):
        story.reads(cleaner, Section.MENTAL_HEALTH)
