"""Qualification: who examines, what they never read, duplicates, and every outcome."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from audit.event import Act
from service.database import transaction
from service.errors import Conflict, Invalid, NotFound, Refused
from service.referrals import operations
from service.referrals.form import Variant
from service.referrals.rules import CHECKLIST
from service.sharing import operations as sharing
from service.sharing.rules import Means
from service.situations.models import DuplicateTag, SectionEntry, Situation
from tests.cast import Cast
from tests.referrals.forms import (
    MARK,
    a_referral,
    complete_form,
    decide,
    examine,
    recorded,
    save,
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


def rows(house, cast, statement):
    async def work():
        async with transaction(
            house.workplace.engine, write=False, clsm_id=cast.clsm_id
        ) as connection:
            return (await connection.execute(statement)).all()

    return house.run(work())


def refuse(house, coordinator, referral_id, reason="out_of_scope", version=None):
    return decide(
        house,
        coordinator,
        referral_id,
        version=version or examine(house, coordinator, referral_id),
        outcome="refused",
        reason=reason,
        explanation="Voici pourquoi.",
    )


# ---- who ---------------------------------------------------------------------------------


def test_the_queue_is_the_coordinators_and_the_cofacilitators_only(house, cast):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    facilitator = cast.seat("Karim", kind="PSYCHIATRY", category="1", office="health_cofacilitator")
    elsewhere = cast.seat("Lise", kind="COORDINATION", office="coordinator", pledged=False)
    a_referral(house, cast, cast.landlord())
    with_health = a_referral(house, cast, nurse, complete_form(Variant.FULL)).receipt
    assert len(as_seat(house, coordinator, operations.read_queue).lines) == 2
    [line] = as_seat(house, facilitator, operations.read_queue).lines
    assert (line.referral_id, line.health_to_check) == (with_health.referral_id, True)
    assert as_seat(house, elsewhere, operations.read_queue).lines == ()
    with pytest.raises(Refused):
        as_seat(house, nurse, operations.read_queue)
    assert (Act.REFERRAL_LISTED, "deny") in recorded(house, cast)


def test_the_most_urgent_come_first(house, cast):
    coordinator, landlord = cast.coordinator(), cast.landlord()
    first = a_referral(house, cast, landlord).receipt
    house.hands.advance(timedelta(days=1))
    urgent = complete_form()
    urgent["urgency"]["urgency_level_proposed"] = "U2"
    second = a_referral(house, cast, landlord, urgent).receipt
    lines = as_seat(house, coordinator, operations.read_queue).lines
    assert [line.reference for line in lines] == [second.reference, first.reference]


def test_nobody_else_examines_a_referral_not_even_its_author(house, cast):
    landlord, other, auditor = cast.landlord(), cast.social_worker(), cast.auditor()
    referral_id = a_referral(house, cast, landlord).receipt.referral_id
    for seat, refusal in ((landlord, Refused), (other, NotFound), (auditor, NotFound)):
        with pytest.raises(refusal):
            as_seat(house, seat, operations.open_referral, referral_id)
        with pytest.raises(refusal):
            as_seat(house, seat, operations.receive_referral, referral_id, write=True, version=99)


def test_the_coordinator_never_gets_block_i_whatever_they_ask(house, cast):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    referral_id = a_referral(house, cast, nurse, complete_form(Variant.FULL)).receipt.referral_id
    found = as_seat(house, coordinator, operations.open_referral, referral_id)
    assert found.original.health == "given"
    assert "health" not in {told.slug for told in found.original.blocks}
    with pytest.raises(Refused):
        as_seat(house, coordinator, operations.read_health_block, referral_id)
    version = examine(house, coordinator, referral_id)
    shown = [
        found,
        as_seat(house, coordinator, operations.read_queue),
        as_seat(house, coordinator, operations.compare, referral_id),
        decide(house, coordinator, referral_id, version=version, outcome="accepted_anonymised"),
        as_seat(house, coordinator, operations.open_referral, referral_id),
    ]
    assert MARK not in str([asdict(one) for one in shown])


def test_the_health_cofacilitator_reads_block_i_alone_and_only_before_the_decision(house, cast):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    office = "health_cofacilitator"
    facilitator = cast.seat("Karim", kind="PSYCHIATRY", category="1", office=office)
    weak = cast.seat("Rémi", kind="PSYCHIATRY", category="1", office=office, strong_auth=False)
    referral_id = a_referral(house, cast, nurse, complete_form(Variant.FULL)).receipt.referral_id
    block = as_seat(house, facilitator, operations.read_health_block, referral_id)
    assert MARK in str(asdict(block))
    assert "Carvennec" not in str(asdict(block))
    with pytest.raises(Refused):
        as_seat(house, weak, operations.read_health_block, referral_id)
    with pytest.raises(Refused):
        as_seat(house, facilitator, operations.open_referral, referral_id)
    refuse(house, coordinator, referral_id)
    with pytest.raises((Refused, NotFound)):
        as_seat(house, facilitator, operations.read_health_block, referral_id)


# ---- course ------------------------------------------------------------------------------


def test_receiving_twice_is_receiving_once_and_a_stale_page_is_told(house, cast):
    coordinator = cast.coordinator()
    referral_id = a_referral(house, cast, cast.landlord()).receipt.referral_id
    version = as_seat(house, coordinator, operations.open_referral, referral_id).version

    def receive(version):
        return as_seat(
            house,
            coordinator,
            operations.receive_referral,
            referral_id,
            write=True,
            version=version,
        )

    with pytest.raises(Conflict):
        receive(version + 5)
    after = receive(version)
    assert receive(version) == after
    with pytest.raises(Conflict):
        as_seat(
            house,
            coordinator,
            operations.save_checklist,
            referral_id,
            {"eligible": "yes"},
            {},
            write=True,
            version=version,
        )


def test_the_checklist_is_kept_and_the_author_never_reads_it(house, cast):
    coordinator, landlord = cast.coordinator(), cast.landlord()
    referral_id = a_referral(house, cast, landlord).receipt.referral_id
    examine(house, coordinator, referral_id)
    found = as_seat(house, coordinator, operations.open_referral, referral_id)
    assert found.checklist["circle_note"] == "CCAS et EMPP"
    assert len([code for code, _ in CHECKLIST if found.checklist[code] == "yes"]) == 12
    original = as_seat(house, landlord, operations.read_own_referral, referral_id)
    assert "EMPP" not in str(asdict(original))


def test_a_referral_given_back_is_completed_sent_again_and_received_again(house, cast):
    coordinator, landlord = cast.coordinator(), cast.landlord()
    receipt = a_referral(house, cast, landlord).receipt
    version = examine(house, coordinator, receipt.referral_id)
    give_back = operations.return_referral
    with pytest.raises(Invalid):
        as_seat(
            house, coordinator, give_back, receipt.referral_id, " ", write=True, version=version
        )
    as_seat(
        house,
        coordinator,
        give_back,
        receipt.referral_id,
        "Quel est l'étage ?",
        write=True,
        version=version,
    )
    [waiting] = as_seat(house, coordinator, operations.read_queue).lines
    assert waiting.clocks.answer_due is None
    draft = as_seat(house, landlord, operations.read_draft, receipt.referral_id)
    assert draft.message == "Quel est l'étage ?"
    person = draft.form["person"] | {"floor": "3e", "first_name": "Odette"}
    save(house, landlord, receipt.referral_id, "person", person, draft.version)
    again = send(house, landlord, receipt.referral_id).receipt
    assert again.reference == receipt.reference
    version = examine(house, coordinator, receipt.referral_id)
    found = as_seat(house, coordinator, operations.open_referral, receipt.referral_id)
    assert "3e" in str(asdict(found))
    assert refuse(house, coordinator, receipt.referral_id, version=version).state == "refused"


# ---- duplicates --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"last_name": "ODILE", "first_name": "carvennéc"}, True),
        ({"last_name": "  Carvennec ", "birth_date": "1954-01-01", "address": "Ailleurs"}, True),
        ({"first_name": "Odette", "birth_date": "1960-01-01"}, True),
        ({"last_name": "Stervin", "birth_name": "Carvennec", "address": "Ailleurs"}, True),
        ({"last_name": "Carvenec", "address": "8 rue des Alouettes, 99V01 Valmaurin"}, False),
        ({"first_name": "Odette", "address": "9 rue des Alouettes, 99V01 Valmaurin"}, False),
    ],
)
def test_a_person_is_found_again_by_swapped_case_and_accents_and_not_by_near_names(
    house, cast, changes, found
):
    coordinator, landlord, worker = cast.coordinator(), cast.landlord(), cast.social_worker()
    first = a_referral(house, cast, landlord).receipt
    form = complete_form(Variant.FULL)
    form["person"] |= changes
    second = a_referral(house, cast, worker, form).receipt
    compared = as_seat(house, coordinator, operations.compare, second.referral_id)
    assert [one.reference for one in compared.candidates] == ([first.reference] if found else [])
    assert (Act.DUPLICATES_SEARCHED, "ok") in recorded(house, cast)


def test_nothing_of_the_person_is_in_clear_in_the_search_tags(house, cast):
    a_referral(house, cast, cast.landlord())
    tags = rows(house, cast, select(DuplicateTag.__table__))
    assert {row.index_name for row in tags} == {"name_dob", "name_year", "last_addr"}
    assert b"carvennec" not in b"".join(row.tag for row in tags).lower()


# ---- outcomes ----------------------------------------------------------------------------


def test_accepted_anonymised_each_block_becomes_an_entry_of_its_author(house, cast):
    coordinator, nurse = cast.coordinator(), cast.psychiatric_nurse()
    receipt = a_referral(house, cast, nurse, complete_form(Variant.FULL)).receipt
    version = examine(house, coordinator, receipt.referral_id)
    decided = decide(
        house,
        coordinator,
        receipt.referral_id,
        version=version,
        outcome="accepted_anonymised",
        urgency="U2",
        alias="Héron",
    )
    assert (decided.state, decided.alias) == ("accepted", "Héron")
    entries = rows(house, cast, select(SectionEntry.__table__))
    assert len(entries) == 15
    assert {row.employment_id for row in entries} == {nurse.employment_id}
    assert {row.section for row in entries} >= {"mental_health", "consent_text", "wishes_voice"}
    assert MARK.encode() not in b"".join(bytes(row.content) for row in entries)
    [situation] = rows(house, cast, select(Situation.__table__))
    assert (situation.urgency, situation.alias, situation.state) == ("U2", "Héron", "accepted")
    facts = as_seat(house, coordinator, sharing.facts_about, receipt.situation_id)
    assert (facts.state, facts.mode) == ("accepted", "ANONYMISED")


def test_acceptance_asks_for_the_twelve_points(house, cast):
    coordinator = cast.coordinator()
    referral_id = a_referral(house, cast, cast.landlord()).receipt.referral_id
    version = as_seat(house, coordinator, operations.open_referral, referral_id).version
    for step in (operations.receive_referral, operations.begin_qualification):
        version = as_seat(house, coordinator, step, referral_id, write=True, version=version)
    with pytest.raises(Invalid) as wrong:
        decide(house, coordinator, referral_id, version=version, outcome="accepted_anonymised")
    assert "douze points" in wrong.value.fields["outcome"]
    assert rows(house, cast, select(func.count()).select_from(SectionEntry))[0][0] == 0


def test_named_review_needs_the_general_agreement_recorded_beforehand(house, cast):
    coordinator, worker = cast.coordinator(), cast.social_worker()
    form = complete_form(Variant.FULL)
    form["information"] |= {"person_informed": "yes", "informed_on": "2026-03-20"}
    form["information"]["agreement_status"] = "agreed"
    receipt = a_referral(house, cast, worker, form).receipt
    version = examine(house, coordinator, receipt.referral_id)
    named = {"version": version, "outcome": "accepted_named"}
    with pytest.raises(Invalid) as wrong:
        decide(house, coordinator, receipt.referral_id, **named)
    assert "accord général" in wrong.value.fields["outcome"]
    as_seat(
        house,
        coordinator,
        sharing.designate_informing,
        receipt.situation_id,
        worker.employment_id,
        write=True,
    )
    as_seat(
        house,
        worker,
        sharing.record_agreement,
        receipt.situation_id,
        {("I1", "G2"): "yes"},
        means=Means.ORAL,
        notice_version="1",
        general=True,
        write=True,
    )
    assert decide(house, coordinator, receipt.referral_id, **named).state == "accepted"
    facts = as_seat(house, coordinator, sharing.facts_about, receipt.situation_id)
    assert facts.mode == "NAMED"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"outcome": "advice_only"}, "oriented_elsewhere"),
        ({"outcome": "oriented", "target": "hygiene"}, "oriented_elsewhere"),
        ({"outcome": "refused", "reason": "out_of_territory"}, "refused"),
        ({"outcome": "refused", "reason": "duplicate"}, "merged"),
        ({"outcome": "refused", "reason": "emergency_redirected"}, "redirected_emergency"),
    ],
)
def test_an_answer_without_acceptance_files_nothing_and_is_given_once(house, cast, said, state):
    coordinator = cast.coordinator()
    referral_id = a_referral(house, cast, cast.landlord()).receipt.referral_id
    version = examine(house, coordinator, referral_id)
    with pytest.raises(Invalid):
        decide(house, coordinator, referral_id, version=version, **said)
    said = said | {"explanation": "Voici pourquoi."}
    decided = decide(house, coordinator, referral_id, version=version, **said)
    assert decided.state == state
    assert decide(house, coordinator, referral_id, version=version, **said) == decided
    with pytest.raises(Conflict):
        decide(house, coordinator, referral_id, version=version, outcome="accepted_anonymised")
    assert rows(house, cast, select(func.count()).select_from(SectionEntry))[0][0] == 0


def test_an_unknown_outcome_or_alias_is_named_and_nothing_is_half_written(house, cast):
    coordinator = cast.coordinator()
    referral_id = a_referral(house, cast, cast.landlord()).receipt.referral_id
    version = examine(house, coordinator, referral_id)
    for said, field in (
        ({"outcome": "maybe"}, "outcome"),
        ({"outcome": "accepted_anonymised", "urgency": "U3"}, "urgency"),
        ({"outcome": "accepted_anonymised", "alias": "Diogène"}, "alias"),
    ):
        with pytest.raises(Invalid) as wrong:
            decide(house, coordinator, referral_id, version=version, **said)
        assert field in wrong.value.fields
    assert rows(house, cast, select(func.count()).select_from(SectionEntry))[0][0] == 0
    assert as_seat(house, coordinator, operations.open_referral, referral_id).outcome == ""
