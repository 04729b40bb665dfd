"""The record shown: to whom, what of it, and never a content."""

from dataclasses import replace
from datetime import timedelta

import pytest

from audit.event import Act, Outcome
from service.access import gate, record
from service.database import new_id
from service.errors import Invalid, Refused
from service.oversight import operations, rules
from service.situations import operations as situations
from tests.cast import Cast

REFERENCE = "SIT-2026-0014"


@pytest.fixture
def cast(house):
    return Cast.on(house)


def note(cast, actor, act, **said):
    """Record one act of a seat."""

    async def work():
        async with cast.house.act(actor) as unit:
            await record.note(unit, act, **said)
            if said.get("out") is Outcome.DENY:
                unit.undo()  # a refusal rolls its act back, and is recorded after

    cast.house.run(work())


def read(cast, actor, /, **typed):
    """Ask the record as its auditor does."""

    async def work():
        async with cast.house.act(actor, write=False) as unit:
            return await operations.read_record(unit, typed)

    cast.house.sequence()
    return cast.house.run(work())


def read_own(cast, actor, /, **typed):
    """Ask for one's own acts."""

    async def work():
        async with cast.house.act(actor, write=False) as unit:
            return await operations.read_own_acts(unit, typed)

    cast.house.sequence()
    return cast.house.run(work())


def acts_of(shown):
    """The acts of a page, newest first; keys made on the way are another matter."""
    return [line.act for line in shown.lines if line.act != Act.KEY_CREATED]


def test_the_auditor_reads_who_did_what_without_a_name_nor_a_content(cast):
    auditor, nurse = cast.auditor(), cast.psychiatric_nurse()
    note(
        cast,
        nurse,
        Act.SECTION_READ,
        obj={"k": "section", "s": "mental_health"},
        role="PSY",
        about={"motif": "marqueur-interdit"},
    )
    line = read(cast, auditor).lines[0]
    assert line.said == "Section lue"
    assert line.organisation == nurse.organisation_name
    assert line.role == "Psychiatrie"
    assert line.sections == ("Santé psychique",)
    assert nurse.name not in repr(replace(line, organisation=""))
    assert nurse.employment_id.hex not in line.actor
    assert "marqueur-interdit" not in repr(line)
    assert len(line.actor) == 32


@pytest.mark.parametrize("seat", ["auditor", "dpo"])
def test_those_who_oversee_read_the_record(cast, seat):
    assert read(cast, getattr(cast, seat)()).size > 0


@pytest.mark.parametrize("seat", ["coordinator", "psychiatric_nurse", "landlord", "administrator"])
def test_nobody_else_does_and_the_refusal_is_recorded(cast, seat):
    someone, auditor = getattr(cast, seat)(), cast.auditor()
    with pytest.raises(Refused):
        read(cast, someone)
    refused = read(cast, auditor, out="deny").lines
    assert [line.act for line in refused] == ["record.read"]


def test_an_auditor_without_a_pledge_reads_nothing(cast):
    stranger = cast.seat("Sans Engagement", kind="ETHICS", office="auditor", pledged=False)
    with pytest.raises(Refused):
        read(cast, stranger)


def test_an_office_that_ended_opens_nothing_whatever_the_session_says(cast):
    was_auditor = cast.seat("Ancien Auditeur", kind="ETHICS")
    with pytest.raises(Refused):
        read(cast, replace(was_auditor, offices=frozenset({"auditor"})))


def test_reading_the_record_is_in_the_record(cast):
    auditor = cast.auditor()
    read(cast, auditor, act="section.read")
    newest = read(cast, auditor).lines[0]
    assert newest.act == "record.read"
    assert newest.role == "Audit éthique"


def test_each_filter_keeps_what_it_says(cast):
    auditor, nurse, landlord = cast.auditor(), cast.psychiatric_nurse(), cast.landlord()
    note(cast, nurse, Act.SECTION_READ, obj={"k": "section", "s": "housing"}, role="PSY")
    note(cast, landlord, Act.SECTION_WRITTEN, obj={"k": "section", "s": "animals"}, role="BAIL")
    note(cast, landlord, Act.SECTION_READ, out=Outcome.DENY, role="BAIL")
    nurses_code = read(cast, auditor, act="section.read").lines[-1].actor
    for typed, acts in (
        ({"act": "section.written"}, ["section.written"]),
        ({"out": "deny"}, ["section.read"]),
        ({"org": landlord.organisation_key}, ["section.read", "section.written"]),
        ({"section": "housing"}, ["section.read"]),
        ({"actor": nurses_code}, ["section.read"]),
        ({"since": "2026-03-25"}, []),
        ({"until": "23/03/2026"}, []),
    ):
        assert acts_of(read(cast, auditor, **typed)) == acts, typed


def test_a_situation_is_found_by_its_reference_and_said_with_its_alias(cast):
    auditor, coordinator = cast.auditor(), cast.coordinator()
    situation_id = opened(cast, coordinator)
    note(cast, coordinator, Act.SITUATION_OPENED, situations=(situation_id,), role="COORD")
    note(cast, coordinator, Act.SITUATION_LISTED, role="COORD")
    found = read(cast, auditor, reference=REFERENCE, act="situation.opened").lines
    assert [line.situations[0].reference for line in found] == [REFERENCE]


def test_a_list_that_concerned_a_situation_is_found_too(cast):
    auditor, coordinator = cast.auditor(), cast.coordinator()
    one = opened(cast, coordinator)
    other = opened(cast, coordinator, reference="SIT-2026-0015")
    note(cast, coordinator, Act.SITUATION_LISTED, situations=(one, other), role="COORD")
    found = read(cast, auditor, reference=REFERENCE, act="situation.listed").lines
    assert [word.reference for word in found[0].situations] == [REFERENCE, "SIT-2026-0015"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"act": "section.eaten"}, "act"),
        ({"out": "maybe"}, "out"),
        ({"org": "../etc"}, "org"),
        ({"section": "nowhere"}, "section"),
        ({"since": "31/02/2026"}, "since"),
        ({"since": "٢٠٢٦-01-01"}, "since"),
        ({"since": "02/02/2026", "until": "01/02/2026"}, "until"),
        ({"reference": "14"}, "reference"),
        ({"reference": "SIT-2026-9999"}, "reference"),
        ({"actor": "xyz"}, "actor"),
        ({"before": "-1"}, "before"),
        ({"before": "1" * 27}, "before"),
        ({"name": "x"}, "form"),
    ],
)
def test_a_wrong_filter_is_named(typed, field):
    _, errors = rules.read_question(typed)
    if field == "reference" and typed["reference"].startswith("SIT"):
        assert not errors
    else:
        assert list(errors) == [field]


def test_an_unknown_reference_is_said(cast):
    with pytest.raises(Invalid) as wrong:
        read(cast, cast.auditor(), reference="SIT-2026-9999")
    assert list(wrong.value.fields) == ["reference"]


def test_pages_of_fifty_follow_each_other_without_overlap(cast):
    auditor, nurse = cast.auditor(), cast.psychiatric_nurse()

    async def crowd():
        async with cast.house.act(nurse) as unit:
            for _ in range(rules.PAGE_SIZE + 7):
                await record.note(unit, Act.SITUATION_LISTED, role="PSY")

    cast.house.run(crowd())
    first = read(cast, auditor, act="situation.listed")
    assert len(first.lines) == rules.PAGE_SIZE
    second = read(cast, auditor, act="situation.listed", before=str(first.older))
    assert len(second.lines) == 7
    assert second.older is None
    assert {line.index for line in first.lines}.isdisjoint(line.index for line in second.lines)


def test_another_clsm_is_another_record(cast, house):
    elsewhere = Cast.on(house)
    note(elsewhere, elsewhere.psychiatric_nurse(), Act.SECTION_READ, role="PSY")
    assert not read(cast, cast.auditor(), act="section.read").lines


def test_size_and_root_are_those_of_the_whole_tree(cast):
    auditor = cast.auditor()
    shown = read(cast, auditor)
    assert shown.size >= len(shown.lines)
    assert len(bytes.fromhex(shown.root)) == 32
    assert shown.policy == gate.shipped_policy()


def test_a_seat_reads_its_own_acts_and_nobody_elses(cast):
    nurse, landlord = cast.psychiatric_nurse(), cast.landlord()
    note(cast, nurse, Act.SECTION_READ, role="PSY")
    note(cast, landlord, Act.SECTION_WRITTEN, role="BAIL")
    assert "section.read" in acts_of(read_own(cast, nurse))
    assert "section.written" not in acts_of(read_own(cast, nurse))


def test_own_acts_cannot_be_widened_by_a_filter(cast):
    nurse, landlord = cast.psychiatric_nurse(), cast.landlord()
    note(cast, landlord, Act.SECTION_WRITTEN, role="BAIL")
    shown = read_own(cast, nurse, org=landlord.organisation_key, act="section.written")
    assert shown.lines == ()


def test_a_situation_that_is_no_longer_open_to_a_seat_is_counted_not_named(cast):
    nurse, coordinator = cast.psychiatric_nurse(), cast.coordinator()
    situation_id = opened(cast, coordinator)
    note(cast, nurse, Act.SITUATION_OPENED, situations=(situation_id,), role="PSY")
    line = next(line for line in read_own(cast, nurse).lines if line.act == "situation.opened")
    assert line.situations_count == 1
    assert line.situations[0].reference == ""


def test_own_acts_of_last_year_are_found_under_last_years_pseudonym(cast):
    nurse = cast.psychiatric_nurse()
    note(cast, nurse, Act.SECTION_READ, role="PSY")
    cast.house.hands.advance(timedelta(days=300))
    note(cast, nurse, Act.SECTION_WRITTEN, role="PSY")
    acts = [line.act for line in read_own(cast, nurse).lines]
    assert "section.read" in acts
    assert "section.written" in acts


def test_every_act_of_the_vocabulary_is_said_in_french():
    assert set(rules.ACTS) == set(Act)
    assert len(set(rules.ACTS.values())) == len(rules.ACTS)


def opened(cast, coordinator, reference=REFERENCE):
    """Open a situation in the cast's cell."""
    situation_id = new_id()

    async def work():
        async with cast.house.act(coordinator) as unit:
            await situations.create_situation(
                unit,
                situation_id,
                cast.cell_id,
                reference=reference,
                urgency="U2",
                opened_at=unit.now(),
            )

    cast.house.run(work())
    return situation_id
