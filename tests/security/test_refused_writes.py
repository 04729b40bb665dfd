"""A write that is refused changes no row and leaves one line in the record."""

from typing import Any

import pytest

from tests.security.bodies import body_of
from tests.security.ledger import state_of
from tests.security.planted import Planted
from tests.security.routes import Operation, operations


def _writes(planted: Planted) -> list[Operation]:
    found = operations(planted.browsers["nobody"].client.app)
    return [
        operation
        for operation in found
        if not operation.safe
        and {"situation_id", "referral_id", "report_id", "access_id"} & set(operation.parameters)
    ]


def _send(planted: Planted, name: str, operation: Operation, *, section: str) -> Any:
    address = operation.at(
        {
            "situation_id": str(planted.situation_id),
            "referral_id": str(planted.waiting_id),
            "exchange_id": str(planted.exchange_id),
            "request_id": str(planted.request_id),
            "section": section,
            "entry_id": str(planted.entries["mental_health/nurse"]),
            "employment_id": str(planted.people["nurse"].employment_id),
            "slug": "person",
            "act": "renew",
            "report_id": str(planted.report_id),
            "note_id": str(planted.note_id),
            "invitation_id": str(planted.waiting_id),
            "access_id": str(planted.access_id),
            "action_id": str(planted.entries["housing/hygiene"]),
        }
    )
    body = body_of(planted, operation.name)
    if operation.api:
        return planted.browsers[name].send(operation.method, address, json=body or None)
    return planted.browsers[name].form(address, body)


@pytest.mark.parametrize("name", ["outsider", "expired", "administrator"])
def test_a_refused_write_changes_nothing_and_is_recorded_once(planted: Planted, name: str) -> None:
    wrong = []
    before = state_of(planted)
    for operation in _writes(planted):
        answer = _send(planted, name, operation, section="mental_health")
        after = state_of(planted)
        changed = [table for table, said in after[0].items() if said != before[0][table]]
        recorded = (after[1] - before[1], after[2] - before[2])
        if answer.status_code not in {403, 404} or changed or recorded != (1, 1):
            wrong.append((operation.method, operation.path, answer.status_code, changed, recorded))
        before = after
    assert not wrong, "\n".join(map(str, wrong))


def test_a_member_is_refused_what_their_profession_does_not_write(planted: Planted) -> None:
    """The landlord writes nothing in health: 403, nothing changed, one refusal recorded."""
    before = state_of(planted)
    operation = next(one for one in _writes(planted) if one.name == "api_add_entry")
    answer = _send(planted, "landlord", operation, section="mental_health")
    after = state_of(planted)
    assert answer.status_code == 403
    assert answer.json()["reasons"]
    assert after[0] == before[0]
    assert (after[1] - before[1], after[2] - before[2]) == (1, 1)


def test_the_same_write_by_who_may_changes_a_row(planted: Planted) -> None:
    """The control: the digests do see a change."""
    before = state_of(planted)
    operation = next(one for one in _writes(planted) if one.name == "api_add_entry")
    answer = _send(planted, "nurse", operation, section="mental_health")
    after = state_of(planted)
    assert answer.status_code == 201
    changed = {table for table, said in after[0].items() if said != before[0][table]}
    assert changed == {"section_entry"}
