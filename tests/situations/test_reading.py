"""What each seat is shown of a situation: its levels, and not a byte more."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import event, text

from policies.vocabulary import Level, Section
from service.errors import CannotOpen, NotFound, Refused
from service.situations import operations
from service.situations.schemas import Moment, SectionHistory
from service.unit import Actor
from tests.cast import Cast
from tests.house import House
from tests.situations.story import Story

HEALTH_TEXT = "marqueur-sante-7f3a"
EXTRACT_TEXT = "visites courtes, toujours annoncées"
HOUSING_TEXT = "marqueur-logement-91c2"


def _bytes(value: object) -> bytes:
    return msgspec.json.encode(value)


def test_each_seat_reads_at_its_level(house: House) -> None:
    story = Story.followed(
        house, "social_worker", "psychiatric_nurse", I7_G1="yes", I7_G2="extract_only", I7_G5="no"
    )
    nurse, worker = story.seated["psychiatric_nurse"], story.seated["social_worker"]
    story.writes(nurse, Section.MENTAL_HEALTH, HEALTH_TEXT)
    story.extracts(nurse, Section.MENTAL_HEALTH, EXTRACT_TEXT)
    assert story.texts(nurse, Section.MENTAL_HEALTH) == [HEALTH_TEXT, EXTRACT_TEXT]
    assert story.texts(worker, Section.MENTAL_HEALTH) == [EXTRACT_TEXT]
    page = story.reads(worker, Section.MENTAL_HEALTH)
    assert page.section.level is Level.READ_EXTRACT
    assert page.section.ask == (f"nurse, {nurse.organisation_name}",)
    assert HEALTH_TEXT.encode() not in _bytes(page)
    with pytest.raises(Refused):
        story.reads(story.landlord, Section.MENTAL_HEALTH)


def test_the_coordinator_knows_that_health_exists_and_whom_to_ask(house: House) -> None:
    story = Story.followed(house, "psychiatric_nurse", I7_G1="yes")
    nurse = story.seated["psychiatric_nurse"]
    story.writes(nurse, Section.MENTAL_HEALTH, HEALTH_TEXT)
    story.extracts(nurse, Section.MENTAL_HEALTH, EXTRACT_TEXT)
    found = story.reads(story.coordinator, Section.MENTAL_HEALTH).section
    assert (found.level, found.entries, found.extracts) == (Level.SEE, (), ())
    assert found.ask
    assert found.last_written is not None


def test_health_is_never_on_the_situation_page(house: House) -> None:
    story = Story.followed(house, "psychiatric_nurse", I7_G1="yes")
    nurse = story.seated["psychiatric_nurse"]
    story.writes(nurse, Section.MENTAL_HEALTH, HEALTH_TEXT)
    view = story.opens(nurse)
    shown = {section.section: section for section in view.sections}
    assert shown[Section.MENTAL_HEALTH].level is Level.READ
    assert not shown[Section.MENTAL_HEALTH].inline
    assert HEALTH_TEXT.encode() not in _bytes(view)
    assert story.texts(nurse, Section.MENTAL_HEALTH) == [HEALTH_TEXT]


def test_the_list_of_sections_does_not_depend_on_what_was_written(house: House) -> None:
    story = Story.followed(house, "social_worker", "psychiatric_nurse")
    before = [one.section for one in story.opens(story.landlord).sections]
    story.writes(story.seated["social_worker"], Section.SOCIAL_RESOURCES, "Retraite.")
    story.writes(story.landlord, Section.NEIGHBOURHOOD, "Six réclamations.")
    assert [one.section for one in story.opens(story.landlord).sections] == before
    assert Section.SOCIAL_RESOURCES not in before


def test_a_stranger_and_an_absent_situation_give_the_same_answer(house: House) -> None:
    story = Story.followed(house)
    stranger = story.cast.physician()
    for read in (
        lambda: story.opens(stranger),
        lambda: story.reads(stranger, Section.HOUSING),
        lambda: story.reads(stranger, Section.MENTAL_HEALTH),
    ):
        with pytest.raises(NotFound):
            read()
    story.situation_id = story.cast.clsm_id
    with pytest.raises(NotFound):
        story.opens(story.coordinator)


def test_another_clsm_learns_nothing(house: House) -> None:
    story = Story.followed(house)
    elsewhere = Cast.on(house).coordinator("Quelqu'un d'ailleurs")
    with pytest.raises(NotFound):
        story.opens(elsewhere)


def test_whoever_only_referred_is_told_the_state_and_nothing_else(house: House) -> None:
    story = Story.begins(house)
    view = story.opens(story.landlord)
    assert view.header.state == "submitted"
    assert (view.header.alias, view.header.urgency, view.header.lead) == ("", "", "")
    assert view.header.card is None
    assert all(not section.entries for section in view.sections)


def test_the_name_is_for_those_who_read_identity_in_full(house: House) -> None:
    story = Story.followed(house, "social_worker")
    assert story.opens(story.seated["social_worker"]).header.card is not None
    assert story.opens(story.coordinator).header.card is not None
    assert story.opens(story.landlord).header.card is None


def test_anonymised_shows_the_synthesis_only(house: House) -> None:
    story = Story.followed(house, "social_worker", named=False)
    worker = story.seated["social_worker"]
    story.writes(story.coordinator, Section.SYNTHESIS, "Une personne âgée, un logement encombré.")
    view = story.opens(worker)
    assert [one.section for one in view.sections if one.entries] == [Section.SYNTHESIS]
    assert view.header.card is None
    with pytest.raises(Refused):
        story.reads(worker, Section.HOUSING)


def test_the_synthesis_belongs_to_the_coordinator(house: House) -> None:
    story = Story.followed(house, "social_worker")
    with pytest.raises(Refused):
        story.writes(story.seated["social_worker"], Section.SYNTHESIS, "Ma synthèse.")


def test_an_objection_closes_at_once_and_leaves_the_author_their_own(house: House) -> None:
    story = Story.followed(house, "social_worker")
    worker = story.seated["social_worker"]
    story.writes(worker, Section.HOUSING, HOUSING_TEXT)
    story.writes(story.landlord, Section.HOUSING, "Dit par le bailleur.")
    assert len(story.texts(story.landlord, Section.HOUSING)) == 2
    house.run(story.agrees(worker, {"I2_G5": "no"}, general=False))
    assert story.texts(story.landlord, Section.HOUSING) == ["Dit par le bailleur."]
    assert HOUSING_TEXT.encode() not in _bytes(story.opens(story.landlord))
    assert len(story.texts(worker, Section.HOUSING)) == 2


def test_an_entry_that_belongs_elsewhere_opens_to_those_who_read_both(house: House) -> None:
    story = Story.followed(
        house, "social_worker", "psychiatric_nurse", I5_G2="yes", I4_G2="yes", I7_G1="yes"
    )
    worker, nurse = story.seated["social_worker"], story.seated["psychiatric_nurse"]
    story.writes(
        worker, Section.WISHES_VOICE, "Je garde mes comptes.", belongs_to="social_resources"
    )
    story.writes(worker, Section.WISHES_VOICE, "Bonjour.")
    assert len(story.texts(worker, Section.WISHES_VOICE)) == 2
    assert story.texts(nurse, Section.WISHES_VOICE) == ["Bonjour."]
    assert story.texts(story.coordinator, Section.WISHES_VOICE) == ["Bonjour."]


def test_an_entry_belongs_only_where_its_author_may_write(house: House) -> None:
    story = Story.followed(house, "social_worker")
    with pytest.raises(Refused):
        story.writes(
            story.seated["social_worker"],
            Section.WISHES_VOICE,
            "Une plainte.",
            belongs_to="mental_health",
        )


def test_groups_only_narrow(house: House) -> None:
    story = Story.followed(house, "social_worker", "psychiatric_nurse")
    worker, nurse = story.seated["social_worker"], story.seated["psychiatric_nurse"]
    story.writes(worker, Section.WISHES_VOICE, "Pas de psychiatre.", groups=("G2", "G3"))
    story.writes(worker, Section.WISHES_VOICE, "Je suis relieuse.", groups=("G1",))
    story.writes(worker, Section.WISHES_VOICE, "À tous.")
    assert set(story.texts(nurse, Section.WISHES_VOICE)) == {"Je suis relieuse.", "À tous."}
    assert len(story.texts(worker, Section.WISHES_VOICE)) == 3
    assert story.texts(story.coordinator, Section.WISHES_VOICE) == ["À tous."]


def test_a_peer_reads_the_words_that_list_peers(house: House) -> None:
    story = Story.followed(house, "social_worker")
    worker = story.seated["social_worker"]
    peer = story.cast.seat("Mika Jolivet", kind="PEER", function="peer")
    house.run(story.joins(peer))
    with pytest.raises(Refused):
        story.reads(peer, Section.SOCIAL_RESOURCES)
    story.writes(worker, Section.WISHES_VOICE, "À tous les soignants.")
    assert story.texts(peer, Section.WISHES_VOICE) == []
    story.writes(worker, Section.WISHES_VOICE, "Appelez Mika d'abord.", groups=("G10", "G2"))
    assert story.texts(peer, Section.WISHES_VOICE) == ["Appelez Mika d'abord."]
    story.writes(peer, Section.WISHES_VOICE, "Il veut refaire du son.")
    assert len(story.texts(peer, Section.WISHES_VOICE)) == 2


def test_contributors_without_reading_read_their_own(house: House) -> None:
    story = Story.followed(house, "inspector")
    fire = story.cast.seat("Hugo Trélat", kind="FIRE_SERVICE", function="officer")
    house.run(story.joins(fire))
    story.writes(story.seated["inspector"], Section.SAFETY_RISK, HOUSING_TEXT)
    story.writes(fire, Section.SAFETY_RISK, "Issue unique encombrée.")
    assert story.texts(fire, Section.SAFETY_RISK) == ["Issue unique encombrée."]
    assert HOUSING_TEXT.encode() not in _bytes(story.opens(fire))


def test_a_box_moved_elsewhere_does_not_open(house: House) -> None:
    story = Story.followed(house, "social_worker")
    worker = story.seated["social_worker"]
    story.writes(worker, Section.SOCIAL_RESOURCES, "Retraite.")

    async def transplant() -> None:
        async with house.workplace.engine.connect() as connection:
            await connection.execution_options(cellule_write=True)
            async with connection.begin():
                if house.dialect == "postgresql":
                    await connection.execute(
                        text("SELECT set_config('cellule.clsm_id', :it, true)"),
                        {"it": str(story.cast.clsm_id)},
                    )
                await connection.execute(
                    text("UPDATE section_entry SET section = 'housing' WHERE section = :it"),
                    {"it": "social_resources"},
                )

    house.run(transplant())
    with pytest.raises(CannotOpen):
        story.reads(worker, Section.HOUSING)


def test_the_page_says_who_reads_each_section(house: House) -> None:
    story = Story.followed(house, "social_worker", "psychiatric_nurse", I7_G1="yes")
    found = story.reads(story.seated["social_worker"], Section.HOUSING).section
    assert "travailleurs sociaux" in found.readers
    assert "professionnels de psychiatrie" in found.extract_readers


def test_the_history_keeps_every_version_as_sentences(house: House) -> None:
    story = Story.followed(house, "inspector", "social_worker")
    inspector = story.seated["inspector"]
    first = story.writes(inspector, Section.HOUSING, "Porte bloquée.")
    story.edits(inspector, Section.HOUSING, first, "Porte ouverte à 40 cm.")

    async def history(seat: Actor) -> SectionHistory:
        async with house.act(seat, write=False) as unit:
            return await operations.history(unit, story.situation_id, Section.HOUSING)

    found = house.run(history(story.seated["social_worker"]))
    assert [one.current for one in found.versions] == [True, False]
    assert found.versions[0].sentence == (
        f"{inspector.name}, inspector ({inspector.organisation_name}), "
        "a modifié un texte dans Logement."
    )
    assert "a ajouté" in found.versions[1].sentence
    assert len(house.run(history(inspector)).versions) == 2


def test_the_history_of_a_closed_section_is_refused(house: House) -> None:
    story = Story.followed(house, "social_worker")

    async def history() -> object:
        async with house.act(story.landlord, write=False) as unit:
            return await operations.history(unit, story.situation_id, Section.SOMATIC_HEALTH)

    with pytest.raises(Refused):
        house.run(history())


def test_the_timeline_says_how_it_moved(house: House) -> None:
    story = Story.followed(house, "social_worker")

    async def moments(seat: Actor) -> tuple[Moment, ...]:
        async with house.act(seat, write=False) as unit:
            return (await operations.timeline(unit, story.situation_id))[1]

    kinds = [moment.kind for moment in house.run(moments(story.coordinator))]
    assert kinds.count("state") == 8
    assert kinds.count("urgency") == 1


def test_a_page_takes_few_statements_whatever_it_shows(house: House) -> None:
    story = Story.followed(house, "social_worker", "inspector")
    worker = story.seated["social_worker"]
    for number in range(5):
        story.writes(story.seated["inspector"], Section.HOUSING, f"Fait {number}.")
        story.writes(worker, Section.SOCIAL_RESOURCES, f"Fait {number}.")
    story.opens(worker)
    seen: list[str] = []

    def note(*given: Any) -> None:
        if given[2].lstrip().upper().startswith("SELECT") and "audit_" not in given[2]:
            seen.append(given[2])

    engine = house.workplace.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        story.opens(worker)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    # Facts, rows, situation and label, and who sits around (two); PostgreSQL names its tenant.
    assert len([one for one in seen if "set_config" not in one]) <= 5, seen
