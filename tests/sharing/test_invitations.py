"""Nobody is put into a circle: invited, they answer; what the person refuses is not invited."""

from datetime import timedelta
from uuid import uuid4

import pytest

from policies.vocabulary import Level, Section
from service.errors import Conflict, Invalid, NotFound, Refused
from service.sharing import operations as sharing
from service.sharing.rules.invitations import DeclineReason, InvitationState
from service.unit import Actor
from tests.house import House
from tests.sharing.table import Table


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation that is followed, and nobody around it yet."""
    return Table.laid(house)


def _shown(table: Table, reader: Actor | None = None) -> dict[str, str]:
    view = table.reads(reader or table.coordinator, sharing.read_circle)
    return {one.invited.split(",")[0]: one.state for one in view.invitations}


def test_an_invitation_opens_nothing_but_itself_and_acceptance_opens_the_place(
    table: Table,
) -> None:
    worker = table.cast.social_worker()
    invitation = table.invites(worker, "competence_needed")
    assert not table.sees(worker)
    assert table.level(worker, Section.SYNTHESIS) is Level.NONE
    (waiting,) = table.answers(worker, sharing.my_invitations)
    assert waiting.invitation_id == invitation
    assert (waiting.cell, waiting.reason) == ("Cellule", "competence_needed")
    assert waiting.invited_by.startswith(table.coordinator.name)
    accepted_at = table.passes(days=3)
    table.answers(worker, sharing.accept_invitation, invitation)
    assert table.sees(worker)
    (member,) = table.reads(worker, sharing.read_circle).members
    assert member.valid_from == accepted_at
    assert not table.answers(worker, sharing.my_invitations)


def test_only_the_coordinator_invites_and_only_the_invited_seat_answers(table: Table) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    table.joins(worker)
    with pytest.raises(Refused):
        table.does(worker, sharing.invite_to_circle, nurse.employment_id, "competence_needed")
    with pytest.raises(NotFound):
        table.does(nurse, sharing.invite_to_circle, nurse.employment_id, "competence_needed")
    invitation = table.invites(nurse)
    for other in (worker, table.coordinator):
        for answer in (sharing.accept_invitation, sharing.read_invitation):
            with pytest.raises(NotFound):
                table.answers(other, answer, invitation)
        with pytest.raises(NotFound):
            table.answers(other, sharing.decline_invitation, invitation, "not_involved")
    with pytest.raises(NotFound):
        table.answers(nurse, sharing.accept_invitation, uuid4())
    assert not table.sees(nurse)
    table.answers(nurse, sharing.accept_invitation, invitation)
    assert table.sees(nurse)


def test_declining_says_why_to_the_coordinator_alone(table: Table) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    table.joins(worker)
    invitation = table.invites(nurse)
    with pytest.raises(Invalid) as problem:
        table.answers(nurse, sharing.decline_invitation, invitation, "je la connais")
    assert set(problem.value.fields) == {"answer"}
    table.answers(nurse, sharing.decline_invitation, invitation, DeclineReason.COLLEAGUE)
    view = table.reads(table.coordinator, sharing.read_circle)
    assert [(one.state, one.answer) for one in view.invitations] == [("declined", "colleague")]
    assert not table.reads(worker, sharing.read_circle).invitations
    for again in (sharing.accept_invitation,):
        with pytest.raises(Conflict):
            table.answers(nurse, again, invitation)
    (due,) = table.answers(table.coordinator, sharing.dues)
    assert (due.kind, due.who) == ("declined", nurse.name)


def test_an_invitation_expires_at_the_end_of_its_tenth_day_and_may_be_sent_again(
    table: Table,
) -> None:
    nurse = table.cast.psychiatric_nurse()
    invitation = table.invites(nurse)
    (waiting,) = table.answers(nurse, sharing.my_invitations)
    assert waiting.answer_by is not None
    assert waiting.answer_by - table.house.workplace.clock.now() > timedelta(days=10)
    table.house.hands.at = waiting.answer_by
    assert not table.answers(nurse, sharing.my_invitations)
    with pytest.raises(Conflict):
        table.answers(nurse, sharing.accept_invitation, invitation)
    assert not table.sees(nurse)
    assert _shown(table) == {nurse.name: InvitationState.EXPIRED}
    again = table.does(table.coordinator, sharing.resend_invitation, invitation)
    assert again != invitation
    assert _shown(table) == {nurse.name: InvitationState.PENDING}
    table.answers(nurse, sharing.accept_invitation, again)
    assert table.sees(nurse)
    assert _shown(table) == {}


def test_a_deadline_is_a_day_to_come_thirty_days_away_at_most(table: Table) -> None:
    nurse = table.cast.psychiatric_nurse()
    today = table.house.workplace.clock.today()
    for wrong in (today - timedelta(days=1), today + timedelta(days=31)):
        with pytest.raises(Invalid) as problem:
            table.invites(nurse, answer_on=wrong)
        assert set(problem.value.fields) == {"answer_by"}
    table.invites(nurse, answer_on=today)
    with pytest.raises(Conflict):
        table.invites(nurse)


def test_a_withdrawn_invitation_is_over(table: Table) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    table.joins(worker)
    invitation = table.invites(nurse)
    with pytest.raises(Refused):
        table.does(worker, sharing.withdraw_invitation, invitation)
    table.does(table.coordinator, sharing.withdraw_invitation, invitation)
    with pytest.raises(Conflict):
        table.answers(nurse, sharing.accept_invitation, invitation)
    with pytest.raises(Conflict):
        table.does(table.coordinator, sharing.withdraw_invitation, invitation)
    assert _shown(table) == {nurse.name: "withdrawn"}


def test_an_invitation_of_another_situation_is_not_found_here(table: Table) -> None:
    nurse = table.cast.psychiatric_nurse()
    invitation = table.invites(nurse)
    other = Table.laid(table.house, table.cast)
    for act in (sharing.withdraw_invitation, sharing.resend_invitation):
        with pytest.raises(NotFound):
            other.does(table.coordinator, act, invitation)
    assert _shown(table) == {nurse.name: "pending"}


def test_without_a_valid_pledge_nobody_accepts(table: Table) -> None:
    nurse = table.cast.seat("Judith Malescot", kind="PSYCHIATRY", category="1", pledged=False)
    invitation = table.invites(nurse)
    with pytest.raises(Conflict) as problem:
        table.answers(nurse, sharing.accept_invitation, invitation)
    assert "engagement de confidentialité" in problem.value.sentence
    assert not table.sees(nurse)
    assert _shown(table) == {nurse.name: "pending"}


def test_closing_and_a_general_withdrawal_take_invitations_back(table: Table) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    table.joins(worker)
    table.named_by(worker)
    invitation = table.invites(nurse)
    table.does(
        worker,
        sharing.withdraw_agreement,
        [],
        means="oral",
        notice_version="FALC v1.2",
        general=True,
    )
    with pytest.raises(Conflict):
        table.answers(nurse, sharing.accept_invitation, invitation)
    later = table.invites(nurse)

    async def close() -> None:
        async with table.house.act(table.coordinator) as unit:
            await sharing.move(unit, table.situation_id, state="closed")
            await sharing.end_circle(unit, table.situation_id)

    table.house.run(close())
    assert not table.answers(nurse, sharing.my_invitations)
    with pytest.raises(Conflict):
        table.answers(nurse, sharing.accept_invitation, later)


# ---- what the person refuses ---------------------------------------------------------------


def test_no_psychiatrist_is_invited_while_the_person_refuses_it(table: Table) -> None:
    worker, nurse, physician = (
        table.cast.social_worker(),
        table.cast.psychiatric_nurse(),
        table.cast.physician(),
    )
    table.joins(worker)
    table.says(worker, I7_G1="no")
    with pytest.raises(Refused) as refused:
        table.invites(nurse)
    assert "I7→G1" in refused.value.reasons[0]
    assert not table.answers(nurse, sharing.my_invitations)
    table.invites(physician)
    table.says(worker, I7_G1="yes")
    table.invites(nurse)


def test_a_refusal_that_leaves_a_trade_its_work_does_not_close_it(table: Table) -> None:
    worker = table.cast.social_worker()
    colleague = table.cast.social_worker("Leïla Desmarchais")
    table.joins(worker)
    table.says(worker, I9_G2="no", I8_G2="no", I7_G5="no", I9_G5="no")
    table.invites(colleague)
    table.invites(table.landlord)
    inspector = table.cast.inspector()
    table.says(worker, I7_G6="no")
    table.invites(inspector)


def test_all_refused_to_a_group_closes_its_invitations(table: Table) -> None:
    worker, inspector = table.cast.social_worker(), table.cast.inspector()
    table.joins(worker)
    grid = {("I*", "G5"): "no", ("I*", "G6"): "no"}
    table.does(worker, sharing.record_agreement, grid, means="oral", notice_version="FALC v1.2")
    for seat in (table.landlord, inspector):
        with pytest.raises(Refused):
            table.invites(seat)
    table.does(table.coordinator, sharing.open_mission, inspector.employment_id, "P-12")
    table.invites(inspector)  # a procedure does not rest on the agreement


def test_a_relative_who_only_bears_witness_has_no_trade_to_refuse(table: Table) -> None:
    worker = table.cast.social_worker()
    mother = table.cast.seat("Anne Ropartz", kind="RELATIVE", relative=True)
    table.joins(worker)
    table.says(worker, I7_G9="no")
    table.joins(mother)


def test_an_objection_recorded_meanwhile_closes_the_acceptance_without_saying_why(
    table: Table,
) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    table.joins(worker)
    invitation = table.invites(nurse)
    table.says(worker, I7_G1="no")
    with pytest.raises(Refused) as refused:
        table.answers(nurse, sharing.accept_invitation, invitation)
    said = " ".join((*refused.value.reasons, refused.value.remedy))
    assert "oppos" not in said
    assert "personne s'" not in said
    assert not table.sees(nurse)
    table.says(worker, I7_G1="yes")
    table.answers(nurse, sharing.accept_invitation, invitation)
    assert table.sees(nurse)


# ---- standing in for a member --------------------------------------------------------------


def test_a_substitute_has_a_place_that_ends_by_itself_and_the_member_keeps_theirs(
    table: Table,
) -> None:
    worker = table.cast.social_worker()
    stand_in = table.cast.social_worker("Rachel Osei")
    table.joins(worker)
    table.named_by(worker)
    now = table.house.workplace.clock.now()
    until = now + timedelta(days=21)
    table.joins(stand_in, "substitute", until=until, substitutes_for=worker.employment_id)
    assert table.level(stand_in, Section.HOUSING) is Level.READ
    assert table.level(worker, Section.HOUSING) is Level.READ
    members = {one.name: one for one in table.reads(table.coordinator, sharing.read_circle).members}
    assert members[stand_in.name].substitutes_for == worker.name
    with pytest.raises(Conflict):
        table.does(table.coordinator, sharing.renew_circle, stand_in.employment_id)
    table.house.hands.at = until
    assert not table.sees(stand_in)
    assert table.sees(worker)


def test_a_substitution_names_a_live_member_and_an_end_within_their_place(table: Table) -> None:
    worker = table.cast.social_worker()
    stand_in, third = table.cast.social_worker("Rachel Osei"), table.cast.physician()
    ends = table.joins(worker, until=table.house.workplace.clock.now() + timedelta(days=60))
    soon = ends - timedelta(days=30)
    for wrong, field in (
        ({"until": soon}, "substitutes_for"),
        ({"until": soon, "substitutes_for": third.employment_id}, "substitutes_for"),
        ({"until": soon, "substitutes_for": stand_in.employment_id}, "substitutes_for"),
        ({"substitutes_for": worker.employment_id}, "until"),
        ({"until": ends + timedelta(days=1), "substitutes_for": worker.employment_id}, "until"),
    ):
        with pytest.raises(Invalid) as problem:
            table.invites(stand_in, "substitute", **wrong)
        assert set(problem.value.fields) == {field}
    with pytest.raises(Invalid):
        table.invites(stand_in, "referrer", until=soon, substitutes_for=worker.employment_id)
    table.joins(stand_in, "substitute", until=soon, substitutes_for=worker.employment_id)
    with pytest.raises(Invalid):
        table.invites(third, "substitute", until=soon, substitutes_for=stand_in.employment_id)


def test_whoever_stood_in_leaves_with_the_member(table: Table) -> None:
    worker = table.cast.social_worker()
    stand_in, next_one = table.cast.social_worker("Rachel Osei"), table.cast.physician()
    table.joins(worker)
    until = table.house.workplace.clock.now() + timedelta(days=21)
    of_worker = {"until": until, "substitutes_for": worker.employment_id}
    table.joins(stand_in, "substitute", **of_worker)
    invitation = table.invites(next_one, "substitute", **of_worker)
    table.passes(days=1)
    table.does(worker, sharing.leave_circle, worker.employment_id)
    assert not table.sees(stand_in)
    with pytest.raises(Conflict):
        table.answers(next_one, sharing.accept_invitation, invitation)


# ---- what ends soon ------------------------------------------------------------------------


def test_a_place_that_ends_is_told_thirty_days_before_and_its_member_may_ask_to_stay(
    table: Table,
) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    ends = table.joins(worker)
    table.passes(days=10)
    table.joins(nurse)
    table.house.hands.at = ends - timedelta(days=31)
    assert not table.answers(worker, sharing.dues)
    with pytest.raises(Conflict):
        table.does(worker, sharing.ask_renewal)
    table.house.hands.at = ends - timedelta(days=29)
    for _ in range(2):
        table.does(worker, sharing.ask_renewal)
    for reader, who in ((worker, ""), (table.coordinator, worker.name)):
        (due,) = table.answers(reader, sharing.dues)
        assert (due.kind, due.who, due.until, due.asked) == ("place", who, ends, True)
    assert not table.answers(nurse, sharing.dues)
    with pytest.raises(NotFound):
        table.does(table.cast.physician(), sharing.ask_renewal)
    table.does(table.coordinator, sharing.renew_circle, worker.employment_id)
    assert not table.answers(worker, sharing.dues)


def test_what_the_coordinator_must_look_at_again(table: Table) -> None:
    worker = table.cast.social_worker()
    table.does(table.coordinator, sharing.designate_informing, worker.employment_id)
    table.does(table.coordinator, sharing.move, mode="NAMED_BY_EXCEPTION", basis="CP223_6")
    kinds = {due.kind for due in table.answers(table.coordinator, sharing.dues)}
    assert kinds == {"informing", "exception"}
    view = table.reads(table.coordinator, sharing.read_circle)
    assert view.exception is not None
    assert view.exception[0] == "CP223_6"
    assert not table.answers(table.landlord, sharing.dues)
