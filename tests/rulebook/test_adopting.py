"""What opens takes two people and seven days; what closes acts at once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from policies import rules
from service.database import transaction
from service.errors import Conflict, Invalid, NotFound, Refused
from service.oversight import operations as oversight
from service.rulebook import operations
from service.rulebook.models import PolicyTerm, PolicyVersion
from service.rulebook.operations.versions import SAME as NOTHING_NEW
from tests.rulebook import board as story
from tests.rulebook.board import (
    MIXED,
    NARROWER,
    SAME,
    TABLES,
    WEEK,
    WIDER,
    WIDER_HEALTH,
    Board,
)


@pytest.fixture
def board(house):
    return Board.on(house)


def rows(board, model):
    async def read():
        async with transaction(
            board.house.workplace.engine, write=False, clsm_id=board.cast.clsm_id
        ) as connection:
            found = await connection.execute(select(*model.__table__.columns))
            return found.all()

    return board.house.run(read())


@pytest.mark.parametrize("tables", [WIDER_HEALTH, WIDER, MIXED], ids=["health", "other", "mixed"])
def test_what_opens_needs_two_people_and_waits_seven_days(board, tables):
    number = board.proposes("auditor", tables)
    assert board.approves("coordinator", number) is None
    effective = board.approves("dpo", number)
    assert effective == board.house.hands.at + WEEK
    assert (board.terms().number, board.terms().waiting) == (0, number)
    board.waits(WEEK - timedelta(seconds=1))
    assert board.terms().number == 0
    board.waits(timedelta(seconds=1))
    assert (board.terms().number, board.terms().waiting) == (number, None)


def test_what_only_closes_needs_one_person_and_acts_at_once(board):
    number = board.proposes("coordinator", NARROWER)
    assert board.approves("coordinator", number) == board.house.hands.at
    assert board.terms().number == number


def test_the_author_of_a_widening_is_none_of_its_approvers(board):
    number = board.proposes("coordinator", WIDER_HEALTH)
    with pytest.raises(Refused):
        board.approves("coordinator", number)
    assert board.approves("dpo", number) is None
    assert board.approves("health", number) is not None


def test_the_author_does_not_count_in_another_seat_either(board):
    number = board.proposes("dpo", WIDER)
    twin = board.people["dpo"]
    other = board.cast.seat(
        "Paul Achard", kind="HEALTH", category="1", function="physician",
        office="health_cofacilitator",
    )  # fmt: skip
    board.people["twin"] = other
    board.house.run(same_account(board, other, twin))
    board.people["twin"] = replace_account(other, twin)
    with pytest.raises(Refused):
        board.approves("twin", number)


def replace_account(seat, like):
    from dataclasses import replace

    return replace(seat, account_id=like.account_id)


async def same_account(board, seat, like):
    from sqlalchemy import update

    from service.partners.models import Employment

    async with transaction(board.house.workplace.engine, write=True) as connection:
        await connection.execute(
            update(Employment)
            .where(Employment.employment_id == seat.employment_id)
            .values(account_id=like.account_id)
        )


def test_two_people_of_one_office_are_one_voice(board):
    board.people["second"] = board.cast.coordinator("Karim Bellil")
    number = board.proposes("auditor", WIDER)
    board.approves("coordinator", number)
    assert board.approves("second", number) is None
    assert board.terms().waiting is None
    assert board.approves("health", number) is not None


def test_one_person_approves_once(board):
    number = board.proposes("auditor", WIDER)
    board.approves("coordinator", number)
    with pytest.raises(Conflict):
        board.approves("coordinator", number)


@pytest.mark.parametrize("who", ["nurse", "auditor"])
def test_others_do_not_approve(board, who):
    number = board.proposes("dpo", NARROWER)
    with pytest.raises(Refused):
        board.approves(who, number)
    assert board.terms().number == 0


def test_a_nurse_neither_proposes_nor_reads_the_versions(board):
    with pytest.raises(Refused):
        board.proposes("nurse", NARROWER)
    number = board.proposes("auditor", NARROWER)
    for act, more in ((operations.read_versions, ()), (operations.read_version, (number,))):
        with pytest.raises(Refused):
            board.does("nurse", act, *more, write=False)


def test_whoever_did_not_sign_the_charter_reads_no_rule(board):
    board.people["unsigned"] = board.cast.seat("Zoé Marin", kind="CCAS", pledged=False)
    assert board.does("nurse", operations.read_policy, write=False).digest == rules.load().digest
    with pytest.raises(Refused):
        board.does("unsigned", operations.read_policy, write=False)
    board.people["office"] = board.cast.seat(
        "Noé Marin", kind="COORDINATION", office="coordinator", pledged=False
    )
    with pytest.raises(Refused):
        board.proposes("office", NARROWER)


def test_a_narrowing_wins_at_once_and_the_widening_that_waited_is_approved_again(board):
    widening = board.adopts(WIDER_HEALTH)
    board.waits(timedelta(days=3))
    narrowing = board.adopts(NARROWER)
    assert (board.terms().number, board.terms().waiting) == (narrowing, None)
    board.waits(WEEK)
    assert board.terms().number == narrowing, "what waited never begins by itself"
    view = board.version(widening)
    assert (view.line.state, view.missing) == ("proposed", 2)
    assert [one.counts for one in view.line.approvals] == [False, False]
    board.approves("coordinator", widening)
    assert board.approves("dpo", widening) == board.house.hands.at + WEEK


def test_an_approval_of_another_comparison_is_refused(board):
    widening = board.proposes("auditor", WIDER)
    board.adopts(NARROWER)
    with pytest.raises(Conflict):
        board.approves("coordinator", widening, base=0)
    assert board.approves("coordinator", widening) is None


def test_one_widening_waits_at_a_time(board):
    board.adopts(WIDER_HEALTH)
    other = board.proposes("auditor", WIDER)
    with pytest.raises(Conflict):
        board.approves("coordinator", other)
    board.waits(WEEK)
    assert board.approves("coordinator", other) is None


def test_what_waits_can_be_withdrawn_and_never_begins(board):
    first = board.adopts(NARROWER)
    number = board.adopts(WIDER_HEALTH)
    board.withdraws("dpo", number)
    board.waits(WEEK + WEEK)
    assert (board.terms().number, board.terms().waiting) == (first, None)
    assert board.version(number).line.state == "withdrawn"
    with pytest.raises(Conflict):
        board.approves("coordinator", number)


def test_what_is_in_force_is_replaced_never_withdrawn(board):
    number = board.adopts(NARROWER)
    with pytest.raises(Conflict):
        board.withdraws("dpo", number)
    with pytest.raises(NotFound):
        board.withdraws("dpo", 99)
    own = board.proposes("auditor", WIDER)
    board.withdraws("auditor", own)
    other = board.proposes("dpo", WIDER)
    with pytest.raises(Refused):
        board.withdraws("auditor", other)


def test_terms_are_closed_and_written_again_never_edited(board):
    first = board.adopts(NARROWER)
    begun = board.house.hands.at
    board.waits(timedelta(days=1))
    second = board.adopts(WIDER_HEALTH)
    agreed = board.house.hands.at
    said = {(row.number, row.valid_from, row.valid_to, row.recorded_at) for row in rows(
        board, PolicyTerm) if row.superseded_at.year == 9999}  # fmt: skip
    forever = max(row.valid_to for row in rows(board, PolicyTerm))
    assert said == {
        (first, begun, agreed + WEEK, agreed),
        (second, agreed + WEEK, forever, agreed),
    }
    gone = [row for row in rows(board, PolicyTerm) if row.superseded_at.year != 9999]
    assert [(row.number, row.valid_to, row.superseded_at) for row in gone] == [
        (first, forever, agreed)
    ]


@pytest.mark.parametrize(
    ("tables", "field", "said"),
    [
        (
            {"matrix": TABLES["matrix"] + "housing, reed, SOC, a\n"},
            "matrix",
            "action inconnue : « reed »",
        ),
        ({"matrix": TABLES["matrix"] + "housing, read, SOC\n"}, "matrix", "3 champs au lieu de 4"),
        (
            {"special": TABLES["special"] + "# Source.\nX, *, *, *, read, *, conflict & !mission, deny\n"},
            "special",
            "ce refus est affaibli",
        ),
        (
            {"special": TABLES["special"] + "# Source.\nX, SOC, *, housing, read, *, pledge, allow\n"},
            "special",
            "demande toujours « territory »",
        ),
        ({"matrix": ""}, "matrix", "cette table est vide"),
    ],
    ids=["unknown word", "missing field", "widened deny", "allow without territory", "empty"],
)  # fmt: skip
def test_a_table_that_is_not_sound_is_refused_with_its_line_and_nothing_is_written(
    board, tables, field, said
):
    with pytest.raises(Invalid) as refused:
        board.proposes("coordinator", TABLES | tables)
    assert said in refused.value.fields[field]
    line = tables[field].count("\n")
    assert f"ligne {line}" in refused.value.fields[field] or not line
    assert rows(board, PolicyVersion) == []
    assert board.terms().digest == ""


def test_what_changes_nothing_is_not_proposed(board):
    with pytest.raises(Invalid) as refused:
        board.proposes("coordinator", SAME)
    assert refused.value.fields == {"matrix": NOTHING_NEW}
    with pytest.raises(Invalid) as refused:
        board.proposes("coordinator", NARROWER, "trop court"[:5])
    assert set(refused.value.fields) == {"motive"}


def test_the_shipped_version_is_proposed_after_an_upgrade(board):
    with pytest.raises(Invalid):
        board.does("coordinator", operations.propose_shipped, story.MOTIVE)
    board.adopts(NARROWER)
    assert board.does("dpo", operations.read_versions, write=False).shipped_differs
    number = board.does("coordinator", operations.propose_shipped, story.MOTIVE)
    view = board.version(number)
    assert view.line.digest == rules.load().digest
    assert view.difference.widens
    assert view.motive == story.MOTIVE


def test_a_version_says_what_it_opens_and_closes_who_proposed_and_who_approved(board):
    first = board.adopts(NARROWER)
    second = board.proposes("dpo", MIXED)
    view = board.version(second)
    assert (view.against, view.missing) == (first, 2)
    assert {(str(one.column), str(one.section)) for one in view.difference.closed} >= {
        ("SCHS", "animals")
    }
    assert view.line.author == board.people["dpo"].name + ", agent, Organisation de Paul Achard"
    board.approves("coordinator", second)
    board.approves("health", second)
    board.waits(WEEK)
    older = board.version(first)
    assert (older.line.state, older.against) == ("replaced", 0)
    offices = [one.office for one in board.version(second).line.approvals]
    assert offices == ["Coordination de la cellule", "Co-animation santé"]


def test_every_step_is_recorded_and_said_in_the_register(board):
    number = board.proposes("auditor", WIDER)
    with pytest.raises(Refused):
        board.approves("nurse", number)
    board.approves("coordinator", number)
    board.approves("dpo", number)
    board.withdraws("dpo", number)
    board.house.sequence()
    shown = board.does("auditor", oversight.read_record, {}, write=False)
    said = [(line.act, line.outcome) for line in shown.lines if line.act.startswith("policy.")]
    assert said[::-1] == [
        ("policy.proposed", "ok"),
        ("policy.approved", "deny"),
        ("policy.approved", "ok"),
        ("policy.approved", "ok"),
        ("policy.adopted", "ok"),
        ("policy.withdrawn", "ok"),
    ]


def test_two_approvals_at_the_same_instant_adopt_once(board):
    number = board.proposes("auditor", WIDER)

    async def one(who):
        async with board.house.act(board.people[who]) as unit:
            return await operations.approve(unit, number, base_number=0)

    async def both():
        return await asyncio.gather(one("coordinator"), one("dpo"))

    answers = board.house.run(both())
    assert sorted(answer is None for answer in answers) == [False, True]
    assert board.terms().waiting == number
