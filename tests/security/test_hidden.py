"""A situation that is hidden and one that does not exist answer the same bytes.

For every operation whose address names a situation or a referral, reading and writing, in HTML
and JSON, with a body that would be right and with one that is wrong: status, headers and body.
"""

from typing import Any
from uuid import uuid4

import pytest

from tests.security.bodies import body_of
from tests.security.planted import Planted
from tests.security.routes import Operation, operations

ABOUT_SOMEONE = ("situation_id", "referral_id", "report_id", "access_id")
OUTSIDE = ("outsider", "expired", "elsewhere", "administrator")


def _concerned(planted: Planted) -> list[Operation]:
    found = operations(planted.browsers["nobody"].client.app)
    return [operation for operation in found if set(operation.parameters) & set(ABOUT_SOMEONE)]


def _address(planted: Planted, operation: Operation, *, absent: bool) -> str:
    values = {
        "situation_id": str(planted.situation_id),
        "referral_id": str(planted.waiting_id),
        "exchange_id": str(planted.exchange_id),
        "request_id": str(planted.request_id),
        "section": "housing",
        "entry_id": str(planted.entries["housing/hygiene"]),
        "employment_id": str(planted.people["nurse"].employment_id),
        "slug": "person",
        "act": "renew",
        "report_id": str(planted.report_id),
        "note_id": str(planted.note_id),
        "invitation_id": str(planted.waiting_id),
        "access_id": str(planted.access_id),
        "action_id": str(planted.entries["housing/hygiene"]),
    }
    if absent:
        values |= dict.fromkeys(ABOUT_SOMEONE, str(uuid4()))
    return operation.at(values)


def _answer(planted: Planted, name: str, operation: Operation, *, absent: bool, body: Any) -> Any:
    browser = planted.browsers[name]
    address = _address(planted, operation, absent=absent)
    if operation.safe:
        answer = browser.get(address)
    elif operation.api:
        sent = body or None if operation.method in {"POST", "PUT"} else None
        answer = browser.send(operation.method, address, json=sent)
    else:
        answer = browser.form(address, body)
    headers = [pair for pair in answer.headers.multi_items() if pair[0] != "date"]
    return answer.status_code, headers, answer.content


def test_the_operations_about_a_situation_are_many(planted: Planted) -> None:
    found = _concerned(planted)
    assert len(found) > 60
    assert {operation.method for operation in found} >= {"GET", "POST", "PUT", "DELETE"}


@pytest.mark.parametrize("name", OUTSIDE)
def test_hidden_and_absent_are_the_same_bytes(planted: Planted, name: str) -> None:
    told_apart = []
    for operation in _concerned(planted):
        for body in [{}] if operation.safe else [body_of(planted, operation.name), {"x": "1"}]:
            hidden = _answer(planted, name, operation, absent=False, body=body)
            absent = _answer(planted, name, operation, absent=True, body=body)
            if hidden != absent or hidden[0] < 400:
                told_apart.append((operation.method, operation.path, hidden[0], absent[0]))
    assert not told_apart, "\n".join(map(str, told_apart))


def test_an_auditor_reads_the_status_of_what_exists_and_nothing_else(planted: Planted) -> None:
    """Settled.md 3: AUD sees the codes of section 16, of situations that exist."""
    shown = []
    for operation in _concerned(planted):
        if operation.safe and "situation_id" in operation.parameters:
            absent = _answer(planted, "auditor", operation, absent=True, body={})
            assert absent[0] == 404, operation.path
            if _answer(planted, "auditor", operation, absent=False, body={})[0] == 200:
                shown.append(operation.path.rpartition("/")[2])
    assert set(shown) <= {"agreement", "answers", "information", "withdrawal", "access"}


def test_a_member_finds_their_own_situation(planted: Planted) -> None:
    """The control: the same addresses do answer those who may."""
    readable = [
        operation
        for operation in _concerned(planted)
        if operation.safe and "situation_id" in operation.parameters
    ]
    found = [
        _answer(planted, "worker", operation, absent=False, body={})[0] for operation in readable
    ]
    assert found.count(200) > len(found) / 2


def test_anothers_entry_and_an_absent_one_are_the_same_bytes(planted: Planted) -> None:
    base = f"/situations/{planted.situation_id}/sections/housing/entries"
    browser = planted.browsers["landlord"]
    others = browser.get(f"{base}/{planted.entries['housing/hygiene']}")
    absent = browser.get(f"{base}/{uuid4()}")
    assert (others.status_code, others.content) == (absent.status_code, absent.content)
    assert others.status_code == 404
    assert browser.get(f"{base}/{planted.entries['housing/landlord']}").status_code == 200
