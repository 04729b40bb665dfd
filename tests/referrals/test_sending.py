"""Sending: mandatory answers, danger first, one receipt, and what the author sees afterwards."""

from dataclasses import asdict
from datetime import timedelta

import pytest

from audit.event import Act
from service.database import new_id
from service.errors import Conflict, Invalid, NotFound, Refused
from service.referrals import operations
from service.referrals.form import Variant
from tests.cast import Cast
from tests.referrals.forms import (
    MARK,
    a_draft,
    a_referral,
    complete_form,
    decide,
    examine,
    recorded,
    send,
)


@pytest.fixture
def cast(house):
    return Cast.on(house)


def as_seat(house, seat, operation, *args, write=False, **more):
    async def work():
        async with house.act(seat, write=write) as unit:
            return await operation(unit, *args, **more)

    return house.run(work())


def test_an_incomplete_form_is_not_sent_and_each_missing_answer_is_named(house, cast):
    landlord = cast.landlord()
    form = complete_form()
    del form["voice"], form["person"]["address"]
    referral_id = a_draft(house, cast, landlord, form)
    with pytest.raises(Invalid) as wrong:
        send(house, landlord, referral_id)
    assert set(wrong.value.fields) == {"person_view", "address"}
    assert as_seat(house, landlord, operations.referral_state, referral_id) == "draft"
    assert Act.REFERRAL_SENT not in {act for act, _ in recorded(house, cast)}


def test_a_referral_is_sent_once_whatever_the_number_of_clicks(house, cast):
    landlord = cast.landlord()
    referral_id = a_draft(house, cast, landlord, complete_form())
    version = as_seat(house, landlord, operations.read_draft, referral_id).version

    def click(version):
        return as_seat(
            house, landlord, operations.send_referral, referral_id, write=True, version=version
        )

    with pytest.raises(Conflict):
        click(version + 1)
    first = click(version)
    again = click(version)
    assert first == again
    assert first.receipt.reference == "SIT-2026-0001"
    assert as_seat(house, landlord, operations.read_receipt, referral_id) == first.receipt
    acts = [act for act, _ in recorded(house, cast)]
    assert acts.count(Act.REFERRAL_SENT) == acts.count(Act.SITUATION_CREATED) == 1


def test_a_danger_stops_the_sending_keeps_the_draft_and_lets_it_go_as_u2(house, cast):
    landlord, coordinator = cast.landlord(), cast.coordinator()
    form = complete_form()
    form["urgency"]["danger_violence"] = "yes"
    referral_id = a_draft(house, cast, landlord, form)
    sent = send(house, landlord, referral_id)
    assert sent.receipt is None
    assert sent.danger == ("danger_violence",)
    draft = as_seat(house, landlord, operations.read_draft, referral_id)
    assert draft.form["voice"] == form["voice"]
    assert (Act.REFERRAL_REDIRECTED, "ok") in recorded(house, cast)
    assert as_seat(house, coordinator, operations.read_queue).lines == ()
    as_seat(
        house,
        landlord,
        operations.confirm_rescue,
        referral_id,
        write=True,
        version=draft.version,
    )
    assert send(house, landlord, referral_id).receipt is not None
    [line] = as_seat(house, coordinator, operations.read_queue).lines
    assert line.urgency == "U2"


def test_the_author_sees_a_state_in_words_and_their_own_original(house, cast):
    nurse, other, coordinator = cast.psychiatric_nurse(), cast.physician(), cast.coordinator()
    receipt = a_referral(house, cast, nurse, complete_form(Variant.FULL)).receipt
    [line] = as_seat(house, nurse, operations.my_referrals).lines
    assert (line.words, line.readable) == ("envoyée", True)
    original = as_seat(house, nurse, operations.read_own_referral, receipt.referral_id)
    assert original.health == "shown"
    assert MARK in str(asdict(original))
    assert as_seat(house, other, operations.my_referrals).lines == ()
    for operation in (operations.read_own_referral, operations.read_receipt):
        for referral_id in (receipt.referral_id, new_id()):
            with pytest.raises(NotFound):
                as_seat(house, other, operation, referral_id)
    version = examine(house, coordinator, receipt.referral_id)
    decide(
        house,
        coordinator,
        receipt.referral_id,
        version=version,
        outcome="oriented",
        target="dac",
        explanation="Le DAC prendra contact avec vous.",
    )
    [line] = as_seat(house, nurse, operations.my_referrals).lines
    assert line.words == "orientée"
    original = as_seat(house, nurse, operations.read_own_referral, receipt.referral_id)
    assert original.message == "Le DAC prendra contact avec vous."


def test_without_a_second_factor_the_author_does_not_reread_block_i(house, cast):
    nurse = cast.seat("Nora", kind="PSYCHIATRY", category="1", strong_auth=False)
    receipt = a_referral(house, cast, nurse, complete_form(Variant.FULL)).receipt
    original = as_seat(house, nurse, operations.read_own_referral, receipt.referral_id)
    assert original.health == "given"
    assert MARK not in str(asdict(original))


def test_without_a_pledge_a_referral_goes_but_nothing_is_reread(house, cast):
    newcomer = cast.seat("Alban", kind="LANDLORD", pledged=False)
    receipt = a_referral(house, cast, newcomer).receipt
    assert receipt is not None
    with pytest.raises((NotFound, Refused)):
        as_seat(house, newcomer, operations.read_own_referral, receipt.referral_id)
    [line] = as_seat(house, newcomer, operations.my_referrals).lines
    assert not line.readable


def test_an_elected_office_hears_taken_care_of_or_not_and_nothing_else(house, cast):
    elected, coordinator = cast.seat("Corinne", kind="MUNICIPALITY"), cast.coordinator()
    receipt = a_referral(house, cast, elected).receipt
    version = examine(house, coordinator, receipt.referral_id)
    decide(
        house,
        coordinator,
        receipt.referral_id,
        version=version,
        outcome="refused",
        reason="out_of_scope",
        explanation="Hors champ.",
    )
    [line] = as_seat(house, elected, operations.my_referrals).lines
    assert (line.words, line.readable) == ("non prise en charge", False)
    with pytest.raises(NotFound):
        as_seat(house, elected, operations.read_own_referral, receipt.referral_id)


def test_the_list_goes_on_page_by_page_without_a_gap(house, cast, monkeypatch):
    monkeypatch.setattr("service.referrals.operations.sending.PAGE_SIZE", 2)
    landlord = cast.landlord()
    made = []
    for _ in range(5):
        house.hands.advance(timedelta(minutes=1))
        made.append(a_draft(house, cast, landlord, {}))
    seen, before = [], ""
    while before is not None:
        mine = as_seat(house, landlord, operations.my_referrals, before=before)
        seen += [line.referral_id for line in mine.lines]
        before = mine.older
    assert seen == list(reversed(made))
    for wrong in ("x", "1~x", "9" * 18 + f"~{new_id()}", "²~" + str(new_id())):
        with pytest.raises(Invalid):
            as_seat(house, landlord, operations.my_referrals, before=wrong)
