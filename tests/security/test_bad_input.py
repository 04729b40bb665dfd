"""Bad input gets a clear error that names the field; nothing is lost and nothing half written."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.security.fuzz import failures
from tests.security.ledger import state_of
from tests.security.planted import Planted

FUZZED = 160
BASE = "/situations/{}/sections/social_resources"
NUL, RTL = "a\x00b", "abc\u202edef"
LONG = "Relevé. " * 3_000


def _form(planted: Planted, **changed: str) -> Any:
    """Post an entry of the social worker with one field changed."""
    fields = {"entry_id": str(uuid4()), "text": "Passage à domicile ce matin.", "confirmed": "yes"}
    address = BASE.format(planted.situation_id) + "/entries"
    return planted.browsers["worker"].form(address, {**fields, **changed})


def _json(planted: Planted, **changed: Any) -> Any:
    """Send the same entry to the API."""
    said = {"entry_id": str(uuid4()), "content": {"text": "Passage."}, "confirmed": True}
    address = "/api/v1" + BASE.format(planted.situation_id) + "/entries"
    return planted.browsers["worker"].send("POST", address, json={**said, **changed})


@pytest.mark.parametrize(
    ("field", "changed", "kept"),
    [
        ("text", {"text": LONG}, LONG[:400]),
        ("text", {"text": NUL}, ""),
        ("text", {"text": RTL}, "abc"),
        ("text", {"text": ""}, ""),
        ("opinion", {"opinion": LONG}, LONG[:400]),
        ("observed_by", {"observed_by": "x" * 201}, "x" * 201),
        ("observed_by", {"observed_by": "deux\nlignes"}, "lignes"),
        (
            "observed_on",
            {"observed_on-day": "31", "observed_on-month": "2", "observed_on-year": "2026"},
            "31",
        ),
        (
            "observed_on",
            {"observed_on-day": "١", "observed_on-month": "2", "observed_on-year": "2026"},
            "",
        ),
        ("belongs_to", {"belongs_to": "inconnue"}, "Passage à domicile"),
        ("groups", {"groups": "G99"}, "Passage à domicile"),
        ("entry_id", {"entry_id": "pas-un-identifiant"}, "Passage à domicile"),
        ("seen", {"seen": "peut-être"}, "Passage à domicile"),
    ],
)
def test_a_form_names_the_wrong_field_and_loses_nothing(
    planted: Planted, field: str, changed: dict[str, str], kept: str
) -> None:
    before = state_of(planted)
    answer = _form(planted, **changed)
    assert answer.status_code == 422
    assert f'href="#{field}' in answer.text, "the summary leads to the field"
    assert kept in answer.text, "what was typed is shown again"
    assert state_of(planted)[0] == before[0]


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("text", {"content": {"text": "x" * 20_001}}),
        ("text", {"content": {"text": NUL}}),
        ("text", {"content": {"text": RTL}}),
        ("text", {"content": {}}),
        ("observed_on", {"content": {"text": "x", "observed_on": "2026-02-31"}}),
        ("seen", {"content": {"text": "x", "seen": "perhaps"}}),
        ("entry_id", {"entry_id": "nothing"}),
        ("belongs_to", {"belongs_to": "inconnue"}),
        ("groups", {"groups": ["G99"]}),
        ("admin", {"admin": True}),
    ],
)
def test_the_api_names_the_wrong_field(
    planted: Planted, field: str, changed: dict[str, Any]
) -> None:
    before = state_of(planted)
    answer = _json(planted, **changed)
    assert answer.status_code == 422
    assert any(field in name for name in answer.json()["fields"]), answer.json()
    assert state_of(planted)[0] == before[0]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"entry_id": ', "application/json", 400),
        (b'{"entry_id": "\xff"}', "application/json", 400),
        (b"[" * 5_000, "application/json", 400),
        (b"x" * 10_000_000, "application/json", 413),
        (b'{"entry_id": "x"}', "text/plain", 415),
        (b"entry_id=x", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
    ],
)
def test_an_unreadable_body_has_its_own_answer(
    planted: Planted, content: bytes, kind: str, status: int
) -> None:
    before = state_of(planted)
    address = "/api/v1" + BASE.format(planted.situation_id) + "/entries"
    answer = planted.browsers["worker"].send(
        "POST", address, content=content, headers={"content-type": kind}
    )
    assert answer.status_code in {status, 400 if status == 422 else status}
    assert answer.json()["title"]
    assert state_of(planted)[0] == before[0]


@pytest.mark.parametrize("path", ["/situations/{}/sections/inconnue", "/situations/pas-un-id"])
def test_an_unknown_section_or_identifier_is_not_found(planted: Planted, path: str) -> None:
    address = path.format(planted.situation_id)
    assert planted.browsers["worker"].get(address).status_code == 404
    assert planted.browsers["worker"].get(f"/api/v1{address}").status_code == 404


@pytest.mark.parametrize(
    "query", ["before=%00", "before=%ff", "status=x&status=y", "before=%E2%80%AE"]
)
def test_an_unreadable_address_is_refused(planted: Planted, query: str) -> None:
    assert planted.browsers["worker"].get(f"/situations?{query}").status_code == 400


def test_a_wrong_filter_names_itself(planted: Planted) -> None:
    answer = planted.browsers["worker"].get("/api/v1/situations?urgency=U9")
    assert answer.status_code == 422
    assert "urgency" in answer.json()["fields"]


def test_a_body_of_ten_megabytes_is_refused_in_a_form_too(planted: Planted) -> None:
    before = state_of(planted)
    assert _form(planted, text="x" * 10_000_000).status_code == 413
    assert state_of(planted)[0] == before[0]


def _written(planted: Planted) -> tuple[UUID, str]:
    entry_id = uuid4()
    assert _form(planted, entry_id=str(entry_id)).status_code == 303
    return entry_id, BASE.format(planted.situation_id) + f"/entries/{entry_id}"


def test_a_stale_version_is_a_conflict_and_the_text_is_shown_again(planted: Planted) -> None:
    _, address = _written(planted)
    first = {"kind": "edit", "version": "1", "text": "Deuxième version.", "confirmed": "yes"}
    assert planted.browsers["worker"].form(address, first).status_code == 303
    before = state_of(planted)
    answer = planted.browsers["worker"].form(address, {**first, "text": "Texte du second onglet."})
    assert answer.status_code == 409
    assert "Texte du second onglet." in answer.text
    assert state_of(planted)[0] == before[0]


def test_a_form_sent_twice_is_written_once(planted: Planted) -> None:
    entry_id, _ = _written(planted)
    before = state_of(planted)
    again = _form(planted, entry_id=str(entry_id))
    assert again.status_code == 303
    assert state_of(planted)[0] == before[0]
    other = _form(planted, entry_id=str(entry_id), text="Un autre texte sous le même formulaire.")
    assert other.status_code == 409
    assert "Un autre texte sous le même formulaire." in other.text
    assert state_of(planted)[0] == before[0]


def test_hurt_requests_are_never_a_defect_and_show_nothing_more(spoilt: Planted) -> None:
    found = [
        failure
        for name in ("worker", "coordinator")
        for failure in failures(spoilt, name, seed=f"ci/{name}/1", count=FUZZED)
    ]
    assert not found, "\n".join(found)
