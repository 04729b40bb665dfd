"""Opening: who, what, for how long; and never without its record."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from audit import log
from policies.vocabulary import Action, Level, Obligation, Section
from service.access import emergency, gate
from service.emergencies import operations
from service.emergencies.rules import (
    MOST_ATTEMPTS,
    SECTIONS,
    Basis,
    Reason,
    request_problems,
)
from service.errors import (
    Conflict,
    Invalid,
    NotFound,
    RecordUnavailable,
    Refused,
    TooMany,
)
from service.partners import operations as partners
from service.sharing import operations as sharing
from tests.emergencies.night import REASON, VITAL, Night, asked

NEVER = (
    Section.NEIGHBOURHOOD,
    Section.SOCIAL_RESOURCES,
    Section.LEGAL_PROTECTION,
    Section.FAMILY_CAREGIVERS,
    Section.WISHES_VOICE,
    Section.MEETING_MINUTES,
    Section.ATTACHMENTS,
)


@pytest.fixture
def night(house):
    return Night.falls(house)


def test_a_nurse_on_call_outside_the_circle_opens_by_the_reference(night):
    nurse = night.cast.psychiatric_nurse()
    night.on_call(nurse)
    assert not night.sees(nurse)
    opened = night.opens_by_reference(nurse, night.reference)
    assert opened.until == night.house.workplace.clock.now() + timedelta(hours=4)
    assert night.sees(nurse)
    assert [night.level(nurse, section) for section in VITAL] == [Level.READ] * 3
    assert night.level(nurse, Section.HOUSING) is Level.NONE, "not named, not opened"


def test_a_nurse_who_is_not_on_call_opens_nothing_even_with_the_reference(night):
    nurse = night.cast.psychiatric_nurse()
    with pytest.raises(Refused):
        night.opens_by_reference(nurse, night.reference)
    with pytest.raises(Refused):
        night.acts(nurse, operations.offer_on_call, write=False)
    with pytest.raises(NotFound):
        night.opens(nurse)
    night.on_call(nurse, hours=1)
    night.passes(hours=1)
    with pytest.raises(Refused):
        night.opens_by_reference(nurse, night.reference)


def test_a_wrong_reference_a_frozen_and_an_archived_situation_have_one_answer(night, house):
    nurse = night.cast.psychiatric_nurse()
    night.on_call(nurse)
    assert night.opens_by_reference(nurse, "SIT-2026-99999") is None
    night.does(night.dpo, sharing.freeze)
    assert night.opens_by_reference(nurse, night.reference) is None
    night.does(night.dpo, sharing.unfreeze)
    archived = Night.falls(house, cast=night.cast, state="archived")
    assert night.opens_by_reference(nurse, archived.reference) is None
    assert not archived.sees(nurse)
    assert night.opens_by_reference(nurse, f" {night.reference.lower()} ") is not None


def test_references_cannot_be_tried_one_after_the_other(night):
    nurse = night.cast.psychiatric_nurse()
    night.on_call(nurse)
    for number in range(MOST_ATTEMPTS):
        assert night.opens_by_reference(nurse, f"SIT-2026-9{number}") is None
    with pytest.raises(TooMany) as stopped:
        night.opens_by_reference(nurse, night.reference)
    assert 0 < stopped.value.retry_after_seconds <= 3600
    other = night.cast.physician()
    night.on_call(other)
    assert night.opens_by_reference(other, night.reference) is not None, "each seat has its count"
    night.passes(hours=1)
    assert night.opens_by_reference(nurse, night.reference) is not None


def test_what_no_emergency_opens_refuses_the_whole(night):
    nurse = night.cast.psychiatric_nurse()
    night.joins(nurse)
    for section in NEVER:
        with pytest.raises(Invalid) as wrong:
            night.opens(nurse, Section.HOUSING, section)
        assert set(wrong.value.fields) == {"sections"}
    assert night.level(nurse, Section.HOUSING) is Level.NONE


def test_health_opens_in_full_to_health_and_by_its_extract_to_others(night):
    for who, health in (
        ("psychiatric_nurse", Level.READ),
        ("physician", Level.READ),
        ("social_worker", Level.READ_EXTRACT),
    ):
        seat = getattr(night.cast, who)()
        night.joins(seat)
        night.opens(seat, *SECTIONS)
        assert night.level(seat, Section.SOMATIC_HEALTH) is health
        assert night.level(seat, Section.MENTAL_HEALTH) is health
        for section in (Section.IDENTITY_CONTACT, Section.HOUSING, Section.ANIMALS):
            assert night.level(seat, section) is Level.READ
        for section in NEVER:
            assert night.level(seat, section) in {Level.NONE, Level.SEE}


def test_nobody_else_may_open_one_the_coordinator_neither(night):
    cast = night.cast
    others = (cast.inspector(), cast.auditor(), cast.administrator(), night.landlord, night.dpo)
    for seat in (*others, night.coordinator):
        if seat.organisation_kind in {"HYGIENE", "LANDLORD"}:
            night.joins(seat)
        with pytest.raises((Refused, NotFound)):
            night.opens(seat, Section.HOUSING)
        assert night.lists(seat) == ()


def test_it_needs_a_second_factor(night):
    nurse = night.cast.seat("Une infirmière", kind="HEALTH", category="1", function="nurse", strong_auth=False)  # fmt: skip
    night.joins(nurse)
    with pytest.raises(Refused) as told:
        night.opens(nurse, Section.HOUSING)
    assert "deux facteurs" in " ".join(told.value.reasons)


def test_it_lifts_an_objection_on_its_sections_and_on_no_other(night):
    nurse, worker = night.cast.psychiatric_nurse(), night.cast.social_worker()
    for seat in (nurse, worker):
        night.joins(seat)
    night.named_by(worker, I6_G1="no", I4_G1="no", I2_G1="no")
    assert night.level(nurse, Section.SOMATIC_HEALTH) is Level.NONE
    night.opens(nurse, Section.SOMATIC_HEALTH)
    assert night.level(nurse, Section.SOMATIC_HEALTH) is Level.READ
    assert night.level(nurse, Section.HOUSING) is Level.SEE
    assert night.level(nurse, Section.SOCIAL_RESOURCES) in {Level.NONE, Level.SEE}


def test_it_opens_in_every_state_but_archived(house):
    cast = None
    for state in ("submitted", "preparation", "closed"):
        night = Night.falls(house, cast=cast, state=state)
        cast = night.cast
        nurse = cast.psychiatric_nurse(f"Infirmière {state}")
        night.on_call(nurse)
        assert night.opens_by_reference(nurse, night.reference) is not None
        assert night.level(nurse, Section.SOMATIC_HEALTH) is Level.READ


def test_a_conflict_of_interest_and_a_freeze_close_it(night):
    nurse = night.cast.psychiatric_nurse()
    night.joins(nurse)
    night.opens(nurse)
    night.does(night.dpo, sharing.freeze)
    assert night.level(nurse, Section.SOMATIC_HEALTH) is Level.NONE
    night.does(night.dpo, sharing.unfreeze)
    night.does(nurse, sharing.declare_conflict, nurse.employment_id)
    assert night.level(nurse, Section.SOMATIC_HEALTH) is Level.NONE
    with pytest.raises(Refused):
        night.opens(nurse)


def test_it_never_exports_shares_closes_nor_writes(night):
    nurse = night.cast.psychiatric_nurse()
    night.on_call(nurse)
    night.opens_by_reference(nurse, night.reference, *SECTIONS)
    for action in (Action.EXPORT, Action.SHARE, Action.CLOSE, Action.CONTRIBUTE):
        for section in (Section.SITUATION, Section.SOMATIC_HEALTH, Section.HOUSING):
            assert not night.asks(nurse, section, action).allowed


def test_it_ends_by_itself(night):
    nurse = night.cast.psychiatric_nurse()
    night.on_call(nurse, hours=24)
    for hours in (1, 24):
        night.opens_by_reference(nurse, night.reference, hours=hours)
        night.passes(hours=hours, seconds=-1)
        assert night.level(nurse, Section.SOMATIC_HEALTH) is Level.READ
        night.passes(seconds=1)
        assert night.level(nurse, Section.SOMATIC_HEALTH) is Level.NONE
        assert not night.sees(nurse)


def test_the_duty_that_ends_leaves_the_access_until_its_own_end(night):
    nurse = night.cast.psychiatric_nurse()
    duty = night.on_call(nurse)
    night.opens_by_reference(nurse, night.reference)
    night.acts(night.coordinator, partners.end_on_call, duty)
    assert night.level(nurse, Section.SOMATIC_HEALTH) is Level.READ


def test_who_opened_closes_it_at_once(night):
    nurse, worker = night.cast.psychiatric_nurse(), night.cast.social_worker()
    night.on_call(nurse)
    night.joins(worker)
    night.opens_by_reference(nurse, night.reference)
    night.opens(worker, Section.ANIMALS)
    assert night.does(nurse, operations.close_own) is False, "they no longer know of it"
    assert not night.sees(nurse)
    assert night.level(worker, Section.ANIMALS) is Level.READ, "nobody else's"
    assert night.does(worker, operations.close_own) is True, "still of the circle"
    with pytest.raises(Conflict):
        night.does(worker, operations.close_own)


def test_what_is_not_in_order_opens_nothing(night):
    nurse = night.cast.psychiatric_nurse()
    night.joins(nurse)
    for field, wrong in (
        ("reason", "a" * 29),
        ("reason", "   a                                   "),
        ("reason", REASON + " 1 85 05 78 006 084"),
        ("reason", REASON + "\u202e"),
        ("hours", 25),
        ("hours", 0),
        ("hours", 3),
        ("reason_code", "curiosity"),
        ("basis", "none"),
    ):
        with pytest.raises(Invalid) as said:
            night.opens(nurse, **{field: wrong})
        assert set(said.value.fields) == {field}
    assert night.level(nurse, Section.SAFETY_RISK) is Level.NONE
    night.opens(nurse, reason="a" * 30)
    assert night.level(nurse, Section.SAFETY_RISK) is Level.READ


def test_each_code_of_the_form_is_in_order():
    for reason in Reason:
        assert request_problems(reason, Basis.CP223_6, 4, REASON) == {}
    for basis in Basis:
        assert request_problems(Reason.OTHER, basis, 24, REASON) == {}


def test_the_same_demand_sent_twice_is_one(night):
    nurse = night.cast.psychiatric_nurse()
    night.joins(nurse)
    access_id = uuid4()
    first = night.opens(nurse, access_id=access_id)
    night.passes(minutes=1)
    assert night.opens(nurse, access_id=access_id) == first
    assert len(night.lists(nurse)) == 1
    other = night.cast.physician()
    night.joins(other)
    with pytest.raises(Conflict):
        night.opens(other, access_id=access_id)


def test_if_the_record_cannot_be_written_nothing_opens(night, monkeypatch):
    nurse = night.cast.psychiatric_nurse()
    night.joins(nurse)

    async def breaks(*_arguments, **_more):
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(log, "append", breaks)
        with pytest.raises(RecordUnavailable):
            night.opens(nurse)
    assert night.level(nurse, Section.SAFETY_RISK) is Level.NONE
    assert night.lists(nurse) == ()
    night.opens(nurse)
    assert night.level(nurse, Section.SAFETY_RISK) is Level.READ


def test_a_duty_of_the_rules_that_nobody_does_keeps_it_shut(night, monkeypatch):
    nurse = night.cast.psychiatric_nurse()
    night.joins(nurse)
    real = emergency.permit_emergency
    for duty in sorted(set(Obligation) - emergency.SHOWN_BY_THE_GATE):

        async def forgets(*given, duties=None, forgotten=duty, **named):
            kept = {key: value for key, value in (duties or {}).items() if key is not forgotten}
            return await real(*given, duties=kept if duties else None, **named)

        with monkeypatch.context() as broken:
            broken.setattr(emergency, "permit_emergency", forgets)
            with pytest.raises(LookupError):
                night.opens(nurse)
    assert night.level(nurse, Section.SAFETY_RISK) is Level.NONE
    assert night.lists(nurse) == ()


def test_opening_owes_all_that_the_rules_write_whatever_is_read_otherwise(night):
    nurse, worker = night.cast.psychiatric_nurse(), night.cast.social_worker()
    for seat in (nurse, worker):
        night.joins(seat)
    night.named_by(worker)
    assert night.level(nurse, Section.SAFETY_RISK) is Level.READ, "by the agreement already"

    async def owed(unit, situation_id):
        facts = await sharing.facts_about(unit, situation_id)
        return emergency.would_read(facts, [Section.SAFETY_RISK])[Section.SAFETY_RISK].obligations

    assert set(night.reads(nurse, owed)) == set(Obligation)


def test_two_third_uses_at_once_do_not_both_open(night):
    nurse = night.cast.psychiatric_nurse()
    night.joins(nurse)
    night.opens(nurse)

    async def one():
        async with night.house.act(nurse) as unit:
            return await operations.open_emergency(unit, night.situation_id, asked())

    async def both():
        return await asyncio.gather(one(), one())

    until = [opened.until for opened in night.house.run(both())]
    assert sorted(instant is None for instant in until) == [False, True]


def test_the_offer_says_how_far_each_section_would_open(night):
    worker = night.cast.social_worker()
    night.joins(worker)
    offer = night.reads(worker, operations.offer)
    assert dict(offer.levels)[Section.HOUSING] is Level.READ
    assert dict(offer.levels)[Section.MENTAL_HEALTH] is Level.READ_EXTRACT
    assert set(dict(offer.levels)) == set(SECTIONS)
    assert (offer.opened_lately, offer.second_person, offer.open_until) == (0, False, None)


def test_reading_without_the_access_does_not_rest_on_it(night):
    nurse = night.cast.psychiatric_nurse()
    night.on_call(nurse)
    night.opens_by_reference(nurse, night.reference)

    async def rests(unit, situation_id):
        facts = await sharing.facts_about(unit, situation_id)
        return [
            gate.rests_on_emergency(facts, section, action)
            for section, action in (
                (Section.SITUATION, Action.SEE),
                (Section.SAFETY_RISK, Action.READ),
                (Section.HOUSING, Action.READ),
            )
        ]

    assert night.reads(nurse, rests) == [True, True, False]
    night.joins(nurse)
    assert night.reads(nurse, rests)[0] is False
