"""Who belongs to a circle, why, until when; and what each may do with it."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from policies.vocabulary import Fact, Level, Section
from service.errors import Conflict, Invalid, NotFound, Refused
from service.sharing import operations as sharing
from service.unit import Actor
from tests.house import House
from tests.sharing.table import Table


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation that is followed, and nobody around it yet."""
    return Table.laid(house)


def test_a_place_opens_the_situation_and_its_end_closes_it(table: Table) -> None:
    worker = table.cast.social_worker()
    assert not table.sees(worker)
    ends = table.joins(worker)
    assert table.sees(worker)
    table.named_by(worker)
    assert table.level(worker, Section.HOUSING) is Level.READ

    table.house.hands.at = ends - timedelta(microseconds=1)
    assert table.sees(worker)
    table.house.hands.at = ends
    assert not table.sees(worker)
    assert table.level(worker, Section.HOUSING) is Level.NONE


def test_a_place_lasts_six_months_at_most(table: Table) -> None:
    worker = table.cast.social_worker()
    now = table.house.workplace.clock.now()
    for wrong in (now, now - timedelta(days=1), now + timedelta(days=200)):
        with pytest.raises(Invalid) as problem:
            table.joins(worker, until=wrong)
        assert set(problem.value.fields) == {"until"}
    assert table.joins(worker, until=now + timedelta(days=60)) == now + timedelta(days=60)


def test_a_hidden_situation_and_none_at_all_end_alike(table: Table) -> None:
    nurse = table.cast.psychiatric_nurse()
    with pytest.raises(NotFound) as hidden:
        table.reads(nurse, sharing.read_circle)
    table.situation_id = uuid4()
    with pytest.raises(NotFound) as absent:
        table.reads(nurse, sharing.read_circle)
    assert str(hidden.value) == str(absent.value)


@pytest.mark.parametrize("office", ["auditor", "dpo", "administrator"])
def test_no_circle_for_who_governs(table: Table, office: str) -> None:
    seat = getattr(table.cast, office)()
    with pytest.raises(Invalid) as problem:
        table.joins(seat)
    assert set(problem.value.fields) == {"employment_id"}


def test_no_circle_for_an_elected_official_nor_twice_nor_for_nobody(table: Table) -> None:
    official = table.cast.seat("Corinne Delaunay-Fitz", kind="MUNICIPALITY")
    with pytest.raises(Invalid):
        table.joins(official)
    with pytest.raises(Invalid):
        table.joins(table.coordinator)
    with pytest.raises(Invalid) as problem:
        table.does(table.coordinator, sharing.invite_to_circle, uuid4(), "already_intervenes")
    assert set(problem.value.fields) == {"employment_id"}
    worker = table.cast.social_worker()
    with pytest.raises(Invalid) as problem:
        table.joins(worker, "because")
    assert set(problem.value.fields) == {"reason"}
    table.joins(worker)
    with pytest.raises(Conflict):
        table.joins(worker)


def test_a_renewed_place_is_one_stay(table: Table) -> None:
    worker = table.cast.social_worker()
    start = table.house.workplace.clock.now()
    table.joins(worker)
    table.passes(days=100)
    ends = table.does(table.coordinator, sharing.renew_circle, worker.employment_id)
    (member,) = table.reads(table.coordinator, sharing.read_circle).members
    assert (member.valid_from, member.valid_to) == (start, ends)
    assert member.reason == "already_intervenes"


def test_a_place_that_ended_is_not_renewed_but_invited_again(table: Table) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    table.house.hands.at = table.joins(worker)
    view = table.reads(table.coordinator, sharing.read_circle)
    assert not view.members
    assert [one.name for one in view.former] == [worker.name]
    for seat in (worker, nurse):
        with pytest.raises(Invalid):
            table.does(table.coordinator, sharing.renew_circle, seat.employment_id)
    assert not table.sees(worker)
    table.joins(worker)
    assert table.sees(worker)


def test_a_member_leaves_at_once_and_leads_no_more(table: Table) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    for seat in (worker, nurse):
        table.joins(seat)
    table.does(table.coordinator, sharing.designate_lead, worker.employment_id)
    with pytest.raises(Refused):
        table.does(nurse, sharing.leave_circle, worker.employment_id)
    table.does(worker, sharing.leave_circle, worker.employment_id)
    assert not table.sees(worker)
    table.does(table.coordinator, sharing.leave_circle, nurse.employment_id)
    assert not table.sees(nurse)


def test_the_lead_is_one_member(table: Table) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    with pytest.raises(Invalid):
        table.does(table.coordinator, sharing.designate_lead, worker.employment_id)
    for seat in (worker, nurse):
        table.joins(seat)
        table.does(table.coordinator, sharing.designate_lead, seat.employment_id)
    view = table.reads(worker, sharing.read_circle)
    assert [one.name for one in view.members if one.lead] == [nurse.name]


def test_the_informing_professional_has_thirty_days_on_contact(table: Table) -> None:
    worker = table.cast.social_worker()
    table.does(table.coordinator, sharing.designate_informing, worker.employment_id)
    assert table.level(worker, Section.IDENTITY_CONTACT) is Level.READ_ASSIGNED
    assert table.level(worker, Section.HOUSING) is Level.NONE
    table.passes(days=30)
    assert not table.sees(worker)
    with pytest.raises(Invalid):
        table.does(table.coordinator, sharing.designate_informing, table.landlord.employment_id)


def test_a_conflict_closes_every_section_and_leaves_the_place(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    table.named_by(worker)
    table.does(worker, sharing.declare_conflict, worker.employment_id)
    table.does(worker, sharing.declare_conflict, worker.employment_id)
    assert table.sees(worker)
    assert all(
        table.level(worker, section) is Level.NONE
        for section in Section
        if section is not Section.SITUATION
    )
    with pytest.raises(Refused):
        table.does(worker, sharing.lift_conflict, worker.employment_id)
    table.does(table.coordinator, sharing.lift_conflict, worker.employment_id)
    assert table.level(worker, Section.HOUSING) is Level.READ


def test_a_conflict_is_told_to_the_coordinator_and_to_its_own_seat(table: Table) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()
    for seat in (worker, nurse):
        table.joins(seat)
    table.does(worker, sharing.declare_conflict, worker.employment_id)
    told = {
        reader.name: [
            one.name for one in table.reads(reader, sharing.read_circle).members if one.conflict
        ]
        for reader in (table.coordinator, worker, nurse)
    }
    assert told == {
        table.coordinator.name: [worker.name],
        worker.name: [worker.name],
        nurse.name: [],
    }


def test_a_mission_is_for_hygiene_and_housing_services(table: Table) -> None:
    inspector = table.cast.inspector()
    with pytest.raises(Invalid) as problem:
        table.does(table.coordinator, sharing.open_mission, inspector.employment_id, "le voisin !")
    assert set(problem.value.fields) == {"procedure"}
    with pytest.raises(Invalid):
        table.does(table.coordinator, sharing.open_mission, table.landlord.employment_id, "P-12")
    table.does(table.coordinator, sharing.open_mission, inspector.employment_id, "L.1331-22 n 12")
    assert table.level(inspector, Section.HOUSING) is Level.READ
    table.does(table.coordinator, sharing.close_mission, inspector.employment_id)
    assert not table.sees(inspector)


def test_a_freeze_is_the_dpos_and_leaves_existence(table: Table) -> None:
    worker, dpo = table.cast.social_worker(), table.cast.dpo()
    table.joins(worker)
    table.named_by(worker)
    with pytest.raises(Refused):
        table.does(worker, sharing.freeze)
    table.does(dpo, sharing.freeze)
    assert table.level(worker, Section.HOUSING) is Level.NONE
    assert table.level(table.coordinator, Section.HOUSING) is Level.NONE
    assert table.sees(worker)
    table.says(worker, I2_G2="no")
    with pytest.raises(Refused):
        table.says(worker, I2_G2="yes")
    table.does(dpo, sharing.unfreeze)
    assert table.level(worker, Section.SOCIAL_RESOURCES) is Level.READ


def test_an_expired_pledge_closes_everything(table: Table) -> None:
    unpledged = table.cast.seat("Tiphaine Oriol", kind="DAC", category="2j")
    table.passes(days=200)
    worker, coordinator = table.cast.social_worker(), table.cast.coordinator("Maud Le Guen")
    table.coordinator = coordinator
    for seat in (unpledged, worker):
        table.joins(seat)
    table.named_by(worker)
    assert table.level(unpledged, Section.IDENTITY_CONTACT) is Level.READ
    table.passes(days=140)
    assert not table.sees(unpledged)
    assert table.level(unpledged, Section.IDENTITY_CONTACT) is Level.NONE
    view = table.reads(table.coordinator, sharing.read_circle)
    assert [one.name for one in view.members if one.unpledged] == [unpledged.name]
    ends = {one.name: one.pledge_until is not None for one in view.members}
    assert ends == {unpledged.name: False, worker.name: True}
    assert table.sees(worker)
    table.passes(days=196)
    assert not table.sees(worker)
    assert not table.sees(table.coordinator)


def test_nobody_joins_what_is_over(house: House) -> None:
    table = Table.laid(house, state="closed")
    with pytest.raises(Conflict):
        table.joins(table.cast.social_worker())
    assert table.sees(table.landlord)
    archived = Table.laid(house, table.cast, state="archived")
    assert not archived.sees(archived.landlord)


def test_two_seats_of_a_care_team_read_what_the_other_wrote(table: Table) -> None:
    nurse, physician = table.cast.psychiatric_nurse(), table.cast.physician()
    for seat in (nurse, physician):
        table.joins(seat)
    table.named_by(nurse)
    table.does(nurse, sharing.note_author, Section.MENTAL_HEALTH)
    assert table.level(physician, Section.MENTAL_HEALTH) is Level.NONE
    table.does(
        table.coordinator,
        sharing.link_care_team,
        nurse.employment_id,
        physician.employment_id,
        "1",
    )
    assert table.level(physician, Section.MENTAL_HEALTH) is Level.READ
    for wrong in ({"basis": "4"}, {"basis": "1", "other_id": nurse.employment_id}):
        given = {"other_id": physician.employment_id} | wrong
        with pytest.raises(Invalid):
            table.does(table.coordinator, sharing.link_care_team, nurse.employment_id, **given)


def test_who_reads_is_told_in_professions(table: Table) -> None:
    worker, physician = table.cast.social_worker(), table.cast.physician()
    for seat in (worker, physician, table.landlord):
        table.joins(seat)
    table.named_by(worker, I6_G1="yes", I6_G2="yes")
    found = table.reads(
        worker, sharing.readers, [Section.HOUSING, Section.SOMATIC_HEALTH, Section.NEIGHBOURHOOD]
    )
    assert found[Section.HOUSING].full == (
        "bailleur",
        "coordination de la cellule",
        "travailleurs sociaux",
    )
    assert found[Section.HOUSING].extract == ("professionnels de santé",)
    assert found[Section.SOMATIC_HEALTH].full == ("professionnels de santé",)
    assert found[Section.SOMATIC_HEALTH].extract == ("travailleurs sociaux",)


def test_who_revokes_waits_for_an_act_under_way(table: Table) -> None:
    worker = table.cast.social_worker()
    table.joins(worker)
    done: list[str] = []

    async def revoke() -> None:
        async with table.house.act(table.coordinator) as unit:
            await sharing.leave_circle(unit, table.situation_id, worker.employment_id)
        done.append("revoked")

    async def both() -> None:
        async with table.house.act(worker) as unit:
            facts = await sharing.facts_about(unit, table.situation_id)
            assert facts.common & Fact.CIRCLE
            revoking = asyncio.create_task(revoke())
            await asyncio.sleep(0.3)
            done.append("written")
        await revoking

    table.house.run(both())
    assert done == ["written", "revoked"]
    assert not table.sees(worker)


def test_two_who_change_the_circle_do_not_block_each_other_for_ever(table: Table) -> None:
    worker, nurse = table.cast.social_worker(), table.cast.psychiatric_nurse()

    async def invite(seat: Actor) -> None:
        async with table.house.act(table.coordinator) as unit:
            await sharing.invite_to_circle(
                unit, table.situation_id, seat.employment_id, "already_intervenes"
            )

    async def all_at_once() -> list[BaseException | None]:
        return list(
            await asyncio.gather(
                *(invite(seat) for seat in (worker, nurse, worker, nurse)), return_exceptions=True
            )
        )

    answers = table.house.run(all_at_once())
    assert [type(one) for one in answers].count(Conflict) == 2
    assert answers.count(None) == 2
    view = table.reads(table.coordinator, sharing.read_circle)
    assert not view.members
    assert {one.state for one in view.invitations} == {"pending"}
    assert len(view.invitations) == 2
