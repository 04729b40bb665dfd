"""What follows: who is told, the second person, the review, who sees what."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from audit import reading
from policies.vocabulary import Level, Section
from service.database import transaction
from service.emergencies import operations
from service.emergencies.rules import ASKED_FOR, COUNTED_FOR, REVIEWED_WITHIN, Standing
from service.errors import Conflict, Invalid, NotFound, Refused
from service.jobs.models import OutgoingMail
from service.jobs.rules import Kind
from service.sharing import operations as sharing
from service.situations import operations as situations
from tests.emergencies.night import REASON, VITAL, Night


@pytest.fixture
def night(house):
    return Night.falls(house)


@pytest.fixture
def nurse(night):
    seat = night.cast.psychiatric_nurse()
    night.joins(seat)
    return seat


def told(night):
    async def story():
        async with transaction(
            night.house.workplace.engine, write=False, clsm_id=night.cast.clsm_id
        ) as connection:
            rows = await connection.execute(select(OutgoingMail.employment_id, OutgoingMail.kind))
            of_emergencies = {one for one in Kind if one.startswith("emergency")}
            return {(row.employment_id, row.kind) for row in rows if row.kind in of_emergencies}

    return night.house.run(story())


def recorded(night):
    night.house.sequence()

    async def story():
        async with transaction(
            night.house.workplace.engine, write=False, clsm_id=night.cast.clsm_id
        ) as connection:
            return await reading.entries(connection, tenant=str(night.cast.clsm_id), limit=30)

    return night.house.run(story())


def test_the_coordinator_of_the_cell_and_the_dpo_are_told_at_once(night, nurse):
    night.opens(nurse)
    assert told(night) == {
        (night.coordinator.employment_id, Kind.EMERGENCY_OPENED),
        (night.dpo.employment_id, Kind.EMERGENCY_OPENED),
    }
    for overseer in (night.coordinator, night.dpo):
        seen = night.acts(overseer, operations.tally, write=False)
        assert (seen.open, seen.to_review, seen.late) == (1, 0, 0)
        (line,) = night.lists(overseer)
        assert (line.standing, line.reference) == (Standing.OPEN, night.reference)


def test_what_is_read_under_it_is_recorded_as_such_and_nothing_else_is(night, nurse):
    worker = night.cast.social_worker()
    night.joins(worker)
    night.named_by(worker, I6_G1="no")
    night.opens(nurse, Section.SOMATIC_HEALTH)

    async def read(unit, situation_id, section):
        await situations.read_section(unit, situation_id, section)
        return unit.emergency

    shown = [night.reads(nurse, read, one) for one in (Section.SOMATIC_HEALTH, Section.HOUSING)]
    assert all(one.situation_id == night.situation_id for one in shown), "a banner on both"
    assert night.reads(worker, read, Section.HOUSING) is None
    said = {
        (entry.event.act, entry.event.purpose, entry.event.emergency)
        for entry in recorded(night)
        if entry.event.act in {"section.read", "emergency.opened"}
    }
    assert said == {
        ("emergency.opened", "EMERGENCY", True),
        ("section.read", "EMERGENCY", True),
        ("section.read", "COORDINATION", False),
    }


def test_the_third_in_thirty_days_opens_when_a_second_person_grants_it(night, nurse):
    for _ in range(2):
        assert night.opens(nurse).until is not None
        night.passes(days=1)
    assert night.reads(nurse, operations.offer).second_person
    asked = night.opens(nurse)
    assert asked.until is None
    assert night.level(nurse, Section.SAFETY_RISK) is Level.NONE
    assert (night.coordinator.employment_id, Kind.EMERGENCY_TO_APPROVE) in told(night)
    with pytest.raises(Invalid):
        night.acts(nurse, operations.answer, asked.access_id, granted=True)
    stranger = night.cast.physician("Une autre médecin")
    with pytest.raises(NotFound):
        night.acts(stranger, operations.answer, asked.access_id, granted=True)
    night.joins(stranger)
    assert night.page(stranger, asked.access_id).may_answer
    opened = night.acts(stranger, operations.answer, asked.access_id, granted=True)
    assert opened.until == night.house.workplace.clock.now() + timedelta(hours=4)
    assert night.level(nurse, Section.SAFETY_RISK) is Level.READ
    assert night.level(stranger, Section.SAFETY_RISK) is Level.NONE, "granting opens nothing to it"
    assert (nurse.employment_id, Kind.EMERGENCY_ANSWERED) in told(night)
    with pytest.raises((Conflict, NotFound)):
        night.acts(stranger, operations.answer, asked.access_id, granted=False)


def test_a_second_person_declines_and_a_demand_lapses(night, nurse):
    for _ in range(2):
        night.opens(nurse)
    declined, lapsed = night.opens(nurse), night.opens(nurse)
    assert night.acts(night.dpo, operations.answer, declined.access_id, granted=False) is None
    night.passes(seconds=ASKED_FOR.total_seconds())
    with pytest.raises(Conflict):
        night.acts(night.coordinator, operations.answer, lapsed.access_id, granted=True)
    standings = {line.access_id: line.standing for line in night.lists(nurse)}
    assert standings[declined.access_id] is Standing.DECLINED
    assert standings[lapsed.access_id] is Standing.LAPSED
    assert night.level(nurse, Section.SAFETY_RISK) is Level.NONE


def test_thirty_days_later_one_opens_alone_again(night, nurse):
    for _ in range(2):
        night.opens(nurse)
    other = night.cast.physician()
    night.joins(other)
    assert night.opens(other).until is not None, "each seat has its own count"
    night.passes(seconds=COUNTED_FOR.total_seconds() - 1)
    assert night.opens(nurse).until is None
    night.passes(seconds=1)
    assert night.opens(nurse).until is not None


def test_one_person_with_two_seats_is_not_a_second_person(night, nurse):
    from dataclasses import replace

    for _ in range(2):
        night.opens(nurse)
    asked = night.opens(nurse)
    other = night.cast.physician("La même personne")
    night.joins(other)

    async def merge():
        from sqlalchemy import update

        from service.partners.models import Employment

        async with transaction(night.house.workplace.engine, write=True) as connection:
            await connection.execute(
                update(Employment)
                .where(Employment.employment_id == other.employment_id)
                .values(account_id=nurse.account_id)
            )

    night.house.run(merge())
    same = replace(other, account_id=nurse.account_id)
    with pytest.raises(Invalid):
        night.acts(same, operations.answer, asked.access_id, granted=True)


def test_a_right_lost_meanwhile_is_not_granted(night, nurse):
    for _ in range(2):
        night.opens(nurse)
    asked = night.opens(nurse)
    night.does(night.coordinator, sharing.leave_circle, nurse.employment_id)
    with pytest.raises(Conflict):
        night.acts(night.dpo, operations.answer, asked.access_id, granted=True)
    assert {line.standing for line in night.lists(nurse)} == {Standing.OPEN, Standing.ASKED}


def test_someone_else_reviews_it_within_seven_days(night, nurse):
    access_id = night.opens(nurse).access_id
    with pytest.raises(Conflict):
        night.reviews(night.dpo, access_id)
    night.passes(hours=4)
    with pytest.raises(NotFound):
        night.reviews(nurse, access_id)
    (line,) = night.lists(night.dpo)
    assert line.standing is Standing.TO_REVIEW
    assert line.review_by == line.opened_at + REVIEWED_WITHIN
    night.reviews(night.coordinator, access_id, remarks="Le SAMU confirme.")
    (line,) = night.lists(night.dpo)
    assert line.standing is Standing.REVIEWED
    page = night.page(nurse, access_id)
    assert (page.review.outcome, page.review.late) == ("justified", False)
    assert page.review.remarks == "Le SAMU confirme."
    with pytest.raises(Conflict):
        night.reviews(night.dpo, access_id)


def test_a_late_review_shows_as_late_before_and_after(night, nurse):
    access_id = night.opens(nurse).access_id
    night.passes(seconds=REVIEWED_WITHIN.total_seconds() - 1)
    assert night.acts(night.coordinator, operations.tally, write=False).late == 0
    night.passes(seconds=1)
    for overseer in (night.coordinator, night.dpo):
        seen = night.acts(overseer, operations.tally, write=False)
        assert (seen.late, seen.to_review) == (1, 1)
    night.reviews(night.dpo, access_id)
    assert night.page(night.dpo, access_id).review.late


def test_who_granted_it_does_not_review_it(night, nurse):
    for _ in range(2):
        night.opens(nurse)
    asked = night.opens(nurse)
    night.acts(night.coordinator, operations.answer, asked.access_id, granted=True)
    night.passes(hours=4)
    with pytest.raises(Refused):
        night.reviews(night.coordinator, asked.access_id)
    night.reviews(night.dpo, asked.access_id)


def test_a_review_says_how_the_person_was_told_or_why_not(night, nurse):
    access_id = night.opens(nurse).access_id
    night.passes(hours=5)
    today = night.house.workplace.clock.today()
    for wrong, fields in (
        ({"outcome": "fine"}, {"outcome"}),
        ({"told_on": None, "told_by": None, "means": ""}, {"not_told"}),
        ({"told_on": None}, {"not_told", "told_on"}),
        ({"means": "rumour"}, {"means"}),
        ({"told_by": None}, {"told_by"}),
        ({"told_by": access_id}, {"told_by"}),
        ({"told_on": today - timedelta(days=1)}, {"told_on"}),
        ({"told_on": today + timedelta(days=1)}, {"told_on"}),
        ({"not_told": "Elle est absente."}, {"not_told"}),
        ({"remarks": "1 85 05 78 006 084"}, {"remarks"}),
    ):
        with pytest.raises(Invalid) as said:
            night.reviews(night.dpo, access_id, **wrong)
        assert set(said.value.fields) == fields, wrong
    untold = {"told_on": None, "told_by": None, "means": ""}
    night.reviews(night.dpo, access_id, **untold, not_told="L'en informer accroîtrait le danger.")
    page = night.page(night.coordinator, access_id)
    assert page.review.told_on is None
    assert page.review.not_told.startswith("L'en informer")


def test_the_coordinator_and_the_dpo_may_close_it_early(night, nurse):
    for overseer in (night.coordinator, night.dpo):
        access_id = night.opens(nurse, Section.ANIMALS).access_id
        night.passes(minutes=1)
        night.acts(overseer, operations.close, access_id)
        assert night.level(nurse, Section.ANIMALS) is Level.NONE
        with pytest.raises(Conflict):
            night.acts(overseer, operations.close, access_id)
    with pytest.raises(NotFound):
        night.acts(night.landlord, operations.close, access_id)
    with pytest.raises(NotFound):
        night.acts(nurse, operations.close, access_id)


def test_each_sees_what_is_theirs_to_see(night, nurse):
    access_id = night.opens(nurse).access_id
    auditor, other = night.cast.auditor(), night.cast.physician()
    night.joins(other)
    own, seen, audited = (night.page(seat, access_id) for seat in (nurse, night.dpo, auditor))
    assert own.reason == seen.reason == audited.reason == REASON
    assert own.line.own
    assert not own.may_review
    assert nurse.name in seen.line.who
    assert audited.line.who == f"{nurse.title}, {nurse.organisation_name}", "no name of a person"
    assert (audited.line.reference, audited.line.situation_id) == ("", None)
    assert not audited.may_close
    night.passes(hours=4)
    night.reviews(night.dpo, access_id, remarks="Remarque")
    assert night.page(auditor, access_id).review.remarks == ""
    with pytest.raises(NotFound):
        night.reviews(auditor, access_id)
    for stranger in (other, night.landlord, night.cast.administrator()):
        assert night.lists(stranger) == ()
        with pytest.raises(NotFound):
            night.page(stranger, access_id)


def test_a_coordinator_of_another_cell_is_not_told(house, night, nurse):
    elsewhere = Night.falls(house)
    access_id = night.opens(nurse).access_id
    assert elsewhere.lists(elsewhere.coordinator) == ()
    with pytest.raises(NotFound):
        elsewhere.page(elsewhere.dpo, access_id)


def test_the_reason_is_in_no_clear_column(night, nurse):
    access_id = night.opens(nurse).access_id
    night.passes(hours=4)
    night.reviews(night.dpo, access_id, remarks="Marqueur des remarques")

    async def rows():
        from service.emergencies.models import EmergencyRequest, EmergencyReview

        async with transaction(
            night.house.workplace.engine, write=False, clsm_id=night.cast.clsm_id
        ) as connection:
            return [
                str((await connection.execute(select(model))).all())
                for model in (EmergencyRequest, EmergencyReview)
            ]

    for text in night.house.run(rows()):
        assert "SAMU" not in text
        assert "Marqueur" not in text


def test_the_past_does_not_move(night, nurse):
    opened = night.opens(nurse)
    before = night.house.workplace.clock.now()
    night.passes(hours=1)
    night.does(nurse, operations.close_own)
    night.passes(days=1)
    asked = night.asks(nurse, VITAL[1], at=before + timedelta(minutes=30))
    assert asked.level is Level.READ
    late = night.asks(nurse, VITAL[1], at=opened.until - timedelta(minutes=30))
    assert late.level is Level.NONE
    as_known = night.asks(
        nurse, VITAL[1], at=opened.until - timedelta(minutes=30),
        known_at=before + timedelta(minutes=1),
    )  # fmt: skip
    assert as_known.level is Level.READ, "as one would have answered then"
