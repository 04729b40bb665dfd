"""Words watched in a text, states, clocks, aliases: pure rules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.fr import nir

from policies.vocabulary import Section
from service.errors import Invalid, NotFound
from service.situations.rules import (
    ADHERENCE_LABELS,
    ALIASES,
    GROUP_LABELS,
    NEXT_STATES,
    OVER,
    SECTION_LABELS,
    STATE_LABELS,
    URGENCY_LABELS,
    Adherence,
    State,
    Urgency,
    code_of,
    may_edit,
    review_by,
    section_of,
    warnings,
)

NOW = datetime(2026, 3, 24, 9, tzinfo=UTC)


def kinds(section: Section, text: str, *, extract: bool = False) -> set[str]:
    return {found.kind for found in warnings(section, text, extract=extract)}


@given(
    st.sampled_from("12"),
    st.integers(0, 99),
    st.integers(1, 12),
    st.integers(1, 95),
    st.integers(1, 999),
    st.integers(1, 999),
    st.sampled_from(["", " ", ".", "\u00a0"]),
    st.booleans(),
)
def test_a_national_number_is_refused_however_it_is_spaced(
    sex: str, year: int, month: int, place: int, town: int, rank: int, gap: str, with_key: bool
) -> None:
    bare = f"{sex}{year:02}{month:02}{place:02}{town:03}{rank:03}"
    whole = bare + (nir.calc_check_digits(bare) if with_key else "")
    cuts = (whole[0], whole[1:3], whole[3:5], whole[5:7], whole[7:10], whole[10:13], whole[13:])
    text = f"Son numéro : {gap.join(part for part in cuts if part)}, à rappeler."
    assert [found.refused for found in warnings(Section.SOMATIC_HEALTH, text)] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Tél. 03 53 01 44 18 ou 06 39 98 70 25",
        "le 12/03/2026 et le 24/03/2026",
        "devis de 3 480 €, 62 m²",
        "SIT-2026-0014",
    ],
)
def test_other_numbers_pass(text: str) -> None:
    assert warnings(Section.HOUSING, text) == ()


@pytest.mark.parametrize(
    "word", ["Schizophrène", "diabète", "DÉMENTE", "syndrome de Diogène", "toxicomanie", "insuline"]
)
def test_words_of_diagnosis_are_watched_in_facts_and_extracts_only(word: str) -> None:
    text = f"On dit : {word}."
    assert kinds(Section.HOUSING, text) == {"diagnosis"}
    assert kinds(Section.NEIGHBOURHOOD, text) == {"diagnosis"}
    assert kinds(Section.MENTAL_HEALTH, text) == set()
    assert kinds(Section.MENTAL_HEALTH, text, extract=True) == {"diagnosis"}


@pytest.mark.parametrize(
    "text", ["condamné en 2019", "une plainte pour vol", "placé en garde à vue", "sorti de prison"]
)
def test_words_of_offence_are_watched_everywhere(text: str) -> None:
    assert kinds(Section.MENTAL_HEALTH, text) == {"offence"}
    assert kinds(Section.HOUSING, text) == {"offence"}


@pytest.mark.parametrize(
    "text", ["Elle se plaint de l'odeur.", "La folie des grandeurs", "Porte condamnable"]
)
def test_everyday_words_pass(text: str) -> None:
    assert kinds(Section.HOUSING, text) == set()


@given(st.text(max_size=300))
def test_a_warning_never_repeats_the_text(text: str) -> None:
    for found in warnings(Section.HOUSING, f"condamné {text}"):
        assert "condamné" not in found.sentence


def test_every_code_has_its_french_word() -> None:
    assert set(SECTION_LABELS) == set(Section)
    assert set(STATE_LABELS) == set(State)
    assert set(URGENCY_LABELS) == set(Urgency)
    assert set(ADHERENCE_LABELS) == set(Adherence)
    assert set(GROUP_LABELS) == {f"G{number}" for number in range(11)}


def test_every_state_can_be_reached_and_only_the_last_leads_nowhere() -> None:
    reached = {state for states in NEXT_STATES.values() for state in states}
    assert reached | {State.SUBMITTED} == set(State)
    final = set(State) - set(NEXT_STATES)
    assert final <= OVER


def test_the_safety_clock_follows_urgency_and_stops_at_the_end() -> None:
    assert review_by("preparation", "U2", NOW) == NOW + timedelta(days=10)
    assert review_by("in_follow_up", "U1", NOW) == NOW + timedelta(weeks=12)
    assert review_by("closed", "U2", NOW) is None


def test_an_entry_is_young_for_twenty_four_hours() -> None:
    assert may_edit(NOW, NOW + timedelta(hours=24))
    assert not may_edit(NOW, NOW + timedelta(hours=24, seconds=1))


def test_aliases_are_many_and_distinct() -> None:
    assert len(set(ALIASES)) == len(ALIASES) >= 60
    assert {"Héron", "Grésil"} <= set(ALIASES)
    assert all(warnings(Section.HOUSING, word) == () for word in ALIASES)


def test_unknown_words_are_refused() -> None:
    for code in ("situation", "health", "", "housing "):
        with pytest.raises(NotFound):
            section_of(code)
    assert section_of("housing") is Section.HOUSING
    with pytest.raises(Invalid):
        code_of(Urgency, "U9", "urgency")
    assert code_of(Urgency, "U2", "urgency") is Urgency.U2
