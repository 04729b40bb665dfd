"""What was confided is found nowhere but in the answers that the rights allow.

Every sensitive field holds a marker of its own (`planted`). Nothing of them lies in a store, a
journal, a log, an address or an error page; and over every operation, each kind of people is
shown a part of what the table written by hand allows, never more.
"""

import json
from collections import Counter
from itertools import product
from unittest.mock import patch
from uuid import uuid4

import pytest

from service.logs import logger
from tests.security.planted import COLUMNS, SECTIONS, Planted
from tests.security.routes import Operation, documented, operations, unnamed
from tests.security.stores import places

FEWEST_MARKERS = 150
SOME_SECTIONS = (
    "identity_contact",
    "somatic_health",
    "mental_health",
    "wishes_voice",
    "consent_text",
)
READERS = (*COLUMNS, "guest")
OF_EMERGENCIES = ("auditor", "dpo")
"""Shown why emergency accesses were opened, and nothing of any section."""
PROBES = {"/health/live", "/health/ready"}
WITH_EVERY_SECTION = {"api_section", "api_section_history", "section"}


def test_every_sensitive_field_was_planted(planted: Planted) -> None:
    assert len(planted.canary.markers) >= FEWEST_MARKERS
    fields = {name.split("/")[0] for name in planted.canary.markers}
    assert fields >= {"referral", "waiting", "mental_health", "consent_text", "wishes_voice"}
    assert fields >= {"exchange", "join_request", "emergency"}


def test_no_store_journal_log_or_address_holds_a_marker(planted: Planted) -> None:
    planted.house.sequence()
    assert planted.canary.leaks(places(planted.house.settings)) == []
    assert planted.canary.leaks([("log", planted.streams.read())]) == []
    assert planted.canary.leaks((url, url.encode()) for url in planted.urls) == []


def test_a_clear_text_is_found_in_each_of_these_places(planted: Planted) -> None:
    """The positive control, with markers of its own: what is searched would be found."""
    from tests.security.controls import plant_in_clear

    control = plant_in_clear(planted)
    found = {place for place, data in places(planted.house.settings) if control.traces(data)}
    if planted.house.dialect == "sqlite":
        assert {"cellule.db-wal", "keys.db-wal"} <= found
    else:
        assert any("organisation as text" in place for place in found)
        assert any("organisation as binary" in place for place in found)
    logger().info(control("log"))
    assert control.traces(planted.streams.read())
    planted.browsers["coordinator"].get(f"/situations?before={control('address')}")
    assert control.leaks((url, url.encode()) for url in planted.urls)
    assert not planted.canary.traces(json.dumps(control.markers).encode())


def _values(planted: Planted, operation: Operation) -> list[dict[str, str]]:
    """Return the values to try in an operation's path."""
    known = {
        "situation_id": [str(planted.situation_id)],
        "referral_id": [str(planted.referral_id), str(planted.waiting_id)],
        "exchange_id": [str(planted.exchange_id)],
        "request_id": [str(planted.request_id)],
        "entry_id": [str(planted.entries["mental_health/nurse"])],
        "employment_id": [str(planted.people["nurse"].employment_id)],
        "organisation_id": [str(planted.people["nurse"].organisation_id)],
        "session_id": [str(planted.people["nurse"].session_id)],
        "report_id": [str(planted.report_id)],
        "note_id": [str(planted.note_id)],
        "access_id": [str(planted.access_id)],
        "duty_id": [str(uuid4())],
        "number": ["1"],
        "simulation_id": [str(uuid4())],
        "invitation_id": [str(uuid4())],
        "office_id": [str(uuid4())],
        "section": list(SECTIONS if operation.name in WITH_EVERY_SECTION else SOME_SECTIONS),
        "slug": ["person", "health", "voice"],
        "token": ["inconnu"],
        "act": ["renew"],
        "action_id": [str(uuid4())],
    }
    names = operation.parameters
    return [dict(zip(names, chosen, strict=True)) for chosen in product(*(known[n] for n in names))]


def _all_operations(planted: Planted) -> list[Operation]:
    return operations(planted.browsers["nobody"].client.app)


def test_the_document_and_the_routes_are_the_same_operations(planted: Planted) -> None:
    """A route that the document leaves out would escape every test that reads it."""
    answer = planted.browsers["administrator"].get("/api/v1/schema/openapi.json")
    assert answer.status_code == 200
    said = documented(answer.json())
    routed = _all_operations(planted)
    assert {unnamed(operation) for operation in routed if operation.api} <= said
    assert {path for path, _ in said - {unnamed(operation) for operation in routed}} <= PROBES


def test_each_reading_shows_a_part_of_what_the_table_allows(planted: Planted) -> None:
    whole = planted.house.dialect == "sqlite"  # the pages are the same code on both: half is enough
    readings = [
        operation
        for operation in _all_operations(planted)
        if operation.safe and (whole or operation.api)
    ]
    shown: Counter[str] = Counter()
    wrong, statuses = [], Counter()
    for operation in readings:
        for values in _values(planted, operation):
            address = operation.at(values)
            for name, browser in planted.browsers.items():
                answer = browser.get(address)
                statuses[answer.status_code] += 1
                said = answer.content + json.dumps(dict(answer.headers)).encode()
                markers = planted.canary.named(said)
                shown[name] += len(markers)
                if markers - planted.allowed.get(name, set()):
                    wrong.append(
                        (name, address, sorted(markers - planted.allowed.get(name, set())))
                    )
                if answer.status_code >= 500:
                    wrong.append((name, address, [str(answer.status_code)]))
    assert not wrong, "\n".join(map(str, wrong))
    for name in READERS:
        assert shown[name] > 0, f"{name} is shown nothing: the test would prove nothing"
    for name in OF_EMERGENCIES:
        assert shown[name] > 0, name
    for name in set(planted.browsers) - {*READERS, *OF_EMERGENCIES}:
        assert shown[name] == 0, name
    assert statuses[200] > 200
    assert statuses[404] > 200


def test_each_column_is_shown_all_that_the_table_gives(planted: Planted) -> None:
    """The other half: a seat reads whatever 3.2 gives it, section by section; a guest too."""
    missing = []
    for name in READERS:
        seen: set[str] = set()
        for section in SECTIONS:
            address = f"/api/v1/situations/{planted.situation_id}/sections/{section}"
            seen |= planted.canary.named(planted.browsers[name].get(address).content)
        own = f"/api/v1/emergencies/{planted.access_id}"
        for address in (own, "/api/v1/policy/versions/1"):
            seen |= planted.canary.named(planted.browsers[name].get(address).content)
        wanted = {
            marker
            for marker in planted.allowed[name]
            if not marker.startswith(
                ("referral/", "waiting/", "report/", "exchange/", "join_request/")
            )
        }
        missing += [(name, marker) for marker in sorted(wanted - seen)]
    assert not missing, "\n".join(map(str, missing))


def test_error_pages_hold_nothing_of_what_was_sent_or_kept(planted: Planted) -> None:
    typed = planted.canary("typed in a request")
    browser = planted.browsers["worker"]
    base = f"/api/v1/situations/{planted.situation_id}"
    seen = {
        browser.get(f"/situations?before={typed}&before={typed}").status_code: b"",
    }
    answers = [
        browser.get(f"/situations?status={typed}&status={typed}"),
        browser.send("POST", f"{base}/circle", content=f'{{"{typed}": '.encode(), headers=_JSON),
        planted.browsers["nobody"].get(f"/api/v1/situations/{uuid4()}"),
        planted.browsers["landlord"].get(f"{base}/sections/mental_health"),
        browser.get(f"/{typed}"),
        browser.send("PATCH", f"{base}/circle", json={"x": typed}),
        browser.send("POST", f"{base}/circle", content=b"x" * 10_000_000, headers=_JSON),
        browser.send("POST", f"{base}/circle", content=typed.encode(), headers=_TEXT),
        browser.send("POST", f"{base}/circle/invitations", json={"employment_id": typed}),
        browser.send(
            "PUT",
            f"{base}/sections/identity_contact/entries/{planted.entries['identity_contact/worker']}",
            json={"version": 9, "content": {"text": typed}, "confirmed": True},
        ),
    ]
    with patch("service.situations.operations.open_situation", side_effect=RuntimeError(typed)):
        answers += [browser.get(f"/situations/{planted.situation_id}"), browser.get(base)]
    with patch("audit.log.append", side_effect=OSError(typed)):
        answers += [browser.get(f"/situations/{planted.situation_id}"), browser.get(base)]
    seen = Counter(answer.status_code for answer in answers)
    assert set(seen) >= {400, 401, 403, 404, 405, 409, 413, 415, 422, 500, 503}, seen
    pages = [(f"{a.request.method} {a.request.url.path}", a.content) for a in answers]
    assert planted.canary.leaks(pages) == []
    assert planted.canary.leaks([("log", planted.streams.read())]) == []


_JSON = {"content-type": "application/json"}
_TEXT = {"content-type": "text/plain"}


@pytest.mark.parametrize("name", ["outsider", "expired", "auditor", "elsewhere", "nobody"])
def test_who_stands_outside_is_shown_no_page_of_a_situation(planted: Planted, name: str) -> None:
    answer = planted.browsers[name].get(f"/situations/{planted.situation_id}")
    assert answer.status_code == (303 if name == "nobody" else 404)
