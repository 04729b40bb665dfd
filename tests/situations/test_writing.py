"""Adding, editing, correcting, extracting: written once, by its author, never lost."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from policies.vocabulary import Section
from service.errors import Conflict, Invalid, NotFound, Refused
from service.situations.schemas import EntryContent, Written
from tests.house import House
from tests.situations.story import Story

DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def story(house: House) -> Story:
    return Story.followed(house, "social_worker", "inspector")


def test_an_entry_is_written_and_read_back_whole(story: Story) -> None:
    inspector = story.seated["inspector"]
    content = EntryContent(
        text="Porte s'ouvrant à 40 cm.",
        opinion="À revoir avec elle.",
        observed_on=date(2026, 3, 24),
        observed_by="inspectrice",
        seen="seen",
    )
    story.writes(inspector, Section.HOUSING, content=content)
    entry = story.reads(inspector, Section.HOUSING).section.entries[0]
    assert entry.content == content
    assert (entry.author, entry.own, entry.may_edit) == (inspector.name, True, True)


def test_the_same_form_sent_twice_is_written_once(story: Story) -> None:
    inspector, entry_id = story.seated["inspector"], uuid4()
    once = story.writes(inspector, Section.HOUSING, "Une fois.", entry_id=entry_id)
    assert story.writes(inspector, Section.HOUSING, "Une fois.", entry_id=entry_id) == once
    assert story.texts(inspector, Section.HOUSING) == ["Une fois."]


def test_the_same_identifier_with_another_text_is_a_conflict(story: Story) -> None:
    inspector, entry_id = story.seated["inspector"], uuid4()
    story.writes(inspector, Section.HOUSING, "Une fois.", entry_id=entry_id)
    with pytest.raises(Conflict):
        story.writes(inspector, Section.HOUSING, "Autre chose.", entry_id=entry_id)
    with pytest.raises(Conflict):
        story.writes(inspector, Section.SAFETY_RISK, "Une fois.", entry_id=entry_id)
    with pytest.raises(Conflict):
        story.writes(story.seated["social_worker"], Section.HOUSING, "Une fois.", entry_id=entry_id)
    assert story.texts(inspector, Section.HOUSING) == ["Une fois."]


def test_an_author_edits_for_a_day_and_every_version_stays(house: House, story: Story) -> None:
    inspector = story.seated["inspector"]
    first = story.writes(inspector, Section.HOUSING, "Avant.")
    house.hands.advance(DAY)
    second = story.edits(inspector, Section.HOUSING, first, "Après.")
    assert second == Written(entry_id=first.entry_id, version=2)
    assert story.texts(inspector, Section.HOUSING) == ["Après."]


def test_after_a_day_an_entry_is_not_edited_any_more(house: House, story: Story) -> None:
    inspector = story.seated["inspector"]
    first = story.writes(inspector, Section.HOUSING, "Avant.")
    house.hands.advance(DAY + MINUTE)
    with pytest.raises(Invalid):
        story.edits(inspector, Section.HOUSING, first, "Après.")


def test_editing_does_not_prolong_the_day(house: House, story: Story) -> None:
    inspector = story.seated["inspector"]
    first = story.writes(inspector, Section.HOUSING, "Avant.")
    house.hands.advance(DAY - MINUTE)
    second = story.edits(inspector, Section.HOUSING, first, "Pendant.")
    house.hands.advance(2 * MINUTE)
    with pytest.raises(Invalid):
        story.edits(inspector, Section.HOUSING, second, "Après.")


def test_a_stale_version_is_a_conflict_and_changes_nothing(story: Story) -> None:
    inspector = story.seated["inspector"]
    first = story.writes(inspector, Section.HOUSING, "Un.")
    story.edits(inspector, Section.HOUSING, first, "Deux.")
    with pytest.raises(Conflict):
        story.edits(inspector, Section.HOUSING, first, "Trois.")
    assert story.texts(inspector, Section.HOUSING) == ["Deux."]


def test_a_correction_is_linked_and_the_original_stays(house: House, story: Story) -> None:
    inspector = story.seated["inspector"]
    first = story.writes(inspector, Section.HOUSING, "Trois chats.")
    with pytest.raises(Invalid):
        story.corrects(inspector, Section.HOUSING, first, "Quatre chats.")
    house.hands.advance(DAY + MINUTE)
    second = story.corrects(inspector, Section.HOUSING, first, "Quatre chats.")
    newest, oldest = story.reads(story.seated["social_worker"], Section.HOUSING).section.entries
    assert (newest.entry_id, newest.corrects) == (second.entry_id, first.entry_id)
    assert oldest.corrected_by == second.entry_id
    with pytest.raises(Conflict):
        story.corrects(inspector, Section.HOUSING, first, "Cinq chats.")


def test_a_correction_sent_twice_is_written_once(house: House, story: Story) -> None:
    inspector, new = story.seated["inspector"], uuid4()
    first = story.writes(inspector, Section.HOUSING, "Trois chats.")
    house.hands.advance(DAY + MINUTE)
    once = story.corrects(inspector, Section.HOUSING, first, "Quatre chats.", new)
    assert story.corrects(inspector, Section.HOUSING, first, "Quatre chats.", new) == once


def test_nobody_edits_or_corrects_another_authors_entry(house: House, story: Story) -> None:
    first = story.writes(story.seated["inspector"], Section.HOUSING, "Le mien.")
    with pytest.raises(NotFound):
        story.edits(story.seated["social_worker"], Section.HOUSING, first, "Le tien.")
    house.hands.advance(DAY + MINUTE)
    with pytest.raises(NotFound):
        story.corrects(story.seated["social_worker"], Section.HOUSING, first, "Le tien.")


def test_an_extract_is_its_authors_and_has_versions(story: Story) -> None:
    worker = story.seated["social_worker"]
    with pytest.raises(Refused):
        story.extracts(worker, Section.SOCIAL_RESOURCES, "Droits ouverts.")
    story.writes(worker, Section.SOCIAL_RESOURCES, "Retraite et complémentaire.")
    first = story.extracts(worker, Section.SOCIAL_RESOURCES, "Droits ouverts.")
    assert story.extracts(worker, Section.SOCIAL_RESOURCES, "Droits ouverts.") == first
    with pytest.raises(Conflict):
        story.extracts(worker, Section.SOCIAL_RESOURCES, "Autre.", version=0)
    second = story.extracts(worker, Section.SOCIAL_RESOURCES, "Droits complets.", version=1)
    assert second.version == 2
    assert story.texts(story.coordinator, Section.SOCIAL_RESOURCES) == ["Droits complets."]


def test_sections_with_their_own_forms_are_not_written_by_hand(story: Story) -> None:
    for section in (Section.ACTION_PLAN, Section.MEETING_MINUTES, Section.REFERRAL):
        with pytest.raises(Refused):
            story.writes(story.coordinator, section, "À la main.")


def test_a_stranger_who_writes_learns_nothing(story: Story) -> None:
    with pytest.raises(NotFound):
        story.writes(story.cast.physician(), Section.HOUSING, "Bonjour.")


WRONG = (
    (EntryContent(text=""), "text"),
    (EntryContent(text="   "), "text"),
    (EntryContent(text="x" * 20_001), "text"),
    (EntryContent(text="nul \x00"), "text"),
    (EntryContent(text="tourné \u202e"), "text"),
    (EntryContent(text="ok", opinion="\u2066"), "opinion"),
    (EntryContent(text="ok", observed_by="x" * 201), "observed_by"),
    (EntryContent(text="ok", observed_on=date(2030, 1, 1)), "observed_on"),
    (EntryContent(text="NIR 2540699123456"), "text"),
    (EntryContent(text="Elle est diabétique."), "confirmed"),
    (EntryContent(text="Il a été condamné."), "confirmed"),
)


def test_a_wrong_field_is_named_and_nothing_is_written(story: Story) -> None:
    inspector = story.seated["inspector"]
    for content, field in WRONG:
        with pytest.raises(Invalid) as refused:
            story.writes(inspector, Section.HOUSING, content=content)
        assert list(refused.value.fields) == [field]
    assert story.texts(inspector, Section.HOUSING) == []


def test_watched_words_pass_once_confirmed_but_a_national_number_never(story: Story) -> None:
    inspector = story.seated["inspector"]
    story.writes(inspector, Section.HOUSING, "Elle est diabétique.", confirmed=True)
    with pytest.raises(Invalid):
        story.writes(inspector, Section.HOUSING, "2540699123456", confirmed=True)


def test_groups_and_belonging_are_checked(story: Story) -> None:
    worker = story.seated["social_worker"]
    for options, field in (
        ({"groups": ("G2",)}, "groups"),
        ({"belongs_to": "safety_risk"}, "belongs_to"),
        ({"belongs_to": "nulle_part"}, "belongs_to"),
    ):
        with pytest.raises(Invalid) as refused:
            story.writes(worker, Section.HOUSING, "Un fait.", **options)
        assert list(refused.value.fields) == [field]
    with pytest.raises(Invalid):
        story.writes(worker, Section.WISHES_VOICE, "Un mot.", groups=("G99",))
