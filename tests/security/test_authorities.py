"""Élus, police, justice, préfecture: no account on situations (domain.md 0, fact 6).

A seat of theirs exists here with a pledge, a second factor, and even a place of a circle written
straight into the database by mistake: nothing of any situation comes to it, over every address.
"""

import json
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from service.database import FOREVER, new_id, transaction
from service.errors import Invalid
from service.sharing import operations as sharing
from service.sharing.models import CircleMembership, LeadDesignation
from service.unit import Actor
from tests.security.doors import Browser, sign_in
from tests.security.planted import SECTIONS, Planted
from tests.security.routes import Operation, operations

AUTHORITIES = {
    "MUNICIPALITY": "elected",
    "POLICE": "agent",
    "JUSTICE": "agent",
    "PREFECTURE": "agent",
}


def _misplaced(planted: Planted, seat: Actor) -> None:
    """Write a place and a lead that no operation would write."""

    async def write() -> None:
        now = planted.house.workplace.clock.now()
        dated: dict[str, Any] = {
            "clsm_id": seat.clsm_id,
            "situation_id": planted.situation_id,
            "employment_id": seat.employment_id,
            "recorded_by": seat.employment_id,
            "valid_from": now - timedelta(days=1),
            "recorded_at": now - timedelta(days=1),
            "valid_to": FOREVER,
            "superseded_at": FOREVER,
        }
        async with transaction(
            planted.house.workplace.engine, write=True, clsm_id=seat.clsm_id
        ) as connection:
            await connection.execute(
                insert(CircleMembership).values(
                    fact_id=new_id(), reason="already_intervenes", suspended=False, **dated
                )
            )
            await connection.execute(insert(LeadDesignation).values(fact_id=new_id(), **dated))

    planted.house.run(write())


def _values(planted: Planted, operation: Operation) -> dict[str, str]:
    known = {
        "situation_id": str(planted.situation_id),
        "referral_id": str(planted.referral_id),
        "report_id": str(planted.report_id),
        "note_id": str(planted.note_id),
        "entry_id": str(planted.entries["housing/hygiene"]),
        "employment_id": str(planted.people["nurse"].employment_id),
        "organisation_id": str(planted.people["nurse"].organisation_id),
        "section": "housing",
    }
    return {name: known.get(name, str(uuid4())) for name in operation.parameters}


@pytest.mark.parametrize("kind", sorted(AUTHORITIES))
def test_an_authority_gets_nothing_anywhere(planted: Planted, kind: str) -> None:
    seat = planted.cast.seat(f"Personne {kind}", kind=kind, function=AUTHORITIES[kind])
    _misplaced(planted, seat)
    client = planted.browsers["nobody"].client
    browser = Browser(client, sign_in(planted.house, seat))
    lines = planted.browsers["worker"].get("/api/v1/referrals").json()["lines"]
    references = [line["reference"].encode() for line in lines]
    assert len(references) > 1
    statuses: Counter[int] = Counter()
    wrong = []
    for operation in operations(client.app):
        if not operation.safe:
            continue
        answer = browser.get(operation.at(_values(planted, operation)))
        statuses[answer.status_code] += 1
        said = answer.content + json.dumps(dict(answer.headers)).encode()
        shown = planted.canary.named(said)
        opened = answer.status_code == 200 and "situation_id" in operation.parameters
        if shown or opened or any(one in said for one in references) or answer.status_code >= 500:
            wrong.append((operation.path, answer.status_code, sorted(shown)))
    assert not wrong, "\n".join(map(str, wrong))
    assert statuses[404] > 20
    for section in SECTIONS:
        address = f"/api/v1/situations/{planted.situation_id}/sections/{section}"
        assert browser.get(address).status_code == 404


def test_no_operation_gives_an_authority_a_place(planted: Planted) -> None:
    seat = planted.cast.seat("Commandant Vial", kind="POLICE", function="agent")

    async def invite() -> None:
        async with planted.house.act(planted.people["coordinator"]) as unit:
            await sharing.invite_to_circle(
                unit, planted.situation_id, seat.employment_id, "competence_needed"
            )

    with pytest.raises(Invalid):
        planted.house.run(invite())
