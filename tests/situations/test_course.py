"""The course of a situation, its alias, its duplicates."""

from uuid import UUID

import msgspec
import pytest

from service.errors import Conflict, Invalid, NotFound, Refused
from service.sharing import operations as sharing
from service.sharing.rules import Mode
from service.situations import operations
from service.situations.rules import Adherence, Basis, State, Urgency
from service.situations.schemas import Card
from service.unit import Actor
from tests.house import House
from tests.situations.story import ACCEPTED, ODILE, Story


def steer(story: Story, seat: Actor, how: str, *code: object, **options: object) -> None:
    async def act() -> None:
        async with story.house.act(seat) as unit:
            facts = await sharing.facts_about(unit, story.situation_id)
            await getattr(operations, how)(unit, facts, story.situation_id, *code, **options)

    story.house.run(act())


def lead(story: Story, seat: Actor) -> None:
    async def act() -> None:
        async with story.house.act(story.coordinator) as unit:
            await sharing.designate_lead(unit, story.situation_id, seat.employment_id)

    story.house.run(act())


def test_the_coordinator_moves_it_step_by_step(house: House) -> None:
    story = Story.begins(house)
    with pytest.raises(Conflict):
        steer(story, story.coordinator, "move_state", State.ACCEPTED)
    house.run(story.moves(*ACCEPTED))
    assert story.opens(story.coordinator).header.state == "in_follow_up"


def test_nobody_else_moves_it(house: House) -> None:
    story = Story.followed(house, "social_worker")
    with pytest.raises(Refused):
        steer(story, story.seated["social_worker"], "move_state", State.SUSPENDED)
    with pytest.raises(NotFound):
        steer(story, story.cast.physician(), "move_state", State.SUSPENDED)


def test_closing_ends_the_circle_and_reopening_begins_an_episode(house: House) -> None:
    story = Story.followed(house, "social_worker")
    house.run(story.moves(State.CLOSING_REVIEW, State.CLOSED))
    with pytest.raises(NotFound):
        story.opens(story.seated["social_worker"])
    assert story.opens(story.landlord).header.state == "closed"
    steer(story, story.coordinator, "move_state", State.IN_QUALIFICATION)
    header = story.opens(story.coordinator).header
    assert (header.episode, header.state) == (2, "in_qualification")
    with pytest.raises(NotFound):
        story.opens(story.seated["social_worker"])


def test_urgency_and_adherence_are_the_coordinators_and_the_leads(house: House) -> None:
    story = Story.followed(house, "social_worker", "inspector")
    worker = story.seated["social_worker"]
    with pytest.raises(Refused):
        steer(story, worker, "set_urgency", Urgency.U2)
    lead(story, worker)
    steer(story, worker, "set_urgency", Urgency.U2)
    steer(story, worker, "set_adherence", Adherence.HESITATES)
    header = story.opens(story.seated["inspector"]).header
    assert (header.urgency, header.adherence) == ("U2", "hesitates")
    assert header.adherence_since == house.hands.at
    assert header.lead.startswith(worker.name)


def test_a_mode_needs_its_reason(house: House) -> None:
    story = Story.followed(house, "social_worker", named=False)
    with pytest.raises(Invalid):
        steer(story, story.coordinator, "set_mode", Mode.NAMED)
    with pytest.raises(Invalid):
        steer(story, story.coordinator, "set_mode", Mode.NAMED_BY_EXCEPTION)
    with pytest.raises(Refused):
        steer(
            story,
            story.seated["social_worker"],
            "set_mode",
            Mode.NAMED_BY_EXCEPTION,
            basis=Basis.CP223_6,
        )
    steer(story, story.coordinator, "set_mode", Mode.NAMED_BY_EXCEPTION, basis=Basis.CP223_6)
    assert story.opens(story.coordinator).header.mode == Mode.NAMED_BY_EXCEPTION


def test_an_alias_is_unique_among_the_living(house: House) -> None:
    story = Story.followed(house)
    other = Story.begins(house, story.cast)

    async def give(situation_id: UUID, alias: str | None) -> str:
        async with house.act(story.coordinator) as unit:
            return await operations.give_alias(unit, situation_id, alias)

    taken = story.opens(story.coordinator).header.alias
    assert house.run(give(story.situation_id, taken)) == taken
    with pytest.raises(Invalid):
        house.run(give(other.situation_id, taken))
    with pytest.raises(Invalid):
        house.run(give(other.situation_id, "Madame Untel"))
    assert house.run(give(other.situation_id, None)) not in {"", taken}
    house.run(story.moves(State.CLOSING_REVIEW, State.CLOSED))
    assert house.run(give(other.situation_id, taken)) == taken


def duplicates(story: Story, card: Card) -> list[UUID]:
    async def act() -> list[UUID]:
        async with story.house.act(story.coordinator, write=False) as unit:
            return await operations.find_duplicates(unit, card)

    return story.house.run(act())


def test_the_same_person_is_found_again_whatever_the_spelling(house: House) -> None:
    story = Story.begins(house)
    swapped = msgspec.structs.replace(
        ODILE, last_name="odile", first_name="CARVENNÉC", birth_name="", address=""
    )
    by_birth_name = Card(last_name="Stervin", first_name="Odile", birth_year=1954)
    by_address = Card(
        last_name="CARVENNEC", first_name="", address="Valmaurin, 8, rue des alouettes"
    )
    for card in (ODILE, swapped, by_birth_name, by_address):
        assert duplicates(story, card) == [story.situation_id]


def test_a_neighbour_or_a_namesake_is_not_a_duplicate(house: House) -> None:
    story = Story.begins(house)
    for card in (
        Card(last_name="Carvennec", first_name="Odile"),
        Card(last_name="Carvennec", first_name="Odile", birth_year=1955),
        Card(last_name="Autre", first_name="Odile", address=ODILE.address),
        Card(last_name="Carvennec", first_name="Odette", birth_year=1954),
    ):
        assert duplicates(story, card) == []


def test_a_duplicate_is_looked_for_in_its_own_clsm_only(house: House) -> None:
    story = Story.begins(house)
    elsewhere = Story.begins(house)
    assert duplicates(elsewhere, ODILE) == [elsewhere.situation_id]
    assert duplicates(story, ODILE) == [story.situation_id]


def test_writing_the_identity_again_replaces_it(house: House) -> None:
    story = Story.followed(house, "social_worker")

    async def rewrite() -> None:
        async with house.act(story.coordinator) as unit:
            card = msgspec.structs.replace(ODILE, address="21 allée du Verger")
            await operations.write_identity(unit, story.situation_id, card)
            await operations.index_person(unit, story.situation_id, card)

    house.run(rewrite())
    card = story.opens(story.coordinator).header.card
    assert card is not None
    assert card.address == "21 allée du Verger"
    assert duplicates(story, replace_address(ODILE)) == []


def replace_address(card: Card) -> Card:
    """Return only the name and the former address."""
    return Card(last_name=card.last_name, first_name="", address=card.address)
