"""The closed list of legal paths, written again by hand from the specification (domain.md 2)."""

import pytest

from policies.vocabulary import NO_FACTS, Column, Fact, OrganisationKind
from service.access.facts import SituationFacts
from service.database import new_id
from service.disclosures.rules.paths import (
    PATHS,
    RECIPIENT_LABELS,
    TAKER_LABELS,
    Recipient,
    may_take,
    paths_for,
)
from service.disclosures.rules.reports import check_way
from service.errors import Invalid

LIST = {
    # path: who may take it, its only recipients, what it asks of the victim
    "CP223_6": ("anyone", "rescue police prosecutor", "nothing"),
    "CP226_14_1": ("anyone", "prosecutor crip department_president medical_authority", "nothing"),
    "CP226_14_2": ("health", "prosecutor crip", "agreement"),
    "CP226_14_2BIS": ("health", "prosecutor", "effort"),
    "CP226_14_3": ("health", "prosecutor", "effort"),
    "CP226_14_4": ("health_or_social", "prefect", "nothing"),
    "CP226_14_5": ("veterinarian", "prosecutor", "nothing"),
    "CASF226_2_2": ("anyone", "crip", "nothing"),
    "CASF119_2": ("anyone", "adult_protection_cell", "nothing"),
    "CSP3213": ("health", "prefect mayor", "nothing"),
    "CSP3212": ("health", "hospital_director", "nothing"),
    "LHI": ("hygiene", "mayor prefect", "nothing"),
    "REQUISITION": ("anyone", "legal_office", "nothing"),
}


def seat(column: Column, facts: Fact = NO_FACTS) -> SituationFacts:
    return SituationFacts(
        situation_id=new_id(),
        employment_id=new_id(),
        exists=True,
        column=column,
        organisation_kind=OrganisationKind.CCAS,
        common=facts,
    )


SEATS = {
    "nurse": (seat(Column.PSY, Fact.HEALTH_PROFESSIONAL), "nurse"),
    "social worker": (seat(Column.SOC), "social_worker"),
    "educator": (seat(Column.MSOC), "educator"),
    "guardian": (seat(Column.MJPM), "guardian"),
    "coordinator": (seat(Column.COORD), "coordinator"),
    "landlord": (seat(Column.BAIL), "housing_agent"),
    "hygiene": (seat(Column.SCHS), "inspector"),
    "housing authority": (seat(Column.LHI), "housing_officer"),
    "veterinarian": (seat(Column.NETT), "veterinarian"),
    "cleaner": (seat(Column.NETT), "cleaner"),
}
TAKERS = {
    "anyone": set(SEATS),
    "health": {"nurse"},
    "health_or_social": {"nurse", "social worker", "educator"},
    "veterinarian": {"veterinarian"},
    "hygiene": {"hygiene", "housing authority"},
}


def test_the_list_is_the_one_of_the_specification():
    said = {
        code: (path.taker, " ".join(path.recipients), path.asking) for code, path in PATHS.items()
    }
    assert said == LIST


@pytest.mark.parametrize("code", sorted(PATHS))
def test_each_path_is_taken_by_those_whom_its_text_names(code):
    path = PATHS[code]
    taking = {name for name, (facts, function) in SEATS.items() if may_take(path, facts, function)}
    assert taking == TAKERS[LIST[code][0]]
    assert taking, code


@pytest.mark.parametrize("code", sorted(PATHS))
def test_each_path_has_its_recipients_and_no_other(code):
    path = PATHS[code]
    victim = next(iter(path.victim_answers()), "")
    for recipient in Recipient:
        if recipient in LIST[code][1].split():
            check_way(path, recipient, victim)
        else:
            with pytest.raises(Invalid) as wrong:
                check_way(path, recipient, victim)
            assert set(wrong.value.fields) == {"recipient"}


def test_a_health_professional_needs_the_victims_agreement_unless_minor_or_unable():
    path = PATHS["CP226_14_2"]
    for answer in ("agreed", "minor", "unable"):
        check_way(path, "prosecutor", answer)
    for answer in ("", "sought", "no"):
        with pytest.raises(Invalid) as wrong:
            check_way(path, "prosecutor", answer)
        assert set(wrong.value.fields) == {"victim"}


def test_subjection_and_couple_violence_let_an_agreement_be_sought_in_vain():
    for code in ("CP226_14_2BIS", "CP226_14_3"):
        check_way(PATHS[code], "prosecutor", "sought")
        with pytest.raises(Invalid):
            check_way(PATHS[code], "prosecutor", "")


def test_a_path_that_asks_nothing_of_a_victim_takes_no_answer():
    with pytest.raises(Invalid):
        check_way(PATHS["LHI"], "mayor", "agreed")


def test_nothing_of_a_child_nor_of_a_requisition_is_kept():
    assert not PATHS["CASF226_2_2"].has_extract("crip")
    assert not PATHS["CP226_14_1"].has_extract("crip")
    assert not PATHS["REQUISITION"].has_extract("legal_office")
    assert PATHS["CP226_14_1"].has_extract("prosecutor")


def test_everything_has_its_words_and_its_source():
    for path in PATHS.values():
        assert path.label
        assert path.source
        assert path.help
        assert path.taker in TAKER_LABELS
        assert all(one in RECIPIENT_LABELS for one in path.recipients)


def test_a_seat_is_offered_its_own_paths_only():
    facts, function = SEATS["landlord"]
    offered = {path.code for path in paths_for(facts, function)}
    assert offered == {"CP223_6", "CP226_14_1", "CASF226_2_2", "CASF119_2", "REQUISITION"}
